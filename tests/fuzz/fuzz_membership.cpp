// The decoder of membership operations, and the fold that decides them. Input: one operation.
#include "protocol/membership/membership.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;

namespace {

// Whatever an operation says, a network that nobody founded has no members and no invitations.
void check_harmless(const MembershipOperation& operation) {
  Membership members(NetworkId{});
  members.add(MemberKey{}, OperationId{}, EntryId{}, WallTime{}, operation);
  members.settle();
  require(members.members().empty() && members.invitations().empty(), "an operation of a stranger counts for nothing");
}

void check_bounds(const MembershipOperation& operation) {
  if (const auto* found = std::get_if<FoundOperation>(&operation)) {
    require(found->charter.created.ms >= 0, "an accepted charter has a possible time");
  } else if (const auto* invite = std::get_if<InviteOperation>(&operation)) {
    require(invite->role >= Role::Coordinator && invite->role <= Role::Reader, "an accepted invitation is for a role there is");
    require(invite->expires.ms >= 0 && invite->until.ms >= 0, "an accepted invitation has possible times");
  } else if (const auto* role = std::get_if<RoleOperation>(&operation)) {
    require(role->role >= Role::Coordinator && role->role <= Role::Reader, "an accepted change is to a role there is");
    require(role->until.ms >= 0, "an accepted change ends at a possible time");
  } else if (const auto* recover = std::get_if<RecoverOperation>(&operation)) {
    require(recover->number > 0, "an accepted recovery has a number");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View input(data, size);
  const Result<MembershipOperation> operation = parse_membership(input);
  if (!operation) return 0;
  fuzz::accepted();
  if (const auto* unknown = std::get_if<UnknownOperation>(&*operation)) {
    require(unknown->type == data[0] && (unknown->type < 1 || unknown->type > kMembershipTypes),
            "only unknown types are unknown");
    return 0;
  }
  require(same_bytes(encode(*operation), input), "an accepted operation encodes to the same bytes");
  check_bounds(*operation);
  check_harmless(*operation);
  return 0;
}
