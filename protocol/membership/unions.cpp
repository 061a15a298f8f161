#include "protocol/membership/unions.h"

namespace budstikke {
namespace {

bool states_half(const Memberships& all, const NetworkId& from, const NetworkId& to) {
  const auto at = all.find(from);
  return at != all.end() && at->second->successors().contains(to);
}

}  // namespace

std::set<NetworkId> united_with(const NetworkId& network, const Memberships& all) {
  std::set<NetworkId> united{network};
  std::vector<NetworkId> reached{network};
  while (!reached.empty()) {
    const NetworkId from = reached.back();
    reached.pop_back();
    const auto at = all.find(from);
    if (at == all.end()) continue;
    for (const auto& [to, half] : at->second->successors()) {
      if (states_half(all, to, from) && united.insert(to).second) reached.push_back(to);
    }
  }
  return united;
}

void settle_united(const Memberships& all) {
  for (const auto& [network, membership] : all) membership->settle();
  for (const auto& [network, membership] : all) {
    std::vector<const Membership*> others;
    for (const NetworkId& other : united_with(network, all)) {
      if (other != network) others.push_back(all.at(other));
    }
    if (!others.empty()) membership->settle_with(others);
  }
}

}  // namespace budstikke
