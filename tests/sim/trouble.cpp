#include "tests/sim/trouble.h"

#include "tests/sim/liar.h"
#include "tests/sim/newer.h"
#include "tests/sim/world.h"

namespace budstikke::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kYearMs = 365LL * 86'400'000;
constexpr std::size_t kMostClones = 1;
// Each may leave a branch of a log, and of more than kMaxTips nodes need not keep the same.
constexpr std::size_t kMostRolledBack = 12;

}  // namespace

Machine* Trouble::somebody() {
  std::vector<Machine*> up;
  for (const auto& machine : world_.machines) {
    if (machine->is_up()) up.push_back(machine.get());
  }
  return up.empty() ? nullptr : up[world_.trouble.below(up.size())];
}

Millis Trouble::a_while(Millis most) { return Millis(1 + world_.trouble.below(static_cast<std::uint64_t>(most.count()))); }

void Trouble::clocks_off() {
  if (!world_.plan.every[static_cast<std::size_t>(Fault::ClockOff)]) return;
  for (const auto& machine : world_.machines) {
    if (world_.trouble.below(2) != 0) continue;
    machine->set_clock(static_cast<std::int64_t>(world_.trouble.below(20 * kYearMs)) - 10 * kYearMs);
    world_.counts.add(Fault::ClockOff);
  }
}

void Trouble::later_programs() {
  for (const auto& machine : world_.machines) machine->newer = world_.plan.versions && world_.trouble.below(3) == 0;
}

void Trouble::begin() {
  on_ = true;
  ++age_;
  world_.be_calm(false);
  for (std::size_t fault = 0; fault < kFaults; ++fault) {
    if (static_cast<Fault>(fault) != Fault::ClockOff) strike_later(static_cast<Fault>(fault));
  }
}

void Trouble::end() {
  on_ = false;
  ++age_;
  world_.be_calm(true);
  world_.lines.unblock_all();
  world_.lines.break_unsound();
  for (const auto& machine : world_.machines) {
    machine->takes_for_a_frame = {};
    machine->disk().fail_next_commit(std::nullopt);
    machine->fill_disk(false);
    machine->wake();
    if (machine->disk().is_damaged()) machine->die(Millis(1), true);  // as after a check that found it
    if (!machine->is_up()) machine->start();
    machine->look_around_at_once();
  }
  lie_on();
}

// While the world heals, of what changes nothing that the others must agree on: they are to agree all the same.
void Trouble::lie_on() {
  if (world_.liar == nullptr) return;
  const std::uint64_t age = age_;
  world_.events.add(world_.now + a_while(3s), [=, this] {
    if (age != age_) return;
    constexpr Fault kGoOn[] = {Fault::LieVector,  Fault::LieLevel,   Fault::LieRelay,  Fault::LieValues,
                               Fault::LieSilence, Fault::LieHolders, Fault::LieStores, Fault::LieGarbage};
    const Fault lie = kGoOn[world_.trouble.below(std::size(kGoOn))];
    if (world_.plan.every[static_cast<std::size_t>(lie)]) world_.liar->tell(lie);
    lie_on();
  });
}

void Trouble::send_liar_away(Millis time) {
  ++age_;
  if (world_.liar == nullptr) return;
  world_.liar->be_honest();
  world_.machines[*world_.plan.liar]->sleep(time);
}

void Trouble::strike_later(Fault fault) {
  const std::optional<Millis> mean = world_.plan.every[static_cast<std::size_t>(fault)];
  if (!mean) return;
  const std::uint64_t age = age_;
  world_.events.add(world_.now + a_while(*mean * 2), [=, this] {
    if (age != age_) return;
    strike(fault);
    strike_later(fault);
  });
}

void Trouble::strike(Fault fault) {
  Random& random = world_.trouble;
  if (fault == Fault::LinkBroken) return world_.lines.break_one(random);
  if (fault == Fault::OneWay) return one_way();
  if (fault == Fault::Split) return split();
  if (is_lie(fault)) return world_.liar->tell(fault);
  Machine* machine = somebody();
  if (machine == nullptr) return;
  const std::size_t index = machine->index();
  const std::uint64_t age = age_;
  switch (fault) {
    case Fault::Flap:
      world_.counts.add(fault);
      return flap(index, 4 + static_cast<int>(random.below(20)));
    case Fault::SlowPeer:
      machine->takes_for_a_frame = a_while(400ms);
      world_.counts.add(fault);
      world_.events.add(world_.now + a_while(20s), [=] { machine->takes_for_a_frame = {}; });
      return;
    case Fault::Crash:
      world_.counts.add(fault);
      return machine->die(a_while(10s), true);
    case Fault::CommitUndone:
      return machine->disk().fail_next_commit(Disk::Outcome::Undone);
    case Fault::CommitDone:
      return machine->disk().fail_next_commit(Disk::Outcome::Done);
    case Fault::DiskFull:
      machine->fill_disk(true);
      world_.events.add(world_.now + a_while(20s), [=, this] {
        if (age == age_) machine->fill_disk(false);
      });
      return;
    case Fault::RowDamaged:
      if (!machine->damage_a_row(random)) return;
      world_.counts.add(fault);
      return world_.tell_loss(*machine);
    case Fault::Wiped:
      if (machine->network() == nullptr) return;  // it knows of none: a machine that is set up anew
      world_.counts.add(fault);
      return machine->wipe();
    case Fault::Restored:
    case Fault::RolledBack:
      if (!machine->has_backup() || random.below(2) == 0) return machine->back_up();
      if (fault == Fault::RolledBack && rolled_back_++ >= kMostRolledBack) return;
      world_.counts.add(fault);
      if (fault == Fault::Restored) return machine->restore(Machine::PutBack::Told);
      return machine->restore(random.below(2) == 0 ? Machine::PutBack::Copied : Machine::PutBack::Unseen);
    case Fault::Cloned:
      if (clones_ == kMostClones || machine->network() == nullptr || machine->lies || machine->changes_transport()) return;
      ++clones_;
      world_.counts.add(fault);
      world_.add_clone(*machine, random.below(2) == 0);
      return;
    case Fault::ClockJump: {
      const std::int64_t ahead = static_cast<std::int64_t>(random.below(6 * kYearMs)) - 3 * kYearMs;
      machine->set_clock(random.below(2) == 0 ? ahead / 1'000 : ahead);  // or hours
      world_.counts.add(fault);
      return machine->turn();
    }
    case Fault::Newer:
      if (machine->newer && !machine->lies) world_.newer->write(*machine);
      return;
    case Fault::Upgraded:
    case Fault::Downgraded:
      if (machine->lies || machine->newer == (fault == Fault::Upgraded)) return;
      if (machine->become(!machine->newer, a_while(5s))) world_.counts.add(fault);
      return;
    case Fault::Asleep:
      world_.counts.add(fault);
      return machine->sleep(a_while(40s));
    default:
      return;
  }
}

// --- Lines -----------------------------------------------------------------------------------------------------------

void Trouble::one_way() {
  const std::size_t machines = world_.machines.size();
  const std::size_t from = world_.trouble.below(machines), to = world_.trouble.below(machines);
  if (from == to) return;
  world_.lines.block(from, to, true);
  world_.counts.add(Fault::OneWay);
  world_.events.add(world_.now + a_while(90s), [=, this] { world_.lines.block(from, to, false); });
}

void Trouble::split() {
  std::vector<bool> side;
  for (std::size_t i = 0; i < world_.machines.size(); ++i) side.push_back(world_.trouble.below(2) == 0);
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t a = 0; a < side.size(); ++a) {
    for (std::size_t b = 0; b < side.size(); ++b) {
      if (side[a] != side[b]) pairs.emplace_back(a, b);
    }
  }
  if (pairs.empty()) return;
  world_.counts.add(Fault::Split);
  for (const auto& [a, b] : pairs) world_.lines.block(a, b, true);
  world_.events.add(world_.now + a_while(90s), [=, this] {
    for (const auto& [a, b] : pairs) world_.lines.block(a, b, false);
  });
}

void Trouble::block_all(std::size_t machine, bool blocked) {
  for (std::size_t other = 0; other < world_.machines.size(); ++other) {
    if (other == machine) continue;
    world_.lines.block(machine, other, blocked);
    world_.lines.block(other, machine, blocked);
  }
}

void Trouble::flap(std::size_t machine, int times) {
  const bool blocked = on_ && times > 0 && times % 2 == 0;
  block_all(machine, blocked);
  if (!on_ || times == 0) return;
  world_.events.add(world_.now + a_while(2s), [=, this] { flap(machine, times - 1); });
}

void Trouble::night(Millis time) {
  ++age_;
  on_ = false;
  for (const auto& machine : world_.machines) machine->sleep(time);
  world_.run_for(time + 1s);
}

}  // namespace budstikke::sim
