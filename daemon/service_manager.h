// What systemd is told of the node: that it is ready, that it reads its configuration anew, that it is alive, that it ends.
//
// Source       sd_notify(3), in a few lines of our own: a datagram to the socket that NOTIFY_SOCKET names, a path or, with @ in
//              front, an abstract name. Without that variable nothing is told.
// Errors       None: whoever does not hear it was not listening.
// Threads      One.
#pragma once

#include <string>
#include <string_view>

#include "protocol/base/time.h"

namespace budstikke::daemon {

void tell_service_manager(std::string_view state);  // "READY=1", or several lines

// "RELOADING=1" and the time that must go with it.
std::string reloading_state();

// Says often enough that the loop still turns, where WATCHDOG_USEC (and WATCHDOG_PID, when set) ask this process for it.
//
// Use          feed() in every round; wait no longer than until deadline().
class Watchdog {
 public:
  Watchdog();
  void feed(Instant now);
  Instant deadline() const { return next_; }  // kNever when nobody asks
  // Before what may take long and has no rounds, such as opening the store; the first feed() of another one ends it.
  void leave() const;

 private:
  std::int64_t wanted_us_ = 0;
  bool is_first_ = true;
  Instant next_ = kNever;
};

}  // namespace budstikke::daemon
