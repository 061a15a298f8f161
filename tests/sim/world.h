// The world: machines, lines between them, time, what happens next, and the judges who watch.
//
// Determinism  One thread. Whatever is drawn comes from one of seven streams of the same seed: the network's, the people's, the
//              faults', the machines' own, the later programs', the liar's, and one for what members do about each other.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/sim/events.h"
#include "tests/sim/faults.h"
#include "tests/sim/judge.h"
#include "tests/sim/lines.h"
#include "tests/sim/machine.h"
#include "tests/sim/plan.h"
#include "tests/sim/trace.h"

namespace budstikke::sim {

// A promise was broken.
class Verdict : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Liar;
class Newer;

class World {
 public:
  explicit World(const Options& options);
  ~World();

  Machine& add_machine();
  void make_liar(Machine& machine);  // from now on
  bool is_liar(const MemberKey& member) const;
  Machine& add_clone(Machine& of, bool unseen);  // `unseen`: of the whole machine, so that nothing shows it
  void run_until(Instant end);
  void run_for(Millis time) { run_until(now + time); }
  [[noreturn]] void fail(const std::string& what) const;

  // No more faults: frames pass as they are sent, in order.
  bool is_calm() const { return calm_; }
  void be_calm(bool calm) { calm_ = calm; }
  static std::string name(std::size_t machine) { return std::string(1, static_cast<char>('A' + machine % 26)); }
  std::string describe(View frame) const;
  void tell_commit(Machine& machine);
  void tell_loss(Machine& machine);
  Random stream() { return Random(streams_.fixed<Seed>()); }

  Plan plan;
  Trace trace;
  FaultCounts counts;
  Random net, people, trouble, machines_own;
  Events events;
  Lines lines;
  std::vector<std::unique_ptr<Machine>> machines;
  std::vector<std::unique_ptr<Judge>> judges;
  std::unique_ptr<Newer> newer;
  std::unique_ptr<Liar> liar;  // nullptr: all are honest
  Instant now{1'000};
  bool is_judged = false;   // at rest: nobody does anything
  std::uint64_t ticks = 0;  // machines that woke by themselves

 private:
  Random streams_;
  bool calm_ = true;
};

}  // namespace budstikke::sim
