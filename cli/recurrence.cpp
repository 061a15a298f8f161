#include "cli/recurrence.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "cli/moments.h"

namespace budstikke::cli {
namespace {

enum class Frequency : std::uint8_t { Daily, Weekly, Monthly, Yearly };

struct ByDay {
  int ordinal;  // 0: every such weekday; 2: the second of the month; -1: the last
  int weekday;  // 0 is Monday
};

struct Rule {
  std::optional<Frequency> frequency;
  int interval = 1;
  std::optional<int> count;
  std::optional<Day> until;
  std::vector<ByDay> by_day;
  std::vector<int> by_month_day, by_month, by_position;
};

constexpr std::array<std::string_view, 4> kFrequencies = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"};
constexpr std::array<std::string_view, 7> kWeekdayCodes = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};

template <std::size_t N>
int index_of(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto at = std::ranges::find(names, name);
  return at == names.end() ? -1 : static_cast<int>(at - names.begin());
}

bool contains(const std::vector<int>& list, int value) { return std::ranges::find(list, value) != list.end(); }

std::optional<int> number_of(std::string_view text, int least, int most) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) return std::nullopt;
  return number;
}

// Cuts the part before `separator` off the front of `text`.
std::string_view take_part(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// A list of numbers other than 0 between -most and most.
bool read_numbers(std::string_view text, int most, std::vector<int>& out) {
  while (!text.empty()) {
    const std::optional<int> number = number_of(take_part(text, ','), -most, most);
    if (!number || *number == 0) return false;
    out.push_back(*number);
  }
  return !out.empty();
}

bool read_days(std::string_view text, std::vector<ByDay>& out) {
  while (!text.empty()) {
    const std::string_view part = take_part(text, ',');
    if (part.size() < 2) return false;
    const int weekday = index_of(kWeekdayCodes, part.substr(part.size() - 2));
    const std::string_view before = part.substr(0, part.size() - 2);
    const std::optional<int> ordinal = before.empty() ? std::optional(0) : number_of(before, -5, 5);
    if (weekday < 0 || !ordinal || (*ordinal == 0 && !before.empty())) return false;
    out.push_back({*ordinal, weekday});
  }
  return !out.empty();
}

// "20261231" or "20261231T225959Z", whose local day is meant.
std::optional<Day> read_until(std::string_view text) {
  if (text.size() < 8) return std::nullopt;
  const auto joined = [](std::string_view a, char between, std::string_view b, std::string_view c) {
    return std::string(a).append(1, between).append(b).append(1, between).append(c);
  };
  const std::string date = joined(text.substr(0, 4), '-', text.substr(4, 2), text.substr(6, 2));
  const std::optional<Moment> day = parse_moment(date);
  if (!day || text.size() == 8) return day ? std::optional(day->day) : std::nullopt;
  if (text.size() != 16 || !text.ends_with('Z')) return day->day;
  const std::string time = joined(text.substr(9, 2), ':', text.substr(11, 2), text.substr(13, 2));
  const std::optional<Moment> moment = parse_moment(date + "T" + time + "Z");
  return moment ? std::optional(local_moment(*moment).day) : std::nullopt;
}

bool read_part(std::string_view name, std::string_view value, Rule& rule) {
  constexpr int kMost = 10'000;
  if (name == "FREQ") {
    const int at = index_of(kFrequencies, value);
    if (at >= 0) rule.frequency = static_cast<Frequency>(at);
    return at >= 0;
  }
  if (name == "INTERVAL" || name == "COUNT") {
    const std::optional<int> number = number_of(value, 1, kMost);
    if (name == "COUNT") rule.count = number;
    if (name == "INTERVAL") rule.interval = number.value_or(1);
    return number.has_value();
  }
  if (name == "UNTIL") {
    rule.until = read_until(value);
    return rule.until.has_value();
  }
  if (name == "BYDAY") return read_days(value, rule.by_day);
  if (name == "BYMONTHDAY") return read_numbers(value, 31, rule.by_month_day);
  if (name == "BYMONTH") return read_numbers(value, 12, rule.by_month);
  if (name == "BYSETPOS") return read_numbers(value, 366, rule.by_position);
  return name == "WKST" && value == "MO";
}

std::optional<Rule> read_rule(std::string_view text) {
  Rule rule;
  while (!text.empty()) {
    std::string_view value = take_part(text, ';');
    const std::string_view name = take_part(value, '=');
    if (!read_part(name, value, rule)) return std::nullopt;
  }
  return rule.frequency ? std::optional(rule) : std::nullopt;
}

bool is_on_weekday(const ByDay& by_day, const Day& day) {
  if (by_day.weekday != weekday_of(day)) return false;
  const int from_start = (day.day - 1) / 7 + 1;
  const int from_end = -((days_in_month(day.year, day.month) - day.day) / 7 + 1);
  return by_day.ordinal == 0 || by_day.ordinal == from_start || by_day.ordinal == from_end;
}

// Whether the rule, apart from its interval, falls on the day.
bool fits(const Rule& rule, const Day& first, const Day& day) {
  if (!rule.by_month.empty() && !contains(rule.by_month, day.month)) return false;
  const int from_end = day.day - days_in_month(day.year, day.month) - 1;
  const bool month_day = contains(rule.by_month_day, day.day) || contains(rule.by_month_day, from_end);
  if (!rule.by_month_day.empty() && !month_day) return false;
  const auto on_day = [&](const ByDay& by_day) { return is_on_weekday(by_day, day); };
  if (!rule.by_day.empty() && !std::ranges::any_of(rule.by_day, on_day)) return false;
  if (!rule.by_day.empty() || !rule.by_month_day.empty()) return true;
  switch (*rule.frequency) {  // what the rule leaves open is as on the first day
    case Frequency::Daily:
      return true;
    case Frequency::Weekly:
      return weekday_of(day) == weekday_of(first);
    case Frequency::Monthly:
      return day.day == first.day;
    case Frequency::Yearly:
      return day.day == first.day && (!rule.by_month.empty() || day.month == first.month);
  }
  return false;
}

// The first day of the period (day, week, month, year) that `number` periods follow the one that holds `first`.
std::int64_t period_start(Frequency frequency, const Day& first, std::int64_t number) {
  switch (frequency) {
    case Frequency::Daily:
      return day_number(first) + number;
    case Frequency::Weekly:
      return day_number(first) - weekday_of(first) + 7 * number;
    case Frequency::Monthly: {
      const std::int64_t months = std::int64_t{first.year} * 12 + first.month - 1 + number;
      return day_number({static_cast<int>(months / 12), static_cast<int>(months % 12) + 1, 1});
    }
    case Frequency::Yearly:
      break;
  }
  return day_number({first.year + static_cast<int>(number), 1, 1});
}

std::vector<Day> days_of_period(const Rule& rule, const Day& first, std::int64_t start, std::int64_t end) {
  std::vector<Day> days;
  for (std::int64_t number = start; number < end; ++number) {
    const Day day = day_of(number);
    if (fits(rule, first, day)) days.push_back(day);
  }
  if (rule.by_position.empty()) return days;
  std::vector<Day> picked;
  const int size = static_cast<int>(days.size());
  for (int i = 0; i < size; ++i) {
    const bool named = contains(rule.by_position, i + 1) || contains(rule.by_position, i - size);
    if (named) picked.push_back(days[static_cast<std::size_t>(i)]);
  }
  return picked;
}

}  // namespace

std::optional<std::vector<Day>> days_of_rule(std::string_view text, const Day& first, const Day& from, const Day& last) {
  const std::optional<Rule> rule = read_rule(text);
  const std::int64_t end = day_number(last);
  if (!rule || end - day_number(first) > kMaxRecurrenceDays) return std::nullopt;
  std::vector<Day> found;
  int counted = 0;
  const auto take = [&](const Day& day) {  // false when the rule has ended
    if (rule->until && day > *rule->until) return false;
    if (rule->count && counted >= *rule->count) return false;
    ++counted;
    if (day >= from && day <= last) found.push_back(day);
    return day <= last;
  };
  if (!take(first)) return found;
  for (std::int64_t number = 0;; number += rule->interval) {
    const std::int64_t start = period_start(*rule->frequency, first, number);
    if (start > end) return found;
    for (const Day& day : days_of_period(*rule, first, start, period_start(*rule->frequency, first, number + 1))) {
      if (day > first && !take(day)) return found;
    }
  }
}

}  // namespace budstikke::cli
