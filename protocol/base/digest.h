// A set digest that can be kept incrementally: the sum modulo 2^256 of the hashes of the set's elements.
//
// Invariants   Adding and removing commute: any order of the same additions and removals gives the same digest; the empty
//              set is zero.
// Cost         Four 64-bit additions.
// Source       Bellare and Micciancio, "A New Paradigm for Collision-Free Hashing" (AdHash). A member who could choose 2^256
//              hashes freely could forge a sum; ours only ever compare honest states of what is signed anyway.
#pragma once

#include "protocol/base/ids.h"

namespace budstikke {

class SetDigest {
 public:
  void add(const Hash& element);
  void remove(const Hash& element);
  void add(const SetDigest& other);
  Hash value() const;
  static SetDigest from(const Hash& value);
  friend bool operator==(const SetDigest&, const SetDigest&) = default;

 private:
  std::array<std::uint64_t, 4> limbs_{};  // least significant first
};

}  // namespace budstikke
