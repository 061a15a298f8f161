#include "cli/spoken_dates.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <sstream>
#include <vector>

#include "protocol/base/text.h"
#include "protocol/formats/dates.h"
#include "protocol/formats/zones.h"

namespace budstikke::cli {
namespace {

constexpr std::size_t kMaxSaidBytes = 80;  // as long as a date may be
constexpr int kMaxAhead = 999;             // days, weeks or months
constexpr int kYearsTried = 8;             // the 29th of February comes in one of them

constexpr std::array<std::string_view, 14> kDaysSaid = {"mandag",    "monday",   "tirsdag",  "tuesday", "onsdag",
                                                        "wednesday", "torsdag",  "thursday", "fredag",  "friday",
                                                        "lørdag",    "saturday", "søndag",   "sunday"};

struct Said {
  std::vector<std::string> words;  // folded: lower case, å for aa
  std::size_t at = 0;

  bool at_end() const { return at == words.size(); }
  std::string_view next(std::size_t ahead = 0) const {
    return at + ahead < words.size() ? words[at + ahead] : std::string_view();
  }
  bool take(std::string_view word) {
    const bool same = next() == fold_case(word);
    if (same) ++at;
    return same;
  }
  bool take_any(std::initializer_list<std::string_view> all) {
    return std::ranges::any_of(all, [&](std::string_view word) { return take(word); });
  }
  std::optional<int> take_number(int most) {
    int number = 0;
    const std::string_view word = next();
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (word.empty() || error != std::errc() || end != word.data() + word.size() || number < 1 || number > most)
      return std::nullopt;
    ++at;
    return number;
  }
};

// 0 is Monday; a name counts from its third letter on, and with the ending of "i torsdags" where that is asked for.
std::optional<int> weekday_said(std::string_view word, bool with_s = false) {
  if (with_s && !word.ends_with('s')) return std::nullopt;
  if (with_s || word.ends_with('.')) word.remove_suffix(1);
  for (std::size_t i = 0; i < kDaysSaid.size(); ++i) {
    const std::string name = fold_case(kDaysSaid[i]);
    const std::size_t least = with_s ? name.size() : name.find('\xC3') < 3 ? 4 : 3;
    if (word.size() >= least && name.starts_with(word)) return static_cast<int>(i / 2);
  }
  return std::nullopt;
}

Day days_after(const Day& day, std::int64_t days) { return day_of(day_number(day) + days); }

Day monday_of(const Day& day) { return days_after(day, -weekday_of(day)); }

// The Monday of a week of ISO 8601: the first week is that of the 4th of January.
std::optional<Day> monday_of_week(int year, int week) {
  const Day monday = days_after(monday_of({year, 1, 4}), 7 * (std::int64_t{week} - 1));
  const bool is_of_year = days_after(monday, 3).year == year;
  return is_of_year ? std::optional(monday) : std::nullopt;
}

Day months_after(const Day& day, int months) {
  const int month = day.year * 12 + day.month - 1 + months;
  Day later{month / 12, month % 12 + 1, day.day};
  later.day = std::min(later.day, days_in_month(later.year, later.month));
  return later;
}

// What follows "uge": its number, and a year when that was said.
std::optional<Day> take_week(Said& said, const Day& today, Lean lean) {
  const std::optional<int> week = said.take_number(53);
  if (!week) return std::nullopt;
  said.take("i");
  const bool has_year = said.next().size() == 4;
  if (const std::optional<int> year = has_year ? said.take_number(9999) : std::nullopt) return monday_of_week(*year, *week);
  const int step = lean == Lean::Ahead ? 1 : -1;
  for (int tried = 0; tried < kYearsTried; ++tried) {
    const std::optional<Day> monday = monday_of_week(today.year + step * (tried - 1), *week);
    if (!monday) continue;
    const bool fits = lean == Lean::Ahead ? days_after(*monday, 6) >= today : *monday <= today;
    if (fits) return monday;
  }
  return std::nullopt;
}

// "om 3 uger": what follows "om" or "in".
std::optional<Day> take_ahead(Said& said, const Day& today) {
  std::optional<int> count = said.take_any({"en", "et", "a", "an", "one"}) ? std::optional(1) : said.take_number(kMaxAhead);
  if (!count) return std::nullopt;
  if (said.take_any({"dag", "dage", "day", "days"})) return days_after(today, *count);
  if (said.take_any({"uge", "uger", "week", "weeks"})) return days_after(today, 7 * std::int64_t{*count});
  if (said.take_any({"måned", "måneder", "month", "months"})) return months_after(today, *count);
  if (said.take_any({"år", "year", "years"})) return months_after(today, 12 * *count);
  return std::nullopt;
}

std::optional<Day> take_weekday(Said& said, const Day& today, Lean lean) {
  const bool last = said.next() == "i" && weekday_said(said.next(1), true).has_value();
  Said ahead = said;
  if (last) ++ahead.at;
  if (!last) ahead.take_any({"på", "on"});
  const std::optional<int> weekday = weekday_said(ahead.next(), last);
  if (!weekday) return std::nullopt;
  ++ahead.at;
  const bool in_week = (ahead.next() == "i" && ahead.next(1) == "uge") || (ahead.next() == "in" && ahead.next(1) == "week");
  if (in_week) ++ahead.at;
  if (ahead.take_any({"uge", "week"})) {
    const std::optional<Day> monday = take_week(ahead, today, lean);
    if (!monday) return std::nullopt;
    said = ahead;
    return days_after(*monday, *weekday);
  }
  said = ahead;
  const int forward = (*weekday - weekday_of(today) + 6) % 7 + 1;  // 1 to 7
  return days_after(today, last || lean == Lean::Back ? forward - (forward == 7 ? 14 : 7) : forward);
}

struct TakenDay {
  Day day;
  bool is_week = false;
};

std::optional<TakenDay> take_day(Said& said, const Day& today, Lean lean) {
  const auto relative = [&](std::int64_t days) { return TakenDay{days_after(today, days)}; };
  Said two = said;
  two.take("i");
  for (const auto& [word, english, days] :
       {std::tuple{"dag", "today", 0}, {"morgen", "tomorrow", 1}, {"overmorgen", "", 2}, {"går", "yesterday", -1}}) {
    Said one = said;
    const std::string joined = "i" + std::string(word);  // "imorgen", as many write it
    if (one.take(joined) || (*english != '\0' && one.take(english))) {
      said = one;
      return relative(days);
    }
    if (said.next() == "i" && two.next() == fold_case(word)) {
      said.at += 2;
      return relative(days);
    }
  }
  Said ahead = said;
  if (ahead.take_any({"om", "in"})) {
    const std::optional<Day> day = take_ahead(ahead, today);
    if (day) said = ahead;
    return day ? std::optional(TakenDay{*day}) : std::nullopt;
  }
  if (ahead.take_any({"uge", "week"})) {
    const std::optional<Day> monday = take_week(ahead, today, lean);
    if (monday) said = ahead;
    return monday ? std::optional(TakenDay{*monday, true}) : std::nullopt;
  }
  const std::optional<Day> day = take_weekday(said, today, lean);
  return day ? std::optional(TakenDay{*day}) : std::nullopt;
}

// The time that follows, as formats::read_moment takes it behind a day; nullopt when it is none.
std::optional<std::string> time_said(Said& said) {
  if (said.at_end()) return "";
  std::string rest;
  const bool bare_hour = said.words.size() == said.at + 1 && said.next().size() <= 2;
  for (; !said.at_end(); ++said.at) rest.append(" ").append(said.next());
  const std::size_t digit = rest.find_first_of("0123456789");
  if (digit == std::string::npos) return std::nullopt;
  return bare_hour ? " kl." + rest : rest;
}

std::string joined_words(const std::vector<std::string>& words, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < words.size(); ++i) text.append(text.empty() ? "" : " ").append(words[i]);
  return text;
}

// "15. marts kl. 17" and "15/3 kl. 17", with the nearest year in which that day is on the right side of today.
std::optional<std::string> with_year(const std::vector<std::string>& words, const Day& today, Lean lean) {
  const auto day = std::ranges::find_if(words, [](const std::string& word) { return word[0] >= '0' && word[0] <= '9'; });
  if (day == words.end()) return std::nullopt;
  std::size_t behind = static_cast<std::size_t>(day - words.begin()) + 1;
  const bool has_slash = std::ranges::count(*day, '/') == 1 && day->find_first_not_of("0123456789/") == std::string::npos;
  const bool has_month = behind < words.size() && !has_slash && day->find_first_not_of("0123456789.") == std::string::npos;
  if (has_month) ++behind;  // the month's name; read_moment says whether it is one
  if (!has_slash && !has_month) return std::nullopt;
  const std::size_t at = static_cast<std::size_t>(day - words.begin());
  const auto dated = [&](std::size_t from, int year) {
    std::string text;
    for (std::size_t i = from; i < behind; ++i) text.append(words[i]).append(" ");
    const std::string time = joined_words(words, behind);
    return text + std::to_string(year) + (time.empty() ? "" : " " + time);
  };
  std::optional<std::string> first;
  for (int tried = 0; tried < kYearsTried; ++tried) {
    const int year = today.year + (lean == Lean::Ahead ? tried : -tried);
    formats::DateFault fault{};
    const Result<std::string> read =
        formats::read_moment(dated(at, year), formats::default_zone(), &fault);  // whatever the weekday
    const std::optional<Moment> moment = read ? parse_moment(*read) : std::nullopt;
    if (!moment) {
      if (fault == formats::DateFault::NotADate || fault == formats::DateFault::ShortYear) return std::nullopt;
      if (!first) first = dated(0, year);
      continue;  // the 29th of February comes again
    }
    const Day local = moment->precision == Precision::Time
                          ? formats::default_zone().local_of(wall_time(moment->day, moment->seconds)).day
                          : moment->day;
    if (lean == Lean::Ahead ? local >= today : local <= today) return dated(0, year);
  }
  return first;
}

bool is_unclear(const Said& said) {
  const std::string_view first = said.next();
  const bool next = first == fold_case("næste") || first == "next" || first == "this" || first == "denne" || first == "sidste" ||
                    first == "last";
  const std::string_view what = said.next(1);
  return next &&
         (weekday_said(what).has_value() || what == "uge" || what == "week" || what == fold_case("måned") || what == "month");
}

}  // namespace

SpokenDate date_in_full(std::string_view said_text, const Day& today, Lean lean, Edge edge) {
  const SpokenDate as_it_is{std::string(said_text)};
  if (said_text.size() > kMaxSaidBytes || !is_utf8(said_text)) return as_it_is;
  Said said;
  std::istringstream in(fold_case(said_text));
  for (std::string word; in >> word;) {
    if (word.size() > 1 && word.ends_with(',')) word.pop_back();
    said.words.push_back(std::move(word));
  }
  if (said.words.empty()) return as_it_is;
  if (is_unclear(said)) return {as_it_is.text, true};
  const std::optional<TakenDay> taken = take_day(said, today, lean);
  if (!taken || !is_valid(taken->day)) {
    const std::optional<std::string> full = with_year(said.words, today, lean);
    return full ? SpokenDate{*full} : as_it_is;
  }
  const std::optional<std::string> time = time_said(said);
  if (!time || (taken->is_week && !time->empty())) {
    const std::optional<std::string> full = with_year(said.words, today, lean);  // "mandag den 15. marts"
    return full ? SpokenDate{*full} : as_it_is;
  }
  const Day day = taken->is_week && edge == Edge::Last ? days_after(taken->day, 6) : taken->day;
  const SpokenDate full{text_of(day) + *time};
  if (formats::read_moment(full.text, formats::default_zone())) return full;
  const std::optional<std::string> dated = with_year(said.words, today, lean);
  if (dated) return {*dated};
  formats::DateFault fault{};
  const bool reads = static_cast<bool>(formats::read_moment(said_text, formats::default_zone(), &fault));
  return reads || fault != formats::DateFault::NotADate ? as_it_is : full;  // whose fault says more
}

Day danish_today(WallTime now) { return formats::default_zone().local_of(now).day; }

}  // namespace budstikke::cli
