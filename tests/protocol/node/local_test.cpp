// What a node refuses to write itself, since its peers would find it void or never show it: with the reason, and before anything
// is appended.
#include <doctest/doctest.h>

#include "tests/support/builders.h"
#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

using enum OperationClass;

// Machines by what they are.
constexpr std::size_t kCoordinator = 0, kCouncil = 1, kNational = 2, kReader = 3;

Net with_all_roles() {
  Net net;
  net.add();
  net.found(kCoordinator);
  net.add_member(kCoordinator, Role::Council);
  net.add_member(kCoordinator, Role::National);
  net.add_member(kCoordinator, Role::Reader);
  for (std::size_t machine = 1; machine < net.size(); ++machine) net.connect(machine, kCoordinator);
  REQUIRE(net.converge());
  return net;
}

CouncilId council(Net& net, std::size_t machine) { return net.node(machine).self_in(net.network(machine))->council; }
RecordKey record_of(Net& net, std::size_t machine, Kind kind) {
  return {council(net, machine), static_cast<std::uint8_t>(kind), numbered<Nonce>(static_cast<std::uint8_t>(machine + 1))};
}

Status write(Net& net, std::size_t machine, const RecordKey& key, std::vector<Operation> operations) {
  Value::Array values;
  for (const Operation& operation : operations) {
    const OperationClass what = operation.operation_class;
    values.push_back(what == Write || what == Add || what == Answer || what == Comment ? Value("x") : Value());
  }
  const ChangeBytes change{encode(Skeleton{key, std::move(operations)}), encode_values(numbered<Salt>(1), values)};
  Status status = net.node(machine).write(net.network(machine), {&change, 1}, net.now());
  net.process(machine);
  return status;
}

// Refused with this code and these words, and nothing of it in any store or on the way.
void check_refused(Net& net, std::size_t machine, const RecordKey& key, std::vector<Operation> operations, Code code,
                   std::string_view words) {
  CAPTURE(words);
  const std::uint64_t entries = net.network(machine).entries;
  const Status status = write(net, machine, key, std::move(operations));
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == code);
  CHECK_MESSAGE(status.error().text.find(words) != std::string::npos, status.error().text);
  CHECK(net.network(machine).entries == entries);
  CHECK_FALSE(net.node(machine).ledger().has_uncommitted());
}

OperationId only_live(Net& net, std::size_t machine, const RecordKey& key) {
  const auto number = net.node(machine).ledger().find_record(net.network(machine), id_of(key));
  REQUIRE((number.ok() && number->has_value()));
  const auto state = net.node(machine).ledger().record(**number);
  REQUIRE((state.ok() && state->has_value() && (**state).live.size() == 1));
  return (**state).id_of((**state).live.front());
}

}  // namespace

TEST_CASE("local write: a role that may not is refused, with the roles that may") {
  Net net = with_all_roles();
  check_refused(net, kReader, record_of(net, kReader, Kind::Contact), {{2, Write}}, Code::NotAllowed,
                "this node is in the role reader");
  check_refused(net, kCouncil, record_of(net, kCouncil, Kind::Announcement), {{2, Write}}, Code::NotAllowed,
                "only a member in the role national");
  CHECK(write(net, kNational, record_of(net, kNational, Kind::Announcement), {{2, Write}}).ok());
  CHECK(write(net, kCouncil, record_of(net, kCouncil, Kind::Contact), {{2, Write}}).ok());
}

TEST_CASE("local write: another council's record is refused until it is shared, and is still only removed by its owner") {
  Net net = with_all_roles();
  const RecordKey event = record_of(net, kCouncil, Kind::Event);
  REQUIRE(write(net, kCouncil, event, {{2, Write}}).ok());
  REQUIRE(net.converge());
  check_refused(net, kNational, event, {{2, Write}}, Code::NotAllowed, "never been shared");
  check_refused(net, kNational, event, {{kSharedField, Raise}}, Code::NotAllowed, "may share or unshare it");
  REQUIRE(write(net, kCouncil, event, {{kSharedField, Raise}}).ok());
  REQUIRE(net.converge());
  CHECK(write(net, kNational, event, {{2, Write}}).ok());
  check_refused(net, kNational, event, {{0, Remove}}, Code::NotAllowed, "may remove it");
  check_refused(net, kCoordinator, event, {{0, Restore}}, Code::NotAllowed, "may restore it");
}

TEST_CASE("local write: another council's comment and answer are not touched") {
  Net net = with_all_roles();
  const RecordKey event = record_of(net, kCouncil, Kind::Event);
  REQUIRE(write(net, kCouncil, event, {{15, Comment}}).ok());
  REQUIRE(net.converge());
  const OperationId comment = only_live(net, kNational, event);
  check_refused(net, kNational, event, {{15, Retract, {comment}}}, Code::NotAllowed, "a comment on event");
  CHECK(write(net, kCouncil, event, {{15, Retract, {comment}}}).ok());
  const RecordKey other = record_of(net, kCoordinator, Kind::Event);
  REQUIRE(write(net, kCoordinator, other, {{14, Answer}}).ok());
  REQUIRE(net.converge());
  check_refused(net, kCouncil, other, {{14, Answer, {only_live(net, kCouncil, other)}}}, Code::NotAllowed, "an answer on event");
  CHECK(write(net, kCouncil, other, {{14, Answer}}).ok());  // for itself, beside it
}

TEST_CASE("local write: a kind, field or class that the own table does not have is refused") {
  Net net = with_all_roles();
  const RecordKey event = record_of(net, kCouncil, Kind::Event);
  RecordKey room = event;
  room.kind = 10;
  check_refused(net, kCouncil, room, {{2, Write}}, Code::Invalid, "does not have: 10");
  check_refused(net, kCouncil, event, {{77, Write}}, Code::Invalid, "does not have: 77");
  check_refused(net, kCouncil, event, {{2, Add}}, Code::Invalid, "the field title");
  check_refused(net, kCouncil, event, {{2, static_cast<OperationClass>(100)}}, Code::Invalid, "class that this program");
  check_refused(net, kCouncil, event, {{2, Write}, {0, Write}}, Code::Invalid, "does not have: 0");  // one of several spoils it
}

TEST_CASE("local write: one bad change of several is refused together with the good ones") {
  Net net = with_all_roles();
  const RecordKey own = record_of(net, kCouncil, Kind::Contact), other = record_of(net, kNational, Kind::Contact);
  std::vector<ChangeBytes> changes;
  for (const RecordKey& key : {own, other})
    changes.push_back({encode(Skeleton{key, {{2, Write}}}), encode_values(numbered<Salt>(1), {Value("x")})});
  const std::uint64_t entries = net.network(kCouncil).entries;
  const Status status = net.node(kCouncil).write(net.network(kCouncil), changes, net.now());
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == Code::NotAllowed);
  CHECK(net.network(kCouncil).entries == entries);
}
