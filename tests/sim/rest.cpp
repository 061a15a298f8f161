#include "tests/sim/rest.h"

#include <algorithm>

#include "tests/sim/world.h"

namespace budstikke::sim {
namespace {

bool takes_for_member(const Network& network, const MemberKey& key) {
  const Member* member = network.membership.find(key);
  return member != nullptr && !member->removed;
}

// The values of a change as some disk has them.
bool is_value_somewhere(const World& world, const Ledger::MissingValue& missing) {
  for (const auto& machine : world.machines) {
    for (const auto& [number, entry] : machine->disk().held()) {
      if (entry.id != missing.entry) continue;
      const std::optional<Bytes> payload = machine->disk().entry(number);
      const Result<EntryRow> row = parse_entry_row(*payload);
      EntryView view;
      if (row && parse_stored_entry(row->body, LogClass::Data, view) &&
          view.changes[missing.change.change].state == ValuesState::Inline)
        return true;
    }
  }
  return false;
}

bool misses_what_is_somewhere(const World& world, Machine& machine) {
  const Network& network = *machine.network();
  if (network.missing == 0) return false;
  const Result<std::vector<Ledger::MissingValue>> missing =
      machine.node().ledger().missing_values(network, {}, network.missing + 1);
  if (!missing) return true;
  return std::any_of(missing->begin(), missing->end(),
                     [&](const Ledger::MissingValue& value) { return is_value_somewhere(world, value); });
}

}  // namespace

std::vector<Machine*> members_at_rest(World& world) {
  std::vector<Machine*> in_network;
  for (const auto& machine : world.machines) {
    if (machine->is_up() && machine->network() != nullptr) in_network.push_back(machine.get());
  }
  // Of those whom most take for a member, the one who knows of most members: a machine that lost what told it of the others
  // takes them for strangers, and is to be told again. Who does not even know the founder has no vote.
  const auto voters =
      std::count_if(in_network.begin(), in_network.end(), [](Machine* machine) { return machine->network()->is_bootstrapped(); });
  const auto voters_for = [&](const Machine& machine) {
    return std::count_if(in_network.begin(), in_network.end(),
                         [&](Machine* voter) { return takes_for_member(*voter->network(), machine.self()); });
  };
  const auto known_to = [&](Machine& machine) {
    return std::count_if(in_network.begin(), in_network.end(),
                         [&](Machine* other) { return takes_for_member(*machine.network(), other->self()); });
  };
  Machine* witness = nullptr;
  for (Machine* machine : in_network) {
    const bool is_member = takes_for_member(*machine->network(), machine->self()) && voters_for(*machine) * 2 > voters;
    if (is_member && (witness == nullptr || known_to(*machine) > known_to(*witness))) witness = machine;
  }
  std::vector<Machine*> members;
  for (Machine* machine : in_network) {
    if (witness != nullptr && takes_for_member(*witness->network(), machine->self())) members.push_back(machine);
  }
  return members;
}

std::string unrest(World& world) {
  for (const auto& machine : world.machines) {
    if (machine->exists && !machine->is_up()) return World::name(machine->index()) + " is not up";
  }
  const std::vector<Machine*> members = members_at_rest(world);
  if (members.empty()) return "nobody is a member";
  std::optional<NetworkSummary> first;
  for (Machine* machine : members) {
    const std::string name = World::name(machine->index());
    const Network& network = *machine->network();
    if (machine->node().ledger().has_uncommitted()) return name + " has something to commit";
    if (network.is_pending()) return name + " has records to fold";
    if (machine->node().ledger().awaited().due <= machine->now().wall) return name + " has something to destroy";
    if (machine->disk().shred_due()) return name + " has something to shred";
    const NetworkSummary summary = machine->node().summary_of(network);
    if (!first) first = summary;
    const std::string other = World::name(members.front()->index());
    if (summary.membership != first->membership) return name + " and " + other + " differ in membership";
    if (summary.vector != first->vector) return name + " and " + other + " differ in vector";
    if (summary.state != first->state) return name + " and " + other + " differ in state";
  }
  return {};
}

std::string lack(World& world) {
  for (Machine* machine : members_at_rest(world)) {
    if (misses_what_is_somewhere(world, *machine)) return World::name(machine->index()) + " lacks values that somebody has";
  }
  return {};
}

}  // namespace budstikke::sim
