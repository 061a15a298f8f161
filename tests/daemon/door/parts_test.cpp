// The door's small parts: addresses, pauses, queues, names.
#include <doctest/doctest.h>
#include <poll.h>

#include "daemon/door/address.h"
#include "daemon/door/backoff.h"
#include "daemon/door/resolver.h"
#include "daemon/door/send_queue.h"

namespace budstikke::daemon {

TEST_CASE("address: host and port are split, and what is neither is refused") {
  CHECK(split_address("example.org:7420") == HostPort{"example.org", "7420"});
  CHECK(split_address("192.0.2.7:1") == HostPort{"192.0.2.7", "1"});
  CHECK(split_address("[2001:db8::7]:65535") == HostPort{"2001:db8::7", "65535"});
  CHECK(split_address("host:07420") == HostPort{"host", "7420"});
  for (const char* bad : {"", "host", "host:", "host:0", "host:65536", "host:-1", "host:1x", ":7420", "2001:db8::7:7420",
                          "*:7420", "ho st:1", "host;tcp://other:1", "[]:1", "tcp://host:1", "håndværk:1"}) {
    CAPTURE(bad);
    CHECK_FALSE(split_address(bad));
  }
}

TEST_CASE("address: numeric hosts become endpoints, names do not") {
  CHECK(numeric_endpoint({"192.0.2.7", "1"}) == "tcp://192.0.2.7:1");
  CHECK(numeric_endpoint({"2001:db8::7", "1"}) == "tcp://[2001:db8::7]:1");
  CHECK(numeric_endpoint({"fe80::1%eth0", "1"}) == "tcp://[fe80::1%eth0]:1");
  CHECK_FALSE(numeric_endpoint({"localhost", "1"}));
  CHECK_FALSE(numeric_endpoint({"1.2.3", "1"}));
}

TEST_CASE("address: where to listen") {
  CHECK(listen_endpoint("*:7420") == "tcp://*:7420");
  CHECK(listen_endpoint(":7420") == "tcp://*:7420");
  CHECK(listen_endpoint("127.0.0.1:0") == "tcp://127.0.0.1:*");
  CHECK(listen_endpoint("[::1]:*") == "tcp://[::1]:*");
  CHECK(listen_endpoint("localhost:7420") == "tcp://127.0.0.1:7420");
  for (const char* bad : {"", "7420", "*", "*:x", "*:65536", "a b:1"}) {
    CAPTURE(bad);
    CHECK_FALSE(listen_endpoint(bad));
  }
}

TEST_CASE("address: shown plainly") {
  CHECK(shown_address("tcp://[::ffff:192.0.2.7]:7420") == "192.0.2.7:7420");
  CHECK(shown_address("tcp://[::]:7420") == "[::]:7420");
  CHECK(shown_address("tcp://127.0.0.1:7420") == "127.0.0.1:7420");
  CHECK(shown_address("::ffff:192.0.2.7") == "192.0.2.7");
  CHECK(shown_address("2001:db8::7") == "2001:db8::7");
}

TEST_CASE("backoff: pauses stay within bounds that double up to five minutes, and start anew") {
  Random random = Random::from_number(1);
  Backoff backoff;
  for (int round = 0; round < 2; ++round) {
    Millis bound = Backoff::kFirst;
    for (int i = 0; i < 40; ++i) {
      Millis pause = backoff.next(random);
      CHECK(pause >= Backoff::kShortest);
      CHECK(pause <= bound);
      bound = std::min(bound * 2, Backoff::kLongest);
    }
    CHECK(bound == Backoff::kLongest);
    backoff.reset();
  }
}

TEST_CASE("backoff: pauses are spread over the whole range") {
  Random random = Random::from_number(2);
  int early = 0;
  for (int i = 0; i < 1000; ++i) {
    Backoff fresh;
    if (fresh.next(random) < Backoff::kFirst / 2) ++early;
  }
  CHECK(early > 350);
  CHECK(early < 600);
}

TEST_CASE("send queue: bounded in bytes, emptied in order") {
  SendQueue queue;
  constexpr std::size_t kFrame = 64 * 1024;
  std::size_t taken = 0;
  while (queue.push(ZmqMessage(Bytes(kFrame, static_cast<std::uint8_t>(taken))))) ++taken;
  CHECK(taken == SendQueue::kMaxBytes / kFrame);
  std::size_t sent = 0;
  CHECK(queue.flush([&](ZmqMessage& frame) {
    CHECK(frame.view()[0] == static_cast<std::uint8_t>(sent));
    return ++sent == 3 ? Sent::Full : Sent::Done;
  }) == Sent::Full);
  CHECK(queue.bytes() == (taken - 2) * kFrame);
  CHECK(queue.flush([](ZmqMessage&) { return Sent::Done; }) == Sent::Done);
  CHECK(queue.is_empty());
  CHECK(queue.bytes() == 0);
}

TEST_CASE("resolver: answers with all endpoints of names, and empty ones for what is none") {
  Resolver resolver;
  resolver.ask(1, {"192.0.2.7:1", "nonsense"});
  resolver.ask(2, {"localhost:7420", "no-such-name.invalid:1", "192.0.2.7:1"});
  std::vector<Resolver::Answer> answers;
  while (answers.size() < 2) {
    pollfd item{resolver.fd(), POLLIN, 0};
    REQUIRE(::poll(&item, 1, 60'000) == 1);
    for (Resolver::Answer& answer : resolver.take()) answers.push_back(std::move(answer));
  }
  REQUIRE(answers[0].question == 1);
  REQUIRE(answers[0].candidates.size() == 2);
  CHECK(answers[0].candidates[0].endpoint == "tcp://192.0.2.7:1");
  CHECK(answers[0].candidates[1].address == "nonsense");
  CHECK(answers[0].candidates[1].endpoint.empty());
  REQUIRE(answers[1].question == 2);
  REQUIRE(answers[1].candidates.size() >= 3);
  CHECK(answers[1].candidates.front().address == "localhost:7420");
  CHECK(answers[1].candidates.front().endpoint.starts_with("tcp://"));
  CHECK(answers[1].candidates[answers[1].candidates.size() - 2].endpoint.empty());
  CHECK(answers[1].candidates.back().endpoint == "tcp://192.0.2.7:1");
}

}  // namespace budstikke::daemon
