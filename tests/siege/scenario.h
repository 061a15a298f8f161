// What strangers, hostile members and accidents do to running nodes: one scenario each, and what was measured meanwhile.
//
// Shape        Real daemons, sockets and keys. A scenario is run briefly, as a test that takes seconds, or in full, as
//              `budstikke-siege` and scripts/soak do; the table says which are too long for a test.
// Invariants   What must hold is expected, and a broken expectation fails the test. Times and rates are only reported, since
//              machines differ.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace budstikke::siege {

struct Report {
  nlohmann::ordered_json figures = nlohmann::ordered_json::object();
  std::vector<std::string> failures;

  void expect(bool holds, const std::string& what) {
    if (!holds) failures.push_back(what);
  }
};

struct Strength {
  bool full = false;
  std::chrono::seconds soak{60};  // of the scenario that takes as long as it is given

  // One of two sizes.
  template <class T>
  T of(T brief, T whole) const {
    return full ? whole : brief;
  }
};

struct Scenario {
  const char* name;
  const char* what;
  bool brief;  // has a brief form, which the tests run
  void (*run)(const Strength& strength, Report& report);
};

const std::vector<Scenario>& scenarios();

// By who does it.
void held_connections(const Strength& strength, Report& report);
void no_descriptors(const Strength& strength, Report& report);
void slow_connections(const Strength& strength, Report& report);
void garbage_hellos(const Strength& strength, Report& report);
void unknown_keys(const Strength& strength, Report& report);
void early_frames(const Strength& strength, Report& report);
void other_protocols(const Strength& strength, Report& report);
void hostile_requests(const Strength& strength, Report& report);
void revoked_flood(const Strength& strength, Report& report);
void frozen_member(const Strength& strength, Report& report);
void killed_doors(const Strength& strength, Report& report);
void killed_nodes(const Strength& strength, Report& report);
void long_run(const Strength& strength, Report& report);

}  // namespace budstikke::siege
