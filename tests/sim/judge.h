// A judge holds one promise against what happens in the world. It looks at disks and at what nodes say of themselves; what it
// demands is reckoned by its own means, never by the code that it judges.
//
// Errors       A promise that is broken ends the run: World::fail().
#pragma once

#include <cstddef>

namespace budstikke::sim {

class World;
class Machine;

class Judge {
 public:
  virtual ~Judge() = default;
  // The machine's commit returned done; its disk().fresh() are the entries that it brought.
  virtual void after_commit(World&, Machine&) {}
  // Something was lost from this machine's disk by a fault.
  virtual void after_loss(World&, Machine&) {}
  // The world is healed, and its nodes have come to rest.
  virtual void at_rest(World&) {}
};

}  // namespace budstikke::sim
