#include "cli/commands/united.h"

#include <algorithm>

namespace budstikke::cli {
namespace {

constexpr const char* kCounted[] = {"records",      "entries", "missing",   "conflicts",
                                    "brought_back", "unknown", "own_alone", "own_waiting"};
constexpr const char* kListed[] = {"held_back", "forks"};

bool is_one_with(const Value& network, const Value& other) {
  const auto& parts = network.items("united_with");
  return std::ranges::any_of(parts, [&](const Value& id) { return id == Value(other.text("id")); });
}

void add_part(Value& network, const Value& part) {
  for (const char* key : kCounted) {
    if (part.find(key) != nullptr) network.set(key, network.integer(key) + part.integer(key));
  }
  const std::string since = part.text("conflict_since"), others = network.text("conflict_since");
  if (!since.empty() && (others.empty() || since < others)) network.set("conflict_since", since);
  for (const char* key : kListed) {
    if (part.items(key).empty()) continue;
    Value all = Value::array();
    for (const Value& one : network.items(key)) all.push(one);
    for (const Value& one : part.items(key)) all.push(one);
    network.set(key, std::move(all));
  }
}

}  // namespace

std::vector<Value> networks_of(const Value& status) {
  std::vector<Value> networks;
  for (const Value& part : status.items("networks")) {
    const auto whole = std::ranges::find_if(networks, [&](const Value& network) { return is_one_with(network, part); });
    if (whole == networks.end()) {
      networks.push_back(part);
    } else {
      add_part(*whole, part);
    }
  }
  return networks;
}

}  // namespace budstikke::cli
