// Dates and times as people and Danish Excel write them, to the canonical texts of moment.h and back.
//
// Shape        Read, besides the canonical texts (letters in either case, runs of spaces count as one):
//                2026-03-15 17:00   2026-03-15T17:00:30   2026-03-15T17:00+01:00   03-2026   marts 2026   March 2026
//                15-03-2026   15.03.2026   15.3.2026   15/3-2026   15/3 2026   15. marts 2026   15 March 2026   15. mar. 2026
//              with a weekday and "den" or "d." before, and a time behind: 17:00   17.00   17:00:30   kl. 17   kl. 17.30   at 17.
//              A time without 'Z' or offset is local time of the given zone; where the clock is set back it is the first
//              of the two (see zones.h).
// Errors       What can be read in two ways is refused rather than guessed: month first (3/15/2026), two slashes with two
//              possible months (03/04/2026), a year of two digits. `why`, when given, tells which.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/base/result.h"
#include "protocol/formats/zones.h"

namespace budstikke::formats {

enum class DateFault : std::uint8_t {
  NotADate,      // none of the forms above
  NoSuchDay,     // 31-02-2026
  NoSuchTime,    // 25:00
  MonthFirst,    // 3/15/2026: write the day first
  Unclear,       // 03/04/2026: the third of April or the fourth of March
  ShortYear,     // 15-03-26: write the year with four digits
  WrongWeekday,  // "mandag den 15. marts 2026" was a Sunday
};

Result<std::string> read_moment(std::string_view text, const TimeZone& zone, DateFault* why = nullptr);

// A canonical text for display: a time becomes "2026-03-15 17:00" in local time, with seconds only if there are any; a date
// stays as it is, and so does what is not canonical.
std::string local_text(std::string_view canonical, const TimeZone& zone);
// The same in the Danish order: "15-03-2026 17:00", "15-03-2026", "03-2026", "2026".
std::string danish_date(std::string_view canonical, const TimeZone& zone);

}  // namespace budstikke::formats
