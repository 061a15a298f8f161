#include "tests/sim/judges/bounds.h"

#include <algorithm>
#include <set>

#include "tests/sim/rest.h"
#include "tests/sim/world.h"

namespace budstikke::sim {
namespace {

// Parts of files of which one machine lacks something: nobody has it any more, and each peer is asked for each part in every
// pass.
std::size_t lost_parts(World& world) {
  std::size_t most = 0;
  for (const auto& machine : world.machines) {
    const Network* network = machine->network();
    if (network == nullptr || network->missing == 0) continue;
    const Result<std::vector<Ledger::MissingValue>> missing =
        machine->node().ledger().missing_values(*network, {}, network->missing + 1);
    if (!missing) continue;
    std::set<RecordNumber> parts;
    for (const Ledger::MissingValue& value : *missing) {
      if (value.is_content) parts.insert(value.record);
    }
    most = std::max(most, parts.size());
  }
  return most;
}

}  // namespace

void Bounds::at_rest(World& world) {
  if (world.lines.most_queued_bytes() > kMostQueuedBytes) {
    world.fail("a queue held " + std::to_string(world.lines.most_queued_bytes()) + " bytes");
  }
  world.run_for(kSettled);  // what was under way when the last one agreed
  const std::uint64_t frames = world.lines.frames(), ticks = world.ticks;
  world.run_for(kIdle);
  const std::uint64_t said = world.lines.frames() - frames, wires = world.lines.wires_up();
  if (said > wires * (kMostIdleFramesPerWire + 4 * lost_parts(world))) {  // asked and answered, by both ends
    world.fail("idle nodes sent " + std::to_string(said) + " frames in five minutes over " + std::to_string(wires) + " links");
  }
  if (world.ticks - ticks > kMostIdleTicks * world.machines.size()) {
    world.fail("idle nodes woke " + std::to_string(world.ticks - ticks) + " times in five minutes");
  }
}

}  // namespace budstikke::sim
