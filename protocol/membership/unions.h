// Which networks are one, and who is a member of what they are together.
//
// Shape        A coordinator of each of two networks writes a `successor` operation that names the other: two halves, an edge.
//              The networks that edges connect are one.
// Invariants   A half counts by the operations of its own network alone, so no edge depends on what another edge brings, and none
//              on the order in which anything arrives. Edges have no direction and no winner: who merges with whom at the same
//              time does not matter. A half is gone when its entry is: when a more senior member removes its author from before
//              it.
// Cost         settle_united() decides each network alone and each one's union once more.
#pragma once

#include "protocol/membership/membership.h"

namespace budstikke {

// All that are here, each settled alone before.
using Memberships = std::map<NetworkId, Membership*>;

// Those that are one with this network, itself among them.
std::set<NetworkId> united_with(const NetworkId& network, const Memberships& all);
// Decides all, alone and then together.
void settle_united(const Memberships& all);

}  // namespace budstikke
