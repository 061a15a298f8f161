// What two nodes remember of each other when they part, and that nothing is lost when that is wrong, or when either of them is
// restarted after any message.
#include "protocol/base/limits.h"
#include "tests/protocol/node/parted.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

// --- What is remembered ----------------------------------------------------------------------------------------------

TEST_CASE("agreement: each remembers the other's store, the level of both and its own last entry") {
  Net net = parted();
  net.write(0, "x");
  net.cut(meet(net));
  for (std::size_t machine : {0, 1}) {
    const std::optional<AgreedRow> row = stored_agreement(net, machine, 1 - machine);
    REQUIRE(row.has_value());
    CHECK(row->level == level_at(net, machine));
    CHECK(row->last.value == net.storage(machine).rows(Table::Entries));
  }
}

TEST_CASE("agreement: it is put with another commit, or on its own when a link goes and every half minute") {
  Net net = parted();
  const auto cable = net.connect(1, 0);
  net.run();
  const std::uint64_t quiet = net.storage(0).commits();
  net.advance(40s);
  CHECK(net.storage(0).commits() == quiet);  // nothing new was agreed
  net.write(0, "x");
  net.advance(600ms);
  CHECK(net.storage(0).commits() == quiet + 1);
  CHECK(stored_agreement(net, 0, 1)->level != level_at(net, 0));
  net.advance(46s);
  CHECK(net.storage(0).commits() == quiet + 2);
  CHECK(stored_agreement(net, 0, 1)->level == level_at(net, 0));
  net.write(0, "y");
  net.advance(600ms);
  net.cut(cable);
  CHECK(net.storage(0).commits() == quiet + 4);
  CHECK(stored_agreement(net, 0, 1)->level == level_at(net, 0));
}

TEST_CASE("agreement: one row for each member, whatever stores it comes with") {
  Net net = parted();
  for (int i = 0; i < 6; ++i) {
    net.renew_store(1);
    net.write(1, "x");
    net.cut(meet(net));
    CHECK(level_at(net, 0) == level_at(net, 1));
  }
  CHECK(count_agreements(net, 0) == 1);
}

TEST_CASE("agreement: with a peer whose store is another one it is void, and the two begin with vectors") {
  Net net = parted();
  net.write(0, "x");
  net.cut(meet(net));
  MemoryStorage backup = net.storage(1);
  const RecordKey lost = net.write(1, "y");
  net.cut(meet(net));
  net.storage(1) = backup;
  net.renew_store(1);
  REQUIRE(net.node(1).ledger().renew_incarnation(Incarnation{77}));  // as whoever restores does
  net.write(0, "z");
  net.transcript();
  meet(net);
  CHECK(contains(net.transcript(), "vector data"));
  CHECK(level_at(net, 0) == level_at(net, 1));
  CHECK(net.names(1, lost) == std::vector<std::string>{"y"});
}

TEST_CASE("agreement: a store put back as it was costs vectors, and nothing is skipped") {
  Net net = parted();
  net.write(1, "x");
  net.cut(meet(net));
  MemoryStorage image = net.storage(1);
  const RecordKey lost = net.write(1, "y");
  net.cut(meet(net));
  net.storage(1) = image;  // the same store id
  net.crash(1);
  meet(net);
  CHECK(level_at(net, 0) == level_at(net, 1));
  CHECK(net.names(1, lost) == std::vector<std::string>{"y"});
}

TEST_CASE("agreement: whatever wrong thing is remembered, on either side, the two end on one level") {
  for (const std::size_t liar : {0, 1}) {
    for (const bool right_level : {true, false}) {
      for (const std::uint64_t last : {0, 3, 6, 7, 8, 9, 10, 11, 1'000'000}) {
        for (const int writers : {0, 1, 2, 3}) {
          CAPTURE(liar);
          CAPTURE(right_level);
          CAPTURE(last);
          CAPTURE(writers);
          Net net = parted();
          AgreedRow row = *stored_agreement(net, liar, 1 - liar);
          for (int i = 0; i < 4; ++i) {
            if ((writers & 1) != 0) net.write(0, "a");
            if ((writers & 2) != 0) net.write(1, "b");
          }
          row.last = EntryNumber{last};
          if (!right_level) row.level = numbered<DigestTag>(9);
          store_agreement(net, liar, 1 - liar, row);
          const auto cable = meet(net);
          net.advance(1s);
          CHECK(level_at(net, 0) == level_at(net, 1));
          CHECK(net.network(0).records == static_cast<std::uint64_t>((writers & 1) * 4 + (writers & 2) * 2));
          CHECK(net.is_up(cable));
          CHECK(net.drops().size() == 1);  // the join
        }
      }
    }
  }
}

TEST_CASE("agreement: one that says too little is missing leads to vectors") {
  Net net = parted();
  AgreedRow row = *stored_agreement(net, 0, 1);
  for (int i = 0; i < 4; ++i) net.write(0, "a");
  row.last.value += 2;
  store_agreement(net, 0, 1, row);
  meet(net);
  const std::string lines = net.transcript();
  CHECK(contains(lines, "A>B short run data from 3"));
  CHECK(contains(lines, "A>B vector data"));
  CHECK(contains(lines, "B>A want data>0"));
  CHECK(level_at(net, 0) == level_at(net, 1));
}

TEST_CASE("agreement: when all news are known to the peer, and not all is, the levels tell within two seconds") {
  for (const std::size_t text : {1, 20'000}) {  // sent unasked, and told as a vector
    CAPTURE(text);
    Net net = parted(3);
    AgreedRow row = *stored_agreement(net, 0, 1);
    net.write(0, "x");
    net.write(2, std::string(text, 'y'));
    for (const std::size_t other : {1, 0}) {  // so that B never hears of x
      const auto cable = net.connect(2, other);
      net.run();
      net.advance(1s);
      net.cut(cable);
    }
    row.last.value += 1;  // as if x had been agreed on
    store_agreement(net, 0, 1, row);
    net.transcript();
    net.connect(1, 0);
    net.run();
    CHECK(level_at(net, 0) != level_at(net, 1));
    net.advance(2s);
    CHECK(level_at(net, 0) == level_at(net, 1));
    CHECK(contains(net.transcript(), text == 1 ? "A>B short run data from 1" : "A>B changed data 1 logs"));
  }
}

TEST_CASE("agreement: with another store that holds the very same it is void, too") {
  Net net = parted();
  net.renew_store(1);
  net.write(0, "x");
  meet(net);
  const std::string lines = net.transcript();
  CHECK(contains(lines, "vector data"));
  CHECK_FALSE(contains(lines, "short run"));
  CHECK(level_at(net, 0) == level_at(net, 1));
}

TEST_CASE("agreement: a row that cannot be read is as good as none") {
  Net net = parted();
  net.write(0, "a");
  const Bytes key = agreed_key(net.network(0).number, net.node(1).self());
  net.storage(0).damage(Table::Meta, key);
  meet(net);
  CHECK_FALSE(net.is_dead(0));
  CHECK(contains(net.transcript(), "vector data"));
  CHECK(level_at(net, 0) == level_at(net, 1));
}

TEST_CASE("agreement: it is forgotten when all is made anew from the log") {
  Net net = parted(3);
  REQUIRE(count_agreements(net, 0) == 2);
  REQUIRE(net.node(0).rebuild(net.now()).ok());
  net.process(0);
  CHECK(count_agreements(net, 0) == 0);
  meet(net);
  CHECK(level_at(net, 0) == level_at(net, 1));
}

TEST_CASE("agreement: a node is in no two networks whose ids begin alike") {
  Net net = Net::region(1);
  Ledger& ledger = net.node(0).ledger();
  const NetworkRow row = net.network(0).row;
  NetworkId alike = row.id;
  alike.bytes.back() ^= 1;
  NetworkRow other = row;
  other.id = alike;
  ledger.networks().emplace(alike, Network(NetworkNumber{7}, other));
  ledger.networks().erase(row.id);
  const Result<Network*> added = ledger.add_network(row);
  REQUIRE_FALSE(added.ok());
  CHECK(added.error().code == Code::Conflict);
}

// --- Crashes ---------------------------------------------------------------------------------------------------------

namespace {

// The two have agreed, and since then each has written in two logs, and A in its membership log; `large`: more than news may be.
Net apart_again(bool large) {
  Net net = parted();
  const std::string text(large ? 15'000 : 50, 'x');
  for (std::size_t machine : {0, 1}) {
    for (std::uint64_t incarnation : {1, 2}) {
      REQUIRE(net.node(machine).ledger().renew_incarnation(Incarnation{100 + incarnation}));
      for (int i = 0; i < 3; ++i) net.write(machine, text);
    }
  }
  net.invite(0);
  return net;
}

void check_crashes(bool large) {
  std::uint64_t messages = 0;
  {
    Net net = apart_again(large);
    const std::uint64_t before = net.delivered();
    meet(net);
    REQUIRE(net.agree());
    messages = net.delivered() - before;
    REQUIRE(messages > 8);
  }
  for (std::uint64_t at = 0; at <= messages; ++at) {
    for (const std::size_t victim : {0, 1}) {
      for (const std::size_t again : {0, 1}) {  // and a second one dies in the session that follows
        CAPTURE(large);
        CAPTURE(at);
        CAPTURE(victim);
        CAPTURE(again);
        Net net = apart_again(large);
        net.connect(1, 0);
        for (std::uint64_t i = 0; i < at; ++i) {
          if (!net.step()) net.advance(500ms);
        }
        net.crash(victim);
        CHECK_FALSE(is_ahead_of_its_store(net, victim, 1 - victim));
        net.connect(victim, 1 - victim);
        for (std::uint64_t i = 0; i < at / 2; ++i) net.step();
        net.crash(again);
        CHECK_FALSE(is_ahead_of_its_store(net, again, 1 - again));
        net.connect(1, 0);
        REQUIRE(net.converge(5s));
        CHECK(net.network(0).records == 12);
        CHECK(net.network(1).records == 12);
      }
    }
  }
}

}  // namespace

TEST_CASE("crash: of either side after any message of a session that rests on an agreement, both get everything") {
  check_crashes(false);
  check_crashes(true);
}

TEST_CASE("crash: an agreement on what was not yet durable is gone with it") {
  Net net = parted();
  for (int i = 0; i < 40; ++i) net.write(0, "a");
  const std::optional<AgreedRow> before = stored_agreement(net, 1, 0);
  net.connect(1, 0);
  net.run();
  net.crash(1);
  CHECK(stored_agreement(net, 1, 0) == before);  // what was agreed since was to be put later
  CHECK_FALSE(is_ahead_of_its_store(net, 1, 0));
  meet(net);
  CHECK(level_at(net, 0) == level_at(net, 1));
}

TEST_CASE("crash: a node that lost what it agreed on is sent news all the same") {
  Net net = parted();
  net.connect(1, 0);
  net.run();
  net.write(0, "x");
  net.advance(1s);
  net.crash(1);
  REQUIRE(stored_agreement(net, 1, 0)->level != stored_agreement(net, 0, 1)->level);
  net.write(0, "y");
  net.transcript();
  meet(net);
  CHECK(net.transcript() ==
        "B>A hello 1 networks\n"
        "A>B hello 1 networks\n"
        "A>B short run data from 2\n"
        "B>A level\n");
  CHECK(level_at(net, 0) == level_at(net, 1));
}

TEST_CASE("agreement: of two that each take the other to hold no more than was agreed, none waits") {
  Net net = parted();
  const AgreedRow early = *stored_agreement(net, 1, 0);
  MemoryStorage image = net.storage(0);
  net.write(1, "x");
  net.cut(meet(net));
  const AgreedRow late = *stored_agreement(net, 0, 1);
  REQUIRE(late.level != early.level);
  net.storage(0) = image;  // A lost the entry, and not that it was agreed on
  store_agreement(net, 0, 1, late);
  store_agreement(net, 1, 0, early);
  meet(net);
  CHECK(level_at(net, 0) == level_at(net, 1));
  CHECK(net.network(0).records == 1);
}
