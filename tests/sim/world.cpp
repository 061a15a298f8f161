#include "tests/sim/world.h"

#include "tests/sim/liar.h"
#include "tests/sim/newer.h"
#include "tests/support/net.h"

namespace budstikke::sim {

World::World(const Options& options)
    : trace(options.verbose),
      net(Seed{}),
      people(Seed{}),
      trouble(Seed{}),
      machines_own(Seed{}),
      lines(*this),
      streams_(Random::from_number(options.seed)) {
  Random plans = stream();
  plan = draw(options, plans);
  net = stream();
  people = stream();
  trouble = stream();
  machines_own = stream();
  Random liars = stream();
  draw_liar(options, plan, liars);
  Random versions = stream();
  draw_versions(plan, versions);
  Random members = Random::from_number(~options.seed);
  draw_members(options, plan, members);
  Random files = Random::from_number(options.seed + (std::uint64_t{1} << 63U));
  draw_files(plan, files);
  newer = std::make_unique<Newer>(*this);
}

World::~World() = default;

void World::make_liar(Machine& machine) {
  machine.lies = true;
  liar = std::make_unique<Liar>(*this, machine);
}

bool World::is_liar(const MemberKey& member) const { return liar != nullptr && liar->key() == member; }

Machine& World::add_machine() {
  SigningKey identity = SigningKey::from_seed(machines_own.fixed<Seed>());
  machines.push_back(std::make_unique<Machine>(*this, machines.size(), std::move(identity),
                                               TransportPair::from_secret(machines_own.fixed<Seed>())));
  Machine& machine = *machines.back();
  machine.listens = machine.index() == 0 || machines_own.below(4) != 0;
  machine.start();
  return machine;
}

Machine& World::add_clone(Machine& of, bool unseen) {
  machines.push_back(std::make_unique<Machine>(*this, machines.size(), of.identity(), of.transport_pair()));
  Machine& clone = *machines.back();
  clone.listens = of.listens;
  clone.set_clock(of.clock_off_ms());
  clone.take_disk_of(of, unseen);
  clone.start();
  return clone;
}

void World::run_until(Instant end) {
  while (events.run_next(end, now)) {
  }
  now = std::max(now, end);
}

void World::fail(const std::string& what) const { throw Verdict(what); }

std::string World::describe(View frame) const { return tests::describe(frame); }

void World::tell_commit(Machine& machine) {
  for (const auto& judge : judges) judge->after_commit(*this, machine);
}

void World::tell_loss(Machine& machine) {
  for (const auto& judge : judges) judge->after_loss(*this, machine);
}

}  // namespace budstikke::sim
