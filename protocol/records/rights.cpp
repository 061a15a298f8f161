#include "protocol/records/rights.h"

namespace budstikke {
namespace {

constexpr std::uint8_t bit(Role role) { return static_cast<std::uint8_t>(1 << static_cast<int>(role)); }
constexpr std::uint8_t kWriters = bit(Role::Coordinator) | bit(Role::Council) | bit(Role::National);
constexpr std::uint8_t kEveryone = kWriters | bit(Role::Reader);
constexpr std::uint8_t kNational = bit(Role::National);
constexpr std::uint8_t kCoordinators = bit(Role::Coordinator);
constexpr std::uint8_t kNobody = 0;
constexpr auto kAnnouncementKind = static_cast<std::uint8_t>(Kind::Announcement);
constexpr auto kInitiativeKind = static_cast<std::uint8_t>(Kind::Initiative);
constexpr auto kNetworkKind = static_cast<std::uint8_t>(Kind::Network);

using enum OperationClass;

// clang-format off: a table, one row a line
constexpr Right kRights[] = {
    {kAnnouncementKind, 0, Write, kNational, Scope::Own},
    {kAnnouncementKind, 0, Add, kNational, Scope::Own},
    {kAnnouncementKind, 0, Take, kNational, Scope::Own},
    {kAnnouncementKind, 0, Raise, kNational, Scope::Own},
    {kAnnouncementKind, 0, Lower, kNational, Scope::Own},
    {kAnnouncementKind, 0, Remove, kNational, Scope::Own},
    {kAnnouncementKind, 0, Restore, kNational, Scope::Own},
    {kInitiativeKind, kLighthouseField, Answer, kNational, Scope::Any},
    {kNetworkKind, 0, Write, kCoordinators, Scope::Any},
    {kNetworkKind, 0, Erase, kNobody, Scope::Own},
    {0, 0, Write, kWriters, Scope::OwnOrShared},
    {0, 0, Add, kWriters, Scope::OwnOrShared},
    {0, 0, Take, kWriters, Scope::OwnOrShared},
    {0, 0, Raise, kWriters, Scope::Own},
    {0, 0, Lower, kWriters, Scope::Own},
    {0, 0, Remove, kWriters, Scope::Own},
    {0, 0, Restore, kWriters, Scope::Own},
    {0, 0, Answer, kWriters, Scope::Any},
    {0, 0, Comment, kWriters, Scope::Any},
    {0, 0, Retract, kWriters, Scope::Any},
    {0, 0, Erase, kWriters, Scope::OwnOrCoordinator},
    {0, 0, Redact, kWriters, Scope::Any},
    {0, 0, Receipt, kEveryone, Scope::Own},
};
// clang-format on

}  // namespace

std::span<const Right> rights() { return kRights; }

bool is_about(const Right& right, std::uint8_t kind, std::uint8_t field, OperationClass operation_class) {
  return (right.kind == 0 || right.kind == kind) && (right.field == 0 || right.field == field) &&
         right.operation_class == operation_class;
}

bool permitted(const RecordKey& record, std::uint8_t field, OperationClass operation_class, const Standing& author,
               bool ever_shared) {
  for (const Right& right : kRights) {
    if (!is_about(right, record.kind, field, operation_class)) continue;
    if ((right.roles & bit(author.role)) == 0) return false;
    if (right.scope == Scope::Any || author.council == record.council) return true;
    if (right.scope == Scope::OwnOrCoordinator) return author.role == Role::Coordinator;
    return right.scope == Scope::OwnOrShared && ever_shared;
  }
  return false;  // a class this version does not know does nothing
}

}  // namespace budstikke
