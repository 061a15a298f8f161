// The canonical text of dates and times, and arithmetic with days.
//
// Shape        "2027", "2027-03", "2027-03-31" are dates; "2027-03-31T15:00:00Z" is a time, always UTC, whole seconds.
//              Years have four digits, 0001 to 9999. Days are of the Gregorian calendar throughout.
// Errors       parse_…() give nullopt for anything that is not the canonical text of a day or time that exists; what people
//              write is read by formats/dates.h.
// Determinism  Pure arithmetic: no zone data, no clock.
// Source       Day numbers after H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/time.h"

namespace budstikke {

struct Day {
  int year = 1970;
  int month = 1;
  int day = 1;
  friend auto operator<=>(const Day&, const Day&) = default;
};

bool is_valid(const Day& day);
int days_in_month(int year, int month);
std::int64_t day_number(const Day& day);  // days since 1970-01-01, may be negative
Day day_of(std::int64_t number);
int weekday_of(const Day& day);       // 0 is Monday, 6 is Sunday
std::string text_of(const Day& day);  // "2027-03-31"

enum class Precision : std::uint8_t { Year, Month, Day, Time };

// A date of any precision, or a time. What the precision leaves out is 1 (month, day) or 0 (seconds).
struct Moment {
  Precision precision = Precision::Day;
  Day day;          // UTC when the precision is Time
  int seconds = 0;  // since midnight UTC, 0 to 86,399
  friend bool operator==(const Moment&, const Moment&) = default;
};

std::optional<Moment> parse_moment(std::string_view text);
std::string text_of(const Moment& moment);
// The first and last day that a partial date covers; of a time, its UTC day.
Day first_day(const Moment& moment);
Day last_day(const Moment& moment);
// By where they begin, then the longer one first: 2027 < 2027-01 < 2027-01-01 < 2027-01-01T00:00:00Z < 2027-02.
std::strong_ordering compare(const Moment& a, const Moment& b);

// RFC 3339 in UTC. Reading takes up to three decimals of a second; writing drops what is below a second, and takes a time
// outside the years 0001 to 9999 as the nearest one inside.
std::optional<WallTime> parse_utc(std::string_view text);
std::string format_utc(WallTime time);
WallTime wall_time(const Day& day, int seconds);
Moment moment_of(WallTime time);  // precision Time, seconds rounded down

}  // namespace budstikke
