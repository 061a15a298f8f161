// No void entry has effect: what a node says of its records is what a slow fold of the operations that count makes of the rows on
// its disk.
//
// Demands      At rest, and at some commits before, the state digest that a node keeps is the sum over its records as the twin of
//              the fold has them.
// Reckoning    From the rows: every entry that leads to a tip of its log. It counts if its author is a member, and it lies before
//              every cut of its log, or on one of the branches that count where more are here and there is no cut; who is a
//              member, and where cuts are, is as the node's membership has it. A set of entries that another node had is not
//              folded again.
#pragma once

#include <map>

#include "protocol/base/digest.h"
#include "tests/sim/judge.h"

namespace budstikke {
struct Network;
}

namespace budstikke::sim {

class Valid : public Judge {
 public:
  void after_commit(World& world, Machine& machine) override;
  void at_rest(World& world) override;
  std::uint64_t folded() const { return folded_; }  // sets of entries

 private:
  static constexpr std::uint64_t kCommitsBetween = 50;
  void look_at(World& world, Machine& machine);

  std::map<Hash, Hash> known_;  // of a set of entries and who they count for: the state digest
  std::uint64_t commits_ = 0;
  std::uint64_t folded_ = 0;
};

}  // namespace budstikke::sim
