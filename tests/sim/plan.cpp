#include "tests/sim/plan.h"

#include <algorithm>

namespace budstikke::sim {
namespace {

using namespace std::chrono_literals;

constexpr Millis kYear = std::chrono::hours(24 * 365);

// What strikes a machine or a pair of them from time to time, and how often at the most.
struct Struck {
  Fault fault;
  Millis most;
};
constexpr Struck kStruck[] = {
    {Fault::LinkBroken, 5s},  {Fault::OneWay, 20s},     {Fault::Split, 20s},        {Fault::Flap, 20s},
    {Fault::SlowPeer, 30s},   {Fault::Crash, 10s},      {Fault::CommitUndone, 15s}, {Fault::CommitDone, 15s},
    {Fault::DiskFull, 40s},   {Fault::RowDamaged, 20s}, {Fault::Wiped, 60s},        {Fault::Restored, 15s},
    {Fault::RolledBack, 15s}, {Fault::Cloned, 90s},     {Fault::ClockJump, 20s},    {Fault::Asleep, 40s},
};

constexpr Struck kVersions[] = {{Fault::Newer, 3s}, {Fault::Upgraded, 20s}, {Fault::Downgraded, 20s}};

constexpr Struck kTold[] = {
    {Fault::LieVector, 8s},   {Fault::LieLevel, 8s},   {Fault::LieFork, 20s},    {Fault::LieRelay, 6s},  {Fault::LieValues, 6s},
    {Fault::LieSilence, 20s}, {Fault::LieFlood, 25s},  {Fault::LieFuture, 15s},  {Fault::LieRight, 10s}, {Fault::LieHolders, 12s},
    {Fault::LieStores, 12s},  {Fault::LieTicket, 30s}, {Fault::LieGarbage, 12s},
};

// In every world; those that follow are of some.
constexpr auto kCommonDeeds = static_cast<std::size_t>(Deed::Leave);

struct Seldom {
  Deed deed;
  std::uint64_t most;  // weight
};
constexpr Seldom kMembersDeeds[] = {{Deed::Leave, 2}, {Deed::GiveRole, 6}, {Deed::Recover, 2}, {Deed::NewTransport, 4}};

std::uint32_t drawn_ratio(Random& random, std::uint32_t most) {
  return random.below(2) == 0 ? 0 : static_cast<std::uint32_t>(1 + random.below(most));
}

}  // namespace

std::string_view name_of(Deed deed) {
  constexpr std::string_view kNames[kDeeds] = {
      "create", "edit",     "collect", "say",     "share", "remove",    "restore", "burst",         "erase", "redact",
      "invite", "shut_out", "readmit", "rebuild", "leave", "give_role", "recover", "new_transport", "attach"};
  return kNames[static_cast<std::size_t>(deed)];
}

Plan draw(const Options& options, Random& random) {
  Plan plan;
  plan.machines = options.nodes != 0 ? options.nodes : 3 + random.below(4);
  plan.machines_max = plan.machines + random.below(4);
  plan.days = 1 + random.below(4);
  plan.day = std::chrono::seconds(30 + random.below(90));
  plan.night = std::chrono::hours(1 + random.below(40));
  if (options.years > 0) {
    const Millis all(static_cast<std::int64_t>(options.years * static_cast<double>(kYear.count())));
    plan.night = std::chrono::hours(8 + random.below(72));
    plan.days = std::max<std::size_t>(1, static_cast<std::size_t>(all / (plan.day + plan.night)));
  }
  plan.between_deeds = Millis(200 + random.below(4'000));
  for (std::size_t deed = 0; deed < kCommonDeeds; ++deed) plan.deeds[deed] = static_cast<std::uint32_t>(random.below(10));
  plan.deeds[static_cast<std::size_t>(Deed::Create)] += 4;  // or there is nothing to do anything to
  plan.deeds[static_cast<std::size_t>(Deed::Edit)] += 4;
  for (Deed rare : {Deed::ShutOut, Deed::Rebuild, Deed::Burst}) {
    plan.deeds[static_cast<std::size_t>(rare)] /= 4;
  }

  plan.delay_least = Millis(1 + random.below(20));
  plan.delay_most = plan.delay_least + Millis(random.below(4) == 0 ? random.below(5'000) : random.below(200));
  plan.lost = drawn_ratio(random, 500);
  plan.twice = drawn_ratio(random, 300);
  plan.early = drawn_ratio(random, 500);
  plan.refuses_when_full = random.below(2) == 0;
  for (const Struck& struck : kStruck) {
    if (random.below(3) != 0) continue;
    plan.every[static_cast<std::size_t>(struck.fault)] =
        struck.most + Millis(random.below(static_cast<std::uint64_t>(struck.most.count()) * 4));
  }
  if (random.below(3) == 0) plan.every[static_cast<std::size_t>(Fault::ClockOff)] = Millis(1);
  return plan;
}

void draw_versions(Plan& plan, Random& random) {
  plan.versions = random.below(4) == 0;
  for (const Struck& struck : kVersions) {
    const Millis every = struck.most + Millis(random.below(static_cast<std::uint64_t>(struck.most.count()) * 3));
    if (plan.versions) plan.every[static_cast<std::size_t>(struck.fault)] = every;
  }
}

void draw_members(const Options& options, Plan& plan, Random& random) {
  if (!options.members || random.below(2) != 0) return;
  for (const Seldom& seldom : kMembersDeeds) {
    plan.deeds[static_cast<std::size_t>(seldom.deed)] = static_cast<std::uint32_t>(random.below(seldom.most + 1));
  }
}

void draw_files(Plan& plan, Random& random) {
  if (random.below(2) != 0) return;
  plan.deeds[static_cast<std::size_t>(Deed::Attach)] = static_cast<std::uint32_t>(1 + random.below(6));
  plan.when_wanted = static_cast<std::uint32_t>(random.u64() & random.u64());  // one in four
}

void draw_liar(const Options& options, Plan& plan, Random& random) {
  if (random.below(5) != 0 && !options.liar) return;
  plan.days = std::min<std::size_t>(plan.days, 2);  // a liar makes others work
  plan.liar = 1 + random.below(plan.machines - 1);  // not the founder, see liar.h
  for (const Struck& told : kTold) {
    if (random.below(2) != 0) continue;
    plan.every[static_cast<std::size_t>(told.fault)] =
        told.most + Millis(random.below(static_cast<std::uint64_t>(told.most.count()) * 2));
  }
}

}  // namespace budstikke::sim
