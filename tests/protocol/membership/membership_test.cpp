#include "protocol/membership/membership.h"

#include <doctest/doctest.h>

#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

// A network as it grows: every step is an operation of its author, numbered by its order here.
class Story {
 public:
  Story() : members(founding.network) { found = take(founding.founder, founding.operation); }
  OperationId take(const Person& author, MembershipOperation operation) {
    const auto number = static_cast<std::uint8_t>(++count_);
    members.add(author.key(), operation_id(number), numbered<EntryId>(number), WallTime{number}, std::move(operation));
    members.settle();
    return operation_id(number);
  }
  OperationId invite(const Person& author, const Person& ticket, Role role, const CouncilId& council = {}) {
    return take(author, invitation_of(ticket, role, council));
  }
  OperationId admit(const Person& witness, const OperationId& invitation, const Person& ticket, const Person& newcomer) {
    return take(witness, admission_of(founding.network, invitation, ticket, newcomer));
  }
  Person join(const Person& inviter, std::uint8_t number, Role role, const CouncilId& council = {}) {
    const Person ticket(static_cast<std::uint8_t>(100 + number)), newcomer(number);
    admit(inviter, invite(inviter, ticket, role, council), ticket, newcomer);
    return newcomer;
  }

  Founding founding;
  Membership members;
  OperationId found;

 private:
  int count_ = 0;
};

}  // namespace

TEST_CASE("membership: the charter makes its founder the coordinator of its own council") {
  Story story;
  const Member* founder = story.members.find(story.founding.founder.key());
  REQUIRE(founder != nullptr);
  CHECK(founder == story.members.founder());
  CHECK(founder->role == Role::Coordinator);
  CHECK(founder->council == story.founding.founder.council());
  CHECK(founder->transport == story.founding.founder.transport.public_key);
  CHECK(founder->parent.is_zero());
  CHECK(founder->depth == 0);
  CHECK(founder->admission == story.found);
  CHECK(founder->admitted == WallTime{1});
  CHECK(story.members.members().size() == 1);
}

TEST_CASE("membership: nobody is a member before the charter is there") {
  Membership members(Founding().network);
  members.settle();
  CHECK(members.members().empty());
  CHECK(members.founder() == nullptr);
}

TEST_CASE("membership: an admission makes its newcomer what the invitation says") {
  Story story;
  const Person council = story.join(story.founding.founder, 2, Role::Council);
  const Member* member = story.members.find(council.key());
  REQUIRE(member != nullptr);
  CHECK(member->role == Role::Council);
  CHECK(member->council == council.council());
  CHECK(member->parent == story.founding.founder.key());
  CHECK(member->depth == 1);
  CHECK(member->transport == council.transport.public_key);
  CHECK(story.members.with_transport(council.transport.public_key) == std::vector<const Member*>{member});
  const Person device = story.join(story.founding.founder, 3, Role::Council, council.council());
  REQUIRE(story.members.find(device.key()) != nullptr);
  CHECK(story.members.find(device.key())->council == council.council());
}

TEST_CASE("membership: any member may witness, and the inviter is the parent") {
  Story story;
  const Person reader = story.join(story.founding.founder, 2, Role::Reader);
  const Person ticket(50), newcomer(3);
  const OperationId invitation = story.invite(story.founding.founder, ticket, Role::National);
  story.admit(reader, invitation, ticket, newcomer);
  const Member* member = story.members.find(newcomer.key());
  REQUIRE(member != nullptr);
  CHECK(member->parent == story.founding.founder.key());
  CHECK(member->role == Role::National);
  CHECK(member->depth == 1);
}

TEST_CASE("membership: a stranger's operations count for nothing") {
  Story story;
  const Person stranger(9), ticket(50);
  const OperationId by_stranger = story.invite(stranger, ticket, Role::Coordinator);
  story.admit(story.founding.founder, by_stranger, ticket, Person(3));
  CHECK(story.members.members().size() == 1);
  CHECK(story.members.invitations().empty());
  const OperationId invitation = story.invite(story.founding.founder, ticket, Role::Council);
  story.admit(stranger, invitation, ticket, Person(3));  // nor may a stranger witness
  story.admit(Person(3), invitation, ticket, Person(3));
  CHECK(story.members.members().size() == 1);
  CHECK_FALSE(story.members.invitations().at(invitation).used);
}

TEST_CASE("membership: who may invite whom, in every role") {
  Story story;
  const Person& founder = story.founding.founder;
  const Person council = story.join(founder, 2, Role::Council), national = story.join(founder, 3, Role::National),
               reader = story.join(founder, 4, Role::Reader), coordinator = story.join(founder, 5, Role::Coordinator);
  std::uint8_t ticket = 110;
  for (const Person& inviter : {council, national, reader, coordinator, founder}) {
    REQUIRE(story.members.find(inviter.key()) != nullptr);
    const Member member = *story.members.find(inviter.key());
    for (Role role : {Role::Coordinator, Role::Council, Role::National, Role::Reader}) {
      for (const CouncilId& target : {CouncilId{}, inviter.council(), numbered<CouncilId>(0x77), founder.council()}) {
        bool may = member.role == Role::Coordinator;
        if (member.role == Role::Council || member.role == Role::National) {  // a further device of its own, with no more rights
          may = target == inviter.council() && (role == member.role || role == Role::Reader);
        }
        const OperationId id = story.invite(inviter, Person(ticket), role, target);
        CHECK(story.members.may_invite(member, role, target) == may);
        CHECK(story.members.invitations().contains(id) == may);
        CHECK((story.members.find_invitation(Person(ticket).key()) != nullptr) == may);
        CHECK((story.members.invitation_with_transport(Person(ticket).transport.public_key) != nullptr) == may);
        ++ticket;
      }
    }
  }
}

TEST_CASE("membership: an invitation is used by the admission that counts, and shows who made it") {
  Story story;
  const Person ticket(50);
  const OperationId invitation = story.invite(story.founding.founder, ticket, Role::Council);
  const Invitation* open = story.members.find_invitation(ticket.key());
  REQUIRE(open != nullptr);
  CHECK(open->id == invitation);
  CHECK(open->inviter == story.founding.founder.key());
  CHECK_FALSE(open->used);
  story.admit(story.founding.founder, invitation, ticket, Person(2));
  REQUIRE(story.members.find_invitation(ticket.key()) != nullptr);
  CHECK(story.members.find_invitation(ticket.key())->used);
}

TEST_CASE("membership: two admissions by one ticket both stand") {
  Story story;
  const Person ticket(50);
  const OperationId invitation = story.invite(story.founding.founder, ticket, Role::Council);
  story.admit(story.founding.founder, invitation, ticket, Person(2));
  story.admit(Person(2), invitation, ticket, Person(3));
  CHECK(story.members.find(Person(2).key()) != nullptr);
  CHECK(story.members.find(Person(3).key()) != nullptr);
  CHECK(story.members.find(Person(3).key())->parent == story.founding.founder.key());
}

TEST_CASE("membership: a key is a member once, by the smallest of the admissions that count together") {
  Story story;
  const Person first(50), second(51), newcomer(2);
  const OperationId one = story.invite(story.founding.founder, first, Role::Council);
  const OperationId two = story.invite(story.founding.founder, second, Role::Reader);
  story.admit(story.founding.founder, two, second, newcomer);
  story.admit(story.founding.founder, one, first, newcomer);
  REQUIRE(story.members.find(newcomer.key()) != nullptr);
  CHECK(story.members.find(newcomer.key())->role == Role::Reader);
  CHECK(story.members.members().size() == 2);
  CHECK(story.members.invitations().at(one).used);
  CHECK(story.members.invitations().at(two).used);
}

TEST_CASE("membership: a forged signature makes no member and uses no invitation up") {
  Story story;
  const Person& founder = story.founding.founder;
  const Person ticket(50), newcomer(2), thief(9);
  const OperationId invitation = story.invite(founder, ticket, Role::Council);
  AdmitOperation good = admission_of(story.founding.network, invitation, ticket, newcomer);
  const auto check_void = [&](const AdmitOperation& admit) {
    story.take(founder, admit);
    CHECK(story.members.find(admit.member) == nullptr);
    CHECK_FALSE(story.members.invitations().at(invitation).used);
  };
  AdmitOperation forged = good;
  forged.ticket_signature =
      thief.identity.sign(Purpose::Admission, admission_message(story.founding.network, good.member, good.transport));
  check_void(forged);
  forged = good;
  forged.ticket_signature.bytes[5] ^= 1;
  check_void(forged);
  forged = good;
  forged.certificate = thief.identity.sign(Purpose::Certificate, certificate_message(story.founding.network, good.transport));
  check_void(forged);
  forged = good;
  forged.transport = thief.transport.public_key;  // certified and signed for another
  check_void(forged);
  forged = good;
  forged.member = thief.key();
  check_void(forged);
  check_void(admission_of(numbered<NetworkId>(1), invitation, ticket, newcomer));  // of another network
  forged = good;
  forged.invite = operation_id(222);  // an invitation nobody made
  check_void(forged);
  forged = good;
  forged.ticket_signature =
      ticket.identity.sign(Purpose::Certificate, admission_message(story.founding.network, good.member, good.transport));
  check_void(forged);  // signed for another purpose
  story.take(founder, good);
  CHECK(story.members.find(newcomer.key()) != nullptr);
}

TEST_CASE("membership: a forged admission of somebody who is a member already does not use an invitation up") {
  Story story;
  const Person reader = story.join(story.founding.founder, 2, Role::Reader);
  const Person ticket(50);
  const OperationId invitation = story.invite(story.founding.founder, ticket, Role::Council);
  AdmitOperation forged = admission_of(story.founding.network, invitation, Person(9), reader);  // another ticket's signature
  story.take(reader, forged);
  CHECK_FALSE(story.members.invitations().at(invitation).used);
  forged = admission_of(story.founding.network, invitation, ticket, reader);
  forged.certificate.bytes[0] ^= 1;
  story.take(reader, forged);
  CHECK_FALSE(story.members.invitations().at(invitation).used);
  story.take(reader, admission_of(story.founding.network, invitation, ticket, reader));
  CHECK(story.members.invitations().at(invitation).used);
}

TEST_CASE("membership: a forged or foreign charter founds nothing") {
  const Founding founding;
  const auto members_by = [&](const Person& author, const FoundOperation& found, const NetworkId& network) {
    Membership members(network);
    members.add(author.key(), operation_id(1), numbered<EntryId>(1), WallTime{1}, found);
    members.settle();
    return members.members().size();
  };
  CHECK(members_by(founding.founder, founding.operation, founding.network) == 1);
  CHECK(members_by(founding.founder, founding.operation, numbered<NetworkId>(1)) == 0);
  CHECK(members_by(Person(9), founding.operation, founding.network) == 0);  // in another author's log
  FoundOperation forged = founding.operation;
  const Person thief(9);  // who certifies a transport key of its own, as only the founder may
  forged.transport = thief.transport.public_key;
  forged.certificate = thief.identity.sign(Purpose::Certificate, certificate_message(founding.network, forged.transport));
  CHECK(members_by(thief, forged, founding.network) == 0);
  forged = founding.operation;
  forged.recovery_signature.bytes[3] ^= 1;
  CHECK(members_by(founding.founder, forged, founding.network) == 0);
  forged = founding.operation;
  forged.recovery_signature = founding.founder.identity.sign(Purpose::Charter, encode(forged.charter));
  CHECK(members_by(founding.founder, forged, founding.network) == 0);
  forged = founding.operation;
  forged.certificate.bytes[3] ^= 1;
  CHECK(members_by(founding.founder, forged, founding.network) == 0);
  forged = founding.operation;
  forged.transport = Person(9).transport.public_key;
  CHECK(members_by(founding.founder, forged, founding.network) == 0);
  forged = founding.operation;
  forged.charter.nonce.bytes[0] ^= 1;
  CHECK(members_by(founding.founder, forged, founding.network) == 0);
}

TEST_CASE("membership: adding an operation twice is adding it once") {
  Story story;
  story.members.add(story.founding.founder.key(), story.found, numbered<EntryId>(77), WallTime{99}, UnknownOperation{9});
  story.members.settle();
  REQUIRE(story.members.founder() != nullptr);
  CHECK(story.members.founder()->admitted == WallTime{1});
}

TEST_CASE("membership: operations of unknown types do no harm, by members and by strangers") {
  Story story;
  const Person council = story.join(story.founding.founder, 2, Role::Council);
  for (const Person& author : {council, Person(9)}) story.take(author, UnknownOperation{200});
  CHECK(story.members.members().size() == 2);
  CHECK(story.members.invitations().size() == 1);
  story.join(council, 3, Role::Council, council.council());
  CHECK(story.members.members().size() == 3);
}

TEST_CASE("membership: an end date is no reason to call an admission void") {
  Story story;
  const Person ticket(50);
  InviteOperation invite = invitation_of(ticket, Role::Council);
  invite.expires = WallTime{0};
  story.admit(story.founding.founder, story.take(story.founding.founder, invite), ticket, Person(2));
  CHECK(story.members.find(Person(2).key()) != nullptr);
}

TEST_CASE("membership: a role has the end that its invitation says, until another role is given") {
  Story story;
  const Person ticket(50), newcomer(2);
  InviteOperation invite = invitation_of(ticket, Role::Council);
  invite.until = WallTime{1'830'000'000'000};
  story.admit(story.founding.founder, story.take(story.founding.founder, invite), ticket, newcomer);
  REQUIRE(story.members.find(newcomer.key()) != nullptr);
  CHECK(story.members.find(newcomer.key())->until == invite.until);
  CHECK(story.members.find(newcomer.key())->role_has_ended(invite.until));
  CHECK_FALSE(story.members.find(newcomer.key())->role_has_ended(WallTime{invite.until.ms - 1}));
  story.take(story.founding.founder, RoleOperation{newcomer.key(), Role::Council, WallTime{}, 0});
  CHECK(story.members.find(newcomer.key())->until == WallTime{});
  CHECK_FALSE(story.members.find(newcomer.key())->role_has_ended(WallTime{INT64_MAX}));
}

TEST_CASE("membership: the words that two people compare are golden, and hang on everything they stand for") {
  Story story;
  const Person council = story.join(story.founding.founder, 2, Role::Council);
  const Member inviter = *story.members.founder(), newcomer = *story.members.find(council.key());
  const Hash words = comparison_words(story.founding.network, inviter, newcomer);
  CHECK(bytes_of(words) == golden("membership.hex", "hash for the words of founder 01s and newcomer 02s, admitted by entry 03s"));
  CHECK(words != comparison_words(numbered<NetworkId>(1), inviter, newcomer));
  CHECK(words != comparison_words(story.founding.network, newcomer, inviter));
  const auto with = [&](auto change) {
    Member other = newcomer, from = inviter;
    change(from, other);
    return comparison_words(story.founding.network, from, other);
  };
  CHECK(words != with([](Member&, Member& other) { other.key.bytes[0] ^= 1; }));
  CHECK(words != with([](Member&, Member& other) { other.transport.bytes[0] ^= 1; }));
  CHECK(words != with([](Member&, Member& other) { other.admission_entry.bytes[0] ^= 1; }));
  CHECK(words != with([](Member& from, Member&) { from.key.bytes[0] ^= 1; }));
  CHECK(words != with([](Member& from, Member&) { from.transport.bytes[0] ^= 1; }));
}
