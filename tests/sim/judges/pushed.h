// What is written in a calm world reaches everybody by push, long before levels would start a session, and about once.
//
// How          Some members write a few times; the first times grow the trees of their logs, the last one is measured.
#pragma once

#include <cstdint>

#include "protocol/base/time.h"
#include "tests/sim/judge.h"

namespace budstikke::sim {

class Pushed : public Judge {
 public:
  static constexpr std::size_t kWriters = 3;
  static constexpr std::size_t kWarmUps = 2;
  static constexpr Millis kReached{5'000};  // within this, with every repair; anti-entropy begins after 30 s
  static constexpr Millis kTime = kReached * (kWarmUps + 1) * (kWriters + 2);
  // Of 10 deliveries; and one more for each writer, since a tree may still be growing.
  static constexpr std::uint64_t kMostPayloads = 13;

  void at_rest(World& world) override;
  std::uint64_t delivered() const { return delivered_; }
  std::uint64_t payloads() const { return payloads_; }

 private:
  bool write(World& world, Machine& writer);

  std::uint64_t delivered_ = 0;
  std::uint64_t payloads_ = 0;
};

}  // namespace budstikke::sim
