// What is to happen, in the order of time; what is due at the same moment, in the order in which it was asked for.
//
// Cost         Idle time costs nothing: the clock jumps to the next event.
#pragma once

#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "protocol/base/time.h"

namespace budstikke::sim {

class Events {
 public:
  void add(Instant at, std::function<void()> what) { queue_.push({at, ++order_, std::move(what)}); }
  // Takes the next event that is due until `end`, and moves `now` to it; false when there is none.
  bool run_next(Instant end, Instant& now) {
    if (queue_.empty() || queue_.top().at > end) return false;
    Event next = std::move(const_cast<Event&>(queue_.top()));  // it is taken out at once
    queue_.pop();
    if (next.at > now) now = next.at;
    next.what();
    return true;
  }

 private:
  struct Event {
    Instant at;
    std::uint64_t order;
    std::function<void()> what;
    bool operator<(const Event& other) const { return std::tie(other.at, other.order) < std::tie(at, order); }
  };
  std::priority_queue<Event> queue_;
  std::uint64_t order_ = 0;
};

}  // namespace budstikke::sim
