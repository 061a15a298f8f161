// Leaving, roles, recoveries and transport keys between nodes: what each makes of what was written, whatever arrived first.
#include <doctest/doctest.h>

#include <algorithm>

#include "protocol/base/limits.h"
#include "tests/support/builders.h"
#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

// Machines 0, 1 and 2, of which 0 is the founder; all linked to 0, and 1 to 2.
Net members_in_touch(std::size_t machines = 3) {
  Net net = Net::region(machines);
  for (std::size_t machine = 1; machine < machines; ++machine) net.connect(machine, 0);
  net.connect(1, 2);
  REQUIRE(net.converge());
  return net;
}

const Member& member_at(Net& net, std::size_t machine, std::size_t of) {
  const Member* member = net.network(machine).membership.find(net.node(of).self());
  REQUIRE(member != nullptr);
  return *member;
}

void give_role(Net& net, std::size_t by, std::size_t whom, Role role, WallTime until = {}) {
  REQUIRE(net.node(by).give_role(net.network(by), net.node(whom).self(), role, until, net.now()));
  net.process(by);
}

void give_role_at(Net& net, std::size_t by, std::size_t whom, Role role) {  // by its own clock
  REQUIRE(net.node(by).give_role(net.network(by), net.node(whom).self(), role, {}, net.now_of(by)));
  net.process(by);
}

// What the founder's node printed on paper.
struct Recoverable {
  Net net{7};
  Seed paper;
  Recoverable() {
    const std::size_t first = net.add();
    const Result<Node::Created> created = net.node(first).create_network("Region", net.now());
    REQUIRE(created.ok());
    paper = created->recovery;
    net.process(first);
    for (int i = 0; i < 3; ++i) net.add_member(0);
    for (std::size_t machine = 1; machine < net.size(); ++machine) net.connect(machine, 0);
    REQUIRE(net.converge());
  }
  Status recover(std::size_t machine) {
    const Status status = net.node(machine).recover(net.network(machine), paper, net.now());
    net.process(machine);
    return status;
  }
};

ChangeBytes announcement(Net& net, std::size_t machine, std::uint8_t nonce) {
  Skeleton skeleton;
  skeleton.record = {member_at(net, machine, machine).council, static_cast<std::uint8_t>(Kind::Announcement),
                     numbered<Nonce>(nonce)};
  skeleton.operations.push_back({2, OperationClass::Write});
  return {encode(skeleton), encode_values(numbered<Salt>(nonce), {Value(std::string("to all"))})};
}

}  // namespace

// --- Leaving ---------------------------------------------------------------------------------------------------------

TEST_CASE("leaving: what a member wrote stays, its links go, and it writes nothing more") {
  Net net = members_in_touch();
  const RecordKey record = net.write(1, "mine");
  REQUIRE(net.converge());
  REQUIRE(net.node(1).leave(net.network(1), net.now()));
  net.process(1);
  net.run();
  net.advance(2s);
  CHECK(agree(net, 0, 2));
  for (const std::size_t machine : {0, 2}) {
    CHECK(member_at(net, machine, 1).removed);
    CHECK(net.names(machine, record) == std::vector<std::string>{"mine"});
    CHECK(net.events(machine, EventKind::StateDiffers) == 0);
  }
  const ChangeBytes change = contact_change(net.node(1).self_in(net.network(1))->council, 9, {Value(std::string("late"))});
  CHECK(net.node(1).write(net.network(1), {&change, 1}, net.now()).error().code == Code::NotAllowed);
  CHECK(net.node(1).leave(net.network(1), net.now()).error().code == Code::NotFound);
  CHECK_FALSE(net.node(1).invite(net.network(1), Role::Council, member_at(net, 1, 1).council, {}, {}, net.now()).ok());
  SUBCASE("a restart knows it still") {
    net.crash(0);
    CHECK(member_at(net, 0, 1).removed);
    CHECK(net.names(0, record) == std::vector<std::string>{"mine"});
  }
  SUBCASE("a more senior coordinator takes it back, and it writes again") {
    const auto& removals = net.network(0).membership.removals();
    REQUIRE(removals.size() == 1);
    REQUIRE(net.node(0).readmit(net.network(0), removals.begin()->first, net.now()));
    net.process(0);
    net.connect(1, 0);
    net.run();
    net.advance(2s);
    CHECK(net.node(1).write(net.network(1), {&change, 1}, net.now()).ok());
  }
  SUBCASE("a newcomer has the same") {
    const std::size_t newcomer = net.add_member(0);
    net.connect(newcomer, 2);
    net.run();
    net.advance(2s);
    CHECK(agree(net, newcomer, 2));
    CHECK(member_at(net, newcomer, 1).removed);
  }
}

TEST_CASE("leaving: what it wrote before it left and nobody has yet is fetched before its links go") {
  Net net = members_in_touch();
  const RecordKey sent = net.write(1, "sent");
  REQUIRE(net.converge());
  net.cut_all();
  const RecordKey unsent = net.write(1, "unsent");
  REQUIRE(net.node(1).leave(net.network(1), net.now()));
  net.process(1);
  Net::Cable cable = net.connect(1, 0);
  SUBCASE("by whomever it meets first") {}
  SUBCASE("by who has heard of it before") {
    while (net.step() && !member_at(net, 0, 1).removed) {
    }
    net.cut(cable);
    REQUIRE(member_at(net, 0, 1).removed);
    cable = net.connect(1, 0);
  }
  net.run();
  net.advance(5s);
  CHECK_FALSE(net.is_up(cable));
  net.connect(2, 0);
  net.run();
  net.advance(2s);
  CHECK(agree(net, 0, 2));
  for (const std::size_t machine : {0, 2}) {
    CHECK(net.names(machine, sent) == std::vector<std::string>{"sent"});
    CHECK(net.names(machine, unsent) == std::vector<std::string>{"unsent"});
  }
}

TEST_CASE("leaving: what the key writes after it counts nowhere, also where it comes first") {
  Net net = members_in_touch();
  net.cut_all();
  const std::size_t clone = net.add_clone(1);
  REQUIRE(net.node(1).leave(net.network(1), net.now()));
  net.process(1);
  const RecordKey late = net.write(clone, "by a copy that did not leave");
  net.connect(clone, 2);
  net.run();
  net.advance(1s);
  REQUIRE(net.names(2, late).size() == 1);
  net.cut_all();
  net.connect(1, 0);
  net.run();
  net.advance(1s);
  net.cut_all();
  net.connect(2, 0);
  net.run();
  net.advance(2s);
  CHECK(agree(net, 0, 2));
  for (const std::size_t machine : {0, 2}) CHECK(net.names(machine, late).empty());
}

TEST_CASE("leaving: by a clock that was set back, so in another log, it takes back nothing that it decided") {
  Net net = members_in_touch();
  give_role(net, 0, 1, Role::Coordinator);
  net.set_clock(0, std::chrono::hours(48));
  REQUIRE(net.node(0).invite(net.network(0), Role::Council, {}, WallTime{INT64_MAX}, {}, net.now_of(0)).ok());
  net.process(0);
  net.set_clock(0, Millis(0));
  const Incarnation before = net.node(0).ledger().incarnation();
  REQUIRE(net.node(0).leave(net.network(0), net.now_of(0)));
  net.process(0);
  CHECK(net.node(0).ledger().incarnation() != before);
  net.run();
  net.advance(2s);
  for (const std::size_t machine : {0, 1, 2}) {
    CHECK(member_at(net, machine, 0).removed);
    CHECK_FALSE(member_at(net, machine, 1).removed);
    CHECK(member_at(net, machine, 1).role == Role::Coordinator);
    CHECK_FALSE(member_at(net, machine, 2).removed);
  }
}

TEST_CASE("leaving: two copies of a store that leave at once are seen alike by all") {
  Net net = members_in_touch();
  net.write(1, "before");
  REQUIRE(net.converge());
  net.cut_all();
  const std::size_t clone = net.add_clone(1);
  for (const std::size_t machine : {std::size_t{1}, clone}) {
    REQUIRE(net.node(machine).leave(net.network(machine), net.now()));
    net.process(machine);
    net.advance(1s);  // or the two entries are one and the same
  }
  net.connect(1, 0);
  net.connect(clone, 2);
  net.run();
  net.advance(1s);
  net.connect(2, 0);
  net.run();
  net.advance(3s);
  CHECK(agree(net, 0, 2));
  CHECK(net.network(0).membership.removals().size() == 2);
  CHECK(net.network(2).membership.removals().size() == 2);
}

TEST_CASE("leaving: the last coordinator is told that it is") {
  Net net = members_in_touch();
  CHECK(net.node(0).is_last_coordinator(net.network(0)));
  CHECK_FALSE(net.node(1).is_last_coordinator(net.network(1)));
  give_role(net, 0, 1, Role::Coordinator);
  net.advance(1s);
  CHECK_FALSE(net.node(0).is_last_coordinator(net.network(0)));
}

TEST_CASE("leaving: who has left lets nobody in as a witness") {
  Net net = members_in_touch();
  const Ticket ticket = net.invite(0);
  net.run();
  REQUIRE(net.node(1).leave(net.network(1), net.now()));
  net.process(1);
  const std::size_t newcomer = net.add();
  net.join(newcomer, ticket, 1);
  CHECK(net.node(newcomer).ledger().networks().empty());
}

// --- Roles -----------------------------------------------------------------------------------------------------------

TEST_CASE("role: what was announced before the role changed stays, what comes after has no right") {
  Net net = members_in_touch();
  give_role(net, 0, 1, Role::National);
  REQUIRE(net.converge());
  const ChangeBytes first = announcement(net, 1, 1);
  REQUIRE(net.node(1).write(net.network(1), {&first, 1}, net.now()));
  net.process(1);
  REQUIRE(net.converge());
  give_role(net, 0, 1, Role::Council);
  net.cut_all();  // before it hears of it
  const ChangeBytes second = announcement(net, 1, 2);
  const Status late = net.node(1).write(net.network(1), {&second, 1}, net.now());
  net.process(1);
  net.connect(1, 0);
  net.connect(2, 0);
  net.run();
  net.advance(2s);
  REQUIRE(net.converge());
  for (std::size_t machine = 0; machine < 3; ++machine) {
    CAPTURE(machine);
    const auto voids = [&](const ChangeBytes& change) {
      const Result<std::optional<RecordNumber>> number =
          net.node(machine).ledger().find_record(net.network(machine), id_of(parse_skeleton(change.skeleton)->record));
      REQUIRE((number.ok() && number->has_value()));
      return (**net.node(machine).ledger().record(**number)).voids;
    };
    CHECK(voids(first) == 0);
    if (late) CHECK(voids(second) == 1);
    CHECK(net.events(machine, EventKind::StateDiffers) == 0);
    const Result<Ledger::Check> check = net.node(machine).ledger().check(net.network(machine));
    REQUIRE(check.ok());
    CHECK(check->state_ok);
  }
  CHECK(late.ok());
  const ChangeBytes third = announcement(net, 1, 3);
  CHECK(net.node(1).write(net.network(1), {&third, 1}, net.now()).error().code == Code::NotAllowed);
  SUBCASE("after a restart it is the same") {
    const Hash state = net.network(2).state_digest();
    net.crash(2);
    CHECK(net.network(2).state_digest() == state);
    const Result<Ledger::Check> check = net.node(2).ledger().check(net.network(2));
    REQUIRE(check.ok());
    CHECK(check->state_ok);
  }
  SUBCASE("a newcomer, to whom all comes in another order, has the same") {
    const std::size_t newcomer = net.add_member(0);
    net.connect(newcomer, 1);
    REQUIRE(net.converge());
  }
}

TEST_CASE("role: a log that forks behind the entry at which a role begins has it on both branches") {
  Net net = members_in_touch();
  give_role(net, 0, 1, Role::National);
  REQUIRE(net.converge());
  net.write(1, "common");
  REQUIRE(net.converge());
  give_role(net, 0, 1, Role::Council);
  net.cut_all();
  const std::size_t clone = net.add_clone(1);
  const ChangeBytes left = announcement(net, 1, 1), right = announcement(net, clone, 2);
  REQUIRE(net.node(1).write(net.network(1), {&left, 1}, net.now()));
  net.process(1);
  REQUIRE(net.node(clone).write(net.network(clone), {&right, 1}, net.now()));
  net.process(clone);
  net.connect(1, 0);
  net.connect(clone, 2);
  net.run();
  net.advance(1s);
  net.cut_all();
  net.connect(2, 0);
  net.run();
  net.advance(3s);
  CHECK(agree(net, 0, 2));
  for (const std::size_t machine : {0, 2}) {
    for (const ChangeBytes& change : {left, right}) {
      const Result<std::optional<RecordNumber>> number =
          net.node(machine).ledger().find_record(net.network(machine), id_of(parse_skeleton(change.skeleton)->record));
      REQUIRE((number.ok() && number->has_value()));
      CHECK((**net.node(machine).ledger().record(**number)).voids == 1);
    }
    const Result<Ledger::Check> check = net.node(machine).ledger().check(net.network(machine));
    REQUIRE(check.ok());
    CHECK(check->state_ok);
  }
}

TEST_CASE("role: a coordinator's redaction reaches others' texts also after it is no coordinator any more") {
  Net net = members_in_touch();
  give_role(net, 0, 1, Role::Coordinator);
  const RecordKey record = net.write(2, "about somebody");
  REQUIRE(net.converge());
  const Result<std::optional<RecordNumber>> number = net.node(1).ledger().find_record(net.network(1), id_of(record));
  REQUIRE((number.ok() && number->has_value()));
  const RecordState state = **net.node(1).ledger().record(**number);
  const OperationId change{state.sources[0].entry, state.sources[0].change, 0};
  const ChangeBytes redact{encode(Skeleton{record, {{0, OperationClass::Redact, {change}}}}),
                           encode_values(numbered<Salt>(3), {Value()})};
  REQUIRE(net.node(1).write(net.network(1), {&redact, 1}, net.now()));
  net.process(1);
  REQUIRE(net.converge());
  give_role(net, 0, 1, Role::Reader);
  REQUIRE(net.converge());
  for (std::size_t machine = 0; machine < 3; ++machine) {
    const std::vector<std::string> names = net.names(machine, record);
    CHECK(std::find(names.begin(), names.end(), "about somebody") == names.end());
  }
}

TEST_CASE("role: who may give one, and to whom") {
  Net net = members_in_touch();
  const auto code_of = [&](std::size_t by, std::size_t whom) {
    const Status status = net.node(by).give_role(net.network(by), net.node(whom).self(), Role::Reader, {}, net.now());
    return status ? Code{} : status.error().code;
  };
  CHECK(code_of(1, 2) == Code::NotAllowed);
  CHECK(code_of(1, 0) == Code::NotAllowed);
  CHECK(code_of(0, 0) == Code::NotAllowed);
  CHECK(net.node(0).give_role(net.network(0), MemberKey{}, Role::Reader, {}, net.now()).error().code == Code::NotFound);
  CHECK(net.node(0).give_role(net.network(0), net.node(1).self(), Role::Council, {}, net.now()).error().code == Code::Conflict);
  give_role(net, 0, 1, Role::Reader);
  REQUIRE(net.converge());
  CHECK(member_at(net, 2, 1).role == Role::Reader);
}

TEST_CASE("role: its end stops what the member's own node writes, but not what it erases, and nothing anywhere else") {
  Net net = members_in_touch();
  const RecordKey record = net.write(1, "in time");
  REQUIRE(net.converge());
  give_role(net, 0, 1, Role::Council, WallTime{net.now().wall.ms + 60'000});
  REQUIRE(net.converge());
  const CouncilId council = member_at(net, 1, 1).council;
  const ChangeBytes change = contact_change(council, 9, {Value(std::string("late"))});
  CHECK(net.node(1).write(net.network(1), {&change, 1}, net.now()).ok());
  net.process(1);
  net.advance(2min);
  const ChangeBytes other = contact_change(council, 10, {Value(std::string("later"))});
  CHECK(net.node(1).write(net.network(1), {&other, 1}, net.now()).error().code == Code::NotAllowed);
  const ChangeBytes erase{encode(Skeleton{record, {{0, OperationClass::Erase}}}), encode_values(numbered<Salt>(3), {Value()})};
  CHECK(net.node(1).write(net.network(1), {&erase, 1}, net.now()).ok());
  net.process(1);
  REQUIRE(net.converge());
  CHECK_FALSE(member_at(net, 0, 1).removed);
  give_role(net, 0, 1, Role::Council);
  REQUIRE(net.converge());
  CHECK(net.node(1).write(net.network(1), {&other, 1}, net.now()).ok());
}

// --- Recovering ------------------------------------------------------------------------------------------------------

TEST_CASE("recovering: the founder's node is lost, and a council's node takes its place") {
  Recoverable region;
  Net& net = region.net;
  net.cut_all();
  CHECK(net.node(1).recover(net.network(1), numbered<Seed>(9), net.now()).error().code == Code::Forged);
  CHECK(member_at(net, 1, 1).role == Role::Council);
  REQUIRE(region.recover(1));
  CHECK(member_at(net, 1, 1).role == Role::Coordinator);
  CHECK(member_at(net, 1, 1).rank == 0);
  net.connect(2, 1);
  net.connect(3, 1);
  net.run();
  net.advance(2s);
  CHECK(agree(net, 1, 2));
  const std::size_t newcomer = net.add_member(1);
  net.connect(newcomer, 2);
  net.run();
  net.advance(3s);
  CHECK(agree(net, newcomer, 2));
  CHECK_FALSE(member_at(net, 2, newcomer).removed);
}

TEST_CASE("recovering: the founder's own node is the founder still") {
  Recoverable paper;
  REQUIRE(paper.recover(0));
  paper.net.run();
  paper.net.advance(2s);
  for (std::size_t machine = 0; machine < paper.net.size(); ++machine) {
    const Member* founder = paper.net.network(machine).membership.founder();
    REQUIRE(founder != nullptr);
    CHECK(founder->key == paper.net.node(0).self());
  }
}

TEST_CASE("recovering: a thief with the founder's key shuts all out meanwhile, and loses") {
  Recoverable region;
  Net& net = region.net;
  net.cut_all();
  // The thief removes 1, and 2 hears of it; 3 does not.
  REQUIRE(net.node(0).remove_member(net.network(0), net.node(1).self(), net.now()));
  net.process(0);
  net.connect(2, 0);
  net.run();
  net.advance(1s);
  REQUIRE(member_at(net, 2, 1).removed);
  net.cut_all();
  REQUIRE(region.recover(1));
  net.connect(1, 3);
  net.run();
  net.advance(2min);  // 3 writes it down
  REQUIRE(member_at(net, 3, 1).recovery == 1);
  net.connect(3, 2);  // which saw the log of 1 cut, and hears of it from 3
  net.run();
  net.advance(2min);
  CHECK(member_at(net, 2, 1).recovery == 1);
  CHECK_FALSE(member_at(net, 2, 1).removed);
  net.connect(1, 2);
  net.run();
  net.advance(5s);
  CHECK(agree(net, 1, 2));
  // It shuts the founder's key out, which cannot answer.
  REQUIRE(net.node(1).remove_member(net.network(1), net.node(0).self(), net.now()));
  net.process(1);
  net.run();
  net.advance(2s);
  REQUIRE_FALSE(net.node(0).remove_member(net.network(0), MemberKey{}, net.now()));
  for (const std::size_t machine : {1, 2, 3}) {
    CHECK(member_at(net, machine, 0).removed);
    CHECK_FALSE(member_at(net, machine, 1).removed);
  }
  CHECK(agree(net, 1, 2));
  CHECK(agree(net, 1, 3));
}

TEST_CASE("recovering: who hears of it no other way is given it as a text") {
  Recoverable region;
  Net& net = region.net;
  net.cut_all();
  for (const std::size_t machine : {1, 2, 3}) {
    REQUIRE(net.node(0).remove_member(net.network(0), net.node(machine).self(), net.now()));
    net.process(0);
  }
  const auto& founders = net.network(0).logs;
  CHECK(founders.size() > 0);
  // 2 knows that all are out, as a thief may have told it: it trusts nobody but the thief.
  net.node(2).ledger();
  REQUIRE(region.recover(1));
  const std::optional<RecoverOperation> recovery = net.node(1).recovery_of(net.network(1), net.node(1).self());
  REQUIRE(recovery.has_value());
  RecoverOperation forged = *recovery;
  ++forged.number;
  CHECK(net.node(2).take_recovery(net.network(2), forged, net.now()).error().code == Code::Forged);
  REQUIRE(net.node(2).take_recovery(net.network(2), *recovery, net.now()));
  net.process(2);
  CHECK(member_at(net, 2, 1).recovery == 1);
  const std::uint64_t entries = net.network(2).entries;
  REQUIRE(net.node(2).take_recovery(net.network(2), *recovery, net.now()));  // once is enough
  net.process(2);
  CHECK(net.network(2).entries == entries);
  net.connect(2, 1);
  net.run();
  net.advance(2s);
  CHECK(agree(net, 1, 2));
}

TEST_CASE("recovering: two nodes recovered at once are both coordinators, and all agree who is senior") {
  Recoverable region;
  Net& net = region.net;
  net.cut_all();
  REQUIRE(region.recover(1));
  REQUIRE(region.recover(2));
  net.connect(1, 3);
  net.connect(2, 3);
  REQUIRE(([&] {
    net.run();
    net.advance(3min);
    return agree(net, 1, 2) && agree(net, 1, 3);
  }()));
  for (const std::size_t machine : {1, 2, 3}) {
    CHECK(member_at(net, machine, 1).role == Role::Coordinator);
    CHECK(member_at(net, machine, 2).role == Role::Coordinator);
    CHECK(member_at(net, machine, 1).rank == member_at(net, 1, 1).rank);
  }
}

TEST_CASE("recovering: a node that has left or is a national council's is not made coordinator, and another is") {
  Recoverable region;
  Net& net = region.net;
  REQUIRE(net.node(0).give_role(net.network(0), net.node(2).self(), Role::National, {}, net.now()));
  net.process(0);
  REQUIRE(net.converge());
  REQUIRE(net.node(1).leave(net.network(1), net.now()));
  net.process(1);
  CHECK(region.recover(1).error().code == Code::NotAllowed);
  CHECK(region.recover(2).error().code == Code::NotAllowed);
  CHECK(region.recover(3).ok());
}

TEST_CASE("recovering: a node that has stated another key is reached by the one that it still uses") {
  Recoverable region;
  Net& net = region.net;
  const TransportKey next = TransportPair::from_secret(numbered<Seed>(0x5B)).public_key;
  REQUIRE(net.node(1).state_transport(next, net.now()));
  net.process(1);
  REQUIRE(region.recover(1));
  REQUIRE(net.converge());
  for (const std::size_t machine : {0, 2, 3}) {
    CHECK(member_at(net, machine, 1).role == Role::Coordinator);
    CHECK(member_at(net, machine, 1).transport == next);
    CHECK(net.network(machine).trusts(net.transport(1)));
  }
  net.cut_all();
  const auto cable = net.connect(1, 2);
  net.run();
  net.advance(2min);
  CHECK(net.is_up(cable));
}

// --- Transport keys --------------------------------------------------------------------------------------------------

namespace {

TransportKey new_key() { return TransportPair::from_secret(numbered<Seed>(0x5A)).public_key; }

}  // namespace

TEST_CASE("transport: after a change both keys carry links, until the new one was seen") {
  Net net = members_in_touch();
  REQUIRE(net.node(1).state_transport(new_key(), net.now()));
  net.process(1);
  net.run();
  net.advance(2s);
  CHECK(net.node(1).unaware_of_transport().empty());
  Network& network = net.network(0);
  CHECK(member_at(net, 0, 1).transport == new_key());
  CHECK(member_at(net, 0, 1).former == net.transport(1));
  CHECK(network.trusts(new_key()));
  CHECK(network.trusts(net.transport(1)));
  net.cut_all();
  const auto cable = net.connect(1, 0);  // still with the former key, as after a crash between the two
  net.run();
  net.advance(1s);
  CHECK(net.is_up(cable));
  SUBCASE("once it was seen, the former key is refused, over restarts as well, and its links go") {
    REQUIRE(net.node(0).ledger().note_former_key(network, net.transport(1), {kFormerKeyDays, 0}));
    net.advance(1min);
    CHECK_FALSE(net.network(0).trusts(net.transport(1)));
    CHECK(net.network(0).trusts(new_key()));
    net.crash(0);
    CHECK_FALSE(net.network(0).trusts(net.transport(1)));
    CHECK(net.network(0).trusts(new_key()));
  }
  SUBCASE("after thirty days on which the node ran as well, over restarts") {
    net.advance(24h * 15);
    net.crash(0);
    net.advance(24h * 14);
    CHECK(net.network(0).trusts(net.transport(1)));
    net.advance(24h * 2);
    CHECK_FALSE(net.network(0).trusts(net.transport(1)));
  }
  SUBCASE("a clock that jumps by years, or a node that is off for months, ends nothing") {
    for (const int years : {3, -2, 5, 0}) {
      net.set_clock(0, std::chrono::hours(24 * 365 * years));
      net.advance(2min);
      CHECK(net.network(0).trusts(net.transport(1)));
    }
    CHECK(net.is_up(cable));
  }
}

TEST_CASE("transport: what is stated after a clock was set right outlasts what was stated by a clock that was years ahead") {
  Net net = members_in_touch();
  for (const std::size_t machine : {0, 1}) net.set_clock(machine, std::chrono::hours(24 * 365 * 3));
  REQUIRE(net.node(1).state_transport(TransportPair::from_secret(numbered<Seed>(91)).public_key, net.now_of(1)));
  net.process(1);
  give_role_at(net, 0, 2, Role::National);
  for (const std::size_t machine : {0, 1}) net.set_clock(machine, Millis(0));
  const TransportKey last = TransportPair::from_secret(numbered<Seed>(92)).public_key;
  REQUIRE(net.node(1).state_transport(last, net.now_of(1)));
  net.process(1);
  give_role_at(net, 0, 2, Role::Reader);
  net.run();
  net.advance(2s);
  for (const std::size_t machine : {0, 1, 2}) {
    CHECK(member_at(net, machine, 1).transport == last);
    CHECK(member_at(net, machine, 2).role == Role::Reader);
  }
  const std::uint64_t entries = net.network(1).entries;
  REQUIRE(net.node(1).state_transport(last, net.now_of(1)));
  CHECK(net.network(1).entries == entries);
}

TEST_CASE("transport: who was away is known to be unaware, and stating the same key again writes nothing") {
  Net net = members_in_touch();
  net.cut_all();
  REQUIRE(net.node(1).state_transport(new_key(), net.now()));
  net.process(1);
  CHECK(net.node(1).unaware_of_transport().size() == 2);
  SUBCASE("also when the store that stated it was put back, and writes in other logs") {
    net.put_back(1, net.storage(1), true);
    CHECK(net.node(1).unaware_of_transport().size() == 2);
    return;
  }
  const std::uint64_t entries = net.network(1).entries;
  REQUIRE(net.node(1).state_transport(new_key(), net.now()));
  net.process(1);
  CHECK(net.network(1).entries == entries);
  net.connect(1, 0);
  net.run();
  net.advance(1min);
  CHECK(net.node(1).unaware_of_transport() == std::set<MemberKey>{net.node(2).self()});
}

// --- Strangers -------------------------------------------------------------------------------------------------------

TEST_CASE("strangers: a log of whom a removal made no member any more keeps nobody from agreeing") {
  Net net = members_in_touch();
  give_role(net, 0, 1, Role::Coordinator);
  REQUIRE(net.converge());
  net.cut_all();
  net.connect(1, 2);
  const std::size_t newcomer = net.add_member(1);
  net.connect(newcomer, 2);
  net.run();
  net.advance(2s);
  const RecordKey theirs = net.write(newcomer, "of nobody");
  net.run();
  net.advance(2s);
  REQUIRE(net.names(2, theirs) == std::vector<std::string>{"of nobody"});
  net.cut_all();
  REQUIRE(net.node(0).remove_member(net.network(0), net.node(1).self(), net.now()));  // who has not heard of the newcomer
  net.process(0);
  net.connect(2, 0);
  net.run();
  net.advance(2s);
  CHECK(net.network(2).membership.find(net.node(newcomer).self()) == nullptr);
  CHECK(net.node(0).summary_of(net.network(0)) == net.node(2).summary_of(net.network(2)));
  CHECK(net.names(2, theirs).empty());
  SUBCASE("and it counts again when the removal is taken back") {
    REQUIRE(net.node(0).readmit(net.network(0), net.network(0).membership.removals().begin()->first, net.now()));
    net.process(0);
    net.connect(1, 0);
    net.run();
    net.advance(3s);
    CHECK(net.node(0).summary_of(net.network(0)) == net.node(2).summary_of(net.network(2)));
    CHECK(net.names(0, theirs) == std::vector<std::string>{"of nobody"});
    CHECK(net.names(2, theirs) == std::vector<std::string>{"of nobody"});
  }
}
