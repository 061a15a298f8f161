// What a later version of the program may write, at a node of this version: entries of a version it does not know, operations of
// a class it does not know, kinds and fields it does not have. Kept and forwarded to the last byte; what is not known does
// nothing.
#include <doctest/doctest.h>

#include "tests/support/builders.h"
#include "tests/support/net.h"
#include "tests/support/pair.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

using enum OperationClass;

constexpr auto kLaterClass = static_cast<OperationClass>(100);

ChangeBytes change_of(const RecordKey& key, std::vector<Operation> operations, const Value::Array& values) {
  return {encode(Skeleton{key, std::move(operations)}), encode_values(numbered<Salt>(1), values)};
}

RecordKey record_of_kind(const SigningKey& owner, std::uint8_t kind) {
  return {council_of(owner.public_key()), kind, numbered<Nonce>(1)};
}

// The bodies of a log that the node would send to somebody who has nothing.
std::vector<Bytes> forwarded(Node& node, Network& network, const LogId& id) {
  const Log* log = node.ledger().find_log(network, id);
  if (log == nullptr) return {};
  const auto run = node.ledger().next_run(*log, Seq{0}, log->row.tips.back());
  REQUIRE((run.ok() && run->has_value()));
  return (**run).bodies;
}

RecordState state_at(Node& node, Network& network, const RecordKey& key) {
  const auto number = node.ledger().find_record(network, id_of(key));
  REQUIRE((number.ok() && number->has_value()));
  Result<std::optional<RecordState>> state = node.ledger().record(**number);
  REQUIRE((state.ok() && state->has_value()));
  return std::move(**state);
}

std::size_t live_in(Pair& pair, const RecordKey& key) { return state_at(pair.node(), pair.network(), key).live.size(); }

}  // namespace

TEST_CASE("newer: an operation of a class not known is kept and forwarded, and what stands beside it counts") {
  Pair pair;
  Author author(pair.network().row.id, pair.peer());
  const RecordKey key = record_of_kind(pair.peer(), static_cast<std::uint8_t>(Kind::Event));
  const ChangeBytes first = change_of(key, {{2, Write}}, {"Fest"});
  author.append({&first, 1});
  const OperationId title{prefix_of(author.tip().id), 0, 0};
  const ChangeBytes later = change_of(key, {{2, kLaterClass, {title}}, {8, Write}}, {"?", "Salen"});
  author.append({&later, 1});
  pair.open();
  pair.send(author.run(1, 2));
  pair.process();
  CHECK_FALSE(pair.dropped());
  const RecordState state = state_at(pair.node(), pair.network(), key);
  CHECK(state.live.size() == 2);  // title and place: the later class overwrites nothing and is not live
  CHECK(state.voids == 1);
  CHECK(forwarded(pair.node(), pair.network(), author.log()) == std::vector<Bytes>{author.body(1), author.body(2)});
}

TEST_CASE("newer: a kind and a field not known are folded by their operations' classes") {
  Pair pair;
  Author author(pair.network().row.id, pair.peer());
  const RecordKey room = record_of_kind(pair.peer(), 9),
                  event = record_of_kind(pair.peer(), static_cast<std::uint8_t>(Kind::Event));
  const std::vector<ChangeBytes> changes = {
      change_of(room, {{2, Write}, {4, Add}, {4, Add}, {6, Comment}}, {"Hus", "a", "b", "c"}),
      change_of(event, {{2, Write}, {77, Write}}, {"Fest", "Sparekassen"})};
  author.append(changes);
  const OperationId seats{prefix_of(author.tip().id), 0, 1};
  const ChangeBytes taken = change_of(room, {{4, Take, {seats}}}, {Value()});
  author.append({&taken, 1});
  pair.open();
  pair.send(author.run(1, 2));
  pair.process();
  CHECK_FALSE(pair.dropped());
  CHECK(live_in(pair, room) == 3);
  CHECK(live_in(pair, event) == 2);
  const Result<RecordView> view = pair.node().ledger().view(state_at(pair.node(), pair.network(), event));
  REQUIRE(view.ok());
  CHECK(*view->shown(77) == Value("Sparekassen"));
  CHECK(forwarded(pair.node(), pair.network(), author.log()) == std::vector<Bytes>{author.body(1), author.body(2)});
}

TEST_CASE("newer: entries of every later version are kept and forwarded to the last byte, and do nothing") {
  for (std::uint8_t version = kEntryVersion + 1; version <= kMaxEntryVersion; ++version) {
    CAPTURE(version);
    Pair pair;
    Author author(pair.network().row.id, pair.peer());
    const RecordKey key = record_of_kind(pair.peer(), static_cast<std::uint8_t>(Kind::Event));
    const ChangeBytes first = change_of(key, {{2, Write}}, {"Fest"});
    author.append({&first, 1});
    const OperationId title{prefix_of(author.tip().id), 0, 0};
    const ChangeBytes later = change_of(key, {{2, Write, {title}}, {kSharedField, Raise}}, {"Anderledes", Value()});
    author.append({&later, 1}, version);
    const ChangeBytes last = change_of(key, {{8, Write}}, {"Salen"});
    author.append({&last, 1});
    pair.open();
    pair.send(author.run(1, 3));
    pair.process();
    CHECK_FALSE(pair.dropped());
    const RecordState state = state_at(pair.node(), pair.network(), key);
    CHECK(state.live.size() == 2);  // the first title and the place
    CHECK(state.voids == 2);
    CHECK_FALSE(state.ever_shared);
    CHECK(state.changes == 3);
    const auto number = pair.node().ledger().find_record(pair.network(), id_of(key));
    REQUIRE((number && *number));
    const Result<HistoryPage> history = pair.node().ledger().history(**number, state, {}, 10);
    REQUIRE(history.ok());
    REQUIRE(history->changes.size() == 3);
    for (const PastOperation& operation : history->changes[1].operations) {
      CHECK(operation.reason == VoidReason::UnknownClass);
    }
    CHECK(history->changes[1].council == council_of(pair.peer().public_key()));
    CHECK(forwarded(pair.node(), pair.network(), author.log()) ==
          std::vector<Bytes>{author.body(1), author.body(2), author.body(3)});
  }
}

TEST_CASE("newer: a membership entry of a later version is kept and forwarded, and admits nobody") {
  Pair pair;
  Author author(pair.network().row.id, pair.peer(), LogClass::Membership);
  const Person ticket(50);  // as a council may for a further device
  const ChangeBytes invite{
      encode(MembershipOperation(invitation_of(ticket, Role::Council, council_of(pair.peer().public_key())))), {}};
  author.append({&invite, 1}, 2);
  pair.open();
  pair.send(author.run(1, 1));
  pair.process();
  CHECK_FALSE(pair.dropped());
  CHECK(pair.network().membership.find_invitation(ticket.key()) == nullptr);
  CHECK(forwarded(pair.node(), pair.network(), author.log()) == std::vector<Bytes>{author.body(1)});
  author.append({&invite, 1});  // the same in a version that is known
  pair.send(author.run(2, 2));
  pair.process();
  CHECK(pair.network().membership.find_invitation(ticket.key()) != nullptr);
}

TEST_CASE("newer: an entry of a version that may look different costs the link") {
  Pair pair;
  Author author(pair.network().row.id, pair.peer());
  author.append();
  author.body(1) = as_version(author.body(1), kMaxEntryVersion + 1);
  pair.open();
  pair.send(author.run(1, 1));
  CHECK(pair.dropped());
  CHECK(pair.node().ledger().find_log(pair.network(), author.log()) == nullptr);
}

TEST_CASE("newer: what a node of this version has kept reaches one that its author never met, and all agree") {
  Net net = Net::region(3);
  const std::size_t drops = net.drops().size();                               // of the joins
  Author author(net.network(1).row.id, net.identity(1), LogClass::Data, 77);  // machine 1's later program
  const RecordKey room = record_of_kind(net.identity(1), 9),
                  event = record_of_kind(net.identity(1), static_cast<std::uint8_t>(Kind::Event));
  const std::vector<ChangeBytes> changes = {change_of(room, {{2, Write}, {5, Answer}, {3, kLaterClass}}, {"Hus", "yes", "?"}),
                                            change_of(event, {{2, Write}, {77, Write}}, {"Fest", "Sparekassen"})};
  author.append(changes);
  author.append(changes, 2);
  author.append(changes);
  for (const Message& message : author.run(1, 3)) {
    const auto cable = net.connect(1, 0);
    net.run();
    net.inject(cable, 0, encode(message));
    net.run();
    net.cut(cable);
  }
  net.connect(2, 0);
  net.connect(1, 0);
  REQUIRE(net.converge());
  CHECK(net.drops().size() == drops);
  for (std::size_t machine = 0; machine < 3; ++machine) {
    CAPTURE(machine);
    CHECK(forwarded(net.node(machine), net.network(machine), author.log()) ==
          std::vector<Bytes>{author.body(1), author.body(2), author.body(3)});
    CHECK(state_at(net.node(machine), net.network(machine), event).live.size() == 4);
    CHECK(state_at(net.node(machine), net.network(machine), room).voids == 5);  // the later class twice, the later entry's three
    net.crash(machine);                                                         // on the disk as well
    CHECK(state_at(net.node(machine), net.network(machine), event).live.size() == 4);
  }
}
