#include "cli/moments.h"

#include <array>

#include "protocol/formats/zones.h"

namespace budstikke::cli {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"January", "February", "March",     "April",   "May",      "June",
                                                      "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 12> kMonthsDanish = {"januar", "februar", "marts",     "april",   "maj",      "juni",
                                                            "juli",   "august",  "september", "oktober", "november", "december"};
constexpr std::array<std::string_view, 12> kShortMonthsDanish = {"jan.", "feb.", "mar.",  "apr.", "maj",  "jun.",
                                                                 "jul.", "aug.", "sept.", "okt.", "nov.", "dec."};
constexpr std::array<std::string_view, 7> kWeekdays = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                       "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 7> kWeekdaysDanish = {"mandag", "tirsdag", "onsdag", "torsdag",
                                                             "fredag", "lørdag",  "søndag"};

std::string_view month_name(int month, Language language) {
  return (language == Language::Danish ? kMonthsDanish : kMonths)[static_cast<std::size_t>(month - 1)];
}

std::string_view short_month(int month, Language language) {
  const auto at = static_cast<std::size_t>(month - 1);
  return language == Language::Danish ? kShortMonthsDanish[at] : kMonths[at].substr(0, 3);
}

std::string_view weekday_name(const Day& day, Language language) {
  return (language == Language::Danish ? kWeekdaysDanish : kWeekdays)[static_cast<std::size_t>(weekday_of(day))];
}

std::string joined(std::string_view a, std::string_view b, std::string_view c) { return std::string(a).append(b).append(c); }

// "2027", "marts 2027"; nullopt when the day is known.
std::optional<std::string> partial(const Moment& moment, Language language) {
  const std::string year = std::to_string(moment.day.year);
  if (moment.precision == Precision::Year) return year;
  if (moment.precision == Precision::Month) return joined(month_name(moment.day.month, language), " ", year);
  return std::nullopt;
}

std::string day_number_text(const Day& day, Language language) {
  return std::to_string(day.day) + (language == Language::Danish ? ". " : " ");
}

std::string count_ago(std::int64_t count, Language language, std::string_view danish, std::string_view english) {
  const std::string number = std::to_string(count);
  return language == Language::Danish ? joined("for " + number + " ", danish, " siden") : joined(number + " ", english, " ago");
}

}  // namespace

LocalMoment local_moment(const Moment& moment) {
  if (moment.precision != Precision::Time) return {moment.day, std::nullopt};
  const formats::LocalTime local = formats::default_zone().local_of(wall_time(moment.day, moment.seconds));
  return {local.day, local.seconds / 60};
}

std::string clock_text(int minutes) {
  const auto two = [](int number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return two(minutes / 60) + ":" + two(minutes % 60);
}

std::string clock_for(std::string_view clock, Language language) {
  std::string text(clock);
  if (const std::size_t colon = text.find(':'); language == Language::Danish && colon != std::string::npos) text[colon] = '.';
  return text;
}

std::string long_moment(std::string_view stored, Language language) {
  const std::optional<Moment> moment = parse_moment(stored);
  if (!moment) return std::string(stored);
  if (std::optional<std::string> less = partial(*moment, language)) return *less;
  const LocalMoment at = local_moment(*moment);
  std::string text = joined(weekday_name(at.day, language), language == Language::Danish ? " den " : " ", "");
  text += day_number_text(at.day, language);
  text += joined(month_name(at.day.month, language), " ", std::to_string(at.day.year));
  if (!at.minutes) return text;
  return text + (language == Language::Danish ? " kl. " : " at ") + clock_for(clock_text(*at.minutes), language);
}

std::string short_moment(std::string_view stored, Language language) {
  const std::optional<Moment> moment = parse_moment(stored);
  if (!moment) return std::string(stored);
  if (std::optional<std::string> less = partial(*moment, language)) return *less;
  const LocalMoment at = local_moment(*moment);
  std::string text = day_number_text(at.day, language);
  text += joined(short_month(at.day.month, language), " ", std::to_string(at.day.year));
  if (!at.minutes) return text;
  return text + (language == Language::Danish ? " kl. " : " ") + clock_for(clock_text(*at.minutes), language);
}

std::string span_text(std::int64_t seconds, Language language) {
  constexpr std::int64_t kHour = 60, kDay = 24 * kHour;
  const std::int64_t minutes = seconds / 60 + (seconds % 60 >= 30 ? 1 : 0);
  const std::string hour = language == Language::Danish ? " t" : " h";
  const auto with = [](std::int64_t large, const std::string& unit, std::int64_t small, const std::string& part) {
    return std::to_string(large) + unit + (small > 0 ? " " + std::to_string(small) + part : std::string());
  };
  if (minutes < kHour) return std::to_string(minutes) + " min";
  if (minutes < kDay) return with(minutes / kHour, hour, minutes % kHour, " min");
  return with(minutes / kDay, " d", minutes % kDay / kHour, hour);
}

std::string ago(WallTime now, std::string_view stored, Language language) {
  const std::optional<WallTime> then = parse_utc(stored);
  if (!then) return std::string(stored);
  constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour, kNow = 10;
  const std::int64_t seconds = (now.ms - then->ms) / 1'000;
  if (seconds < kNow) return language == Language::Danish ? "lige nu" : "just now";
  if (seconds < kMinute) return count_ago(seconds, language, "s", "s");
  if (seconds < kHour) return count_ago(seconds / kMinute, language, "min", "min");
  if (seconds < kDay) return count_ago(seconds / kHour, language, "t", "h");
  return short_moment(stored, language);
}

}  // namespace budstikke::cli
