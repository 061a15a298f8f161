// Nodes that hold the same entries hold the same state: for the same membership digest and vector, whoever has them and
// whenever, there is one state digest. At rest, moreover, a node's own look at everything derived finds nothing wrong.
//
// Excuse       Entries that wait for one of their log that nobody gives, since it is on no honest disk any more or on a branch
//              that does not count, or for a signature that is lost like that: they wait for good, and check() says so.
// Reckoning    By the digests that nodes keep; that these are digests of what is on the disk is what check() recomputes.
#pragma once

#include <map>
#include <string>
#include <tuple>

#include "protocol/base/ids.h"
#include "tests/sim/judge.h"

namespace budstikke::sim {

class SameState : public Judge {
 public:
  void after_commit(World& world, Machine& machine) override;
  void at_rest(World& world) override;
  std::uint64_t compared() const { return compared_; }  // states that somebody had had before

 private:
  struct Seen {
    Hash state;
    std::size_t machine;
  };
  std::map<std::tuple<NetworkId, Hash, Hash>, Seen> seen_;
  std::uint64_t compared_ = 0;
};

}  // namespace budstikke::sim
