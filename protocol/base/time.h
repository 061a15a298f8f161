// Two clocks that must not be mixed, neither of which can be asked for the time: time is always handed in.
//
// Units        WallTime is milliseconds since 1970-01-01T00:00Z, shown to people and used as tie-break, never trusted.
//              Instant is milliseconds of a steady clock with an arbitrary start, used for every wait.
#pragma once

#include <chrono>
#include <cstdint>

namespace budstikke {

using Millis = std::chrono::milliseconds;

struct WallTime {
  std::int64_t ms = 0;
  friend auto operator<=>(const WallTime&, const WallTime&) = default;
};

struct Instant {
  std::int64_t ms = 0;
  friend auto operator<=>(const Instant&, const Instant&) = default;
  friend Instant operator+(Instant at, Millis wait) { return {at.ms + wait.count()}; }
  friend Millis operator-(Instant a, Instant b) { return Millis(a.ms - b.ms); }
};
inline constexpr Instant kNever{INT64_MAX};

struct Now {  // what every input of the node carries
  Instant steady;
  WallTime wall;
};

}  // namespace budstikke
