// The one steady clock of a daemon process. Only loops ask it; everything else is handed the time.
#pragma once

#include "protocol/base/time.h"

namespace budstikke::daemon {

inline Instant steady_now() {
  auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<Millis>(since_start).count()};
}

}  // namespace budstikke::daemon
