#include <algorithm>
#include <map>

#include "protocol/formats/ical.h"
#include "protocol/formats/ical_dates.h"
#include "protocol/formats/ical_event.h"
#include "protocol/formats/ical_zone.h"
#include "protocol/formats/own_lines.h"

namespace budstikke::formats {
namespace {

constexpr std::string_view kHead =
    "BEGIN:VCALENDAR\r\n"
    "VERSION:2.0\r\n"
    "PRODID:-//budstikke//" BUDSTIKKE_VERSION
    "//DA\r\n"
    "CALSCALE:GREGORIAN\r\n"
    "METHOD:PUBLISH\r\n";  // older Outlook wants it
constexpr std::string_view kRefresh =
    "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n"
    "X-PUBLISHED-TTL:PT1H\r\n";

std::string utc_stamp(WallTime time) {
  const Moment moment = moment_of(time);
  return ical_text({IcalTime::Form::Utc, {moment.day, moment.seconds}});
}

std::int64_t sequence_of(WallTime changed) {
  const std::int64_t seconds = (changed.ms - wall_time({2020, 1, 1}, 0).ms) / 1'000;
  return seconds < 0 ? 0 : seconds > INT32_MAX ? INT32_MAX : seconds;
}

// What any reader makes of these standard lines.
FieldTexts fields_of_event(const std::string& lines, const TimeZone& zone) {
  const auto content = read_content("BEGIN:VEVENT\r\n" + lines + "END:VEVENT\r\n");
  if (!content || content->components.empty()) return {};  // larger than a file may be: every field gets its X line
  std::vector<std::string> not_kept;
  return read_event(content->components.front(), {zone, {}}, not_kept).fields();
}

void append_event(std::string& out, const ExportRecord& event, const TimeZone& zone) {
  const std::string stamp = utc_stamp(event.changed);
  const std::string standard = standard_event_lines(event.fields, zone);
  out += "BEGIN:VEVENT\r\n";
  append_line(out, "UID:" + escape_text(uid_of(event)));
  append_line(out, "DTSTAMP:" + stamp);
  append_line(out, "LAST-MODIFIED:" + stamp);
  append_line(out, "SEQUENCE:" + std::to_string(sequence_of(event.changed)));
  out += standard;
  append_own_lines(out, event_kind(), event.fields, fields_of_event(standard, zone));
  out += "END:VEVENT\r\n";
}

// A block for each zone that local times are in, from the first of these times on; Denmark's always, and first.
std::string zone_blocks(std::span<const ExportRecord> events, const TimeZone& zone) {
  std::map<std::string, std::pair<TimeZone, WallTime>> named;  // by TZID, which is the zone's own name
  for (const ExportRecord& event : events) {
    const EventTimes times = event_times(event.fields, zone);
    const auto start = parse_utc(first_of(event.fields, "start"));
    if (!times.zone || !start) continue;
    const auto known = named.try_emplace(times.zone->name(), *times.zone, *start).first;
    known->second.second = std::min(known->second.second, *start);
  }
  std::string blocks(danish_zone_block());
  for (const auto& [name, from] : named) {
    if (name != kDanishZone) blocks += zone_block(from.first, from.second);
  }
  return blocks;
}

}  // namespace

std::string write_ical(std::span<const ExportRecord> events, const TimeZone& zone, std::string_view calendar_name) {
  std::string out(kHead);
  append_line(out, "NAME:" + escape_text(calendar_name));
  append_line(out, "X-WR-CALNAME:" + escape_text(calendar_name));
  append_line(out, "X-WR-TIMEZONE:" + zone.name());
  out += kRefresh;
  out += zone_blocks(events, zone);
  for (const ExportRecord& event : events) append_event(out, event, zone);
  return out += "END:VCALENDAR\r\n";
}

}  // namespace budstikke::formats
