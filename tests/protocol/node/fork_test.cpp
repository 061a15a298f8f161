// Two nodes that write in the same log: nothing is lost, and all nodes hold both branches.
#include <doctest/doctest.h>

#include <algorithm>

#include "protocol/base/limits.h"
#include "tests/support/net.h"
#include "tests/support/sanitized.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

// Copies of one machine's store that all write apart in its logs of one class, and nodes that meet them in different orders.
struct ManyBranches {
  static constexpr std::size_t kBranches = kMaxTips + 8;
  Net net = Net::region(4);
  std::size_t writer;
  LogId log;
  std::vector<std::size_t> copies;
  std::map<EntryId, std::size_t> first;  // the first entry of each copy's branch → which copy

  ManyBranches(std::size_t machine, LogClass log_class) : writer(machine) {
    net.write(writer, "common");
    for (std::size_t other = 1; other < net.size(); ++other) net.connect(other, 0);
    REQUIRE(net.converge());
    net.cut_all();
    log = {net.node(writer).self(), net.node(writer).ledger().incarnation(), log_class};
    for (std::size_t i = 0; i < kBranches; ++i) copies.push_back(net.add_clone(writer));
  }
  void note_branch(std::size_t copy) { first.emplace(tips(copy).back().head.id, copy); }
  const std::vector<StoredTip>& tips(std::size_t machine) { return net.network(machine).logs.at(log).tips(); }
  bool counts(std::size_t copy) {
    const auto chosen = std::next(first.begin(), kMaxTips);
    return std::any_of(first.begin(), chosen, [&](const auto& branch) { return branch.second == copy; });
  }
  // Each of three nodes meets the copies one by one, in an order of its own.
  void meet() {
    const std::size_t nodes[] = {writer == 0 ? std::size_t{1} : std::size_t{0}, 2, 3};
    for (std::size_t i = 0; i < std::size(nodes); ++i) {
      for (std::size_t at = 0; at < copies.size(); ++at) {
        const std::size_t of = i == 0 ? at : i == 1 ? copies.size() - 1 - at : (at * 7 + 3) % copies.size();
        const Net::Cable cable = net.connect(copies[of], nodes[i]);
        net.run();
        net.cut(cable);
      }
    }
    for (std::size_t machine = 0; machine < net.size(); ++machine) {
      if (machine != 2) net.connect(machine, 2);
    }
    REQUIRE(net.converge(10min));
    net.cut_all();
  }
  void check_sound() {
    for (std::size_t machine = 0; machine < net.size(); ++machine) {
      CAPTURE(machine);
      CHECK(tips(machine).size() == kMaxTips);
      const NetworkSummary before = net.node(machine).summary_of(net.network(machine));
      CHECK(before == net.node(0).summary_of(net.network(0)));
      const auto check = net.node(machine).ledger().check(net.network(machine));
      REQUIRE(check.ok());
      CHECK(check->differences == std::vector<std::string>{});
      net.crash(machine);
      CHECK(net.node(machine).summary_of(net.network(machine)) == before);
    }
  }
};

}  // namespace

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

TEST_CASE("fork: branches that grow are told of and asked for, and never pushed") {
  Net net = Net::region(3);
  net.write(1, "common");
  net.connect(1, 0);
  net.connect(2, 0);
  REQUIRE(net.converge());
  net.cut_all();
  const std::size_t clone = net.add_clone(1);
  net.write(1, "left");
  net.write(clone, "right");
  for (const std::size_t writer : {std::size_t{1}, clone}) {
    const Net::Cable cable = net.connect(writer, 0);
    net.run();
    net.cut(cable);
  }
  net.connect(2, 0);
  net.run();
  net.advance(2min);
  REQUIRE(agree(net, 0, 2));
  net.write(1, "left again");
  net.write(clone, "right again");
  net.transcript();
  for (const std::size_t writer : {std::size_t{1}, clone}) {
    const Net::Cable cable = net.connect(writer, 0);
    net.run();
    net.cut(cable);
  }
  CHECK(net.transcript().find("A>C run") == std::string::npos);
  net.advance(3s);
  CHECK(net.transcript().find("A>C run") != std::string::npos);
  CHECK(agree(net, 0, 2));
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
  for (const auto& [id, log] : net.network(0).logs) CHECK(log.tips().size() <= kMaxTips);
  const std::size_t before = net.frames("");
  net.advance(2min);
  CHECK(net.frames("") - before < 60 * clones.size());
}

TEST_CASE("fork: of more branches than count every node chooses the same, in whatever order they came") {
  ManyBranches many(1, LogClass::Data);
  Net& net = many.net;
  std::map<std::size_t, std::vector<RecordKey>> written;
  for (std::size_t i = 0; i < many.copies.size(); ++i) {
    const std::size_t copy = many.copies[i];
    written[copy].push_back(net.write(copy, "first"));
    many.note_branch(copy);
    for (std::size_t more = 0; more < i % 4; ++more) written[copy].push_back(net.write(copy, "more"));
  }
  many.meet();
  many.check_sound();
  for (const auto& [copy, records] : written) {
    for (const RecordKey& record : records) {
      for (std::size_t machine = 0; machine < 4; ++machine) CHECK(net.names(machine, record).empty() != many.counts(copy));
    }
  }
}

TEST_CASE("fork: a branch that grows after it was pushed out changes nothing, and one that counts goes on") {
  ManyBranches many(1, LogClass::Data);
  Net& net = many.net;
  std::map<std::size_t, MemoryStorage> apart;  // each copy as it was when it had met nobody
  for (std::size_t copy : many.copies) {
    net.write(copy, "first");
    many.note_branch(copy);
    apart.emplace(copy, net.storage(copy));
  }
  many.meet();
  const std::size_t chosen = many.first.begin()->second, left_out = many.first.rbegin()->second;
  REQUIRE(many.counts(chosen));
  REQUIRE_FALSE(many.counts(left_out));
  std::map<std::size_t, RecordKey> later;
  for (std::size_t copy : {chosen, left_out}) {
    net.put_back(copy, apart.at(copy), false);
    later.emplace(copy, net.write(copy, "later"));
  }
  for (std::size_t machine = 0; machine < net.size(); ++machine) {
    if (machine != 2) net.connect(machine, 2);
  }
  REQUIRE(net.converge(10min));
  net.cut_all();
  many.check_sound();
  for (std::size_t machine = 0; machine < 4; ++machine) {
    CHECK(net.names(machine, later.at(chosen)) == std::vector<std::string>{"later"});
    CHECK(net.names(machine, later.at(left_out)).empty());
  }
}

TEST_CASE("fork: of more branches of a membership log than count every node takes the same for decided") {
  ManyBranches many(0, LogClass::Membership);
  Net& net = many.net;
  const std::size_t before = net.network(0).membership.invitations().size();
  for (std::size_t copy : many.copies) {
    net.invite(copy);
    many.note_branch(copy);
  }
  many.meet();
  many.check_sound();
  for (std::size_t machine = 0; machine < net.size(); ++machine) {
    CHECK(net.network(machine).membership.invitations().size() == before + kMaxTips);
  }
}
