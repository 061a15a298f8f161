#include "tests/sim/rest.h"

#include <algorithm>

#include "tests/sim/world.h"

namespace budstikke::sim {
namespace {

bool takes_for_member(const Network& network, const MemberKey& key) {
  const Member* member = network.membership.find(key);
  return member != nullptr && !member->removed;
}

}  // namespace

bool knows_it_is_out(Machine& machine) {
  const Network* network = machine.network();
  const Member* self = network != nullptr ? network->membership.find(machine.self()) : nullptr;
  return self != nullptr && self->removed;
}

namespace {

// Whether it knows somebody by a transport key that was given up since: it was shut out or away when all were told of another.
bool knows_former_keys(const World& world, const Network& network) {
  return std::any_of(world.machines.begin(), world.machines.end(), [&](const auto& other) {
    const Member* known = network.membership.find(other->self());
    return other->exists && !other->lies && known != nullptr && !network.trusts(other->transport()) && !known->removed;
  });
}

// Whether nobody can reach it but the liar, since it knows nobody else, as a newcomer whose ticket came from there; or since all
// whom it knows have other keys by now, as a member that was readmitted after that: it needs a bundle, or another ticket; or
// since it is one of two with one key, and all others can only dial.
bool is_led_astray(const World& world, const Machine& machine, const Network& network) {
  // Of two with one key, who dials that key reaches either, and never the other while it has a link with the one.
  const bool is_copied = std::any_of(world.machines.begin(), world.machines.end(), [&](const auto& other) {
    return other->exists && other->index() != machine.index() && other->self() == machine.self();
  });
  if (world.liar == nullptr && !is_copied && !knows_former_keys(world, network)) return false;
  return std::none_of(world.machines.begin(), world.machines.end(), [&](const auto& other) {
    const bool is_another = other->exists && !other->lies && other->self() != machine.self() && !knows_it_is_out(*other);
    const bool may_meet = other->listens || (machine.listens && !is_copied);
    const Member* known = network.membership.find(other->self());
    // Who was shut out may not have heard of it, and hear it once it dials; but of two with one key it may dial the other.
    const bool is_shut_out = known != nullptr && known->removed && known->transport == other->transport() && !is_copied;
    return is_another && (is_shut_out || (may_meet && network.trusts(other->transport())));
  });
}

// The values of a change as some disk has them, and not that of somebody who has no links any more.
bool is_value_somewhere(const World& world, const Network& network, const Ledger::MissingValue& missing) {
  for (const auto& machine : world.machines) {
    const Member* holder = network.membership.find(machine->self());
    if (machine->lies || (holder != nullptr && holder->removed)) continue;
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
                     [&](const Ledger::MissingValue& value) { return is_value_somewhere(world, network, value); });
}

// The first log of a class of which the two hold something else, for whoever looks into it.
std::string differing_log(const World& world, const Machine& a, const Network& network_a, const Machine& b,
                          const Network& network_b, LogClass log_class) {
  std::set<LogId> ids;
  for (const Network* network : {&network_a, &network_b}) {
    for (const auto& [id, log] : network->logs) ids.insert(id);
  }
  for (const LogId& id : ids) {
    std::string text;
    std::vector<Tip> tips[2];
    for (std::size_t side : {0, 1}) {
      const Network& network = side == 0 ? network_a : network_b;
      const auto log = network.logs.find(id);
      text += ", at " + World::name((side == 0 ? a : b).index());
      if (log == network.logs.end()) {
        text += " nothing";
        continue;
      }
      for (const StoredTip& tip : log->second.tips()) {
        tips[side].push_back({tip.head.seq, tip.head.id});
        text += ' ' + std::to_string(tip.head.seq.value);
      }
      text += " of " + std::to_string(log->second.row.tips.size()) + (log->second.cut ? " with a cut" : "") +
              (log->second.orphans.empty() ? "" : " with orphans") + (log->second.author ? "" : " of no member");
    }
    if (id.log_class != log_class || tips[0] == tips[1]) continue;
    std::string author = "nobody";
    for (const auto& machine : world.machines) {
      if (machine->self() == id.author) author = World::name(machine->index());
    }
    return " (a log of " + author + text + ")";
  }
  return {};
}

}  // namespace

std::vector<Machine*> members_at_rest(World& world) {
  std::vector<Machine*> in_network;
  for (const auto& machine : world.machines) {
    if (!machine->is_up() || machine->network() == nullptr || machine->lies) continue;
    if (!is_led_astray(world, *machine, *machine->network())) in_network.push_back(machine.get());
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

namespace {

// Each writes into its own log what made somebody coordinator, a little after it heard of it.
bool has_recovery_to_write(Machine& machine) {
  const Membership& membership = machine.network()->membership;
  const Member* own = membership.find(machine.self());
  if (own == nullptr || own->removed) return false;
  return std::any_of(membership.members().begin(), membership.members().end(), [&](const auto& member) {
    return member.second.recovery != 0 && !membership.states_recovery(machine.self(), member.first, member.second.recovery);
  });
}

}  // namespace

std::string unrest(World& world) {
  for (const auto& machine : world.machines) {
    if (machine->exists && !machine->lies && !machine->is_up()) return World::name(machine->index()) + " is not up";
  }
  const std::vector<Machine*> members = members_at_rest(world);
  if (members.empty()) return "nobody is a member";
  std::optional<NetworkSummary> first;
  for (Machine* machine : members) {
    const std::string name = World::name(machine->index());
    const Network& network = *machine->network();
    if (machine->node().ledger().has_uncommitted()) return name + " has something to commit";
    if (network.is_pending()) return name + " has records to fold";
    if (has_recovery_to_write(*machine)) return name + " has a recovery to write down";
    if (machine->node().ledger().awaited().due <= machine->now().wall) return name + " has something to destroy";
    if (machine->disk().shred_due()) return name + " has something to shred";
    const NetworkSummary summary = machine->node().summary_of(network);
    if (!first) first = summary;
    const std::string other = World::name(members.front()->index());
    const auto log_of = [&](LogClass log_class) {
      return differing_log(world, *members.front(), *members.front()->network(), *machine, network, log_class);
    };
    if (summary.membership != first->membership) {
      return name + " and " + other + " differ in membership" + log_of(LogClass::Membership);
    }
    if (summary.vector != first->vector) return name + " and " + other + " differ in vector" + log_of(LogClass::Data);
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
