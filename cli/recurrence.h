// The days on which a repeated event takes place.
//
// Shape        Understood of RFC 5545's RRULE: FREQ DAILY, WEEKLY, MONTHLY, YEARLY; INTERVAL; COUNT or UNTIL; BYDAY with
//              ordinals; BYMONTHDAY; BYMONTH; BYSETPOS; weeks begin on Monday. Days are local days; the first day always counts.
// Errors       nullopt for a rule with other parts, or one that breaks the form: the caller shows the first day only.
// Cost         Walks the days from the first to the last once, at most kMaxRecurrenceDays; no rule can make it hang.
// Source       RFC 5545 3.3.10. An ordinal in BYDAY counts within the month also for YEARLY, as calendars write it with BYMONTH.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "protocol/records/moment.h"

namespace budstikke::cli {

inline constexpr std::int64_t kMaxRecurrenceDays = 200 * 366;  // longer is no council's meeting plan

// The days from `from` to `last` (both included) of a rule that begins on `first`.
std::optional<std::vector<Day>> days_of_rule(std::string_view rule, const Day& first, const Day& from, const Day& last);

}  // namespace budstikke::cli
