// Whether a node answers at an address, seen from this computer.
//
// How          A plain TCP connection, on which both sides' greetings of ZMTP 3.0 are exchanged (64 bytes: RFC 23/ZMTP); then it
// is
//              closed. No key is needed for that, none is shown, and the socket library does not dial itself, which it cannot
//              do safely (libzmq#4599). It tells that a node listens there, not which one.
// Cost         Waits up to `patience` in all, for the name's address too.
#pragma once

#include <string>

#include "protocol/base/time.h"

namespace budstikke::cli {

enum class Reach : std::uint8_t {
  Node,       // ZMTP with CURVE
  Other,      // something else answers, or answers nothing
  Refused,    // the computer is there, and nothing listens at that port
  Silent,     // no answer in time, or no way there
  NoAddress,  // the name has no address
};

Reach reach(const std::string& address, Millis patience);  // "host:port", "[::1]:7420"

}  // namespace budstikke::cli
