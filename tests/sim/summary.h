// What many runs came to, for whoever reads what a test or a night of seeds has printed.
//
// Units        Simulated time is the worlds' own, all added up: most of it nights, in which all machines sleep. Processor time is
//              this process's, from begin to text().
#pragma once

#include <ctime>

#include "tests/sim/simulation.h"

namespace budstikke::sim {

class Summary {
 public:
  void add(const Report& report);
  std::string text() const;  // lines, the last with its end
  const FaultCounts& faults() const { return faults_; }
  std::uint64_t of(Deed deed) const { return deeds_[static_cast<std::size_t>(deed)]; }
  std::uint64_t folded() const { return folded_; }
  std::uint64_t destroyed() const { return destroyed_; }

 private:
  std::clock_t began_ = std::clock();
  std::uint64_t worlds_ = 0, with_liar_ = 0, with_versions_ = 0;
  std::uint64_t simulated_ms_ = 0;
  std::uint64_t acknowledged_ = 0, frames_ = 0, compared_ = 0, longest_heal_ms_ = 0, folded_ = 0, destroyed_ = 0;
  std::array<std::uint64_t, kDeeds> deeds_{};
  FaultCounts faults_;
};

}  // namespace budstikke::sim
