#include "tests/sim/simulation.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "protocol/base/limits.h"
#include "protocol/base/text.h"
#include "tests/sim/judges/bounds.h"
#include "tests/sim/judges/erased.h"
#include "tests/sim/judges/forks.h"
#include "tests/sim/judges/kept.h"
#include "tests/sim/judges/pushed.h"
#include "tests/sim/judges/same_state.h"
#include "tests/sim/judges/valid.h"
#include "tests/sim/rest.h"
#include "tests/sim/trouble.h"
#include "tests/sim/workload.h"
#include "tests/sim/world.h"

namespace budstikke::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kDaysUntilRest = 4;

class Simulation {
 public:
  explicit Simulation(const Options& options) : world_(options), workload_(world_), trouble_(world_) {
    report_.options = options;
    kept_ = add_judge<Kept>();
    same_state_ = add_judge<SameState>();
    valid_ = add_judge<Valid>();
    erased_ = add_judge<Erased>();
    add_judge<Bounds>();
    add_judge<Forks>();
    pushed_ = add_judge<Pushed>();
  }

  Report run() {
    try {
      live();
    } catch (const Verdict& verdict) {
      report_.failure = verdict.what();
      report_.last_steps = world_.trace.last_steps();
    }
    report_.faults = world_.counts;
    report_.machines = world_.machines.size();
    report_.simulated_ms = static_cast<std::uint64_t>(world_.now.ms);
    report_.acknowledged = workload_.acknowledged();
    report_.refused = workload_.refused();
    report_.deeds = workload_.deeds();
    report_.has_liar = world_.plan.liar.has_value();
    report_.has_versions = world_.plan.versions;
    report_.entries = kept_->written();
    report_.excused = kept_->excused();
    report_.compared = same_state_->compared();
    report_.folded = valid_->folded();
    report_.destroyed = erased_->destroyed();
    report_.pushed = {pushed_->delivered(), pushed_->payloads()};
    report_.frames = world_.lines.frames();
    report_.bytes = world_.lines.bytes();
    report_.most_queued_bytes = world_.lines.most_queued_bytes();
    report_.most_queued_frames = world_.lines.most_queued_frames();
    report_.steps = world_.trace.steps();
    report_.trace_hash = hex_of(world_.trace.hash().view());
    return report_;
  }

 private:
  template <class Kind>
  Kind* add_judge() {
    auto judge = std::make_unique<Kind>();
    Kind* of_it = judge.get();
    world_.judges.push_back(std::move(judge));
    return of_it;
  }

  void live() {
    workload_.found();
    if (world_.plan.liar) world_.make_liar(*world_.machines[*world_.plan.liar]);
    trouble_.clocks_off();
    trouble_.later_programs();
    for (std::size_t day = 1; day <= world_.plan.days; ++day) {
      trouble_.begin();
      work(world_.plan.day);
      if (day % kDaysUntilRest == 0 || day == world_.plan.days) come_to_rest();
      trouble_.night(world_.plan.night);
    }
    trouble_.night(kErasureDelay + 2h);
    come_to_rest();
    report_.members = members_at_rest(world_).size();
  }

  void work(Millis time) {
    const Instant end = world_.now + time;
    while (world_.now < end) {
      const auto wait = static_cast<std::uint64_t>(world_.plan.between_deeds.count());
      world_.run_for(Millis(1 + world_.people.below(wait * 2)));
      workload_.one_deed();
    }
  }

  void come_to_rest() {
    trouble_.end();
    const Instant healed = world_.now;
    await_rest(healed);
    report_.longest_heal_ms = std::max(report_.longest_heal_ms, static_cast<std::uint64_t>((world_.now - healed).count()));
    // Who knew nobody but the liar meets the others now, and rests with them.
    trouble_.send_liar_away(Bounds::kMostValuesTime + Bounds::kSettled + Bounds::kIdle + Pushed::kTime);
    await_rest(world_.now);
    world_.is_judged = true;
    for (const auto& judge : world_.judges) judge->at_rest(world_);
    world_.is_judged = false;
  }

  void await_rest(Instant since) {
    bool agreed = false;
    for (;;) {
      std::string why = unrest(world_);
      agreed = agreed || why.empty();
      if (why.empty()) why = lack(world_);
      if (why.empty()) return;
      const Millis most = agreed ? Bounds::kMostValuesTime : Bounds::kMostHealTime;
      if (world_.now - since > most) world_.fail("no agreement after healing: " + why);
      world_.run_for(250ms);
    }
  }

  World world_;
  Workload workload_;
  Trouble trouble_;
  Kept* kept_ = nullptr;
  SameState* same_state_ = nullptr;
  Valid* valid_ = nullptr;
  Erased* erased_ = nullptr;
  Pushed* pushed_ = nullptr;
  Report report_;
};

}  // namespace

Report run(const Options& options) { return Simulation(options).run(); }

std::string command_of(const Options& options) {
  std::string command = "budstikke_sim --seed " + std::to_string(options.seed);
  if (options.nodes != 0) command += " --nodes " + std::to_string(options.nodes);
  if (options.years > 0) command += " --years " + std::to_string(options.years);
  if (options.liar) command += " --liar";
  if (!options.members) command += " --no-members";
  return command;
}

std::string json_of(const Report& report) {
  nlohmann::ordered_json document;
  document["seed"] = report.options.seed;
  document["command"] = command_of(report.options);
  document["failure"] = report.failure ? nlohmann::ordered_json(*report.failure) : nlohmann::ordered_json();
  document["simulated_ms"] = report.simulated_ms;
  document["machines"] = report.machines;
  document["members_at_end"] = report.members;
  document["operations"] = {{"acknowledged", report.acknowledged}, {"refused", report.refused}};
  for (std::size_t i = 0; i < kDeeds; ++i) document["deeds"][std::string(name_of(static_cast<Deed>(i)))] = report.deeds[i];
  document["entries"] = {{"acknowledged", report.entries}, {"lost_with_their_last_disk", report.excused}};
  document["states_compared"] = report.compared;
  document["states_folded_by_the_twin"] = report.folded;
  document["erasures_carried_out"] = report.destroyed;
  document["pushed"] = {{"deliveries", report.pushed.deliveries}, {"payloads", report.pushed.payloads}};
  document["frames"] = report.frames;
  document["bytes"] = report.bytes;
  document["most_queued"] = {{"frames", report.most_queued_frames}, {"bytes", report.most_queued_bytes}};
  document["longest_heal_ms"] = report.longest_heal_ms;
  for (std::size_t i = 0; i < kFaults; ++i) {
    const auto fault = static_cast<Fault>(i);
    document["faults"][std::string(name_of(fault))] = report.faults.of(fault);
  }
  document["steps"] = report.steps;
  document["trace_hash"] = report.trace_hash;
  return document.dump(2);
}

}  // namespace budstikke::sim
