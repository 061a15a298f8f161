#include "tests/sim/judges/pushed.h"

#include "protocol/records/kinds.h"
#include "tests/sim/rest.h"
#include "tests/sim/workload.h"
#include "tests/sim/world.h"

namespace budstikke::sim {

bool Pushed::write(World& world, Machine& writer) {
  const Member* self = writer.node().self_in(*writer.network());
  if (self == nullptr || self->role == Role::Reader) return false;
  const RecordKey key{self->council, static_cast<std::uint8_t>(Kind::Contact), world.people.fixed<Nonce>()};
  ChangeBuilder builder(key, nullptr);
  builder.write(2, Value(marked_text(world.people)));
  const ChangeBytes change = builder.finish(marked_salt(world.people));
  return writer.ask([&](Node& node, Now now) { return node.write(*writer.network(), {&change, 1}, now); });
}

void Pushed::at_rest(World& world) {
  const std::vector<Machine*> members = members_at_rest(world);
  if (members.size() < 2) return;
  std::size_t writers = 0;
  std::uint64_t deliveries = 0, runs = 0;
  for (Machine* writer : members) {
    if (writers == kWriters) break;
    bool wrote = true;
    for (std::size_t i = 0; i < kWarmUps && wrote; ++i) {
      wrote = write(world, *writer);
      world.run_for(kReached);
    }
    if (!wrote) continue;  // who may not, or cannot
    const std::uint64_t before = world.lines.runs();
    if (!write(world, *writer)) continue;
    world.run_for(kReached);
    ++writers;
    runs += world.lines.runs() - before;
    deliveries += members.size() - 1;
    const DigestTag written = writer->node().summary_of(*writer->network()).vector;
    for (Machine* other : members) {
      if (other->node().summary_of(*other->network()).vector == written) continue;
      world.fail("what " + World::name(writer->index()) + " wrote in a calm world has not reached " +
                 World::name(other->index()));
    }
  }
  delivered_ += deliveries;
  payloads_ += runs;
  if (runs * 10 > deliveries * kMostPayloads + writers * 10) {
    world.fail(std::to_string(runs) + " runs were sent for " + std::to_string(deliveries) + " deliveries in a calm world");
  }
}

}  // namespace budstikke::sim
