// Whose links carry a network while the membership that is here does not tell: a newcomer has none yet, and a node that lost
// entries of membership logs, or was put back to an old state, may take those for strangers who alone can give it the rest.
#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/node.h"

namespace budstikke {
namespace {

bool is_mentioned(const Membership& membership, const TransportKey& key) {
  return std::any_of(membership.members().begin(), membership.members().end(),
                     [&](const auto& member) { return member.second.transport == key || member.second.former == key; });
}

// Whether a member that has left, and that nobody shut out, kept entries that are not here: what it wrote before counts, and it
// may be the only one that has them.
bool still_owes(const Network& network, const MemberKey& member) {
  bool owes = false;
  for (const auto& [id, removal] : network.membership.removals()) {
    if (removal.member != member) continue;
    if (!removal.is_leave()) return false;
    for (const auto& [log, end] : removal.keeps) {
      const auto& [in, incarnation, log_class] = log;
      if (in != network.row.id) continue;
      const auto here = network.logs.find({member, incarnation, log_class});
      const bool reaches =
          here != network.logs.end() && !here->second.row.tips.empty() && here->second.row.tips.back().head.seq >= end.seq;
      owes = owes || (log_class == LogClass::Data && !reaches);
    }
  }
  return owes;
}

}  // namespace

bool Network::is_retired(const TransportKey& key) const {
  const auto former = former_keys.find(key);
  return former != former_keys.end() && former->second.days >= kFormerKeyDays;
}

std::vector<const Member*> Network::linked_by(const TransportKey& key) const {
  std::vector<const Member*> members;
  for (const auto& [id, member] : membership.members()) {
    const bool is_former = member.former == key && !key.is_zero() && !is_retired(key);
    if (member.transport != key && !is_former) continue;
    if (!member.removed || still_owes(*this, id)) members.push_back(&member);
  }
  return members;
}

bool Network::trusts(const TransportKey& key) const {
  if (!linked_by(key).empty()) return true;
  const bool is_named = std::any_of(row.bootstrap.begin(), row.bootstrap.end(),
                                    [&](const ReachableMember& member) { return member.transport == key; });
  return is_named && !is_mentioned(membership, key);
}

Status Node::remember(const NetworkId& id, std::span<const ReachableMember> members, Now now) {
  Network* network = ledger_->find_network(id);
  if (network == nullptr) return done();
  bool changed = false;
  for (const ReachableMember& member : members) {
    std::vector<ReachableMember>& known = network->row.bootstrap;
    if (member.transport == keys_.transport || is_mentioned(network->membership, member.transport)) continue;
    const auto at = std::find_if(known.begin(), known.end(),
                                 [&](const ReachableMember& other) { return other.transport == member.transport; });
    if (at == known.end() && known.size() >= Network::kMaxRemembered) continue;
    if (at == known.end()) {
      known.push_back(member);
    } else if (at->address.empty() && !member.address.empty()) {
      at->address = member.address;
    } else {
      continue;
    }
    changed = true;
  }
  if (!changed) return done();
  mark_urgent(now);
  return ledger_->rewrite_network(*network);
}

// The membership here is that of a member: whom it does not mention is none.
void Node::forget_strangers(const Link& link, Network& network, Now now) {
  const Member* peer = link.member ? network.membership.find(*link.member) : nullptr;
  if (peer == nullptr || peer->removed) return;
  const auto is_stranger = [&](const ReachableMember& member) { return !is_mentioned(network.membership, member.transport); };
  if (std::erase_if(network.row.bootstrap, is_stranger) == 0) return;
  mark_urgent(now);
  if (Status status = ledger_->rewrite_network(network); !status) storage_failed(status.error(), nullptr);
  drop_strangers();
}

// Those with a link first: they are there.
std::vector<ReachableMember> Node::members_in_sight(const Network& network) const {
  std::vector<ReachableMember> members;
  for (const bool linked : {true, false}) {
    for (const auto& [key, member] : network.membership.members()) {
      const bool has_link =
          std::any_of(links_.begin(), links_.end(), [&](const auto& link) { return link.second.key == member.transport; });
      if (member.removed || has_link != linked || members.size() >= Network::kMaxRemembered) continue;
      members.push_back({member.transport, {}});
    }
  }
  return members;
}

}  // namespace budstikke
