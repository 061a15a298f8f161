// Two copies of a home that run at once: every node reports it within a minute, nobody is refused anything, and nothing more
// forks.
#include <doctest/doctest.h>

#include "protocol/node/waits.h"
#include "tests/support/builders.h"
#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

// A line of nodes: C and D know each other, B and its copy are linked to C. A is D's only neighbour on the far side.
struct Copied {
  Net net = Net::region(4);
  std::size_t copy;
  explicit Copied(bool same_store) {
    net.write(1, "before");
    net.connect(1, 2);
    net.connect(2, 3);
    net.connect(3, 0);
    REQUIRE(net.converge());
    copy = net.add_clone(1, same_store);
  }
  bool is_told(std::size_t machine) { return net.node(machine).two_stores().contains(net.node(1).self()); }
  std::size_t told() {
    std::size_t count = 0;
    for (std::size_t machine = 0; machine < net.size(); ++machine) count += is_told(machine) ? 1 : 0;
    return count;
  }
};

}  // namespace

TEST_CASE("two stores: a copy with a store of its own is told of on every node within a minute, though nobody writes") {
  Copied copied(false);
  Net& net = copied.net;
  const std::size_t drops = net.drops().size();
  net.connect(copied.copy, 2);
  net.advance(1min);
  CHECK(copied.told() == net.size());
  for (std::size_t machine = 0; machine < net.size(); ++machine) CHECK(net.events(machine, EventKind::StoresSeen) >= 1);
  CHECK(net.node(2).two_stores().at(net.node(1).self()).told_by.is_zero());
  CHECK(net.node(0).two_stores().at(net.node(1).self()).told_by == net.node(3).self());
  CHECK(net.drops().size() == drops);
}

TEST_CASE("two stores: a copy that nobody can tell from the original is, as soon as one of them writes") {
  Copied copied(true);
  Net& net = copied.net;
  net.connect(copied.copy, 2);
  net.advance(1min);
  CHECK(copied.told() == 0);
  const RecordKey one = net.write(1, "one");
  net.advance(1min);
  CHECK(copied.told() == net.size());
  const RecordKey two = net.write(copied.copy, "two");
  net.write(1, "three");
  REQUIRE(net.converge());
  for (std::size_t machine = 0; machine < net.size(); ++machine) {
    CHECK(net.names(machine, one) == std::vector<std::string>{"one"});
    CHECK(net.names(machine, two) == std::vector<std::string>{"two"});
    for (const auto& [id, log] : net.network(machine).logs) CHECK(log.row.tips.size() == 1);
  }
}

TEST_CASE("two stores: both that wrote apart have forked one log, go on in logs of their own, and fork no more") {
  Copied copied(true);
  Net& net = copied.net;
  net.cut_all();
  net.write(1, "left");
  net.write(copied.copy, "right");
  net.connect(1, 2);
  net.connect(copied.copy, 2);
  net.connect(2, 3);
  net.connect(3, 0);
  net.advance(1min);
  CHECK(copied.told() == net.size());
  for (int i = 0; i < 20; ++i) {
    net.write(1, "left");
    net.write(copied.copy, "right");
    if (i % 5 == 0) net.advance(300ms);
  }
  REQUIRE(net.converge());
  std::size_t forks = 0, logs = 0;
  for (const auto& [id, log] : net.network(0).logs) {
    if (id.author != net.node(1).self() || id.log_class != LogClass::Data) continue;
    ++logs;
    forks += log.row.tips.size() - 1;
  }
  CHECK(forks == 1);
  CHECK(logs == 3);
  CHECK(net.network(0).records == 43);
}

TEST_CASE("two stores: what was seen is told again while it lasts, and forgotten when one has been stopped") {
  Copied copied(false);
  Net& net = copied.net;
  const auto cable = net.connect(copied.copy, 2);
  net.advance(10min);
  CHECK(copied.told() == net.size());
  net.cut(cable);
  net.advance(kStoresForgotten + kStoresAgain + 2min);
  CHECK(copied.told() == 0);
}

TEST_CASE("two stores: a store that was put back, and whose former link is not known to be dead, is not two") {
  Net net = Net::region(2);
  const auto dead = net.connect(1, 0);
  REQUIRE(net.converge());
  net.hold(dead, true);
  const std::size_t again = net.add_clone(1, false);
  net.connect(again, 0);
  net.advance(20s);
  CHECK(net.node(0).two_stores().empty());
  CHECK(net.node(again).two_stores().empty());
}

TEST_CASE("two stores: that come and go by turns are told of, and one that was put back once is not") {
  Net net = Net::region(2);
  const std::size_t copy = net.add_clone(1, false);
  const auto visit = [&](std::size_t machine) {
    const auto cable = net.connect(machine, 0);
    net.advance(1s);
    net.cut(cable);
    net.advance(1s);
  };
  for (std::size_t machine : {std::size_t{1}, copy, std::size_t{1}}) visit(machine);
  CHECK(net.node(0).two_stores().empty());
  visit(copy);
  CHECK(net.node(0).two_stores().size() == 1);
}

TEST_CASE("two stores: who speaks for another's store loses its link, and of a stranger nothing is kept") {
  Net net = Net::region(3);
  const auto cable = net.connect(1, 0);
  net.connect(2, 0);
  REQUIRE(net.converge());
  net.inject(cable, 0, encode(StoreMessage{numbered<MemberKey>(7), numbered<StoreId>(1), numbered<StoreId>(2)}));
  net.run();
  CHECK(net.node(0).two_stores().empty());
  CHECK(net.is_up(cable));
  net.inject(cable, 0, encode(StoreMessage{net.node(2).self(), numbered<StoreId>(1), {}}));
  net.run();
  CHECK_FALSE(net.is_up(cable));
  CHECK(net.drops().back() == "A: speaks of another's store as its own");
}

TEST_CASE("two stores: a member that cries wolf costs a message every few minutes, and is named") {
  Net net = Net::region(3);
  const auto cable = net.connect(1, 0);
  net.connect(2, 0);
  REQUIRE(net.converge());
  const std::size_t before = net.frames("two stores");
  for (std::uint8_t i = 1; i < 50; ++i) {
    net.inject(cable, 0, encode(StoreMessage{net.node(2).self(), numbered<StoreId>(i), numbered<StoreId>(100)}));
    net.run();
  }
  CHECK(net.frames("two stores") - before <= 2);
  CHECK(net.node(0).two_stores().at(net.node(2).self()).told_by == net.node(1).self());
}
