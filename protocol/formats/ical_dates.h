// The date and time values of iCalendar, and how an event's start, end, all_day and zone are laid out in them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/formats/item.h"
#include "protocol/formats/zones.h"

namespace budstikke::formats {

// A DATE ("20270331"), a local DATE-TIME ("20270331T170000") or a UTC one (with "Z").
struct IcalTime {
  enum class Form : std::uint8_t { Date, Local, Utc };
  Form form = Form::Date;
  LocalTime at;
};
std::optional<IcalTime> parse_ical_time(std::string_view value);
std::string ical_text(const IcalTime& time);
// The canonical text; local times are of the zone.
std::string canonical_text(const IcalTime& time, const TimeZone& zone);

// The seconds of a DURATION such as "PT1H30M", "P1D" or "-P2W"; nullopt when it is none or longer than ten years.
std::optional<std::int64_t> parse_duration(std::string_view value);

// Whether a text may stand as RRULE: FREQ= somewhere, and nothing but the letters of such rules.
bool is_recurrence_rule(std::string_view text);

// "DTSTART…" and "DTEND…" as content lines, each empty when it cannot be said.
struct EventTimes {
  std::string start;
  std::string end;
  std::optional<TimeZone> zone = {};  // whose local times these are, by its TZID; none for days and times in UTC
};
EventTimes event_times(const FieldTexts& fields, const TimeZone& zone);
// The lines "EXDATE…" of an event that begins so: each in the form and zone of its start, since readers compare them. A day
// without its events becomes the time that one would begin then. A whole month or year cannot be said.
std::vector<std::string> exception_lines(const FieldTexts& fields, const EventTimes& times);

}  // namespace budstikke::formats
