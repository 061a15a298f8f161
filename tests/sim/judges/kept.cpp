#include "tests/sim/judges/kept.h"

#include <algorithm>

#include "protocol/base/text.h"
#include "tests/sim/rest.h"
#include "tests/sim/world.h"

namespace budstikke::sim {

void Kept::after_commit(World&, Machine& machine) {
  if (machine.lies) return;
  for (EntryNumber number : machine.disk().fresh()) {
    const HeldEntry& entry = machine.disk().held().at(number);
    if (written_.contains(entry.id)) continue;
    const std::optional<LogRow> log = machine.disk().log(entry.log);
    if (!log || log->id.author != machine.self()) continue;
    EntryId previous;
    if (const auto before = machine.disk().held().find(entry.previous); before != machine.disk().held().end()) {
      previous = before->second.id;
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
bool Kept::is_excused(const EntryId& id) {
  if (excused_.empty()) return false;
  for (auto at = written_.find(id); at != written_.end(); at = written_.find(at->second.previous)) {
    if (excused_.contains(at->first)) return true;
  }
  return false;
}

void Kept::at_rest(World& world) {
  const std::vector<Machine*> members = members_at_rest(world);
  const Membership& membership = members.front()->network()->membership;
  std::map<LogId, std::optional<std::set<EntryId>>> counting;  // nullopt: all of it
  for (const auto& [id, written] : written_) {
    if (is_excused(id)) continue;
    const std::string what = "entry " + std::to_string(written.seq.value) + " of a log of " + World::name(written.machine) +
                             (written.log.log_class == LogClass::Data ? " (data, " : " (membership, ") +
                             base32_of(id.view()).substr(0, 6) + ")";
    if (!is_somewhere(world, id)) world.fail("lost: " + what + ", which was acknowledged, is on no disk");
    const Member* author = membership.find(written.log.author);
    if (author == nullptr) continue;
    auto [at, is_new] = counting.try_emplace(written.log);
    if (const std::optional<std::vector<Tip>> cuts = is_new ? membership.cuts_of(written.log) : std::nullopt) {
      for (const Tip& cut : *cuts) {
        std::set<EntryId> before;
        for (auto step = written_.find(cut.id); step != written_.end(); step = written_.find(step->second.previous)) {
          before.insert(step->first);
        }
        if (at->second) {
          std::erase_if(*at->second, [&](const EntryId& other) { return !before.contains(other); });
        } else {
          at->second = std::move(before);
        }
      }
    }
    if (at->second && !at->second->contains(id)) continue;
    const bool has_travelled =
        std::any_of(members.begin(), members.end(), [&](const Machine* machine) { return machine->disk().holds(id); });
    if (author->removed && !has_travelled) continue;
    for (const Machine* machine : members) {
      if (!machine->disk().holds(id)) world.fail("not everywhere: " + what + " is not at " + World::name(machine->index()));
    }
  }
}

}  // namespace budstikke::sim
