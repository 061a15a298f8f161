#include "tests/sim/judges/kept.h"

#include <algorithm>

#include "protocol/base/text.h"
#include "tests/sim/rest.h"
#include "tests/sim/world.h"

namespace budstikke::sim {

void Kept::after_commit(World& world, Machine& machine) {
  if (machine.lies) return;
  const bool was_out = out_.contains(machine.index());
  const Network* network = machine.network();
  const Member* self = network != nullptr ? network->membership.find(machine.self()) : nullptr;
  if (self != nullptr && self->removed) {
    out_.insert(machine.index());
  } else {
    out_.erase(machine.index());
  }
  for (EntryNumber number : machine.disk().fresh()) {
    const HeldEntry& entry = machine.disk().held().at(number);
    if (written_.contains(entry.id)) continue;
    const std::optional<LogRow> log = machine.disk().log(entry.log);
    if (!log || log->id.author != machine.self()) continue;
    EntryId previous;
    if (const auto before = machine.disk().held().find(entry.previous); before != machine.disk().held().end()) {
      previous = before->second.id;
    }
    if (was_out && out_.contains(machine.index()) && log->id.log_class == LogClass::Data) {
      world.fail(World::name(machine.index()) + " wrote what cannot count, and knew that it is out of the network");
    }
    written_.emplace(entry.id, Written{log->id, entry.seq, previous, machine.index()});
  }
}

bool Kept::is_somewhere(const World& world, const EntryId& id) {
  return std::any_of(world.machines.begin(), world.machines.end(),
                     [&](const auto& machine) { return machine->exists && !machine->lies && machine->disk().holds(id); });
}

void Kept::after_loss(World& world, Machine&) {
  for (const auto& [id, written] : written_) {
    if (!excused_.contains(id) && !is_somewhere(world, id)) excused_.insert(id);
  }
}

// Itself or something before it.
bool Kept::is_excused(const EntryId& id, const std::set<EntryId>& outside) {
  if (excused_.empty() && outside.empty()) return false;
  for (auto at = written_.find(id); at != written_.end(); at = written_.find(at->second.previous)) {
    if (excused_.contains(at->first) || outside.contains(at->first)) return true;
  }
  return false;
}

// The entry and those before it, on this disk; empty where it is not.
std::set<EntryId> Kept::way_to(const Disk& disk, const EntryId& end) {
  std::set<EntryId> way;
  auto at = std::find_if(disk.held().begin(), disk.held().end(), [&](const auto& held) { return held.second.id == end; });
  for (; at != disk.held().end(); at = disk.held().find(at->second.previous)) way.insert(at->second.id);
  return way;
}

// Whether a machine has it, and not only behind a hole in its log.
bool Kept::gives(Machine& machine, const Written& written, const EntryId& id) {
  const auto log = machine.network()->logs.find(written.log);
  if (log == machine.network()->logs.end()) return false;
  return std::any_of(machine.disk().held().begin(), machine.disk().held().end(), [&](const auto& held) {
    return held.second.id == id && !log->second.is_orphan(held.second.seq, held.first);
  });
}

// What a machine takes to count, by its own word.
std::set<EntryId> Kept::said_to_count(Machine& machine) {
  std::map<LogNumber, const Log*> logs;
  for (const auto& [id, log] : machine.network()->logs) logs.emplace(log.number, &log);
  std::set<EntryId> counting;
  for (const auto& [number, entry] : machine.disk().held()) {
    const auto log = logs.find(entry.log);
    if (log != logs.end() && log->second->counts(entry.seq, number)) counting.insert(entry.id);
  }
  return counting;
}

void Kept::at_rest(World& world) {
  const std::vector<Machine*> members = members_at_rest(world);
  const Membership& membership = members.front()->network()->membership;
  std::map<LogId, std::optional<std::set<EntryId>>> counting;  // nullopt: all of it
  std::set<EntryId> outside;                                   // lost, but for disks of those who are out
  for (const auto& [id, written] : written_) {
    const bool is_in = std::any_of(members.begin(), members.end(), [&](Machine* one) { return one->disk().holds(id); });
    if (!is_in && is_somewhere(world, id)) outside.insert(id);
  }
  const std::set<EntryId> said = said_to_count(*members.front());
  for (const auto& [id, written] : written_) {
    if (is_excused(id, outside)) continue;
    const std::string what = "entry " + std::to_string(written.seq.value) + " of a log of " + World::name(written.machine) +
                             (written.log.log_class == LogClass::Data ? " (data, " : " (membership, ") +
                             base32_of(id.view()).substr(0, 6) + ")";
    if (!is_somewhere(world, id)) world.fail("lost: " + what + ", which was acknowledged, is on no disk");
    const Member* author = membership.find(written.log.author);
    if (author == nullptr) continue;
    auto [at, is_new] = counting.try_emplace(written.log);
    if (const std::optional<Tip> cut = is_new ? membership.cut_of(written.log) : std::nullopt) {
      at->second.emplace();
      for (const Machine* machine : members) at->second->merge(way_to(machine->disk(), cut->id));
    }
    if (at->second && !at->second->contains(id)) {
      if (said.contains(id)) world.fail("it counts, and lies past what is left of its log: " + what);
      continue;
    }
    const bool has_travelled =
        std::any_of(members.begin(), members.end(), [&](const Machine* machine) { return machine->disk().holds(id); });
    if (author->removed && !has_travelled) continue;
    // Nor where all who have it lost one before it, or the signature behind it, each another one: then nobody can give it.
    const bool is_everywhere =
        std::all_of(members.begin(), members.end(), [&](const Machine* machine) { return machine->disk().holds(id); });
    const auto has_and_gives = [&](Machine* machine) { return gives(*machine, written, id); };
    if (has_travelled && !is_everywhere && std::none_of(members.begin(), members.end(), has_and_gives)) continue;
    for (const Machine* machine : members) {
      if (!machine->disk().holds(id)) world.fail("not everywhere: " + what + " is not at " + World::name(machine->index()));
    }
    if (at->second && !said.contains(id)) world.fail("it counts for nobody, and lies within what is left of its log: " + what);
  }
}

}  // namespace budstikke::sim
