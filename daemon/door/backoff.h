// Pauses between attempts that grow from 1 s to 5 min, drawn anew each time, so that many nodes that lost the same peer do not
// come back at the same moment.
//
// Shape        The n-th pause is uniform in [50 ms, min(5 min, 1 s · 2ⁿ)].
// Source       "Full jitter" of the AWS Architecture Blog, "Exponential Backoff and Jitter".
#pragma once

#include <algorithm>

#include "protocol/base/random.h"
#include "protocol/base/time.h"

namespace budstikke::daemon {

class Backoff {
 public:
  static constexpr Millis kShortest{50};
  static constexpr Millis kFirst{1'000};
  static constexpr Millis kLongest{300'000};

  Millis next(Random& random) {
    Millis bound = std::min(kLongest, kFirst * (std::int64_t{1} << std::min(rounds_, 20)));
    ++rounds_;
    return kShortest + Millis(random.below(static_cast<std::uint64_t>((bound - kShortest).count()) + 1));
  }
  void reset() { rounds_ = 0; }

 private:
  int rounds_ = 0;
};

}  // namespace budstikke::daemon
