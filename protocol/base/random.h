// A deterministic source of random bytes, seeded once from outside, so that a run can be replayed exactly.
//
// Determinism  The same seed gives the same bytes on every machine. The daemon seeds it from the operating system; the
//              simulator and the tests from a printed number.
// Source       ChaCha20 with the seed as key and a counter as nonce, drawn 512 bytes at a time; libsodium.
#pragma once

#include "protocol/base/ids.h"
#include "protocol/base/signature.h"

namespace budstikke {

class Random {
 public:
  explicit Random(const Seed& seed);
  static Random from_number(std::uint64_t number);  // for tests and the simulator
  void fill(std::span<std::uint8_t> out);
  std::uint64_t u64();
  std::uint64_t below(std::uint64_t bound);  // uniform in [0, bound); bound 0 gives 0
  template <class FixedType>
  FixedType fixed() {
    FixedType value;
    fill(value.bytes);
    return value;
  }

 private:
  void refill();
  Seed key_;
  std::uint64_t counter_ = 0;
  std::array<std::uint8_t, 512> pool_{};
  std::size_t used_ = 512;
};

}  // namespace budstikke
