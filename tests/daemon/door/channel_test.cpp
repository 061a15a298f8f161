#include "daemon/door/channel.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>

#include "daemon/door_messages.h"
#include "protocol/base/random.h"

namespace budstikke::daemon {
namespace {

struct Ends {
  Channel a;
  Channel b;
};

Ends ends() {
  auto pair = Channel::pair();
  REQUIRE(pair);
  return {std::move(pair->first), std::move(pair->second)};
}

std::string next(Channel& channel) {
  auto message = channel.receive();
  REQUIRE(message);
  REQUIRE(message->has_value());
  return std::string(text_of(**message));
}

}  // namespace

TEST_CASE("channel: messages arrive whole and in order, given in one piece or two") {
  Ends pair = ends();
  pair.a.send(view_of("one"));
  pair.a.send(view_of("tw"), view_of("o"));
  pair.a.send({});
  REQUIRE(pair.a.flush());
  CHECK(next(pair.b) == "one");
  CHECK(next(pair.b) == "two");
  CHECK(next(pair.b).empty());
  auto none = pair.b.receive();
  REQUIRE(none);
  CHECK_FALSE(none->has_value());
}

TEST_CASE("channel: random messages of all sizes pass a kernel buffer that is too small for them") {
  Ends pair = ends();
  Random random = Random::from_number(7);
  std::deque<Bytes> under_way;
  std::size_t received = 0;
  bool was_full = false;
  for (int round = 0; round < 3000; ++round) {
    if (random.below(3) > 0) {
      std::size_t size = random.below(20) == 0 ? random.below(300'000) : random.below(100);
      Bytes message(size);
      random.fill(message);
      std::size_t head = random.below(size + 1);
      pair.a.send(View(message).first(head), View(message).subspan(head));
      under_way.push_back(std::move(message));
    }
    if (random.below(4) == 0) REQUIRE(pair.a.flush());
    was_full |= pair.a.wants_write();
    if (random.below(3) == 0) continue;
    auto message = pair.b.receive();
    REQUIRE(message);
    if (!message->has_value()) continue;
    REQUIRE(same_bytes(**message, under_way.front()));
    under_way.pop_front();
    ++received;
  }
  while (!under_way.empty()) {
    REQUIRE(pair.a.flush());
    auto message = pair.b.receive();
    REQUIRE(message);
    if (!message->has_value()) continue;
    REQUIRE(same_bytes(**message, under_way.front()));
    under_way.pop_front();
  }
  CHECK(was_full);
  CHECK(received > 100);
}

TEST_CASE("channel: the longest message passes") {
  Ends pair = ends();
  Bytes message(kMaxDoorMessageBytes, 0x5A);
  pair.a.send(message);
  for (;;) {
    REQUIRE(pair.a.flush());
    auto got = pair.b.receive();
    REQUIRE(got);
    if (!got->has_value()) continue;
    CHECK(same_bytes(**got, message));
    return;
  }
}

TEST_CASE("channel: a length out of bounds is refused before anything is reserved") {
  int raw[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, raw) == 0);
  Channel channel(raw[0]);
  REQUIRE(::write(raw[1], "\xff\xff\xff\xff", 4) == 4);
  auto message = channel.receive();
  REQUIRE_FALSE(message);
  CHECK(message.error().code == Code::Malformed);
  ::close(raw[1]);
}

TEST_CASE("channel: what came before the other end left is received, then its end is told") {
  Ends pair = ends();
  pair.a.send(view_of("last words"));
  REQUIRE(pair.a.flush());
  { Channel gone = std::move(pair.a); }
  CHECK(next(pair.b) == "last words");
  auto end = pair.b.receive();
  REQUIRE_FALSE(end);
  CHECK(end.error().code == Code::Io);
  pair.b.send(view_of("nobody hears"));
  CHECK_FALSE(pair.b.flush());
}

}  // namespace budstikke::daemon
