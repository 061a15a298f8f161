// The steady clock of the doors: how long something took while the machine ran. The core's (core.cpp) goes on while it sleeps, so
// instants of the two are not compared. Only loops ask it; everything else is handed the time.
#pragma once

#include "protocol/base/time.h"

namespace budstikke::daemon {

inline Instant steady_now() {
  auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<Millis>(since_start).count()};
}

}  // namespace budstikke::daemon
