// Every event that the log may tell of: the one table of their names, of what each means, and of what to do about it.
//
// Shape        Names are English, in lower case with dashes, and stay the same. An event that may be a warning or an error
//              says what to do: `what`, which log() puts into the line unless the caller gives a better one. The same table
//              is docs/log.md, for people; the test "log events" holds the two and all calls together.
#pragma once

#include <span>
#include <string_view>

#include "daemon/log.h"

namespace budstikke::daemon {

struct LogEvent {
  std::string_view name;
  LogLevel most_urgent;
  std::string_view tells;
  std::string_view what = {};  // empty: nothing is to be done, or the caller says it
};

std::span<const LogEvent> log_events();
const LogEvent* find_log_event(std::string_view name);

}  // namespace budstikke::daemon
