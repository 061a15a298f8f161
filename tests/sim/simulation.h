// One run: a network is founded, people work in it while everything goes wrong, then the world is healed and must agree.
//
// How          Day by day, with nights between in which all machines sleep; every few days, and at the end, the world is
//              healed, comes to rest within a bound, and is judged. In between the judges watch every commit.
// Determinism  A function of the options: the same, the same trace hash.
// Source       TigerBeetle's VOPR (safety under faults first, then liveness without), FoundationDB's simulation.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "tests/sim/faults.h"
#include "tests/sim/plan.h"

namespace budstikke::sim {

struct Report {
  Options options;
  std::optional<std::string> failure;  // what promise was broken
  std::string last_steps;              // of a run that failed
  FaultCounts faults;
  std::size_t machines = 0;
  std::size_t members = 0;  // who agreed at the end
  std::uint64_t simulated_ms = 0;
  std::uint64_t acknowledged = 0, refused = 0;
  std::array<std::uint64_t, kDeeds> deeds{};  // of those acknowledged, how many of each kind
  bool has_liar = false, has_versions = false;
  std::uint64_t entries = 0, excused = 0;
  std::uint64_t compared = 0;   // states that another machine had had before
  std::uint64_t folded = 0;     // sets of entries, by the twin of the fold
  std::uint64_t destroyed = 0;  // erasures with a receipt, at each machine
  struct {
    std::uint64_t deliveries = 0, payloads = 0;
  } pushed;  // of what was written in calm worlds
  std::uint64_t frames = 0, bytes = 0, steps = 0;
  std::uint64_t most_queued_bytes = 0, most_queued_frames = 0;
  std::uint64_t longest_heal_ms = 0;
  std::string trace_hash;
};

Report run(const Options& options);
std::string json_of(const Report& report);
// How to see it again.
std::string command_of(const Options& options);

}  // namespace budstikke::sim
