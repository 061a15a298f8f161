// Values that are wanted: asked of whoever may have them, again after a while, and taken only where they fit.
#include <doctest/doctest.h>

#include "protocol/base/limits.h"
#include "protocol/node/waits.h"
#include "tests/support/builders.h"
#include "tests/support/net.h"
#include "tests/support/pair.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

// The first entry of a log of the pair's peer: a contact whose values are not in it, and which says that they have `said` bytes.
struct WithoutValues {
  WithoutValues(Pair& pair, View values, std::size_t said) {
    const RecordKey key{council_of(pair.peer().public_key()), static_cast<std::uint8_t>(Kind::Contact), numbered<Nonce>(1)};
    const ChangeBytes change{encode(Skeleton{key, {{2, OperationClass::Write}}}), Bytes(said, 7)};
    const Bytes written = body_of(Head{}, LogClass::Data, WallTime{5}, {&change, 1});
    EntryView entry;
    ByteReader all(written);
    REQUIRE(parse_entry(all, LogClass::Data, entry).ok());
    entry.body = written;
    entry.changes[0].state = ValuesState::Absent;
    entry.changes[0].values_hash = values_hash(values);
    body = encode_stored(entry);
    ByteReader without(body);
    REQUIRE(parse_entry(without, LogClass::Data, entry).ok());
    log = {pair.peer().public_key(), Incarnation{7}, LogClass::Data};
    const Result<Head> head = extend(pair.network().row.id, log, Head{}, entry);
    REQUIRE(head.ok());
    tip = {head->seq, head->id};
    signature = pair.peer().sign(Purpose::Entry, head->id);
    record = key;
  }
  // Sends it, and then a vector that shows that the peer has no more.
  void send(Pair& pair) const {
    const NetworkId network = pair.network().row.id;
    pair.open();
    pair.send(RunMessage{network, log, Seq{1}, 1, tip.id, signature, body});
    pair.send(VectorMessage{network, LogClass::Data, true, {{log, {tip}}}});
  }
  Bytes body;
  LogId log;
  Tip tip;
  Signature signature;
  RecordKey record;
};

}  // namespace

TEST_CASE("values: those that fit their entry are taken, others stay missing and leave the record readable") {
  Pair pair;
  const Bytes values = encode_values(numbered<Salt>(1), {Value("Mette")});
  std::size_t said = values.size();
  bool fits = false;
  SUBCASE("as large as the entry says") { fits = true; }
  SUBCASE("larger") { said = values.size() - 1; }
  SUBCASE("smaller") { said = values.size() + 1; }
  const WithoutValues poisoned(pair, values, said);
  poisoned.send(pair);
  REQUIRE(pair.answers().find("ask values 1") != std::string::npos);
  REQUIRE(pair.network().missing == 1);
  pair.send(ValuesMessage{pair.network().row.id, {{ValuesPresence::Here, values}}});
  CHECK_FALSE(pair.dropped());
  CHECK(pair.network().missing == (fits ? 0 : 1));
  const Ledger& ledger = pair.node().ledger();
  const auto number = ledger.find_record(pair.network(), id_of(poisoned.record));
  REQUIRE((number && *number));
  const Result<std::optional<RecordState>> state = ledger.record(**number);
  REQUIRE((state && *state));
  const Result<RecordView> view = ledger.view(**state);
  REQUIRE(view.ok());
  CHECK((view->shown(2) != nullptr) == fits);
  const Result<HistoryPage> history = ledger.history(**number, **state, {}, 10);
  CHECK(history.ok());
  const Result<Ledger::Check> found = ledger.check(pair.network());
  REQUIRE(found.ok());
  CHECK(found->vector_ok);
}

TEST_CASE("values: a peer that did not have them is asked again after a while, since it may have got them") {
  Net net = Net::region(3);
  for (std::size_t machine = 1; machine < net.size(); ++machine) net.connect(machine, 0);
  const RecordKey record = net.write(0, "Mette");
  const std::size_t thief = net.add_member(0, Role::Coordinator);
  for (std::size_t machine = 1; machine < net.size(); ++machine) net.connect(machine, 0);
  REQUIRE(net.converge());
  net.cut_all();
  const ChangeBytes erase{encode(Skeleton{record, {{kEraseLater, OperationClass::Erase}}}), encode_values(Salt{}, {Value()})};
  REQUIRE(net.node(thief).write(net.network(thief), {&erase, 1}, net.now()));
  net.process(thief);
  net.connect(thief, 1);
  net.connect(2, 1);
  net.run();
  net.advance(kErasureDelay + 1min);  // now neither 1 nor 2 has the value
  REQUIRE(net.node(0).remove_member(net.network(0), net.node(thief).self(), net.now()));
  net.process(0);
  const auto cable = net.connect(1, 0);
  while (net.network(1).membership.removals().empty()) REQUIRE(net.step());
  net.cut(cable);  // 1 heard of the removal, and no more
  net.run();
  net.advance(1min);
  REQUIRE(net.network(1).missing == 1);
  REQUIRE(net.network(2).missing == 1);
  net.connect(1, 0);
  net.run();
  REQUIRE(net.network(1).missing == 0);
  net.advance(kValuesAgain + 1min);
  CHECK(net.network(2).missing == 0);
  CHECK(net.names(2, record) == std::vector<std::string>{"Mette"});
}
