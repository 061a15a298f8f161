// What hearings have beyond other records, between the commands of all kinds and those of hearings.
#pragma once

#include <optional>

#include "cli/context.h"
#include "protocol/records/kinds.h"

namespace budstikke::cli {

// What `hearing show` adds: each council's answer, who has not answered, and how the deadline was moved. False has been reported.
bool show_hearing(Context& context, const KindInfo& kind, const Value& record);

// The record for programs, with `silent`: [{council, council_name}] of who has not answered. nullopt has been reported.
std::optional<Value> hearing_with_silent(Context& context, const Value& record);

// Tells whoever enters a hearing with less than four weeks to answer; `set` is what is written. On standard error, since the
// hearing is saved all the same.
void warn_of_short_deadline(Context& context, const KindInfo& kind, const Value& set);

}  // namespace budstikke::cli
