// When a record takes place: once, or as its repetition rule says, in Danish local days.
#pragma once

#include <optional>
#include <vector>

#include "cli/moments.h"
#include "protocol/base/value.h"
#include "protocol/records/moment.h"

namespace budstikke::cli {

struct Window {
  Day first;
  Day last;
};

struct Occurrence {
  LocalMoment at;
  Day last;  // the last day it goes on
};

// Those that touch the window, in order. `start` is the date of the record that counts; `end`, `rrule`, `exceptions` and `zone`
// are read from the record. Nothing when the day of the start is not known. A rule that is not understood leaves the first time.
std::vector<Occurrence> occurrences_of(const Value& record, const Moment& start, const Window& window);

// Whether an event is not over: some of it lies ahead, or nothing is known of its time.
bool is_to_come(const Value& event, const Day& today);

}  // namespace budstikke::cli
