#include "protocol/membership/operations.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "protocol/base/text.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr const char* kFile = "membership.hex";

InviteOperation sample_invite() { return invitation_of(Person(50), Role::National, numbered<CouncilId>(0x33)); }
InviteOperation sample_invite_until() {
  InviteOperation invite = sample_invite();
  invite.until = WallTime{1'830'000'000'000};
  return invite;
}
AdmitOperation sample_admit() { return admission_of(numbered<NetworkId>(0xA1), operation_id(0x44, 1), Person(50), Person(2)); }

RevokeOperation sample_revoke() { return {numbered<MemberKey>(0x55), 2}; }
KeepOperation sample_keep() {
  return {operation_id(0x44, 1),   Incarnation{0x0102030405060708}, LogClass::Data, Seq{9},
          numbered<EntryId>(0x66), numbered<Signature>(0x77)};
}

RecoverOperation sample_recover() {
  return {3,
          numbered<MemberKey>(0x55),
          numbered<CouncilId>(0x33),
          numbered<TransportKey>(0x99),
          numbered<Signature>(0x77),
          numbered<Signature>(0x78)};
}
RoleOperation sample_role() { return {numbered<MemberKey>(0x55), Role::Reader, WallTime{1'800'000'000'000}, 2}; }
TransportOperation sample_transport() { return {numbered<TransportKey>(0x99), numbered<Signature>(0x77)}; }

bool refused(View bytes) {
  const Result<MembershipOperation> operation = parse_membership(bytes);
  if (!operation) CHECK(operation.error().code == Code::Malformed);
  return !operation;
}

std::vector<Bytes> every_operation() {
  return {encode(MembershipOperation(Founding().operation)),
          encode(MembershipOperation(sample_invite())),
          encode(MembershipOperation(sample_admit())),
          encode(MembershipOperation(sample_revoke())),
          encode(MembershipOperation(sample_keep())),
          encode(MembershipOperation(ReadmitOperation{operation_id(0x44)})),
          encode(MembershipOperation(SealOperation{numbered<SealingKey>(0x88)})),
          encode(MembershipOperation(LeaveOperation{2})),
          encode(MembershipOperation(sample_recover())),
          encode(MembershipOperation(sample_role())),
          encode(MembershipOperation(sample_transport())),
          encode(MembershipOperation(SuccessorOperation{Founding().operation}))};
}

}  // namespace

TEST_CASE("operations: each type is golden") {
  const Founding founding;
  CHECK(encode(founding.operation.charter) == golden(kFile, "charter: founder of seed 01s, recovery key of seed c8s"));
  CHECK(encode(founding.operation.charter).size() == kCharterBytes);
  CHECK(bytes_of(founding.network) == golden(kFile, "network id of this charter"));
  CHECK(encode(MembershipOperation(founding.operation)) == golden(kFile, "operation 1: this charter"));
  CHECK(encode(MembershipOperation(sample_invite())) ==
        golden(kFile, "operation 2: an invitation as national for council 33s, ticket of seed 32s"));
  CHECK(encode(MembershipOperation(sample_invite_until())) ==
        golden(kFile, "operation 2: the same invitation, of a role with an end"));
  CHECK(encode(MembershipOperation(sample_admit())) ==
        golden(kFile, "operation 3: the admission of seed 02s by this ticket in network a1s"));
  CHECK(encode(MembershipOperation(sample_revoke())) == golden(kFile, "operation 4: the removal of key 55s, with 2 keeps"));
  CHECK(encode(MembershipOperation(sample_keep())) == golden(kFile, "operation 5: a keep of a data log up to entry 66s"));
  CHECK(encode(MembershipOperation(ReadmitOperation{operation_id(0x44)})) ==
        golden(kFile, "operation 6: the readmission that overrides 44s"));
  CHECK(encode(MembershipOperation(SealOperation{numbered<SealingKey>(0x88)})) ==
        golden(kFile, "operation 7: the sealing key 88s"));
  CHECK(encode(MembershipOperation(LeaveOperation{2})) == golden(kFile, "operation 8: a leave, with 2 keeps"));
  CHECK(encode(MembershipOperation(sample_recover())) ==
        golden(kFile, "operation 9: recovery 3, of key 55s for council 33s with transport key 99s"));
  CHECK(encode(MembershipOperation(sample_role())) ==
        golden(kFile, "operation 10: key 55s becomes a reader, until a date, with 2 keeps"));
  CHECK(encode(MembershipOperation(sample_transport())) == golden(kFile, "operation 11: the transport key 99s"));
  CHECK(encode(MembershipOperation(SuccessorOperation{founding.operation})) ==
        golden(kFile, "operation 12: to be one with the network of this charter"));
}

TEST_CASE("operations: what is read encodes to the same bytes") {
  for (const Bytes& bytes : every_operation()) {
    const Result<MembershipOperation> read = parse_membership(bytes);
    REQUIRE(read.ok());
    CHECK(encode(*read) == bytes);
  }
}

TEST_CASE("operations: one cut short anywhere, or with a byte behind it, is refused") {
  for (Bytes bytes : every_operation()) {
    for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(refused(View(bytes).first(size)));
    bytes.push_back(0);
    CHECK(refused(bytes));
  }
}

TEST_CASE("operations: an invitation has an end or has none, and each in one form") {
  Bytes bytes = encode(MembershipOperation(sample_invite_until()));
  const Result<MembershipOperation> read = parse_membership(bytes);
  REQUIRE(read.ok());
  CHECK(std::get<InviteOperation>(*read).until == WallTime{1'830'000'000'000});
  CHECK(encode(*read) == bytes);
  const std::size_t without = encode(MembershipOperation(sample_invite())).size();
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(refused(View(bytes).first(size)) == (size != without));
  bytes.push_back(0);
  CHECK(refused(bytes));
  bytes.resize(without);
  bytes.resize(without + 8);
  CHECK(refused(bytes));
  bytes[without] = 0x80;
  CHECK(refused(bytes));
}

TEST_CASE("operations: a charter of another version is refused, also as a successor's") {
  const Founding founding;
  for (Bytes bytes :
       {encode(MembershipOperation(founding.operation)), encode(MembershipOperation(SuccessorOperation{founding.operation}))}) {
    for (std::uint8_t version : {0, 2, 255}) {
      bytes[1] = version;
      CHECK(refused(bytes));
    }
  }
}

TEST_CASE("operations: a keep of no entry, or of a log of no class, is refused") {
  Bytes bytes = encode(MembershipOperation(sample_keep()));
  bytes[1 + 18 + 8] = 3;
  CHECK(refused(bytes));
  bytes = encode(MembershipOperation(sample_keep()));
  bytes[1 + 18 + 8 + 1 + 7] = 0;
  CHECK(refused(bytes));
}

TEST_CASE("operations: an invitation to a role that is none is refused") {
  Bytes bytes = encode(MembershipOperation(sample_invite()));
  for (unsigned role = 0; role < 256; ++role) {
    bytes[1 + 32 + 32] = static_cast<std::uint8_t>(role);
    CHECK(refused(bytes) == (role < 1 || role > 4));
  }
}

TEST_CASE("operations: a change to a role that is none is refused, and so is a recovery without a number") {
  Bytes bytes = encode(MembershipOperation(sample_role()));
  for (unsigned role = 0; role < 256; ++role) {
    bytes[1 + 32] = static_cast<std::uint8_t>(role);
    CHECK(refused(bytes) == (role < 1 || role > 4));
  }
  bytes = encode(MembershipOperation(sample_recover()));
  bytes[4] = 0;
  CHECK(refused(bytes));
  bytes[1] = 0xFF;
  CHECK_FALSE(refused(bytes));
}

TEST_CASE("operations: a date beyond 63 bits is refused") {
  Bytes charter = encode(MembershipOperation(Founding().operation)), invite = encode(MembershipOperation(sample_invite()));
  Bytes role = encode(MembershipOperation(sample_role()));
  role[1 + 32 + 1] = 0x80;
  CHECK(refused(role));
  charter[1 + 1 + 64] = 0x80;
  CHECK(refused(charter));
  invite[invite.size() - 8] = 0x80;
  CHECK(refused(invite));
  invite[invite.size() - 8] = 0x7F;
  CHECK_FALSE(refused(invite));
}

TEST_CASE("operations: a type that this version does not know is kept and means nothing") {
  for (unsigned type = 0; type < 256; ++type) {
    if (type >= 1 && type <= kMembershipTypes) continue;
    const Bytes bytes{static_cast<std::uint8_t>(type), 1, 2, 3};
    const Result<MembershipOperation> read = parse_membership(bytes);
    REQUIRE(read.ok());
    const auto* unknown = std::get_if<UnknownOperation>(&*read);
    REQUIRE(unknown != nullptr);
    CHECK(unknown->type == type);
    CHECK(encode(*read).empty());
  }
}

TEST_CASE("operations: roles have the names that people type") {
  for (Role role : {Role::Coordinator, Role::Council, Role::National, Role::Reader}) CHECK(role_of(text_of(role)) == role);
  CHECK(text_of(Role::Coordinator) == "coordinator");
  CHECK(text_of(Role::Council) == "council");
  CHECK(text_of(Role::National) == "national");
  CHECK(text_of(Role::Reader) == "reader");
  for (std::string_view bad : {"", "Council", "admin", "council "}) CHECK_FALSE(role_of(bad).has_value());
}

TEST_CASE("operations: random bytes never do harm, and what is accepted encodes to the same bytes") {
  CHECK(rc::check("bent", [](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    Bytes bytes = every_operation()[random.below(kMembershipTypes)];
    bytes[random.below(2) * random.below(bytes.size())] = static_cast<std::uint8_t>(random.u64());
    const Result<MembershipOperation> read = parse_membership(bytes);
    if (read && !std::holds_alternative<UnknownOperation>(*read)) RC_ASSERT(encode(*read) == bytes);
  }));
}
