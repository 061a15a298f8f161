// What nodes tell each other of their clocks, and that nothing follows from it.
#include <doctest/doctest.h>

#include "protocol/node/waits.h"
#include "tests/support/builders.h"
#include "tests/support/net.h"
#include "tests/support/pair.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

// By how much the clock of the machine's only peer is ahead of its own.
Millis seen_by(Net& net, std::size_t machine) {
  const std::vector<PeerStatus> peers = net.node(machine).peers();
  REQUIRE(peers.size() == 1);
  return peers[0].clock_ahead(net.now_of(machine));
}

}  // namespace

TEST_CASE("clock: two nodes that meet know by how much the other's is ahead of their own, or behind") {
  Net net = Net::region(2);
  net.set_clock(1, 3h + 12min);
  net.connect(1, 0);
  net.run();
  CHECK(seen_by(net, 0) == 3h + 12min);
  CHECK(seen_by(net, 1) == -(3h + 12min));
  net.advance(10h);  // it goes on by itself, and nothing is said of it
  CHECK(seen_by(net, 0) == 3h + 12min);
  CHECK(seen_by(net, 1) == -(3h + 12min));
  CHECK(net.frames("clock") == 0);
}

TEST_CASE("clock: a node whose own is set sees another difference at once, and tells its peers") {
  Net net = Net::region(2);
  net.connect(1, 0);
  net.run();
  net.advance(1s);
  const std::size_t drops = net.drops().size();
  net.set_clock(1, -2h);
  CHECK(seen_by(net, 1) == 2h);  // before anything is said
  CHECK(seen_by(net, 0) == 0h);
  net.advance(1min);
  CHECK(seen_by(net, 0) == -2h);
  CHECK(seen_by(net, 1) == 2h);
  CHECK(net.frames("clock") == 1);
  net.set_clock(1, 0h);
  net.advance(1min);
  CHECK(seen_by(net, 0) == 0h);
  CHECK(seen_by(net, 1) == 0h);
  CHECK(net.frames("clock") == 2);
  CHECK(net.drops().size() == drops);
}

TEST_CASE("clock: small steps are told once they come to a large one") {
  Net net = Net::region(2);
  net.connect(1, 0);
  net.run();
  net.set_clock(1, kClockStep - 1ms);
  net.advance(1min);
  CHECK(net.frames("clock") == 0);
  CHECK(seen_by(net, 1) == -(kClockStep - 1ms));
  net.set_clock(1, kClockStep);
  net.advance(1min);
  CHECK(net.frames("clock") == 1);
  CHECK(seen_by(net, 0) == kClockStep);
}

TEST_CASE("clock: what a member says is shown however far it is, and nothing follows from it") {
  for (const WallTime told : {WallTime{0}, WallTime{INT64_MAX}}) {
    Pair pair;
    pair.dial();
    Hello hello = pair.hello();
    hello.time = told;
    pair.sign(hello);
    pair.send(hello);
    REQUIRE(pair.node().peers().size() == 1);
    const Millis ahead = pair.node().peers()[0].clock_ahead(pair.now());
    CHECK((told.ms == 0 ? ahead == Millis(-pair.now().wall.ms) : ahead > Millis(INT64_MAX / 8)));
    pair.send(ClockMessage{told});
    CHECK(pair.node().peers()[0].clock_ahead(pair.now()) == ahead);
    const std::uint64_t before = pair.entries();
    Author log(pair.network().row.id, pair.peer());
    log.append();
    pair.send(log.run(1, 1));
    CHECK(pair.entries() == before + 1);
    pair.answers();
    pair.send(ClockMessage{pair.now().wall});
    CHECK(pair.node().peers()[0].clock_ahead(pair.now()) == 0ms);
    CHECK(pair.answers().empty());
    CHECK_FALSE(pair.dropped().has_value());
  }
}

TEST_CASE("clock: it is not told before a hello that waits for a commit") {
  Pair pair;
  pair.dial();
  pair.answers();
  const ChangeBytes change = contact_change(council_of(pair.node().self()), 1, {"Mette"});
  REQUIRE(pair.node().write(pair.network(), {&change, 1}, pair.now()).ok());
  pair.node().frame(Pair::kLink, encode(pair.hello()), pair.now());
  pair.node().tick({pair.now().steady, WallTime{pair.now().wall.ms + 7'200'000}});
  pair.process();
  const std::string answers = pair.answers();
  CHECK(answers.find("hello") == 0);
  CHECK(answers.find("\nclock") != std::string::npos);
}

TEST_CASE("clock: one that is told before the hello costs the link") {
  Pair pair;
  pair.dial();
  pair.send(ClockMessage{pair.now().wall});
  CHECK(pair.dropped() == "a message before the hello");
}
