// Memory and messages are bounded: what waits on a line, what an operation costs, what nodes say that have nothing to say, and
// how long a healed world takes to agree. While it counts what idle nodes say, a liar is away: what it makes them say is its own
// doing.
#pragma once

#include "protocol/base/time.h"
#include "protocol/node/waits.h"
#include "tests/sim/judge.h"

namespace budstikke::sim {

class Bounds : public Judge {
 public:
  // A queue holds at most the credit that its sender has, a run more, and what is not counted by credits.
  static constexpr std::size_t kMostQueuedBytes = 3 * 1024 * 1024;
  static constexpr Millis kSettled{30'000};
  static constexpr Millis kIdle{300'000};
  // An idle link carries a summary each way every 30 s or less often, and a few sessions are made anew.
  static constexpr std::uint64_t kMostIdleFramesPerWire = 2 * (300 / 30 + 3);
  static constexpr std::uint64_t kMostIdleTicks = 400;  // of one machine in kIdle
  static constexpr Millis kMostHealTime{240'000};
  // Values that a peer did not have when it was asked are asked for again after a while: it may have got them from others.
  static constexpr Millis kMostValuesTime = kMostHealTime + kValuesAgain;

  void at_rest(World& world) override;
};

}  // namespace budstikke::sim
