// No log forks that need not.
//
// Demands      A log has several branches only if the store of a machine that writes in it was put back or copied in a way that
//              nothing at that machine shows: then nobody can know before it has met another. Or if its author lies.
#pragma once

#include "tests/sim/judge.h"

namespace budstikke::sim {

class Forks : public Judge {
 public:
  void at_rest(World& world) override;
};

}  // namespace budstikke::sim
