#include "tests/sim/judges/bounds.h"

#include "tests/sim/rest.h"
#include "tests/sim/world.h"

namespace budstikke::sim {

void Bounds::at_rest(World& world) {
  if (world.lines.most_queued_bytes() > kMostQueuedBytes) {
    world.fail("a queue held " + std::to_string(world.lines.most_queued_bytes()) + " bytes");
  }
  world.run_for(kSettled);  // what was under way when the last one agreed
  const std::uint64_t frames = world.lines.frames(), ticks = world.ticks;
  world.run_for(kIdle);
  const std::uint64_t said = world.lines.frames() - frames, wires = world.lines.wires_up();
  if (said > wires * kMostIdleFramesPerWire) {
    world.fail("idle nodes sent " + std::to_string(said) + " frames in five minutes over " + std::to_string(wires) + " links");
  }
  if (world.ticks - ticks > kMostIdleTicks * world.machines.size()) {
    world.fail("idle nodes woke " + std::to_string(world.ticks - ticks) + " times in five minutes");
  }
}

}  // namespace budstikke::sim
