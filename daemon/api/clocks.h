// Whose clock is wrong, as far as those who are linked can tell: facts for people, and nothing follows from them.
//
// Policy       Clocks within kClockTolerance of each other agree. One linked peer that agrees with this node is enough: then
//              others are off. Where none does, this node is off if at least two councils agree with each other, or all who are
//              linked are of one council and agree; otherwise it cannot be told, and each of them is named.
// Units        Of another's clock: by how much it is ahead of this node's; negative when it is behind.
#pragma once

#include "daemon/api/find.h"

namespace budstikke::daemon {

inline constexpr Millis kClockTolerance{120'000};  // a deadline can stand two minutes; what takes a hello long to come is less

struct PeerClock {
  CouncilId council;
  Millis ahead;
  friend bool operator==(const PeerClock&, const PeerClock&) = default;
};
struct ClockVerdict {
  std::vector<CouncilId> agreeing;  // by whom this node's clock is off; empty: it is not, or cannot be told
  Millis own_ahead{};               // of theirs
  std::vector<PeerClock> off;       // when it is not this node's: one for each council, by its clock that is farthest off
};
ClockVerdict judge_clocks(std::vector<PeerClock> clocks);

// Of all: clock or clocks; left out where there is nothing to tell.
void set_clocks(Value& status, const Node& node, Now now);
// Of one peer that is linked: clock_off_s, when it is off.
void set_clock(Value& peer, const PeerStatus& status, Now now);

}  // namespace budstikke::daemon
