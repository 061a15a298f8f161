#include "protocol/records/moment.h"

#include <algorithm>

namespace budstikke {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr Day kFirstDay{1, 1, 1};
constexpr Day kLastDay{9999, 12, 31};

// Takes exactly `width` digits off the front of `text`; -1 when they are not there.
int take_digits(std::string_view& text, std::size_t width) {
  if (text.size() < width) return -1;
  int value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

// "15:00:00" off the front as seconds since midnight; -1 when it is not a time of day.
int take_time(std::string_view& text) {
  const int hours = take_digits(text, 2);
  if (hours < 0 || hours > 23 || !take(text, ':')) return -1;
  const int minutes = take_digits(text, 2);
  if (minutes < 0 || minutes > 59 || !take(text, ':')) return -1;
  const int seconds = take_digits(text, 2);
  if (seconds < 0 || seconds > 59) return -1;
  return (hours * 60 + minutes) * 60 + seconds;
}

void put_digits(std::string& out, int value, int width) {
  std::string digits = std::to_string(value);
  if (digits.size() < static_cast<std::size_t>(width)) out.append(static_cast<std::size_t>(width) - digits.size(), '0');
  out += digits;
}

// Milliseconds of ".5" or ".123" off the front; 0 when there is no fraction, -1 when it is malformed.
int take_fraction(std::string_view& text) {
  if (!take(text, '.')) return 0;
  int value = 0, digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9' && digits < 3) {
    value = value * 10 + (text.front() - '0');
    text.remove_prefix(1);
    ++digits;
  }
  if (digits == 0) return -1;
  for (; digits < 3; ++digits) value *= 10;
  return value;
}

}  // namespace

int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12) return 0;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[month - 1];
}

bool is_valid(const Day& day) {
  return day.year >= 1 && day.year <= 9999 && day.day >= 1 && day.day <= days_in_month(day.year, day.month);
}

std::int64_t day_number(const Day& day) {
  const std::int64_t year = day.month <= 2 ? day.year - 1 : day.year;  // years that begin in March: the leap day is last
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (day.month + (day.month > 2 ? -3 : 9)) + 2) / 5 + day.day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

Day day_of(std::int64_t number) {
  number += 719'468;
  const std::int64_t era = (number >= 0 ? number : number - 146'096) / 146'097;
  const std::int64_t of_era = number - era * 146'097;
  const std::int64_t year_of_era = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int64_t day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  const int day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  return {static_cast<int>(year_of_era + era * 400) + (month <= 2 ? 1 : 0), month, day};
}

int weekday_of(const Day& day) {
  const std::int64_t number = day_number(day) + 3;  // 1970-01-01 was a Thursday
  return static_cast<int>((number % 7 + 7) % 7);
}

std::string text_of(const Day& day) { return text_of(Moment{Precision::Day, day, 0}); }

std::optional<Moment> parse_moment(std::string_view text) {
  Moment moment{Precision::Year, {}, 0};
  moment.day.year = take_digits(text, 4);
  if (moment.day.year < 1) return std::nullopt;
  if (take(text, '-')) {
    moment.precision = Precision::Month;
    moment.day.month = take_digits(text, 2);
    if (take(text, '-')) {
      moment.precision = Precision::Day;
      moment.day.day = take_digits(text, 2);
      if (take(text, 'T')) {
        moment.precision = Precision::Time;
        moment.seconds = take_time(text);
        if (moment.seconds < 0 || !take(text, 'Z')) return std::nullopt;
      }
    }
  }
  if (!text.empty() || !is_valid(moment.day)) return std::nullopt;
  return moment;
}

std::string text_of(const Moment& moment) {
  std::string text;
  put_digits(text, moment.day.year, 4);
  if (moment.precision == Precision::Year) return text;
  put_digits(text += '-', moment.day.month, 2);
  if (moment.precision == Precision::Month) return text;
  put_digits(text += '-', moment.day.day, 2);
  if (moment.precision == Precision::Day) return text;
  put_digits(text += 'T', moment.seconds / 3'600, 2);
  put_digits(text += ':', moment.seconds / 60 % 60, 2);
  put_digits(text += ':', moment.seconds % 60, 2);
  return text += 'Z';
}

Day first_day(const Moment& moment) { return moment.day; }

Day last_day(const Moment& moment) {
  Day day = moment.day;
  if (moment.precision == Precision::Year) day.month = 12;
  if (moment.precision == Precision::Year || moment.precision == Precision::Month) day.day = days_in_month(day.year, day.month);
  return day;
}

std::strong_ordering compare(const Moment& a, const Moment& b) {
  if (const auto order = a.day <=> b.day; order != 0) return order;
  if (const auto order = a.seconds <=> b.seconds; order != 0) return order;
  return a.precision <=> b.precision;
}

std::optional<WallTime> parse_utc(std::string_view text) {
  constexpr std::size_t kWithoutZone = 19;  // "2027-03-31T15:00:00"
  if (text.size() < kWithoutZone + 1) return std::nullopt;
  const auto moment = parse_moment(std::string(text.substr(0, kWithoutZone)) + 'Z');
  text.remove_prefix(kWithoutZone);
  const int fraction = take_fraction(text);
  if (!moment || fraction < 0 || text != "Z") return std::nullopt;
  return WallTime{wall_time(moment->day, moment->seconds).ms + fraction};
}

std::string format_utc(WallTime time) { return text_of(moment_of(time)); }

WallTime wall_time(const Day& day, int seconds) { return {(day_number(day) * kSecondsPerDay + seconds) * 1'000}; }

Moment moment_of(WallTime time) {
  const std::int64_t lowest = wall_time(kFirstDay, 0).ms;
  const std::int64_t highest = wall_time(kLastDay, static_cast<int>(kSecondsPerDay) - 1).ms;
  const std::int64_t from_first = (std::clamp(time.ms, lowest, highest) - lowest) / 1'000;
  const Day day = day_of(day_number(kFirstDay) + from_first / kSecondsPerDay);
  return {Precision::Time, day, static_cast<int>(from_first % kSecondsPerDay)};
}

}  // namespace budstikke
