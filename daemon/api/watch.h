// The API's command `watch`: what has come here since, change by change in order of arrival, from this node and from others.
//
// Shape        Whoever watches keeps a mark: everything before it was told. Each change comes with the mark behind it, so that a
//              program that works through them can be killed at any time and goes on: each change is told at least once.
// How          A mark is a place in the order in which entries came to this store. Of another store, as after a backup was put
//              back, it says nothing: then everything here is gone through again, and told what was written later than
//              kToldAgain before the mark.
// Since        Asked with `since` instead of a mark, it tells what was written from that time on.
// Not told     What the program keeps by itself: receipts of erasures, where nodes can be reached, that an announcement was
//              shown; files, which are told of with the record that names them; what does not count, unless it comes to count
//              later: then, also if it was told before; kinds of a newer version.
// Cost         A row for each entry that came since, at most kLookedAt a request, and the view of each record that is told of.
#pragma once

#include "daemon/api/find.h"

namespace budstikke::daemon {

class WatchApi {
 public:
  explicit WatchApi(Node& node) : node_(node) {}
  // nullopt when the command is not this one.
  std::optional<Answer> handle(const std::string& command, const Value& args, Now now);
  // Whether an answer is worth to be given before the time that its request would wait.
  static bool has_news(const Answer& answer);

  static constexpr Millis kToldAgain = std::chrono::hours(24 * 7);
  static constexpr std::size_t kLookedAt = 2'000;

 private:
  struct Wanted {
    const Network* network = nullptr;         // nullptr: all
    std::vector<const KindInfo*> kinds = {};  // none: all
  };
  Found<Wanted> wanted(const Value& args) const;
  Result<std::optional<Value>> change_value(const Ledger::Arrived& arrived, const Wanted& wanted) const;

  Node& node_;
};

}  // namespace budstikke::daemon
