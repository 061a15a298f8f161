#include "tests/sim/judges/same_state.h"

#include "tests/sim/rest.h"
#include "tests/sim/world.h"

namespace budstikke::sim {
namespace {

bool is_held_at(const World& world, const LogId& log, Seq seq) {
  for (const auto& machine : world.machines) {
    for (const auto& [number, entry] : machine->disk().held()) {
      const std::optional<LogRow> of = entry.seq == seq && machine->exists ? machine->disk().log(entry.log) : std::nullopt;
      if (of && of->id == log) return true;
    }
  }
  return false;
}

// Whether what each of the log's orphans waits for was on no other disk when its row was damaged, and is gone for good.
bool wait_in_vain(const World& world, const Machine& machine, const Log& log) {
  for (const auto& [seq, numbers] : log.orphans) {
    for (EntryNumber number : numbers) {
      const auto orphan = machine.disk().held().find(number);
      if (orphan == machine.disk().held().end()) return false;
      const auto before = machine.disk().held().find(orphan->second.previous);
      if (before != machine.disk().held().end() && log.is_orphan(before->second.seq, before->first)) continue;
      if (seq.value == 1 || is_held_at(world, log.row.id, Seq{seq.value - 1})) return false;
    }
  }
  return true;
}

}  // namespace

void SameState::after_commit(World& world, Machine& machine) {
  Ledger& ledger = machine.node().ledger();
  if (ledger.has_uncommitted()) return;
  ledger.refresh_vectors();
  for (const auto& [id, network] : ledger.networks()) {
    if (network.is_pending()) continue;
    const Hash state = network.state_digest();
    const std::tuple key(id, network.membership_vector.value(), network.data_vector.value());
    const auto [at, is_new] = seen_.try_emplace(key, Seen{state, machine.index()});
    if (is_new) continue;
    if (at->second.machine != machine.index()) ++compared_;
    if (at->second.state == state) continue;
    world.fail(World::name(machine.index()) + " and " + World::name(at->second.machine) +
               " had the same membership and vector, and differ in state");
  }
}

void SameState::at_rest(World& world) {
  for (Machine* machine : members_at_rest(world)) {
    const Result<Ledger::Check> check = machine->node().ledger().check(*machine->network());
    if (!check) world.fail(World::name(machine->index()) + " cannot be checked: " + check.error().text);
    std::size_t in_vain = 0;  // each is one difference
    for (const auto& [id, log] : machine->network()->logs) {
      if (!log.orphans.empty() && wait_in_vain(world, *machine, log)) ++in_vain;
    }
    if (in_vain > 0 && check->differences.size() == in_vain && check->state_ok) continue;
    if (!check->vector_ok || !check->state_ok) {
      const std::string first = check->differences.empty() ? "" : ": " + check->differences.front();
      world.fail(World::name(machine->index()) + " finds a difference in itself" + first);
    }
  }
}

}  // namespace budstikke::sim
