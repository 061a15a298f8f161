// What a node decides of itself and of others: leaving, roles, recoveries, transport keys. Removals are in local.cpp.
#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/node.h"
#include "protocol/node/waits.h"

namespace budstikke {
namespace {

// Whether the member changed its transport key, and the one before may still carry links.
bool has_former_key(const Network& network, const Member& member) {
  return !member.former.is_zero() && member.former != member.transport && !network.is_retired(member.former);
}

}  // namespace

// --- Keeps -----------------------------------------------------------------------------------------------------------

// What this node holds of the key's logs.
std::vector<KeepOperation> Node::keeps_of(const Network& network, const MemberKey& key) const {
  std::vector<KeepOperation> keeps;
  for (const auto& [id, log] : network.logs) {
    if (id.author != key || log.tips().empty()) continue;
    const StoredTip& tip = log.tips().back();  // of a fork, the branch that was shown first
    keeps.push_back({OperationId{}, id.incarnation, id.log_class, tip.head.seq, tip.head.id, tip.signature});
  }
  return keeps;
}

std::vector<Network*> Node::union_of(Network& network) {
  std::vector<Network*> networks{&network};
  for (const NetworkId& other : network.united) networks.push_back(ledger_->find_network(other));
  return networks;
}

// An operation with keeps concerns a key's logs in its network and wherever the key is a visitor. So it is written in each
// network that is the key's home, or here when none is, with keeps in all that it concerns.
Status Node::append_everywhere(Network& network, const MemberKey& key,
                               const std::function<MembershipOperation(std::uint16_t)>& operation, Now now, WallTime later_than) {
  std::vector<Network*> homes, visited;
  for (Network* one : union_of(network)) (one->membership.is_home_of(key) ? homes : visited).push_back(one);
  if (homes.empty()) {
    homes.push_back(&network);
    visited.erase(visited.begin());
  }
  for (Network* home : homes) {
    std::vector<KeepOperation> keeps = keeps_of(*home, key);
    std::vector<std::pair<Network*, std::vector<KeepOperation>>> elsewhere;
    std::size_t count = keeps.size();
    for (Network* other : visited) {
      elsewhere.emplace_back(other, keeps_of(*other, key));
      count += elsewhere.back().second.size();
    }
    const MembershipOperation made = operation(static_cast<std::uint16_t>(count));
    const Result<OperationId> id = append_with_keeps(*home, made, {}, std::move(keeps), now, later_than);
    if (!id) return id.error();
    for (auto& [other, theirs] : elsewhere) {
      const Result<OperationId> kept = append_with_keeps(*other, std::nullopt, *id, std::move(theirs), now);
      if (!kept) return kept.error();
    }
  }
  return done();
}

// Returns the operation's id. Without an operation: keeps of one that stands in another network.
Result<OperationId> Node::append_with_keeps(Network& network, const std::optional<MembershipOperation>& operation, OperationId of,
                                            std::vector<KeepOperation> keeps, Now now, WallTime later_than) {
  std::vector<MembershipOperation> operations;
  if (operation) operations.push_back(*operation);
  const auto append = [&]() -> Status {
    if (operations.empty()) return done();
    if (Status status = append_membership(network, operations, now, later_than); !status) return status;
    if (of.entry.is_zero()) of.entry = prefix_of(own_tip(network, LogClass::Membership));
    operations.clear();
    return done();
  };
  for (KeepOperation& keep : keeps) {
    keep.revoke = of;  // zeroes: of this very entry; by its id in those that follow
    operations.emplace_back(keep);
    if (operations.size() < kMaxChanges) continue;
    if (Status status = append(); !status) return status.error();
  }
  if (Status status = append(); !status) return status.error();
  return of;
}

// --- Leaving ---------------------------------------------------------------------------------------------------------

bool Node::is_last_coordinator(const Network& network) const {
  const Member* own = self_in(network);
  if (own == nullptr || own->role != Role::Coordinator) return false;
  return std::none_of(network.membership.members().begin(), network.membership.members().end(), [&](const auto& other) {
    return other.first != self() && other.second.role == Role::Coordinator && !other.second.removed;
  });
}

Status Node::leave(Network& network, Now now) {
  const Member* own = self_in(network);
  if (own == nullptr) return Error{Code::NotFound, "this node is not a member of the network"};
  if (own->removed) return Error{Code::NotFound, "this node's key is out of the network already"};
  // With keeps of the log that it writes in now, too: a clock that was set back makes it open another one for the leave.
  return append_everywhere(
      network, self(), [](std::uint16_t keeps) { return LeaveOperation{keeps}; }, now);
}

// --- Roles -----------------------------------------------------------------------------------------------------------

Status Node::give_role(Network& network, const MemberKey& key, Role role, WallTime until, Now now) {
  const Member* own = self_in(network);
  const Member* member = network.membership.find(key);
  if (member == nullptr || member->removed) return Error{Code::NotFound, "there is no such member"};
  if (own == nullptr || own->removed || !network.membership.may_give_role(*own, *member)) {
    return Error{Code::NotAllowed, "only a coordinator that is more senior gives a member another role"};
  }
  if (own->role_has_ended(now.wall)) return Error{Code::NotAllowed, "this node's own role in the network has ended"};
  if (member->role == role && member->until == until) return Error{Code::Conflict, "the member has that role already"};
  const auto given = network.membership.role_changes().find(key);
  const WallTime before = given != network.membership.role_changes().end() ? given->second.front().when : WallTime{};
  return append_everywhere(
      network, key,
      [&](std::uint16_t keeps) {
        return RoleOperation{key, role, until, keeps};
      },
      now, before);
}

// --- Recovering ------------------------------------------------------------------------------------------------------

Status Node::recover(Network& network, const Seed& recovery_key, Now now) {
  const SigningKey key = SigningKey::from_seed(recovery_key);
  if (key.public_key() != network.founding.charter.recovery_key) {
    return Error{Code::Forged, "this is not the recovery key of the network"};
  }
  const Member* own = self_in(network);
  if (own == nullptr) return Error{Code::NotAllowed, "this node is not a member of the network yet"};
  const auto& removals = network.membership.removals();
  const bool has_left = std::any_of(removals.begin(), removals.end(), [&](const auto& removal) {
    return removal.second.member == self() && removal.second.is_leave();
  });
  if (has_left) return Error{Code::NotAllowed, "this node has left the network; use the node of another member"};
  if (own->role == Role::National) {  // a coordinator announces nothing: what this node has announced would not count any more
    return Error{Code::NotAllowed, "a national council's node cannot be made coordinator; use the node of another member"};
  }
  RecoverOperation recover;
  recover.member = self();
  recover.council = own->council;
  recover.transport = keys_.transport;  // not one that is stated and not in use yet: nobody would know the one that is
  recover.certificate = keys_.identity.sign(Purpose::Certificate, certificate_message(network.row.id, recover.transport));
  for (const auto& [id, member] : network.membership.members()) {
    if (member.recovery == UINT32_MAX) return Error{Code::NotAllowed, "the network was recovered as often as can be"};
    recover.number = std::max(recover.number, member.recovery + 1);
  }
  recover.recovery_signature = key.sign(Purpose::Recovery, recovery_message(network.row.id, recover));
  const MembershipOperation operation = recover;
  return append_membership(network, {&operation, 1}, now);
}

Status Node::take_recovery(Network& network, const RecoverOperation& recover, Now now) {
  const bool holds =
      verify(network.founding.charter.recovery_key, Purpose::Recovery, recovery_message(network.row.id, recover),
             recover.recovery_signature) &&
      verify(recover.member, Purpose::Certificate, certificate_message(network.row.id, recover.transport), recover.certificate);
  if (!holds) return Error{Code::Forged, "this is no recovery of the network"};
  const Member* known = network.membership.find(recover.member);
  if (known != nullptr && known->recovery >= recover.number) return done();
  const MembershipOperation operation = recover;
  return append_membership(network, {&operation, 1}, now);
}

std::optional<RecoverOperation> Node::recovery_of(const Network& network, const MemberKey& key) const {
  const Member* member = network.membership.find(key);
  return member == nullptr || member->recovery == 0 ? std::nullopt : network.membership.recovery_at(member->admission);
}

// Every member writes a recovery into its own log. Who has not heard of it may see the log that it was first in as cut by a
// thief, and would never ask for it; the log of whom it has a link with is not cut.
void Node::write_down_recoveries(Now now) {
  for (auto& [id, network] : ledger_->networks()) {
    const Member* own = self_in(network);
    if (own == nullptr || own->removed) continue;
    std::vector<MembershipOperation> heard;
    for (const auto& [key, member] : network.membership.members()) {
      if (member.recovery == 0 || network.membership.states_recovery(self(), key, member.recovery)) continue;
      if (const std::optional<RecoverOperation> recover = recovery_of(network, key)) heard.emplace_back(*recover);
    }
    if (heard.empty()) continue;
    if (Status status = append_membership(network, heard, now); !status) storage_failed(status.error(), nullptr);
  }
}

// --- Transport keys --------------------------------------------------------------------------------------------------

Status Node::state_transport(const TransportKey& transport, Now now) {
  for (auto& [id, network] : ledger_->networks()) {
    const Member* own = self_in(network);
    if (own == nullptr || own->removed || own->transport == transport) continue;
    const MembershipOperation operation =
        TransportOperation{transport, keys_.identity.sign(Purpose::Certificate, certificate_message(id, transport))};
    if (Status status = append_membership(network, {&operation, 1}, now, own->transport_since); !status) return status;
  }
  return done();
}

std::set<MemberKey> Node::unaware_of_transport() const {
  std::set<MemberKey> unaware;
  for (const auto& [of, network] : ledger_->networks()) {
    for (const auto& [id, log] : network.logs) {  // it may stand in one that a store before this one began
      if (id.author != self() || id.log_class != LogClass::Membership || log.tips().empty()) continue;
      for (const auto& [key, member] : network.membership.members()) {
        if (key == self() || member.removed) continue;
        if (known_to_hold(network, key, log) < log.tips().back().head.seq) unaware.insert(key);
      }
    }
  }
  return unaware;
}

// Once a member was seen with its new key, the one before is good for nobody but who has stolen it. True when links may have to
// go.
bool Node::new_key_seen(const Link& link) {
  bool retired = false;
  if (!link.member) return retired;
  for (auto& [id, network] : ledger_->networks()) {
    const Member* member = network.membership.find(*link.member);
    if (member == nullptr || member->transport != link.key || !has_former_key(network, *member)) continue;
    note_former_key(network, member->former, {kFormerKeyDays, 0});
    retired = true;
  }
  return retired;
}

// By days on which this node ran, not by how much later its clock is: a clock that jumps, here or at the member that stamped its
// new key, would end links between two who have nobody else to tell them of it.
void Node::retire_former_keys(Now now) {
  constexpr std::int64_t kDay = 86'400'000;
  const auto today = static_cast<std::uint64_t>(now.wall.ms / kDay);
  bool retired = false;
  for (auto& [id, network] : ledger_->networks()) {
    for (const auto& [key, member] : network.membership.members()) {
      if (!has_former_key(network, member)) continue;
      const auto known = network.former_keys.find(member.former);
      const bool is_new = known == network.former_keys.end();
      if (!is_new && known->second.last_day == today) continue;
      note_former_key(network, member.former, {is_new ? 0 : known->second.days + 1, today});
      retired = retired || network.is_retired(member.former);
    }
  }
  if (retired) drop_strangers();
}

void Node::note_former_key(Network& network, const TransportKey& key, const FormerKey& former) {
  if (Status status = ledger_->note_former_key(network, key, former); !status) storage_failed(status.error(), nullptr);
  if (former.days >= kFormerKeyDays) tell(EventKind::MembersChanged, network.row.id, {});
}

}  // namespace budstikke
