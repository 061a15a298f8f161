#include "protocol/membership/membership.h"

#include <algorithm>

namespace budstikke {

Membership::Membership(const NetworkId& network) : network_(network) {}

void Membership::add_entry(const LogId& log, const EntryId& entry, const EntryId& previous) {
  entries_.try_emplace(entry, Place{log, previous});
}

void Membership::add(const MemberKey& author, const OperationId& id, const EntryId& entry, WallTime stamp,
                     MembershipOperation operation) {
  auto [at, is_new] = steps_.try_emplace(id);
  if (!is_new) return;
  at->second = Step{network_, author, entry, stamp, std::move(operation)};
  at->second.signatures_hold = signatures_hold(at->second);
}

void Membership::leave_out(const LogId& log, std::set<EntryId> entries) {
  left_out_.erase(log);
  if (!entries.empty()) left_out_.emplace(log, std::move(entries));
}

bool Membership::is_left_out(const EntryId& entry) const {
  return std::any_of(left_out_.begin(), left_out_.end(), [&](const auto& log) { return log.second.contains(entry); });
}

bool Membership::signatures_hold(const Step& step) const {
  if (const auto* found = std::get_if<FoundOperation>(&step.operation)) {
    return id_of(found->charter) == network_ && found->charter.founder == step.author && founding_holds(*found);
  }
  if (const auto* successor = std::get_if<SuccessorOperation>(&step.operation)) {
    return id_of(successor->other.charter) != network_ && founding_holds(successor->other);
  }
  if (const auto* admit = std::get_if<AdmitOperation>(&step.operation)) {
    return verify(admit->member, Purpose::Certificate, certificate_message(network_, admit->transport), admit->certificate);
  }
  if (const auto* transport = std::get_if<TransportOperation>(&step.operation)) {
    return verify(step.author, Purpose::Certificate, certificate_message(network_, transport->transport), transport->certificate);
  }
  return true;  // others are covered by their entry's signature; a ticket's, a recovery's and a keep's are checked when they are
                // decided
}

bool Membership::ticket_holds(const Step& step, const AdmitOperation& admit, const Invitation& invitation) const {
  if (!step.verified) {
    const Bytes message = admission_message(step.network, admit.member, admit.transport);
    step.verified = verify(invitation.operation.ticket, Purpose::Admission, message, admit.ticket_signature);
  }
  return *step.verified;
}

bool Membership::may_invite(const Member& inviter, Role role, const CouncilId& council) const {
  if (inviter.role == Role::Coordinator) return true;
  // A council may let a further device of its own in, with no more rights than it has.
  return inviter.role != Role::Reader && council == inviter.council && (role == inviter.role || role == Role::Reader);
}

bool Membership::may_remove(const Member& by, const Member& member) const {
  if (by.key == member.key) return false;
  if (member.recovery != 0 && by.rank > member.rank) return false;  // or who has stolen a key shuts out whoever is to mend it
  return by.role == Role::Coordinator || (by.role != Role::Reader && by.council == member.council);
}

bool Membership::may_give_role(const Member& by, const Member& member) const {
  return by.role == Role::Coordinator && by.rank < member.rank;
}

// Whether what an operation from there says of a key concerns the key's logs here.
bool Membership::concerns(const MemberKey& key, const NetworkId& from) const { return from == network_ || !own_.contains(key); }

bool Membership::is_own_coordinator(const MemberKey& key) const {
  const auto at = own_.find(key);
  return at != own_.end() && at->second.is_coordinator;
}

std::vector<RoleSince> Membership::roles_in(const LogId& log) const {
  std::vector<RoleSince> roles;
  const auto changes = roles_.find(log.author);
  if (changes == roles_.end()) return roles;
  for (const RoleChange& change : changes->second) {
    if (!concerns(log.author, change.network)) continue;
    const auto keep = change.keeps.find({network_, log.incarnation, log.log_class});
    roles.push_back({change.role, keep == change.keeps.end() ? Tip{} : keep->second});
    if (keep == change.keeps.end()) break;  // nothing older reaches any entry of this log
  }
  return roles;
}

std::optional<RecoverOperation> Membership::recovery_at(const OperationId& id) const {
  const auto at = steps_.find(id);
  const auto* recover = at == steps_.end() ? nullptr : std::get_if<RecoverOperation>(&at->second.operation);
  return recover == nullptr ? std::nullopt : std::optional(*recover);
}

bool Membership::states_recovery(const MemberKey& author, const MemberKey& member, std::uint32_t number) const {
  return std::any_of(steps_.begin(), steps_.end(), [&](const auto& step) {
    const auto* recover = std::get_if<RecoverOperation>(&step.second.operation);
    return recover != nullptr && step.second.author == author && recover->member == member && recover->number == number;
  });
}

const MemberKey* Membership::recovery_key() const {
  for (const auto& [id, step] : steps_) {
    const auto* found = std::get_if<FoundOperation>(&step.operation);
    if (found != nullptr && id_of(found->charter) == network_) return &found->charter.recovery_key;
  }
  return nullptr;
}

std::optional<Tip> Membership::cut_of(const LogId& log) const {
  std::optional<Tip> cut;
  for (const auto& [id, removal] : removals_) {
    if (removal.member != log.author || (log.log_class == LogClass::Membership && !removal.by_senior)) continue;
    if (!concerns(log.author, removal.network)) continue;
    const auto keep = removal.keeps.find({network_, log.incarnation, log.log_class});
    const Tip end = keep == removal.keeps.end() ? Tip{} : keep->second;
    cut = cut ? std::min(*cut, end) : end;
  }
  return cut;
}

const Member* Membership::find(const MemberKey& key) const {
  const auto at = members_.find(key);
  return at == members_.end() ? nullptr : &at->second;
}

std::vector<const Member*> Membership::with_transport(const TransportKey& transport) const {
  std::vector<const Member*> found;
  for (const auto& [key, member] : members_) {
    if (member.transport == transport && !member.removed) found.push_back(&member);
  }
  return found;
}

const Invitation* Membership::find_invitation(const MemberKey& ticket) const {
  for (const auto& [id, invitation] : invitations_) {
    if (invitation.operation.ticket == ticket) return &invitation;
  }
  return nullptr;
}

const Invitation* Membership::invitation_with_transport(const TransportKey& transport) const {
  for (const auto& [id, invitation] : invitations_) {
    if (invitation.operation.ticket_transport == transport) return &invitation;
  }
  return nullptr;
}

const Member* Membership::founder() const {
  for (const auto& [id, step] : steps_) {  // its key may be a recovered one as well
    const auto* found = std::get_if<FoundOperation>(&step.operation);
    if (found != nullptr && id_of(found->charter) == network_) return find(found->charter.founder);
  }
  return nullptr;
}

const LogId* Membership::log_of(const EntryId& entry) const {
  const auto at = entries_.find(entry);
  return at == entries_.end() ? nullptr : &at->second.log;
}

Hash comparison_words(const NetworkId& network, const Member& inviter, const Member& newcomer) {
  return hash(Domain::Words, {network.view(), inviter.key.view(), inviter.transport.view(), newcomer.key.view(),
                              newcomer.transport.view(), newcomer.admission_entry.view()});
}

}  // namespace budstikke
