#include "protocol/formats/zones.h"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include <algorithm>

#include "protocol/base/text.h"
#include "protocol/records/check.h"

namespace budstikke::formats {
namespace {

struct WindowsName {
  std::string_view windows;  // as fold_case gives it
  std::string_view iana;
};
constexpr WindowsName kWindowsNames[] = {
    {"romance standard time", "Europe/Copenhagen"},
    {"w. europe standard time", "Europe/Berlin"},
    {"central europe standard time", "Europe/Budapest"},
    {"central european standard time", "Europe/Warsaw"},
    {"gmt standard time", "Europe/London"},
    {"greenwich standard time", "Atlantic/Reykjavik"},
    {"fle standard time", "Europe/Helsinki"},
    {"gtb standard time", "Europe/Bucharest"},
    {"e. europe standard time", "Europe/Chisinau"},
    {"turkey standard time", "Europe/Istanbul"},
    {"greenland standard time", "America/Nuuk"},
    {"utc", "UTC"},
    {"coordinated universal time", "UTC"},
};

using UtcSecond = cctz::time_point<cctz::seconds>;

UtcSecond instant_of(WallTime time) {
  return UtcSecond(cctz::seconds(std::chrono::floor<std::chrono::seconds>(Millis(time.ms)).count()));
}

LocalTime local_time(const cctz::civil_second& civil) {
  return {{static_cast<int>(civil.year()), civil.month(), civil.day()},
          (civil.hour() * 60 + civil.minute()) * 60 + civil.second()};
}

// The onset at an instant; where summer time is set, the zone data may call either of the two offsets the ordinary one.
Onset onset_at(UtcSecond instant, const cctz::time_zone& zone) {
  const auto before = zone.lookup(instant - cctz::seconds(1)), after = zone.lookup(instant);
  const bool summer = before.is_dst == after.is_dst ? after.is_dst : after.offset > before.offset;
  return {local_time(before.cs + 1), before.offset, after.offset, summer, after.abbr};
}

// What is in force at an instant, as if from the beginning of 1970 or, if that is earlier, of the instant's year.
Onset beginning(UtcSecond instant, const cctz::time_zone& zone) {
  const auto now = zone.lookup(instant);
  const int year = static_cast<int>(std::clamp<cctz::year_t>(now.cs.year(), 1, 1970));
  return {{{year, 1, 1}, 0}, now.offset, now.offset, now.is_dst, now.abbr};
}

std::string plain_name(std::string_view name) {
  std::string plain;
  for (char c : name) {
    if (c != '"' && static_cast<unsigned char>(c) >= 0x20) plain += c;
  }
  return trim(plain);
}

}  // namespace

struct TimeZone::Data {
  cctz::time_zone zone;
};

WallTime TimeZone::utc_of(const LocalTime& local) const {
  const cctz::civil_second civil(local.day.year, local.day.month, local.day.day, 0, 0, local.seconds);
  return {std::chrono::duration_cast<Millis>(data_->zone.lookup(civil).pre.time_since_epoch()).count()};
}

LocalTime TimeZone::local_of(WallTime time) const { return local_time(cctz::convert(instant_of(time), data_->zone)); }

std::vector<Onset> TimeZone::onsets(WallTime from, int last_year) const {
  const cctz::time_zone& zone = data_->zone;
  std::vector<Onset> onsets;
  cctz::time_zone::civil_transition change;
  UtcSecond instant = instant_of(from);
  const bool any = zone.prev_transition(instant + cctz::seconds(1), &change);
  const bool told = any && (change.to.year() >= 1970 || from < WallTime{0});
  onsets.push_back(told ? onset_at(zone.lookup(change.to).trans, zone) : beginning(instant, zone));
  while (zone.next_transition(instant, &change) && change.from.year() <= last_year) {
    instant = zone.lookup(change.to).trans;
    onsets.push_back(onset_at(instant, zone));
  }
  return onsets;
}

std::optional<TimeZone> load_zone(std::string_view name) {
  // The name becomes part of a path, so only what is_zone_name lets through (no "..", no leading "/") goes on.
  cctz::time_zone zone;
  if (!is_zone_name(name) || !cctz::load_time_zone(std::string(name), &zone)) return std::nullopt;
  return TimeZone(std::string(name), std::make_shared<const TimeZone::Data>(TimeZone::Data{zone}));
}

std::optional<TimeZone> find_zone(std::string_view name) {
  const std::string plain = plain_name(name);
  const std::string folded = fold_case(plain);
  for (const WindowsName& known : kWindowsNames) {
    if (folded == known.windows) return known.iana == "UTC" ? utc_zone() : load_zone(known.iana);
  }
  std::string_view rest = plain;
  while (true) {
    if (auto zone = load_zone(rest)) return zone;
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos || plain.front() != '/') return std::nullopt;
    rest.remove_prefix(slash + 1);
  }
}

TimeZone utc_zone() { return TimeZone("UTC", std::make_shared<const TimeZone::Data>(TimeZone::Data{cctz::utc_time_zone()})); }

TimeZone default_zone() {
  auto zone = load_zone(kDanishZone);
  return zone ? *zone : utc_zone();
}

}  // namespace budstikke::formats
