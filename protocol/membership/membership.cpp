#include "protocol/membership/membership.h"

#include <algorithm>

#include "protocol/base/limits.h"

namespace budstikke {

Membership::Membership(const NetworkId& network) : network_(network) {}

void Membership::add(const MemberKey& author, const OperationId& id, const EntryId& entry, WallTime stamp,
                     MembershipOperation operation) {
  auto [at, is_new] = steps_.try_emplace(id);
  if (!is_new) return;
  at->second = Step{author, entry, stamp, std::move(operation)};
  at->second.signatures_hold = signatures_hold(at->second);
}

bool Membership::signatures_hold(const Step& step) const {
  if (const auto* found = std::get_if<FoundOperation>(&step.operation)) {
    return id_of(found->charter) == network_ && found->charter.founder == step.author &&
           verify(found->charter.recovery_key, Purpose::Charter, encode(found->charter), found->recovery_signature) &&
           verify(step.author, Purpose::Certificate, certificate_message(network_, found->transport), found->certificate);
  }
  if (const auto* admit = std::get_if<AdmitOperation>(&step.operation)) {
    return verify(admit->member, Purpose::Certificate, certificate_message(network_, admit->transport), admit->certificate);
  }
  return true;  // an invitation is covered by its entry's signature; the ticket's is checked against the invitation
}

void Membership::settle() {
  members_.clear();
  invitations_.clear();
  for (bool grew = true; grew;) {
    std::vector<Member> newcomers;
    for (const auto& [id, step] : steps_) {
      if (std::optional<Member> newcomer = newcomer_by(id, step)) newcomers.push_back(std::move(*newcomer));
    }
    std::sort(newcomers.begin(), newcomers.end(),
              [](const Member& a, const Member& b) { return std::pair(a.depth, a.admission) < std::pair(b.depth, b.admission); });
    grew = false;
    for (const Member& newcomer : newcomers) {
      if (members_.size() < kMaxMembers) grew = members_.emplace(newcomer.key, newcomer).second || grew;
    }
    grew = open_invitations() || grew;
  }
  for (const auto& [id, step] : steps_) {  // every admission uses its invitation up, also a second one of the same key
    const auto* admit = std::get_if<AdmitOperation>(&step.operation);
    if (admit == nullptr) continue;
    const auto invitation = invitations_.find(admit->invite);
    if (invitation == invitations_.end() || !members_.contains(admit->member) || !members_.contains(step.author)) continue;
    // A forged one does not, or any member could use up the invitations of others.
    if (step.signatures_hold && ticket_holds(step, *admit, invitation->second)) invitation->second.used = true;
  }
}

bool Membership::open_invitations() {
  bool opened = false;
  for (const auto& [id, step] : steps_) {
    const auto* invite = std::get_if<InviteOperation>(&step.operation);
    const Member* inviter = invite != nullptr ? find(step.author) : nullptr;
    if (inviter == nullptr || !may_invite(*inviter, invite->role, invite->council)) continue;
    opened = invitations_.try_emplace(id, Invitation{id, step.author, *invite}).second || opened;
  }
  return opened;
}

std::optional<Member> Membership::newcomer_by(const OperationId& id, const Step& step) const {
  if (!step.signatures_hold) return std::nullopt;
  if (const auto* found = std::get_if<FoundOperation>(&step.operation)) {
    if (members_.contains(step.author)) return std::nullopt;
    return Member{step.author, council_of(step.author), Role::Coordinator, found->transport, {}, id, step.entry, step.stamp, 0};
  }
  const auto* admit = std::get_if<AdmitOperation>(&step.operation);
  if (admit == nullptr || members_.contains(admit->member) || !members_.contains(step.author)) return std::nullopt;
  const auto invitation = invitations_.find(admit->invite);
  if (invitation == invitations_.end()) return std::nullopt;
  const InviteOperation& invite = invitation->second.operation;
  const Member* parent = find(invitation->second.inviter);
  if (parent == nullptr || !ticket_holds(step, *admit, invitation->second)) return std::nullopt;
  const CouncilId council = invite.council.is_zero() ? council_of(admit->member) : invite.council;
  return Member{admit->member, council,    invite.role,      admit->transport, parent->key, id,
                step.entry,    step.stamp, parent->depth + 1};
}

bool Membership::ticket_holds(const Step& step, const AdmitOperation& admit, const Invitation& invitation) const {
  if (!step.ticket_holds) {
    const Bytes message = admission_message(network_, admit.member, admit.transport);
    step.ticket_holds = verify(invitation.operation.ticket, Purpose::Admission, message, admit.ticket_signature);
  }
  return *step.ticket_holds;
}

bool Membership::may_invite(const Member& inviter, Role role, const CouncilId& council) const {
  if (inviter.role == Role::Coordinator) return true;
  // A council may let a further device of its own in, with no more rights than it has.
  return inviter.role != Role::Reader && council == inviter.council && (role == inviter.role || role == Role::Reader);
}

const Member* Membership::find(const MemberKey& key) const {
  const auto at = members_.find(key);
  return at == members_.end() ? nullptr : &at->second;
}

std::vector<const Member*> Membership::with_transport(const TransportKey& transport) const {
  std::vector<const Member*> found;
  for (const auto& [key, member] : members_) {
    if (member.transport == transport) found.push_back(&member);
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
  for (const auto& [key, member] : members_) {
    if (member.depth == 0) return &member;
  }
  return nullptr;
}

Hash comparison_words(const NetworkId& network, const Member& inviter, const Member& newcomer) {
  return hash(Domain::Words, {network.view(), inviter.key.view(), inviter.transport.view(), newcomer.key.view(),
                              newcomer.transport.view(), newcomer.admission_entry.view()});
}

}  // namespace budstikke
