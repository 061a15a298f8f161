#include "protocol/formats/ical_zone.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "protocol/formats/content_lines.h"
#include "protocol/formats/ical_dates.h"

namespace budstikke::formats {
namespace {

constexpr std::string_view kDanishBlock =
    "BEGIN:VTIMEZONE\r\n"
    "TZID:Europe/Copenhagen\r\n"
    "BEGIN:DAYLIGHT\r\n"
    "DTSTART:19700329T020000\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"
    "TZOFFSETFROM:+0100\r\n"
    "TZOFFSETTO:+0200\r\n"
    "TZNAME:CEST\r\n"
    "END:DAYLIGHT\r\n"
    "BEGIN:STANDARD\r\n"
    "DTSTART:19701025T030000\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n"
    "TZOFFSETFROM:+0200\r\n"
    "TZOFFSETTO:+0100\r\n"
    "TZNAME:CET\r\n"
    "END:STANDARD\r\n"
    "END:VTIMEZONE\r\n";

// In so many years that no century ends, each date is each weekday four times: seven days of a rule have all been seen.
constexpr int kRuleYears = 28;
constexpr int kPlainYear = 2001;  // one without a 29 February

// Changes that one observance can tell of, if they are by its rule or listed.
using Change = std::tuple<int, int, bool, std::string>;  // from_s, to_s, summer, name

struct Observance {
  Change change;
  std::vector<LocalTime> at;  // the first is DTSTART, the others RDATEs
  std::string rule;           // RRULE, or empty
};

// A weekday in seven days that follow each other.
struct YearlyRule {
  std::int64_t first_day = 0;  // in kPlainYear
  int weekday = 0;
};

// The same day and month in kPlainYear.
std::int64_t place_in_year(const Day& day) { return day_number({kPlainYear, day.month, day.day}); }

bool follows(const YearlyRule& rule, const Day& day) {
  const std::int64_t place = place_in_year(day) - rule.first_day;
  return weekday_of(day) == rule.weekday && place >= 0 && place < 7;
}

// The rule that the last kRuleYears are by; nullopt when they are by none.
std::optional<YearlyRule> rule_of(const std::vector<Day>& days) {
  if (days.size() < kRuleYears) return std::nullopt;
  const std::span last(days.end() - kRuleYears, days.end());
  const auto place = std::ranges::minmax(last, {}, place_in_year);
  const YearlyRule rule{place_in_year(place.min), weekday_of(last.front())};
  for (int i = 0; i < kRuleYears; ++i) {
    const Day& day = last[static_cast<std::size_t>(i)];
    if (day.year != kLastToldYear - kRuleYears + 1 + i || !follows(rule, day)) return std::nullopt;
  }
  return place_in_year(place.max) - rule.first_day == 6 ? std::optional(rule) : std::nullopt;
}

// Where the days begin to be by the rule, one a year.
std::size_t begin_of(const YearlyRule& rule, const std::vector<Day>& days) {
  std::size_t begin = days.size() - kRuleYears;
  while (begin > 0 && days[begin - 1].year == days[begin].year - 1 && follows(rule, days[begin - 1])) --begin;
  return begin;
}

// The rule as far as it falls in one month, whose days from `first` to `last` it may be.
std::string rrule(int month, int first, int last, int weekday) {
  constexpr std::array kDays = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
  const std::string start = "FREQ=YEARLY;BYMONTH=" + std::to_string(month), name = kDays[static_cast<std::size_t>(weekday)];
  if (last - first == 6 && last == days_in_month(kPlainYear, month) && month != 2) return start + ";BYDAY=-1" + name;
  if (last - first == 6 && first % 7 == 1) return start + ";BYDAY=" + std::to_string(first / 7 + 1) + name;
  std::string days;
  for (int day = first; day <= last; ++day) days += (days.empty() ? "" : ",") + std::to_string(day);
  return start + ";BYMONTHDAY=" + days + ";BYDAY=" + name;
}

// One observance for each month that the rule's seven days are in.
void add_rule(std::vector<Observance>& out, const Change& change, const YearlyRule& rule, std::span<const Day> days,
              int seconds) {
  const Day first = day_of(rule.first_day), last = day_of(rule.first_day + 6);
  const auto add = [&](int month, int from, int to) {
    const auto day = std::ranges::find(days, month, &Day::month);
    out.push_back({change, {{*day, seconds}}, rrule(month, from, to, rule.weekday)});
  };
  if (first.month == last.month) return add(first.month, first.day, last.day);
  add(first.month, first.day, days_in_month(kPlainYear, first.month));
  add(last.month, 1, last.day);
}

std::vector<Observance> observances(const std::vector<Onset>& onsets) {
  std::map<std::pair<Change, int>, std::vector<Day>> by_clock;  // the change and the seconds of its day
  for (const Onset& onset : onsets) {
    by_clock[{{onset.from_s, onset.to_s, onset.summer, onset.name}, onset.at.seconds}].push_back(onset.at.day);
  }
  std::vector<Observance> out;
  std::map<Change, std::vector<LocalTime>> single;
  for (const auto& [key, days] : by_clock) {
    const auto& [change, seconds] = key;
    const auto rule = rule_of(days);
    const std::size_t begin = rule ? begin_of(*rule, days) : days.size();
    for (std::size_t i = 0; i < begin; ++i) single[change].push_back({days[i], seconds});
    if (rule) add_rule(out, change, *rule, std::span(days).subspan(begin), seconds);
  }
  for (auto& [change, times] : single) {
    std::ranges::sort(times);
    out.push_back({change, std::move(times), {}});
  }
  std::ranges::sort(out, {}, [](const Observance& one) { return std::tie(one.at.front(), one.rule); });
  return out;
}

std::string offset_text(int seconds) {
  const int size = std::abs(seconds);
  const auto two = [](int value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  return (seconds < 0 ? "-" : "+") + two(size / 3'600) + two(size / 60 % 60) + (size % 60 == 0 ? "" : two(size % 60));
}

void append_observance(std::string& out, const Observance& one) {
  const auto& [from_s, to_s, summer, name] = one.change;
  const std::string component = summer ? "DAYLIGHT" : "STANDARD";
  const auto text = [](const LocalTime& at) { return ical_text({IcalTime::Form::Local, at}); };
  append_line(out, "BEGIN:" + component);
  append_line(out, "DTSTART:" + text(one.at.front()));
  if (!one.rule.empty()) append_line(out, "RRULE:" + one.rule);
  for (const LocalTime& at : std::span(one.at).subspan(1)) append_line(out, "RDATE:" + text(at));
  append_line(out, "TZOFFSETFROM:" + offset_text(from_s));
  append_line(out, "TZOFFSETTO:" + offset_text(to_s));
  append_line(out, "TZNAME:" + name);
  append_line(out, "END:" + component);
}

}  // namespace

std::string zone_block(const TimeZone& zone, WallTime from) {
  std::string out = "BEGIN:VTIMEZONE\r\n";
  append_line(out, "TZID:" + zone.name());
  const WallTime told_from = std::min(from, wall_time({kToldFromYear, 1, 1}, 0));
  for (const Observance& one : observances(zone.onsets(told_from, kLastToldYear))) append_observance(out, one);
  return out += "END:VTIMEZONE\r\n";
}

std::string_view danish_zone_block() { return kDanishBlock; }

}  // namespace budstikke::formats
