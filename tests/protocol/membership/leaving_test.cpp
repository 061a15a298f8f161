// Leaves, recoveries, roles and transport keys: what each decides, told as short histories. The twin is asked of every one.
#include <doctest/doctest.h>

#include "tests/support/written.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

const Person& founder() {
  static const Person kFounder(1);
  return kFounder;
}

// The founder, coordinator 2, council 3.
struct Region : Written {
  Region() {
    join(founder(), coordinator, Role::Coordinator);
    join(founder(), council, Role::Council);
  }
  // As it stands, the same as the twin has it.
  Membership now() const {
    const Membership members = membership();
    CHECK(picture_of(members).lines == twin_of(founding.network, steps).lines);
    return members;
  }
  // A device of the council, let in by it.
  bool lets_in_device(std::uint8_t number) {
    const Person device(number);
    join(council, device, Role::Council, council.council());
    return now().find(device.key()) != nullptr;
  }
  Person coordinator{2}, council{3};
};

bool is_removed(const Membership& members, const Person& person) {
  REQUIRE(members.find(person.key()) != nullptr);
  return members.find(person.key())->removed;
}

}  // namespace

// --- Leaving ---------------------------------------------------------------------------------------------------------

TEST_CASE("leave: what the key decided before it stands, and what it decides after it does not") {
  Region region;
  CHECK(region.lets_in_device(4));
  const OperationId leave = region.write(region.council, {LeaveOperation{0}});
  CHECK_FALSE(region.lets_in_device(5));
  const Membership members = region.now();
  CHECK(is_removed(members, region.council));
  CHECK_FALSE(is_removed(members, Person(4)));
  REQUIRE(members.removals().contains(leave));
  CHECK(members.removals().at(leave).is_leave());
  CHECK_FALSE(members.removals().at(leave).by_senior);
  CHECK_FALSE(members.cut_of({region.council.key(), Incarnation{1}, LogClass::Membership}).has_value());  // all must see it
  CHECK(members.cut_of({region.council.key(), Incarnation{1}, LogClass::Data}) == Tip{});
}

TEST_CASE("leave: data logs end where its keeps say, and it counts once they are all there") {
  Region region;
  const Tip end{Seq{7}, numbered<EntryId>(0x66)};
  const KeepOperation keep{{},      Incarnation{9}, LogClass::Data,
                           end.seq, end.id,         region.council.identity.sign(Purpose::Entry, end.id)};
  const OperationId leave = region.write(region.council, {LeaveOperation{2}, keep});
  CHECK_FALSE(is_removed(region.now(), region.council));
  KeepOperation more = keep;
  more.revoke = leave;
  more.incarnation = Incarnation{10};
  region.write(region.council, {more});  // behind the leave, and yet it belongs to it
  const Membership members = region.now();
  CHECK(is_removed(members, region.council));
  for (const std::uint64_t incarnation : {9, 10}) {
    CHECK(members.cut_of({region.council.key(), Incarnation{incarnation}, LogClass::Data}) == end);
  }
  CHECK(members.cut_of({region.council.key(), Incarnation{11}, LogClass::Data}) == Tip{});
}

TEST_CASE("leave: another membership log of the key counts as far as the leave keeps it") {
  Region region;
  const Incarnation other{2};
  const Person kept(4), late(5), ticket(60), late_ticket(61);
  OperationId invite = region.write(region.council, {invitation_of(ticket, Role::Council, region.council.council())}, {}, other);
  region.write(region.council, {admission_of(region.founding.network, invite, ticket, kept)}, {}, other);
  region.write(region.council, {LeaveOperation{1}, region.keep(region.council, {}, other)});
  invite = region.write(region.council, {invitation_of(late_ticket, Role::Council, region.council.council())}, {}, other);
  region.write(region.council, {admission_of(region.founding.network, invite, late_ticket, late)}, {}, other);
  const Membership members = region.now();
  CHECK(members.find(kept.key()) != nullptr);
  CHECK(members.find(late.key()) == nullptr);
}

TEST_CASE("leave: several leaves of a key do not undo each other") {
  Region region;
  const OperationId first = region.write(region.council, {LeaveOperation{0}});
  const OperationId second = region.write(region.council, {LeaveOperation{0}}, {}, Incarnation{2});
  const OperationId third = region.write(region.council, {LeaveOperation{0}});  // behind the first
  const Membership members = region.now();
  for (const OperationId& id : {first, second, third}) CHECK(members.removals().contains(id));
}

TEST_CASE("leave: a more senior coordinator takes it back, neither the key itself nor a junior does") {
  Region region;
  const OperationId leave = region.write(region.coordinator, {LeaveOperation{0}});
  region.write(region.coordinator, {ReadmitOperation{leave}});
  CHECK(is_removed(region.now(), region.coordinator));
  region.write(region.coordinator, {ReadmitOperation{leave}}, {}, Incarnation{2});
  CHECK(is_removed(region.now(), region.coordinator));
  const Person junior(4);
  region.join(founder(), junior, Role::Coordinator);
  if (region.now().find(junior.key())->rank > region.now().find(region.coordinator.key())->rank) {
    region.write(junior, {ReadmitOperation{leave}});
    CHECK(is_removed(region.now(), region.coordinator));
  }
  region.write(region.council, {ReadmitOperation{leave}});  // no coordinator
  CHECK(is_removed(region.now(), region.coordinator));
  region.write(founder(), {ReadmitOperation{leave}});
  CHECK_FALSE(is_removed(region.now(), region.coordinator));
}

TEST_CASE("leave: one that lies past what a senior's removal keeps is none") {
  Region region;
  const KeepOperation keep = region.keep(founder());  // of nothing here
  region.write(founder(), {RevokeOperation{region.council.key(), 0}});
  const OperationId leave = region.write(region.council, {LeaveOperation{0}});
  CHECK_FALSE(region.now().removals().contains(leave));
  CHECK(region.now().removals().size() == 1);
  CHECK(keep.seq.value > 0);
}

TEST_CASE("leave: the founder may leave, and nobody but the recovery key lets anybody in then") {
  Region region;
  region.write(region.coordinator, {LeaveOperation{0}});
  region.write(founder(), {LeaveOperation{0}});
  region.join(founder(), Person(4), Role::Council);
  CHECK(region.now().find(Person(4).key()) == nullptr);
  region.write(region.council, {region.recovery(region.council)});
  region.join(region.council, Person(5), Role::Council);
  CHECK(region.now().find(Person(5).key()) != nullptr);
}

// --- Recovering ------------------------------------------------------------------------------------------------------

TEST_CASE("recover: the recovery key makes a council's node coordinator, for its own council, before the founder") {
  Region region;
  region.join(region.council, Person(4), Role::Council, region.council.council());
  region.write(Person(4), {region.recovery(Person(4), 1, region.council.council())});
  const Membership members = region.now();
  const Member* recovered = members.find(Person(4).key());
  REQUIRE(recovered != nullptr);
  CHECK(recovered->role == Role::Coordinator);
  CHECK(recovered->council == region.council.council());
  CHECK(recovered->rank == 0);
  CHECK(recovered->recovery == 1);
  REQUIRE(members.founder() != nullptr);
  CHECK(members.founder()->key == founder().key());
  CHECK(members.founder()->rank == 1);
}

TEST_CASE("recover: another key than the charter's makes nobody coordinator") {
  Region region;
  RecoverOperation forged = region.recovery(region.council);
  forged.recovery_signature = Person(201).identity.sign(Purpose::Recovery, recovery_message(region.founding.network, forged));
  region.write(region.council, {forged});
  forged = region.recovery(region.council);
  forged.recovery_signature = Person(200).identity.sign(Purpose::Charter, recovery_message(region.founding.network, forged));
  region.write(region.council, {forged});  // signed for another purpose
  forged = region.recovery(region.council);
  forged.number = 2;
  region.write(region.council, {forged});
  forged = region.recovery(region.council);
  forged.member = Person(9).key();
  region.write(region.council, {forged});
  forged = region.recovery(region.council);
  forged.council = founder().council();
  region.write(region.council, {forged});
  forged = region.recovery(region.council);
  forged.transport = Person(9).transport.public_key;
  region.write(region.council, {forged});
  forged = region.recovery(region.council);
  forged.certificate.bytes[0] ^= 1;
  region.write(region.council, {forged});
  forged = region.recovery(region.council);
  forged.recovery_signature = Person(200).identity.sign(Purpose::Recovery, recovery_message(numbered<NetworkId>(1), forged));
  region.write(region.council, {forged});
  const Membership members = region.now();
  CHECK(members.find(region.council.key())->role == Role::Council);
  CHECK(members.members().size() == 3);
}

TEST_CASE("recover: of two recoveries the greater number is senior, of two with one number the smaller id") {
  Region region;
  region.write(region.council, {region.recovery(region.council, 1)});
  region.write(region.coordinator, {region.recovery(region.coordinator, 2)});
  CHECK(region.now().find(region.coordinator.key())->rank == 0);
  CHECK(region.now().find(region.council.key())->rank == 1);
  Region even;
  const OperationId one = even.write(even.council, {even.recovery(even.council)});
  const OperationId two = even.write(even.coordinator, {even.recovery(even.coordinator)});
  CHECK(even.now().find((one < two ? even.council : even.coordinator).key())->rank == 0);
  CHECK(even.now().find((one < two ? even.coordinator : even.council).key())->rank == 1);
}

TEST_CASE("recover: a stolen founder's key that shuts everybody out meanwhile is overruled, whatever comes first") {
  Region region;
  const KeepOperation honest = region.keep(founder());
  // The thief, with the founder's key: everybody out, all of it uncounted.
  const OperationId shut_council = region.write(founder(), {RevokeOperation{region.council.key(), 0}});
  region.write(founder(), {RevokeOperation{region.coordinator.key(), 0}});
  CHECK(is_removed(region.now(), region.council));
  // The council's node, on which the paper is typed.
  region.write(region.council, {region.recovery(region.council)});
  CHECK_FALSE(is_removed(region.now(), region.council));  // a junior cannot shut it out
  CHECK(is_removed(region.now(), region.coordinator));
  KeepOperation keep = honest;
  region.write(region.council, {RevokeOperation{founder().key(), 1}, keep});
  region.write(founder(), {RevokeOperation{region.council.key(), 0}});  // again
  region.write(founder(), {ReadmitOperation{shut_council}});
  const Membership members = region.now();
  CHECK(is_removed(members, founder()));
  CHECK_FALSE(is_removed(members, region.council));
  CHECK_FALSE(is_removed(members, region.coordinator));  // those revokes lie past the cut
  CHECK(members.find(region.coordinator.key())->role == Role::Coordinator);
}

TEST_CASE("recover: it counts in anyone's log, so that a key whose logs a thief cut is heard of by others") {
  Region region;
  region.write(founder(), {RevokeOperation{region.council.key(), 0}});
  region.write(region.coordinator, {region.recovery(region.council)});
  const Membership members = region.now();
  CHECK(members.find(region.council.key())->recovery == 1);
  CHECK_FALSE(is_removed(members, region.council));
}

TEST_CASE("recover: without a charter nobody knows whose key may recover") {
  Written written;
  Membership members(written.founding.network);
  written.write(Person(3), {written.recovery(Person(3))});
  written.add_entry(members, 1);
  members.settle();
  CHECK(members.members().empty());
  CHECK(members.recovery_key() == nullptr);
  written.add_entry(members, 0);
  members.settle();
  CHECK(members.members().size() == 2);
  REQUIRE(members.recovery_key() != nullptr);
  CHECK(*members.recovery_key() == Person(200).key());
}

// --- Roles -----------------------------------------------------------------------------------------------------------

TEST_CASE("role: what was there when it changed keeps the old role, what comes after has the new one") {
  Region region;
  CHECK(region.lets_in_device(4));
  region.write(founder(), {RoleOperation{region.council.key(), Role::Reader, {}, 1}, region.keep(region.council)});
  CHECK(region.now().find(Person(4).key()) != nullptr);
  CHECK_FALSE(region.lets_in_device(5));
  const Membership members = region.now();
  CHECK(members.find(region.council.key())->role == Role::Reader);
  CHECK(members.find(region.council.key())->admitted_as == Role::Council);
  const std::vector<RoleSince> roles = members.roles_in({region.council.key(), Incarnation{1}, LogClass::Membership});
  REQUIRE(roles.size() == 1);
  CHECK(roles[0].role == Role::Reader);
  CHECK(roles[0].after.seq == Seq{2});
  CHECK(members.roles_in({region.council.key(), Incarnation{2}, LogClass::Data}) == std::vector<RoleSince>{{Role::Reader, {}}});
  CHECK(members.roles_in({founder().key(), Incarnation{1}, LogClass::Data}).empty());
}

TEST_CASE("role: the change with the greatest stamp counts, and older ones where it does not reach") {
  Region region;
  region.write(founder(), {RoleOperation{region.council.key(), Role::National, WallTime{500}, 0}}, WallTime{50});
  region.write(founder(), {RoleOperation{region.council.key(), Role::Reader, {}, 0}}, WallTime{40});
  CHECK(region.now().find(region.council.key())->role == Role::National);
  CHECK(region.now().find(region.council.key())->until == WallTime{500});
  CHECK(region.now().role_changes().at(region.council.key()).size() == 2);
  region.write(region.council, {SealOperation{numbered<SealingKey>(1)}});
  region.write(founder(), {RoleOperation{region.council.key(), Role::Coordinator, {}, 1}, region.keep(region.council)},
               WallTime{60});
  const auto roles = region.now().roles_in({region.council.key(), Incarnation{1}, LogClass::Membership});
  REQUIRE(roles.size() == 2);
  CHECK(roles[0].role == Role::Coordinator);
  CHECK(roles[1] == RoleSince{Role::National, {}});
  CHECK(region.lets_in_device(4));
  region.join(region.council, Person(6), Role::Coordinator);
  CHECK(region.now().find(Person(6).key()) != nullptr);
}

TEST_CASE("role: only a coordinator that is more senior gives one, and only while it is coordinator") {
  Region region;
  const auto role_of = [&](const Person& person) { return region.now().find(person.key())->role; };
  const bool council_first = region.now().find(region.council.key())->rank < region.now().find(region.coordinator.key())->rank;
  region.write(region.coordinator, {RoleOperation{founder().key(), Role::Reader, {}, 0}});
  CHECK(role_of(founder()) == Role::Coordinator);
  region.write(founder(), {RoleOperation{founder().key(), Role::Reader, {}, 0}});  // itself
  CHECK(role_of(founder()) == Role::Coordinator);
  region.write(region.council, {RoleOperation{region.coordinator.key(), Role::Reader, {}, 0}});
  CHECK(role_of(region.coordinator) == Role::Coordinator);
  region.write(region.coordinator, {RoleOperation{region.council.key(), Role::National, {}, 0}});
  CHECK(role_of(region.council) == (council_first ? Role::Council : Role::National));
  const Person later(4);
  region.join(region.coordinator, later, Role::Council);
  region.write(region.coordinator, {RoleOperation{later.key(), Role::Reader, {}, 0}});
  CHECK(role_of(later) == Role::Reader);
  region.write(founder(), {RoleOperation{region.coordinator.key(), Role::Council, {}, 1}, region.keep(region.coordinator)});
  region.write(region.coordinator, {RoleOperation{later.key(), Role::National, {}, 0}});
  CHECK(role_of(later) == Role::Reader);  // what it decided while it was coordinator stands
  const Membership members = region.now();
  const Member* coordinator = members.find(region.coordinator.key());
  REQUIRE(coordinator != nullptr);
  CHECK(coordinator->role == Role::Council);
}

TEST_CASE("role: one whose keeps are not all there does not count") {
  Region region;
  const OperationId role = region.write(founder(), {RoleOperation{region.council.key(), Role::Reader, {}, 1}});
  CHECK(region.now().find(region.council.key())->role == Role::Council);
  region.write(founder(), {region.keep(region.council, role)});
  CHECK(region.now().find(region.council.key())->role == Role::Reader);
}

TEST_CASE("role: a removal and a readmission are judged by the role that their author had") {
  Region region;
  const OperationId revoke = region.write(region.coordinator, {RevokeOperation{region.council.key(), 0}});
  region.write(founder(), {RoleOperation{region.coordinator.key(), Role::Reader, {}, 1}, region.keep(region.coordinator)});
  CHECK(is_removed(region.now(), region.council));
  region.write(region.coordinator, {RevokeOperation{region.council.key(), 0}});
  CHECK(region.now().removals().size() == 1);
  region.write(founder(), {RoleOperation{region.coordinator.key(), Role::Reader, {}, 0}}, WallTime{1'000});  // from the start
  CHECK_FALSE(is_removed(region.now(), region.council));
  CHECK_FALSE(region.now().removals().contains(revoke));
}

// --- Transport keys --------------------------------------------------------------------------------------------------

TEST_CASE("transport: the newest that the member stated is current, and the one before is remembered") {
  Region region;
  const TransportOperation first = region.rotation(region.council, 1), second = region.rotation(region.council, 2);
  region.write(region.council, {second}, WallTime{200});
  region.write(region.council, {first}, WallTime{100});
  const Membership members = region.now();
  const Member* member = members.find(region.council.key());
  CHECK(member->transport == second.transport);
  CHECK(member->former == first.transport);
  CHECK(member->transport_since == WallTime{200});
  CHECK(members.find(founder().key())->former.is_zero());
}

TEST_CASE("transport: one that the member did not certify, or that another states, is none") {
  Region region;
  TransportOperation forged = region.rotation(region.council, 1);
  region.write(founder(), {forged});
  forged.certificate.bytes[0] ^= 1;
  region.write(region.council, {forged});
  const Membership members = region.now();
  CHECK(members.find(region.council.key())->transport == region.council.transport.public_key);
  CHECK(members.find(founder().key())->transport == founder().transport.public_key);
}

TEST_CASE("transport: one past what a removal keeps, or behind a leave, is none") {
  Region region;
  region.write(region.council, {LeaveOperation{0}});
  region.write(region.council, {region.rotation(region.council, 1)});
  CHECK(region.now().find(region.council.key())->transport == region.council.transport.public_key);
}
