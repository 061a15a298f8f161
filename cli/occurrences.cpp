#include "cli/occurrences.h"

#include <algorithm>

#include "cli/recurrence.h"
#include "protocol/formats/zones.h"

namespace budstikke::cli {
namespace {

constexpr std::int64_t kFarAhead = 10 * 366;  // days in which a repeated event must come again to be ahead

// The zone whose clock a repeated event follows.
formats::TimeZone zone_of(const Value& record) {
  return formats::find_zone(record.text("zone")).value_or(formats::default_zone());
}

// Every time the event begins from the day `from` on until the end of the window; only the first time when it does not repeat.
std::vector<LocalMoment> times_of(const Value& record, const Moment& start, const Day& from, const Day& last) {
  const LocalMoment first = local_moment(start);
  const std::string rule = record.text("rrule");
  if (rule.empty()) return {first};
  const bool timed = start.precision == Precision::Time;
  const formats::TimeZone zone = zone_of(record);
  const formats::LocalTime clock = timed ? zone.local_of(wall_time(start.day, start.seconds)) : formats::LocalTime{first.day, 0};
  const std::optional<std::vector<Day>> days = days_of_rule(rule, clock.day, from, last);
  if (!days) return {first};
  std::vector<LocalMoment> times;
  for (const Day& day : *days) {
    times.push_back(timed ? local_moment(moment_of(zone.utc_of({day, clock.seconds}))) : LocalMoment{day, std::nullopt});
  }
  return times;
}

// The days and times on which a repeated event is left out: a time leaves out what begins then, a day, month or year all in it.
struct Exceptions {
  explicit Exceptions(const Value& record) {
    for (const Value& text : record.items("exceptions")) {
      const std::optional<Moment> moment = text.if_text() != nullptr ? parse_moment(*text.if_text()) : std::nullopt;
      if (!moment) continue;
      if (moment->precision == Precision::Time) {
        times.push_back(local_moment(*moment));
      } else {
        spans.emplace_back(first_day(*moment), last_day(*moment));
      }
    }
  }
  bool leave_out(const LocalMoment& at) const {
    const auto begins_then = [&](const LocalMoment& time) {
      return time.day == at.day && (!at.minutes || time.minutes == at.minutes);
    };
    const auto holds = [&](const std::pair<Day, Day>& span) { return span.first <= at.day && at.day <= span.second; };
    return std::ranges::any_of(times, begins_then) || std::ranges::any_of(spans, holds);
  }
  std::vector<LocalMoment> times;
  std::vector<std::pair<Day, Day>> spans;
};

}  // namespace

std::vector<Occurrence> occurrences_of(const Value& record, const Moment& start, const Window& window) {
  if (start.precision == Precision::Year || start.precision == Precision::Month) return {};
  const std::optional<Moment> end = parse_moment(record.text("end"));
  const std::int64_t days = end ? day_number(local_moment(*end).day) - day_number(local_moment(start).day) : 0;
  const std::int64_t span = std::max<std::int64_t>(days, 0);
  const Day from = day_of(day_number(window.first) - span - 1);  // a day more, since the event's zone may be another
  const Exceptions exceptions(record);
  const bool repeats = !record.text("rrule").empty();
  std::vector<Occurrence> found;
  for (const LocalMoment& at : times_of(record, start, from, day_of(day_number(window.last) + 1))) {
    const Day last = day_of(day_number(at.day) + span);
    if (repeats && exceptions.leave_out(at)) continue;
    if (last >= window.first && at.day <= window.last) found.push_back({at, last});
  }
  return found;
}

bool is_to_come(const Value& event, const Day& today) {
  const std::optional<Moment> start = parse_moment(event.text("start"));
  if (!start) return true;
  if (start->precision == Precision::Year || start->precision == Precision::Month) return last_day(*start) >= today;
  if (local_moment(*start).day >= today) return true;
  const Day last = event.text("rrule").empty() ? today : day_of(day_number(today) + kFarAhead);
  return !occurrences_of(event, *start, {today, last}).empty();
}

}  // namespace budstikke::cli
