// Two nodes that write in the same log: nothing is lost, and all nodes hold both branches.
#include <doctest/doctest.h>

#include "protocol/base/limits.h"
#include "tests/support/net.h"
#include "tests/support/sanitized.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

TEST_CASE("fork: both branches reach all nodes, with equal digests") {
  Net net = Net::region(3);
  const RecordKey before = net.write(1, "before");
  net.connect(1, 0);
  net.connect(2, 0);
  REQUIRE(net.converge());
  net.cut_all();
  const std::size_t clone = net.add_clone(1);
  const RecordKey left = net.write(1, "left"), right = net.write(clone, "right"), more = net.write(clone, "more");
  net.connect(1, 0);
  net.connect(clone, 2);
  net.run();
  net.connect(2, 0);
  REQUIRE(net.converge());
  for (std::size_t machine = 0; machine < net.size(); ++machine) {
    CAPTURE(machine);
    CHECK(net.names(machine, before) == std::vector<std::string>{"before"});
    CHECK(net.names(machine, left) == std::vector<std::string>{"left"});
    CHECK(net.names(machine, right) == std::vector<std::string>{"right"});
    CHECK(net.names(machine, more) == std::vector<std::string>{"more"});
    CHECK(net.network(machine).entries == net.network(0).entries);
  }
  CHECK(net.events(0, EventKind::ForkSeen) + net.events(2, EventKind::ForkSeen) == 2);
  CHECK(net.drops().size() == 2);
}

TEST_CASE("fork: branches that are runs apart from the place where they left" * doctest::skip(kSanitized)) {
  Net net = Net::region(2);
  for (int i = 0; i < 300; ++i) net.write(1, "common");
  net.connect(1, 0);
  REQUIRE(net.converge());
  net.cut_all();
  const std::size_t clone = net.add_clone(1);
  for (int i = 0; i < 600; ++i) net.write(1, "left");
  for (int i = 0; i < 900; ++i) net.write(clone, "right");
  const auto cable = net.connect(1, 0);
  REQUIRE(net.converge(2s) == false);
  net.cut(cable);
  net.connect(clone, 0);  // A holds the shorter branch to its end, the clone the longer one
  net.connect(1, 0);
  REQUIRE(net.converge());
  CHECK(net.network(0).records == 1'800);
  const NetworkSummary summary = net.node(0).summary_of(net.network(0));
  net.crash(0);
  CHECK(net.node(0).summary_of(net.network(0)) == summary);
}

TEST_CASE("fork: a longer branch that does not follow on ours is asked for from the start") {
  Net net = Net::region(2);
  net.write(1, "common");
  net.connect(1, 0);
  REQUIRE(net.converge());
  net.cut_all();
  const std::size_t clone = net.add_clone(1);
  net.write(1, "left");
  for (int i = 0; i < 5; ++i) net.write(clone, "right");
  auto cable = net.connect(1, 0);
  net.advance(1s);
  net.cut(cable);
  net.connect(clone, 0);
  net.advance(1s);
  CHECK(net.network(0).records == 7);
  CHECK(net.network(clone).records == 7);
}

TEST_CASE("fork: both sides go on writing in both branches") {
  Net net = Net::region(3);
  net.write(1, "common");
  net.connect(1, 0);
  net.connect(2, 0);
  REQUIRE(net.converge());
  const std::size_t clone = net.add_clone(1);
  net.connect(clone, 2);
  net.run();
  for (int i = 0; i < 20; ++i) {
    net.write(1, "left");
    net.write(clone, "right");
    net.write(0, "other");
    if (i % 4 == 0) net.advance(300ms);
  }
  REQUIRE(net.converge());
  CHECK(net.network(2).records == 61);
}

TEST_CASE("fork: of more branches than count no session goes round for ever") {
  Net net = Net::region(2);
  net.write(1, "common");
  net.connect(1, 0);
  REQUIRE(net.converge());
  net.cut_all();
  std::vector<std::size_t> clones;
  for (std::size_t i = 0; i < kMaxTips + 3; ++i) clones.push_back(net.add_clone(1));
  for (std::size_t clone : clones) net.write(clone, "branch");
  for (std::size_t clone : clones) {
    net.connect(clone, 0);
    net.run();
  }
  net.advance(5s);
  for (const auto& [id, log] : net.network(0).logs) CHECK(log.row.tips.size() <= kMaxTips);
  const std::size_t before = net.frames("");
  net.advance(2min);
  CHECK(net.frames("") - before < 60 * clones.size());
}
