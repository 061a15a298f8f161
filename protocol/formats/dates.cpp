#include "protocol/formats/dates.h"

#include <array>
#include <optional>

#include "protocol/base/text.h"

namespace budstikke::formats {
namespace {

constexpr std::size_t kMaxDateBytes = 80;

// Danish and English names, month by month and day by day; a word fits when it is one of these or their first three letters.
constexpr std::array<std::string_view, 24> kMonths = {"januar",  "january", "februar",  "february", "marts",     "march",
                                                      "april",   "april",   "maj",      "may",      "juni",      "june",
                                                      "juli",    "july",    "august",   "august",   "september", "september",
                                                      "oktober", "october", "november", "november", "december",  "december"};
constexpr std::array<std::string_view, 14> kWeekdays = {"mandag",    "monday",   "tirsdag",  "tuesday", "onsdag",
                                                        "wednesday", "torsdag",  "thursday", "fredag",  "friday",
                                                        "lørdag",    "saturday", "søndag",   "sunday"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A short month or day: three letters, of which "lør" and "søn" have four bytes; "sept" is usual too.
bool is_short_for(std::string_view word, std::string_view name) {
  const std::size_t letters = name.find('\xC3') < 3 ? 4 : 3;
  return word.size() >= letters && name.starts_with(word);
}

template <std::size_t N>
int index_of(const std::array<std::string_view, N>& names, std::string_view word) {
  for (std::size_t i = 0; i < N; ++i) {
    if (is_short_for(word, names[i])) return static_cast<int>(i / 2);
  }
  return -1;
}

// Reads a text from the left; every take_… leaves the text alone when what it wants is not next.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}
  bool at_end() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool take(char c) {
    if (peek() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  void skip_spaces() {
    while (take(' ')) {
    }
  }
  struct Number {
    int value = -1;  // -1 when there was none
    std::size_t digits = 0;
  };
  Number take_number() {
    Number number;
    while (number.digits < 4 && is_digit(peek())) {
      number.value = (number.digits == 0 ? 0 : number.value * 10) + (rest_.front() - '0');
      rest_.remove_prefix(1);
      ++number.digits;
    }
    return number;
  }
  std::string_view take_word() {
    std::size_t size = 0;
    while (size < rest_.size() && ((rest_[size] >= 'a' && rest_[size] <= 'z') || static_cast<unsigned char>(rest_[size]) >= 0x80))
      ++size;
    const std::string_view word = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return word;
  }

 private:
  std::string_view rest_;
};

struct Reading {
  Precision precision = Precision::Day;
  Day day;
  int weekday = -1;  // as written before the date, -1 when it was not
  int seconds = 0;
  std::optional<int> offset_s;  // of a time with 'Z' or offset
};
using Fault = std::optional<DateFault>;

// Lower case, single spaces. Not fold_case: that would make "aa" one letter.
std::string normal(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool no_break_space = text.substr(i, 2) == "\xC2\xA0";
    if (no_break_space) ++i;
    const char c = no_break_space || text[i] == '\t' ? ' ' : text[i];
    if (c == ' ' && (out.empty() || out.back() == ' ')) continue;
    if (c >= 'A' && c <= 'Z') {
      out += static_cast<char>(c - 'A' + 'a');
    } else {
      out += c == '\x98' && !out.empty() && out.back() == '\xC3' ? '\xB8' : c;  // Ø
    }
  }
  return trim(out);
}

// 'z', "+01:00", "+0100" or "+01".
Fault read_offset(Cursor& in, Reading& out) {
  if (in.take('z')) {
    out.offset_s = 0;
    return {};
  }
  const int sign = in.take('+') ? 1 : in.take('-') ? -1 : 0;
  if (sign == 0) return {};
  const auto first = in.take_number();
  int hours = first.value, minutes = 0;
  if (first.digits == 4) {
    hours = first.value / 100;
    minutes = first.value % 100;
  } else if (in.take(':')) {
    minutes = in.take_number().value;
  }
  if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59) return DateFault::NoSuchTime;
  out.offset_s = sign * (hours * 60 + minutes) * 60;
  return {};
}

// A time of day and what follows it; nothing at all is a date.
Fault read_time(Cursor& in, Reading& out) {
  in.take(',');
  in.skip_spaces();
  if (in.at_end()) return {};
  const bool iso = in.take('t');
  const bool announced = !iso && (in.take("klokken") || in.take("kl.") || in.take("kl") || in.take("at "));
  in.skip_spaces();
  const auto hours = in.take_number();
  if (hours.digits < 1 || hours.digits > 2) return DateFault::NotADate;
  int minutes = 0, seconds = 0;
  const char separator = in.peek();
  if ((separator == ':' || separator == '.') && in.take(separator)) {
    const auto number = in.take_number();
    if (number.digits != 2) return DateFault::NotADate;
    minutes = number.value;
    if (in.take(separator)) {
      const auto last = in.take_number();
      if (last.digits != 2) return DateFault::NotADate;
      seconds = last.value;
    }
  } else if (!announced) {
    return DateFault::NotADate;
  }
  if (hours.value > 23 || minutes > 59 || seconds > 59) return DateFault::NoSuchTime;
  out.precision = Precision::Time;
  out.seconds = (hours.value * 60 + minutes) * 60 + seconds;
  const Fault fault = read_offset(in, out);
  return fault || in.at_end() ? fault : DateFault::NotADate;
}

// "2026", "2026-03", "2026-03-15…": the four digits have been read.
Fault read_iso(Cursor& in, int year, Reading& out) {
  out.day.year = year;
  out.precision = Precision::Year;
  if (in.at_end()) return {};
  if (!in.take('-')) return DateFault::NotADate;
  const auto month = in.take_number();
  if (month.digits != 2) return DateFault::NotADate;
  out.day.month = month.value;
  out.precision = Precision::Month;
  if (in.at_end()) return {};
  if (!in.take('-')) return DateFault::NotADate;
  const auto day = in.take_number();
  if (day.digits != 2) return DateFault::NotADate;
  out.day.day = day.value;
  out.precision = Precision::Day;
  return read_time(in, out);
}

Fault read_year(Cursor& in, Reading& out) {
  in.skip_spaces();
  const auto year = in.take_number();
  if (year.digits == 2) return DateFault::ShortYear;
  if (year.digits != 4) return DateFault::NotADate;
  out.day.year = year.value;
  return {};
}

// "15-03-2026", "15.3.2026", "15/3-2026", "15/3 2026", "15/3/2026", "03-2026": the first number has been read.
Fault read_numbers(Cursor& in, const Cursor::Number& first, char separator, Reading& out) {
  in.skip_spaces();
  const auto second = in.take_number();
  if (second.digits == 4 && separator != '.') {
    out.precision = Precision::Month;
    out.day = {second.value, first.value, 1};
    return in.at_end() ? Fault{} : DateFault::NotADate;
  }
  if (second.digits < 1 || second.digits > 2) return DateFault::NotADate;
  const char next = in.peek();
  if (next != separator && !(separator == '/' && (next == '-' || next == ' '))) return DateFault::NotADate;
  in.take(next);
  if (const Fault fault = read_year(in, out)) return fault;
  if (second.value > 12 && first.value <= 12) return DateFault::MonthFirst;
  const bool two_slashes = separator == '/' && next == '/';
  if (two_slashes && first.value <= 12 && first.value != second.value) return DateFault::Unclear;
  out.day.day = first.value;
  out.day.month = second.value;
  return read_time(in, out);
}

// "marts 2026" or, with the day read before, "15. marts 2026".
Fault read_named_month(Cursor& in, std::optional<int> day, Reading& out) {
  const int month = index_of(kMonths, in.take_word());
  if (month < 0) return DateFault::NotADate;
  if (!in.take('.')) in.take('-');
  if (const Fault fault = read_year(in, out)) return fault;
  out.day.month = month + 1;
  if (day) {
    out.day.day = *day;
    return read_time(in, out);
  }
  out.precision = Precision::Month;
  return in.at_end() ? Fault{} : DateFault::NotADate;
}

void skip_weekday(Cursor& in, Reading& out) {
  Cursor ahead = in;
  const int weekday = index_of(kWeekdays, ahead.take_word());
  if (weekday >= 0) {
    out.weekday = weekday;
    in = ahead;
    in.take('.');
    in.take(',');
    in.skip_spaces();
  }
  if (in.take("den ") || in.take("d.")) in.skip_spaces();
}

Fault read_any(Cursor& in, Reading& out) {
  skip_weekday(in, out);
  if (!is_digit(in.peek())) return read_named_month(in, {}, out);
  const auto first = in.take_number();
  if (first.digits == 4) return read_iso(in, first.value, out);
  if (first.digits > 2) return DateFault::NotADate;
  const char separator = in.peek();
  if (separator == '.' || separator == '-' || separator == '/') in.take(separator);
  in.skip_spaces();
  if (!is_digit(in.peek())) return read_named_month(in, first.value, out);
  if (separator == ' ' || is_digit(separator)) return DateFault::NotADate;
  return read_numbers(in, first, separator, out);
}

Fault check_reading(const Reading& reading) {
  if (!is_valid(reading.day)) return DateFault::NoSuchDay;
  const bool has_day = reading.precision == Precision::Day || reading.precision == Precision::Time;
  if (reading.weekday >= 0 && (!has_day || weekday_of(reading.day) != reading.weekday)) return DateFault::WrongWeekday;
  return {};
}

std::string_view reason(DateFault fault) {
  switch (fault) {
    case DateFault::NotADate:
      return "not a date or time: write 15-03-2026, or 15-03-2026 17:00";
    case DateFault::NoSuchDay:
      return "there is no such day";
    case DateFault::NoSuchTime:
      return "there is no such time of day";
    case DateFault::MonthFirst:
      return "the month stands first: write the day first, as in 15-03-2026";
    case DateFault::Unclear:
      return "day and month cannot be told apart: write 15-03-2026 or 2026-03-15";
    case DateFault::ShortYear:
      return "write the year with four digits";
    case DateFault::WrongWeekday:
      return "the date is not on that weekday";
  }
  return "not a date";
}

std::string two_digits(int value) { return (value < 10 ? "0" : "") + std::to_string(value); }

std::string clock_text(int seconds) {
  std::string text = two_digits(seconds / 3'600) + ':' + two_digits(seconds / 60 % 60);
  return seconds % 60 == 0 ? text : text + ':' + two_digits(seconds % 60);
}

std::string danish_day(const Moment& date) {
  std::string iso = text_of(date);  // yyyy-mm-dd, cut by its precision
  if (date.precision == Precision::Year) return iso;
  const std::string month = iso.substr(5, 2) + '-' + iso.substr(0, 4);
  return date.precision == Precision::Month ? month : iso.substr(8, 2) + '-' + month;
}

// The local day and time of a canonical time; nullopt for a date, for other texts, and outside the calendar.
std::optional<LocalTime> local_of(std::string_view canonical, const TimeZone& zone) {
  const auto time = parse_utc(canonical);
  if (!time) return std::nullopt;
  const LocalTime local = zone.local_of(*time);
  return is_valid(local.day) ? std::optional(local) : std::nullopt;
}

}  // namespace

Result<std::string> read_moment(std::string_view text, const TimeZone& zone, DateFault* why) {
  Reading reading;
  const std::string plain = text.size() <= kMaxDateBytes ? normal(text) : std::string{};
  Cursor in(plain);
  Fault fault = read_any(in, reading);
  if (!fault) fault = check_reading(reading);
  if (fault) {
    if (why != nullptr) *why = *fault;
    return Error{Code::Invalid, std::string(reason(*fault))};
  }
  if (reading.precision != Precision::Time) return text_of(Moment{reading.precision, reading.day, 0});
  const WallTime time = reading.offset_s
                            ? WallTime{wall_time(reading.day, reading.seconds).ms - std::int64_t{*reading.offset_s} * 1'000}
                            : zone.utc_of({reading.day, reading.seconds});
  return format_utc(time);
}

std::string local_text(std::string_view canonical, const TimeZone& zone) {
  const auto local = local_of(canonical, zone);
  return local ? text_of(local->day) + ' ' + clock_text(local->seconds) : std::string(canonical);
}

std::string danish_date(std::string_view canonical, const TimeZone& zone) {
  if (const auto local = local_of(canonical, zone)) {
    return danish_day({Precision::Day, local->day, 0}) + ' ' + clock_text(local->seconds);
  }
  const auto moment = parse_moment(canonical);
  return moment && moment->precision != Precision::Time ? danish_day(*moment) : std::string(canonical);
}

}  // namespace budstikke::formats
