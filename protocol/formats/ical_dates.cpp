#include "protocol/formats/ical_dates.h"

#include <algorithm>

#include "protocol/records/moment.h"

namespace budstikke::formats {
namespace {

constexpr std::int64_t kMaxDurationSeconds = std::int64_t{3'660} * 86'400;

std::optional<int> digits(std::string_view text) {
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::string padded(int value, std::size_t width) {
  const std::string text = std::to_string(value);
  return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

// The local day a canonical text falls on: of a date its first or last day, of a time its day in the zone.
std::optional<Day> local_day(std::string_view canonical, const TimeZone& zone, bool last) {
  const auto moment = parse_moment(canonical);
  if (!moment) return std::nullopt;
  if (moment->precision != Precision::Time) return last ? last_day(*moment) : first_day(*moment);
  const Day day = zone.local_of(wall_time(moment->day, moment->seconds)).day;
  return is_valid(day) ? std::optional(day) : std::nullopt;
}

// The time in the zone, when it can be told from it again.
std::optional<IcalTime> local_form(WallTime time, const TimeZone& zone) {
  const IcalTime local{IcalTime::Form::Local, zone.local_of(time)};
  if (!is_valid(local.at.day) || zone.utc_of(local.at) != time) return std::nullopt;
  return local;
}

EventTimes day_lines(const FieldTexts& fields, const TimeZone& zone) {
  const auto start = local_day(first_of(fields, "start"), zone, false);
  if (!start) return {};
  EventTimes lines;
  lines.start = "DTSTART;VALUE=DATE:" + ical_text({IcalTime::Form::Date, {*start, 0}});
  const auto end = local_day(first_of(fields, "end"), zone, true);
  if (!end || *end < *start) return lines;
  const Day after = day_of(day_number(*end) + 1);
  if (is_valid(after)) lines.end = "DTEND;VALUE=DATE:" + ical_text({IcalTime::Form::Date, {after, 0}});
  return lines;
}

EventTimes time_lines(WallTime start, std::optional<WallTime> end, const std::optional<TimeZone>& zone, bool repeats) {
  const bool in_zone = zone && (zone->name() == kDanishZone || (repeats && zone->name() != "UTC"));
  const auto local_start = in_zone ? local_form(start, *zone) : std::nullopt;
  const auto local_end = in_zone && end ? local_form(*end, *zone) : std::nullopt;
  const auto utc = [](WallTime time) {
    const Moment moment = moment_of(time);
    return ':' + ical_text({IcalTime::Form::Utc, {moment.day, moment.seconds}});
  };
  if (!local_start || (end && !local_end)) return {"DTSTART" + utc(start), end ? "DTEND" + utc(*end) : ""};
  const std::string tzid = ";TZID=" + zone->name() + ':';
  return {"DTSTART" + tzid + ical_text(*local_start), end ? "DTEND" + tzid + ical_text(*local_end) : "", zone};
}

}  // namespace

std::optional<IcalTime> parse_ical_time(std::string_view value) {
  IcalTime time;
  if (value.size() != 8 && value.size() != 15 && value.size() != 16) return std::nullopt;
  const auto year = digits(value.substr(0, 4)), month = digits(value.substr(4, 2)), day = digits(value.substr(6, 2));
  if (!year || !month || !day) return std::nullopt;
  time.at.day = {*year, *month, *day};
  if (!is_valid(time.at.day)) return std::nullopt;
  if (value.size() == 8) return time;
  const auto hours = digits(value.substr(9, 2)), minutes = digits(value.substr(11, 2)), seconds = digits(value.substr(13, 2));
  if ((value[8] != 'T' && value[8] != 't') || !hours || !minutes || !seconds) return std::nullopt;
  if (*hours > 23 || *minutes > 59 || *seconds > 60) return std::nullopt;
  time.at.seconds = (*hours * 60 + *minutes) * 60 + (*seconds == 60 ? 59 : *seconds);  // RFC 5545 3.3.12: a leap second
  time.form = value.size() == 15 ? IcalTime::Form::Local : IcalTime::Form::Utc;
  if (value.size() == 16 && value[15] != 'Z' && value[15] != 'z') return std::nullopt;
  return time;
}

std::string ical_text(const IcalTime& time) {
  std::string text = padded(time.at.day.year, 4) + padded(time.at.day.month, 2) + padded(time.at.day.day, 2);
  if (time.form == IcalTime::Form::Date) return text;
  text += 'T' + padded(time.at.seconds / 3'600, 2) + padded(time.at.seconds / 60 % 60, 2) + padded(time.at.seconds % 60, 2);
  return time.form == IcalTime::Form::Utc ? text + 'Z' : text;
}

std::string canonical_text(const IcalTime& time, const TimeZone& zone) {
  if (time.form == IcalTime::Form::Date) return text_of(time.at.day);
  if (time.form == IcalTime::Form::Utc) return text_of(Moment{Precision::Time, time.at.day, time.at.seconds});
  return format_utc(zone.utc_of(time.at));
}

std::optional<std::int64_t> parse_duration(std::string_view value) {
  const bool negative = value.starts_with('-');
  if (negative || value.starts_with('+')) value.remove_prefix(1);
  if (!value.starts_with('P') || value.size() < 3) return std::nullopt;
  value.remove_prefix(1);
  std::int64_t total = 0, number = -1;
  bool in_time = false;
  for (char c : value) {
    if (c >= '0' && c <= '9') {
      number = (number < 0 ? 0 : number * 10) + (c - '0');
      if (number > kMaxDurationSeconds) return std::nullopt;
    } else if (c == 'T' && !in_time && number < 0) {
      in_time = true;
    } else {
      const std::int64_t unit = !in_time ? (c == 'W'   ? 604'800
                                            : c == 'D' ? 86'400
                                                       : 0)
                                         : (c == 'H'   ? 3'600
                                            : c == 'M' ? 60
                                            : c == 'S' ? 1
                                                       : 0);
      if (unit == 0 || number < 0 || number * unit > kMaxDurationSeconds - total) return std::nullopt;
      total += number * unit;
      number = -1;
    }
  }
  return number < 0 ? std::optional(negative ? -total : total) : std::nullopt;
}

bool is_recurrence_rule(std::string_view text) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=;,+-:";
  return text.find("FREQ=") != std::string_view::npos && text.find_first_not_of(kAllowed) == std::string_view::npos;
}

EventTimes event_times(const FieldTexts& fields, const TimeZone& zone) {
  const bool repeats = is_recurrence_rule(first_of(fields, "rrule"));
  auto own_zone = load_zone(first_of(fields, "zone"));
  const auto start = parse_utc(first_of(fields, "start"));
  if (!start || first_of(fields, "all_day") == "yes") return day_lines(fields, own_zone ? *own_zone : zone);
  auto end = parse_utc(first_of(fields, "end"));
  if (end && *end <= *start) end.reset();  // DTEND must be later than DTSTART
  if (repeats && !own_zone)
    own_zone = zone;  // whose clock it follows here; in UTC it would be an hour off after a night of change
  return time_lines(*start, end, own_zone, repeats);
}

std::vector<std::string> exception_lines(const FieldTexts& fields, const EventTimes& times) {
  std::vector<std::string> lines;
  const std::size_t colon = times.start.find(':');
  if (colon == std::string::npos) return lines;
  const auto start = parse_ical_time(std::string_view(times.start).substr(colon + 1));
  if (!start) return lines;
  const TimeZone zone = times.zone ? *times.zone : utc_zone();
  const bool by_day = start->form == IcalTime::Form::Date;
  // Two days of a record may be one instant of the event, and are read back as one.
  const auto push = [&](std::string line) {
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(std::move(line));
  };
  for (const std::string& text : values_of(fields, "exceptions")) {
    const std::optional<Moment> moment = parse_moment(text);
    if (!moment || (moment->precision != Precision::Day && (by_day || moment->precision != Precision::Time))) continue;
    if (by_day) {
      push("EXDATE;VALUE=DATE:" + ical_text({IcalTime::Form::Date, {moment->day, 0}}));
      continue;
    }
    const WallTime time = moment->precision == Precision::Day ? zone.utc_of({moment->day, start->at.seconds})
                                                              : wall_time(moment->day, moment->seconds);
    const LocalTime local = zone.local_of(time);
    if (times.zone && is_valid(local.day) && zone.utc_of(local) == time) {
      push("EXDATE;TZID=" + zone.name() + ':' + ical_text({IcalTime::Form::Local, local}));
    } else {
      const Moment utc = moment_of(time);
      if (!is_valid(utc.day)) continue;
      push("EXDATE:" + ical_text({IcalTime::Form::Utc, {utc.day, utc.seconds}}));
    }
  }
  return lines;
}

}  // namespace budstikke::formats
