#include "tests/sim/judges/same_state.h"

#include "tests/sim/rest.h"
#include "tests/sim/world.h"

namespace budstikke::sim {

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
    if (!check->vector_ok || !check->state_ok) {
      const std::string first = check->differences.empty() ? "" : ": " + check->differences.front();
      world.fail(World::name(machine->index()) + " finds a difference in itself" + first);
    }
  }
}

}  // namespace budstikke::sim
