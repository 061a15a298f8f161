#include <algorithm>
#include <tuple>

#include "protocol/base/text.h"
#include "protocol/formats/ical.h"
#include "protocol/formats/ical_dates.h"
#include "protocol/formats/ical_event.h"
#include "protocol/formats/own_lines.h"
#include "protocol/records/moment.h"

namespace budstikke::formats {
namespace {

CalendarZones zones_of(const Component& calendar, const TimeZone& fallback) {
  const auto stated = find_zone(value_of(calendar, "X-WR-TIMEZONE"));
  CalendarZones zones{stated ? *stated : fallback, {}};
  for (const Component& block : calendar.components) {
    if (block.name != "VTIMEZONE") continue;
    const std::string tzid = value_of(block, "TZID");
    auto zone = find_zone(tzid);
    if (!zone) zone = find_zone(value_of(block, "X-LIC-LOCATION"));
    if (zone) zones.named.insert_or_assign(tzid, *zone);
  }
  return zones;
}

// Which of two versions of an event is the newer.
using EventVersion = std::pair<std::int64_t, std::string>;

EventVersion version_of_event(const Component& event) {
  std::int64_t sequence = 0;
  for (char c : value_of(event, "SEQUENCE")) {
    if (c >= '0' && c <= '9' && sequence < 1'000'000'000'000) sequence = sequence * 10 + (c - '0');
  }
  return {sequence, value_of(event, "DTSTAMP")};  // DTSTAMP is always UTC, so its text sorts by time
}

class CalendarReader {
 public:
  explicit CalendarReader(const TimeZone& zone) : zone_(zone) {}

  void read(const Component& calendar) {
    const CalendarZones zones = zones_of(calendar, zone_);
    for (const Component& component : calendar.components) {
      if (component.name == "VEVENT") {
        read_one(component, zones);
      } else if (component.name != "VTIMEZONE") {
        out_.not_kept.push_back(component.name);
      }
    }
    if (calendar.broken != 0)
      out_.errors.push_back({calendar.broken, FieldFault::Row, {}, "a line of the calendar cannot be read"});
  }
  Imported finish() {
    for (const auto& [uid, held] : newest_) leave_out_of_series(uid);
    sort_not_kept(out_);
    return std::move(out_);
  }

 private:
  void read_one(const Component& event, const CalendarZones& zones) {
    Draft draft = read_event(event, zones, out_.not_kept);
    std::string uid = event_uid(event, zones);
    if (uid.size() > kMaxUidBytes) draft.fail(event.line, FieldFault::TooLong, {}, "a UID of more than 1,024 bytes");
    draft.set_uid(uid);
    draft.replace(with_own_lines(event_kind(), event, draft.fields(),
                                 [&](const FieldTexts& fields) { return standard_event_lines(fields, zone_); }));
    if (uid.empty() || draft.failed()) return draft.deliver(out_);
    const EventVersion version = version_of_event(event);
    const auto [known, is_new] = newest_.try_emplace(std::move(uid), version, out_.items.size());
    if (is_new) return draft.deliver(out_);
    if (version < known->second.first) return;
    known->second.first = version;
    Imported replacement;
    draft.deliver(replacement);
    out_.items[known->second.second] = std::move(replacement.items.front());
  }
  // One of a series that has an event of its own, as when a meeting is moved, does not take place in the series as well.
  void leave_out_of_series(const std::string& uid) {
    const std::size_t mark = uid.rfind('#');
    if (mark == std::string::npos) return;
    const auto series = newest_.find(uid.substr(0, mark));
    const std::string time = uid.substr(mark + 1);
    if (series == newest_.end() || !parse_moment(time)) return;
    FieldTexts& fields = out_.items[series->second.second].fields;
    if (first_of(fields, "rrule").empty()) return;
    auto exceptions = std::ranges::find(fields, "exceptions", [](const auto& field) { return std::string_view(field.first); });
    if (exceptions == fields.end()) exceptions = fields.insert(fields.end(), {"exceptions", {}});
    if (std::ranges::find(exceptions->second, time) == exceptions->second.end()) exceptions->second.push_back(time);
  }

  const TimeZone& zone_;
  Imported out_;
  std::map<std::string, std::pair<EventVersion, std::size_t>> newest_;  // UID → version, place in items
};

}  // namespace

Result<Imported> read_ical(std::string_view file, const TimeZone& zone) {
  const auto content = read_content(file);
  if (!content) return content.error();
  CalendarReader reader(zone);
  bool any = false;
  for (const Component& calendar : content->components) {
    if (calendar.name != "VCALENDAR") continue;
    any = true;
    reader.read(calendar);
  }
  if (!any) return Error{Code::Invalid, "no calendar in the file", "VCALENDAR"};
  return reader.finish();
}

}  // namespace budstikke::formats
