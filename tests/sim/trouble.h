// What goes wrong: lines, machines, disks and clocks, each fault at the rate that the plan has drawn for it.
//
// Invariants   Whatever is struck recovers by itself after a while, and all of it at once when the world is healed: end().
//              A disk is only taken away while an honest machine is left that runs, and never the same one twice in a row
//              without a start between, so that the run says something about the others.
#pragma once

#include <functional>

#include "tests/sim/plan.h"

namespace budstikke::sim {

class World;
class Machine;

class Trouble {
 public:
  explicit Trouble(World& world) : world_(world) {}

  void clocks_off();      // some by years, from the start
  void later_programs();  // some machines have one, from the start
  void begin();           // faults strike from now on
  void end();             // none is left, but for what a liar says
  void send_liar_away(Millis time);
  void night(Millis time);  // everybody's machine sleeps, and nothing strikes; what was struck recovers at its time

 private:
  void strike_later(Fault fault);
  void lie_on();
  void strike(Fault fault);
  void one_way();
  void split();
  void flap(std::size_t machine, int times);
  void block_all(std::size_t machine, bool blocked);
  Machine* somebody();  // who is up; nullptr: nobody
  Millis a_while(Millis most);

  World& world_;
  std::uint64_t age_ = 0;  // of the present trouble: what was planned in an earlier one does not happen
  std::size_t clones_ = 0;
  std::size_t rolled_back_ = 0;
  bool on_ = false;
};

}  // namespace budstikke::sim
