#include "tests/sim/judges/forks.h"

#include <algorithm>

#include "tests/sim/rest.h"
#include "tests/sim/world.h"

namespace budstikke::sim {

void Forks::at_rest(World& world) {
  for (Machine* machine : members_at_rest(world)) {
    for (const auto& [id, log] : machine->network()->logs) {
      if (log.row.tips.size() < 2) continue;
      std::string writers;
      bool may_fork = false;
      for (const auto& writer : world.machines) {
        if (writer->self() != id.author) continue;
        writers += writers.empty() ? World::name(writer->index()) : " or " + World::name(writer->index());
        may_fork = may_fork || writer->may_fork() || writer->lies;
      }
      if (!may_fork) world.fail("a log of " + writers + " has forked, whose store was never put back unseen");
    }
  }
}

}  // namespace budstikke::sim
