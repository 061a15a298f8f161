// What each side's clock says. A member may lie about its own: it is shown to people, and nothing follows from it.
//
// It is kept as the difference from our steady clock. So it goes on by itself, and when our own wall clock is set, the difference
// between the two is another one at once; the peers are told then, since all that they know is what this node said.
#include "protocol/node/node.h"
#include "protocol/node/waits.h"

namespace budstikke {
namespace {

constexpr std::int64_t kFarthest = INT64_MAX / 4;  // of a clock that says anything; differences still fit

}  // namespace

void Node::note_clock(Link& link, WallTime theirs, Now now) {
  link.clock = Millis(std::min(theirs.ms, kFarthest) - now.steady.ms);
}

void Node::tell_clock(Now now) {
  const Millis clock(now.wall.ms - now.steady.ms);
  for (auto& [id, link] : links_) {
    if (link.phase != LinkPhase::Open || std::chrono::abs(clock - link.clock_told) < kClockStep) continue;
    link.clock_told = clock;
    send_durable(link, ClockMessage{now.wall});  // not before our hello, which may wait for a commit
  }
}

}  // namespace budstikke
