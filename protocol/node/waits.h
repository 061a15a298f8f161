// Every wait of the node, with its reason. PROTOCOL.md prints them, and a test holds the two together.
//
// Units        Milliseconds of the steady clock.
#pragma once

#include "protocol/base/time.h"

namespace budstikke {

inline constexpr Millis kHelloWait{20'000};        // a link that says nothing is let go
inline constexpr Millis kStalled{30'000};          // a peer that owes us runs and sends none is let go, and others are asked
inline constexpr Millis kSettleWait{500};          // after the last change, before peers are told where we are: a burst costs one
inline constexpr Millis kSummaryInterval{30'000};  // anti-entropy: how long a lost push can stay unnoticed
inline constexpr Millis kValuesAgain{300'000};     // after a peer was asked for all values that are missing, before it is again
inline constexpr Millis kBucketsWait{1'000};       // between two comparisons of buckets with a peer: each reads many records
inline constexpr Millis kShredAgain{60'000};       // after there was no room to shred the store, before it is tried again
inline constexpr Millis kKeepHoldings{300'000};    // at most so often is kept what others are known to hold: it is learnt again
inline constexpr Millis kHoldersWait{2'000};    // for more news of who holds what is here: what comes together is told together
inline constexpr Millis kHoldersWaitEach{10};   // for each member, when that is longer: what is told grows with them
inline constexpr Millis kStoresAgain{150'000};  // before the same two stores of a member are told of again
inline constexpr Millis kStoresForgotten{450'000};  // after two stores of a member were last seen at once, one has been stopped
inline constexpr Millis kOwnElsewhere{60'000};      // own entries stamped so long after a store began are another store's
inline constexpr Millis kSummaryJitter{15'000};     // so that nodes do not speak in chorus
inline constexpr Millis kClockStep{10'000};         // by which a clock is set, or more, before peers are told what it says now
// Pushes (push_tree.h). A repair must be over before summaries would start a session: 20 + 200 + the way there and back < 500.
inline constexpr Millis kAnnounceWait{20};      // a node tells over lazy links what is here: logs that came together go together
inline constexpr Millis kAnnouncePatience{60};  // the same at the end that was dialled: mostly the other end has told by then
inline constexpr Millis kGraftWait{200};        // for what was announced to come from its source, before it is asked of who told

}  // namespace budstikke
