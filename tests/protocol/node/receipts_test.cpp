// Who asked for an erasure and who has carried it out, as it is read back from records and logs.
#include <doctest/doctest.h>

#include "protocol/base/limits.h"
#include "tests/support/builders.h"
#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

struct Erased {
  Net net = Net::region(3);
  RecordKey record = net.write(1, "Mette");
  OperationId erasure;
  Erased() {
    net.connect(1, 0);
    net.connect(2, 0);
    REQUIRE(net.converge());
    const Skeleton skeleton{record, {{kEraseAtOnce, OperationClass::Erase}}};
    const ChangeBytes change{encode(skeleton), encode_values(numbered<Salt>(9), {Value()})};
    REQUIRE(net.node(1).write(net.network(1), {&change, 1}, net.now()));
    net.process(1);
    net.advance(2s);
    REQUIRE(net.converge());
    erasure = net.network(0).erasures.begin()->first;
  }
  std::map<MemberKey, WallTime> receipts(std::size_t machine) {
    Result<Ledger::Receipts> found = net.node(machine).ledger().receipts(net.network(machine), {&erasure, 1});
    REQUIRE(found.ok());
    return found->at(erasure);
  }
};

}  // namespace

TEST_CASE("receipts: every node reads who asked and who has carried it out") {
  Erased erased;
  for (std::size_t machine = 0; machine < 3; ++machine) {
    const Network& network = erased.net.network(machine);
    const auto asked = erased.net.node(machine).ledger().asked(network.erasures.at(erased.erasure), erased.erasure);
    REQUIRE((asked && *asked));
    CHECK((*asked)->record == erased.record);
    CHECK((*asked)->whole);
    CHECK((*asked)->at_once);
    CHECK((*asked)->member == erased.net.node(1).self());
    CHECK((*asked)->council == erased.record.council);
    CHECK(erased.receipts(machine).size() == 3);
  }
  OperationId other = erased.erasure;
  other.position = 7;
  const auto none = erased.net.node(0).ledger().asked(erased.net.network(0).erasures.at(erased.erasure), other);
  REQUIRE(none.ok());
  CHECK_FALSE(none->has_value());
}

TEST_CASE("receipts: one of an earlier incarnation counts no more, until it is given anew") {
  Erased erased;
  Net& net = erased.net;
  // Machine 2 is a store that was restored: it writes in a new incarnation, whose first entry is all that machine 0 hears of.
  REQUIRE(net.node(2).ledger().renew_incarnation(Incarnation{77}));
  for (auto& [id, row] : net.network(2).erasures) row.destroyed = {};  // it has yet to find out that it owes a receipt
  net.advance(1s);
  net.write(2, "efter en gendannelse");
  net.advance(1s);
  REQUIRE(net.converge());
  REQUIRE(net.node(0).ledger().last_written(net.network(0)).at(net.node(2).self()).incarnation == Incarnation{77});
  CHECK(erased.receipts(0).size() == 2);
  CHECK_FALSE(erased.receipts(0).contains(net.node(2).self()));
  for (auto& [id, row] : net.network(2).erasures) {  // and now it does
    row.due = {};
    REQUIRE(net.storage(2).put(Table::Erasures, erasure_key(net.network(2).number, id), encode(row)));
  }
  REQUIRE(net.storage(2).commit());
  net.crash(2);
  net.connect(2, 0);
  net.advance(2s);
  REQUIRE(net.converge());
  CHECK(erased.receipts(0).size() == 3);
}

TEST_CASE("receipts: each change of a record is visited, with its values where no erasure reaches them") {
  Net net = Net::region(2);
  const RecordKey record = net.write(0, "Anna");
  net.edit(0, record, "Bo");
  Ledger& ledger = net.node(0).ledger();
  const auto number = ledger.find_record(net.network(0), id_of(record));
  REQUIRE((number && *number));
  const auto state = ledger.record(**number);
  REQUIRE((state && *state));
  std::vector<Value> seen;
  REQUIRE(ledger.each_change(**state, [&](const ChangeRecord& change) {
    CHECK(change.presence == Presence::Here);
    CHECK(change.member == net.node(0).self());
    seen.push_back(change.values.at(0));
    return true;
  }));
  CHECK(seen == std::vector<Value>{"Bo", "Anna"});
  std::size_t visited = 0;
  REQUIRE(ledger.each_change(**state, [&](const ChangeRecord&) { return ++visited < 1; }));
  CHECK(visited == 1);
}

TEST_CASE("receipts: history says of what a removed member wrote later that it came after the cut") {
  Net net = Net::region(3);
  net.connect(1, 0);
  net.connect(2, 0);
  const RecordKey record = net.write(1, "kept");
  REQUIRE(net.converge());
  net.cut_all();
  net.edit(1, record, "late");
  const std::size_t witness = 2;  // which has it before the removal that cuts it
  net.connect(1, witness);
  net.run();
  REQUIRE(net.node(0).remove_member(net.network(0), net.node(1).self(), net.now()));
  net.process(0);
  net.connect(0, witness);
  net.run();
  net.advance(5s);
  Ledger& ledger = net.node(witness).ledger();
  const auto number = ledger.find_record(net.network(witness), id_of(record));
  REQUIRE((number && *number));
  const auto state = ledger.record(**number);
  REQUIRE((state && *state));
  const auto page = ledger.history(**number, **state, std::nullopt, 10);
  REQUIRE(page.ok());
  REQUIRE(page->changes.size() == 2);
  CHECK(page->changes[0].operations[0].fate == Fate::Void);
  CHECK(page->changes[0].operations[0].reason == VoidReason::AfterCut);
  CHECK(page->changes[1].operations[0].fate == Fate::Live);
}
