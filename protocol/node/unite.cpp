// Networks that are to be one: a node writes its network's half, and fetches every network that a coordinator here has named.
// What makes them one is decided by membership/unions.h.
//
//   A's coordinator   writes the half that names B, and begins to fetch B from those it was told of
//   B's coordinator   likewise; each is trusted by the other as one of B's, or A's, until the membership is here
//   A's other nodes   find the half in A's membership logs, and fetch B from whoever they have A from
#include <algorithm>
#include <set>

#include "protocol/base/limits.h"
#include "protocol/node/node.h"

namespace budstikke {
namespace {

std::size_t awaited_networks(const Node& node) {
  std::set<NetworkId> awaited;
  const auto& networks = node.ledger().networks();
  for (const auto& [id, network] : networks) {
    for (const auto& [other, half] : network.membership.successors()) {
      const auto there = networks.find(other);
      if (there != networks.end() && node.self_in(there->second) == nullptr) awaited.insert(other);
    }
  }
  return awaited.size();
}

bool has_room_for_another(const Node& node) {
  return node.ledger().networks().size() < kMaxNetworks && awaited_networks(node) < kMaxAwaitedNetworks;
}

}  // namespace

Status Node::unite(Network& network, const FoundOperation& other, std::span<const ReachableMember> members, Now now) {
  const NetworkId id = id_of(other.charter);
  if (id == network.row.id || !founding_holds(other)) return Error{Code::Invalid, "not the charter of another network"};
  if (!network.membership.is_own_coordinator(self())) {
    return Error{Code::NotAllowed, "only who is a coordinator of the network without any other makes it one with another"};
  }
  if (self_in(network)->role_has_ended(now.wall)) {
    return Error{Code::NotAllowed, "this node's role in the network has ended; a coordinator can prolong it"};
  }
  if (ledger_->find_network(id) == nullptr && !has_room_for_another(*this)) {
    return Error{Code::TooLarge, "this node is in as many networks as it can be, or waits for as many to be one with its own"};
  }
  if (!network.membership.successors().contains(id)) {
    const MembershipOperation half = SuccessorOperation{other};
    if (Status status = append_membership(network, {&half, 1}, now); !status) return status;
  }
  Network* united = ledger_->find_network(id);
  if (united == nullptr) return Error{Code::Conflict, "a network whose id begins like that of another"};
  for (const ReachableMember& member : members) {
    std::vector<ReachableMember>& known = united->row.bootstrap;
    std::erase_if(known, [&](const ReachableMember& one) { return one.transport == member.transport; });
    known.insert(known.begin(), member);
    if (known.size() > Network::kMaxRemembered) known.pop_back();
  }
  mark_urgent(now);
  return ledger_->rewrite_network(*united);
}

// Those that are here already are not asked for again; those for which there is no room are left out, as a coordinator might name
// any number.
void Node::adopt_successors(const Network& network) {
  for (const auto& [id, half] : network.membership.successors()) {
    if (ledger_->find_network(id) != nullptr || !has_room_for_another(*this)) continue;
    std::vector<ReachableMember> members = network.row.bootstrap;
    for (const ReachableMember& member : members_in_sight(network)) {
      if (members.size() < Network::kMaxRemembered) members.push_back(member);
    }
    const Bytes founding = encode(MembershipOperation(half.other));
    const Result<Network*> added = ledger_->add_network(NetworkRow{id, founding, {}, std::move(members)});
    if (!added && (added.error().code == Code::TooLarge || added.error().code == Code::Conflict)) continue;
    if (!added) {
      storage_failed(added.error(), nullptr);
      return;
    }
    next_levels_ = Instant{};  // linked peers are told of it at once
    tell(EventKind::MembersChanged, id, {});
  }
}

}  // namespace budstikke
