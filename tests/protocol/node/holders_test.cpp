// Who is known to hold what one wrote, also beyond those one has a link with.
#include "protocol/node/holders.h"

#include <doctest/doctest.h>

#include "protocol/node/waits.h"
#include "tests/support/builders.h"
#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

const DigestTag kHeldLevel = numbered<DigestTag>(1), kOtherLevel = numbered<DigestTag>(2);
constexpr LinkId kLeftLink{1}, kRightLink{2};

using Ranks = std::vector<std::uint32_t>;

// The members that this machine knows to hold all that it wrote.
std::size_t holders_of(Net& net, std::size_t machine) {
  const Network& network = net.network(machine);
  const Log& log = network.logs.at({net.node(machine).self(), net.node(machine).ledger().incarnation(), LogClass::Data});
  std::size_t holders = 0;
  for (const auto& [key, member] : network.membership.members()) {
    if (key == net.node(machine).self()) continue;
    if (net.node(machine).known_to_hold(network, key, log) == log.row.tips.back().head.seq) ++holders;
  }
  return holders;
}

// Five nodes of which each has links with its neighbours only.
Net line_of_five() {
  Net net = Net::region(5);
  for (std::size_t i = 1; i < 5; ++i) net.connect(i, i - 1);
  REQUIRE(net.converge());
  return net;
}

}  // namespace

TEST_CASE("holders: a peer is told of those beyond, once, and never of itself and this node alone") {
  Holders holders;
  holders.be_at(kHeldLevel, 3);
  CHECK(holders.news_for(kLeftLink).empty());  // who is not on the level is told nothing
  CHECK(holders.agrees(kLeftLink, 0, false));
  CHECK_FALSE(holders.agrees(kLeftLink, 0, false));
  CHECK(holders.news_for(kLeftLink).empty());
  CHECK(holders.agrees(kRightLink, 12, false));
  CHECK(holders.news_for(kLeftLink) == Bytes{0x09, 0x10});
  CHECK(holders.news_for(kLeftLink).empty());
  CHECK(holders.news_for(kRightLink) == Bytes{0x09, 0x10});
  CHECK(holders.agrees(kLeftLink, 0, true));  // it was elsewhere when it was told
  CHECK(holders.news_for(kLeftLink) == Bytes{0x09, 0x10});
  holders.link_down(kLeftLink);
  CHECK(holders.news_for(kLeftLink).empty());
}

TEST_CASE("holders: what a peer says is news once, passed on, not told back, and of members only") {
  Holders holders;
  holders.be_at(kHeldLevel, 0);
  holders.agrees(kLeftLink, 1, false);
  holders.agrees(kRightLink, 2, false);
  holders.news_for(kLeftLink);
  holders.news_for(kRightLink);
  CHECK(holders.told(kLeftLink, Bytes{0xfb, 0xff}, 5) == Ranks{3, 4});  // 0, 1 and 3 to 15, of whom five are members
  CHECK(holders.told(kLeftLink, Bytes{0xfb}, 5).empty());
  CHECK(holders.news_for(kLeftLink).empty());
  CHECK(holders.news_for(kRightLink) == Bytes{0x1f});
}

TEST_CASE("holders: nothing is taken from a peer that was never seen on the level, as one that is no member") {
  Holders holders;
  holders.be_at(kHeldLevel, 0);
  holders.agrees(kLeftLink, 1, false);
  CHECK(holders.told(kRightLink, Bytes{0xff}, 5).empty());
  CHECK(holders.told(kLeftLink, Bytes{0xff}, 5) == Ranks{2, 3, 4});
}

TEST_CASE("holders: at another level all begins anew") {
  Holders holders;
  holders.be_at(kHeldLevel, 0);
  holders.agrees(kLeftLink, 1, false);
  holders.agrees(kRightLink, 2, false);
  holders.be_at(kHeldLevel, 0);
  CHECK_FALSE(holders.news_for(kLeftLink).empty());
  holders.be_at(kOtherLevel, 0);
  CHECK(holders.news_for(kRightLink).empty());
  CHECK(holders.agrees(kLeftLink, 1, false));
  CHECK(holders.news_for(kLeftLink).empty());
}

TEST_CASE("holders: on a line of five nodes each end learns that all hold what it wrote, within four waits") {
  Net net = line_of_five();
  net.write(0, "from one end");
  net.write(4, "from the other");
  net.run();
  net.advance(1s);
  CHECK(holders_of(net, 0) < 4);
  net.advance(4 * kHoldersWait);
  for (std::size_t machine : {0, 4}) CHECK(holders_of(net, machine) == 4);
  SUBCASE("and what is written then nobody is said to hold before it does") {
    net.cut_all();
    net.write(0, "alone");
    CHECK(holders_of(net, 0) == 0);
    net.connect(0, 1);
    net.run();
    net.advance(2 * kHoldersWait);
    CHECK(holders_of(net, 0) == 1);
  }
}

TEST_CASE("holders: two nodes have nothing to tell each other, and a line at rest is silent") {
  Net pair = Net::region(2);
  pair.connect(1, 0);
  pair.write(1, "one");
  pair.advance(5min);
  CHECK(pair.frames("holders") == 0);
  Net net = line_of_five();
  net.write(0, "one");
  net.advance(1min);
  const std::size_t before = net.frames("holders");
  CHECK(before > 0);
  CHECK(before <= 8 * 4);  // each end of each line, and no more often than there are nodes beyond
  net.advance(5min);
  CHECK(net.frames("holders") == before);
}

TEST_CASE("holders: of another level, of nobody and of another network nothing is learnt; a lie is a hint, and no more") {
  Net net = Net::region(3);
  const std::size_t cable = net.connect(1, 0);
  net.write(0, "one");
  net.advance(10s);
  REQUIRE(holders_of(net, 0) == 1);
  const NetworkSummary summary = net.node(0).summary_of(net.network(0));
  HoldersMessage told{tag_of(summary.network), numbered<DigestTag>(9), {0xff}};
  net.inject(cable, 0, encode(told));
  told = {numbered<NetworkTag>(9), level_of(summary), {0xff}};
  net.inject(cable, 0, encode(told));
  told = {tag_of(summary.network), level_of(summary), {0, 0xff}};
  net.inject(cable, 0, encode(told));
  net.run();
  CHECK(holders_of(net, 0) == 1);
  told.members = {0x07};
  const std::size_t drops = net.drops().size();
  net.inject(cable, 0, encode(told));
  net.run();
  CHECK(holders_of(net, 0) == 2);
  CHECK(net.drops().size() == drops);
}

TEST_CASE("holders: what was sent to a peer that did not get it is not held by it") {
  Net net = Net::region(2);
  const std::size_t cable = net.connect(1, 0);
  net.write(0, "one");
  net.advance(10s);
  REQUIRE(holders_of(net, 0) == 1);
  net.hold(cable, true);
  net.write(0, "two");
  CHECK(holders_of(net, 0) == 0);
  net.cut(cable);
  CHECK(holders_of(net, 0) == 0);
  net.connect(1, 0);
  net.advance(1s);
  CHECK(holders_of(net, 0) == 1);
}
