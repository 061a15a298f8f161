#include "protocol/formats/ical_event.h"

#include <algorithm>

#include "protocol/base/text.h"
#include "protocol/formats/ical_dates.h"

namespace budstikke::formats {
namespace {

// What a calendar program keeps for itself, or what other lines say as well: nothing is lost without it.
constexpr std::string_view kSilentInEvents[] = {"UID",    "DTSTAMP", "CREATED",  "LAST-MODIFIED", "SEQUENCE", "RECURRENCE-ID",
                                                "TRANSP", "DTEND",   "DURATION", "METHOD",        "EXDATE"};
constexpr std::string_view kNoAddress = "invalid:nomail";  // ORGANIZER must be a URI; this says that there is none

bool is_silent_in_event(std::string_view name) {
  return std::find(std::begin(kSilentInEvents), std::end(kSilentInEvents), name) != std::end(kSilentInEvents);
}

const ContentLine* find_line(const Component& component, std::string_view name) {
  for (const ContentLine& line : component.lines) {
    if (line.name == name) return &line;
  }
  return nullptr;
}

bool starts_with_caseless(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() && fold_case(text.substr(0, lower.size())) == fold_case(lower);
}

// One date property as canonical text, and its zone. A fault is already in the draft when there is no time.
struct ReadTime {
  std::optional<IcalTime> time;
  TimeZone zone;
  bool has_zone = false;
};

ReadTime read_event_time(const ContentLine& line, std::string_view field, const CalendarZones& zones, Draft& draft) {
  ReadTime read{parse_ical_time(trim(line.value)), zones.floating, false};
  if (!read.time) {
    draft.fail(line.line, FieldFault::Date, field, "not a date or time of iCalendar");
    return read;
  }
  if (read.time->form != IcalTime::Form::Local) return read;
  read.has_zone = true;
  const std::string_view tzid = line.parameter("TZID");
  if (tzid.empty()) return read;
  const auto zone = zones.find(tzid);
  if (zone) {
    read.zone = *zone;
  } else {
    draft.fail(line.line, FieldFault::Zone, field, "a time zone that is neither known nor explained");
    read.time.reset();
  }
  return read;
}

// DTEND of a whole day is the day after; one on the first day itself is a common mistake for a day of its own.
void add_last_day(const Day& start, const Day& after, std::size_t line, Draft& draft) {
  if (after < start) return draft.fail(line, FieldFault::Date, "end", "it ends before it starts");
  const Day last = after == start ? start : day_of(day_number(after) - 1);
  draft.add("end", text_of(last), line);
}

void read_end(const Component& event, const ReadTime& start, const CalendarZones& zones, Draft& draft) {
  const ContentLine* line = find_line(event, "DTEND");
  if (line == nullptr) return;
  const ReadTime end = read_event_time(*line, "end", zones, draft);
  if (!end.time) return;
  if (start.time->form == IcalTime::Form::Date) return add_last_day(start.time->at.day, end.time->at.day, line->line, draft);
  const std::string text = canonical_text(*end.time, end.zone), from = canonical_text(*start.time, start.zone);
  if (end.time->form != IcalTime::Form::Date && text < from) {
    return draft.fail(line->line, FieldFault::Date, "end", "it ends before it starts");
  }
  draft.add("end", text, line->line);
}

void read_duration(const Component& event, const ReadTime& start, Draft& draft) {
  const ContentLine* line = find_line(event, "DURATION");
  if (line == nullptr || find_line(event, "DTEND") != nullptr) return;
  const auto seconds = parse_duration(trim(line->value));
  if (!seconds || *seconds < 0) return draft.fail(line->line, FieldFault::Date, "end", "not a duration of iCalendar");
  if (start.time->form == IcalTime::Form::Date) {
    const Day after = day_of(day_number(start.time->at.day) + *seconds / 86'400);
    return add_last_day(start.time->at.day, after, line->line, draft);
  }
  const auto from = parse_utc(canonical_text(*start.time, start.zone));
  if (from) draft.add("end", format_utc({from->ms + *seconds * 1'000}), line->line);
}

// Every value of every EXDATE, with the zone that its own line names.
void read_exceptions(const Component& event, const CalendarZones& zones, Draft& draft) {
  for (const ContentLine& line : event.lines) {
    if (line.name != "EXDATE") continue;
    for (const std::string& value : split_value(line.value, ',')) {
      ContentLine one = line;
      one.value = value;
      const ReadTime read = read_event_time(one, "exceptions", zones, draft);
      if (read.time) draft.add("exceptions", canonical_text(*read.time, read.zone), line.line);
    }
  }
}

void read_times(const Component& event, const CalendarZones& zones, Draft& draft) {
  for (std::string_view field : {"start", "end", "all_day", "zone"}) draft.mention(field);
  const ContentLine* line = find_line(event, "DTSTART");
  if (line == nullptr) return;
  const ReadTime start = read_event_time(*line, "start", zones, draft);
  if (!start.time) return;
  draft.add("start", canonical_text(*start.time, start.zone), line->line);
  if (start.time->form == IcalTime::Form::Date) draft.add("all_day", "yes", line->line);
  if (start.has_zone) draft.add("zone", start.zone.name(), line->line);
  // Without a zone it would follow the Danish clock from here on.
  const bool repeats = find_line(event, "RRULE") != nullptr;
  if (repeats && start.time->form == IcalTime::Form::Utc) draft.add("zone", utc_zone().name(), line->line);
  read_end(event, start, zones, draft);
  read_duration(event, start, draft);
  read_exceptions(event, zones, draft);
}

// The organiser's name, else the address without "mailto:".
std::string organiser_of(const ContentLine& line) {
  std::string name = trim(line.parameter("CN"));
  if (!name.empty()) return name;
  std::string address = trim(line.value);
  if (starts_with_caseless(address, "mailto:")) address.erase(0, std::string_view("mailto:").size());
  return address == kNoAddress ? std::string{} : address;
}

// Every category of every CATEGORIES line, since `type` is one text.
std::string categories_of(const Component& event) {
  std::string all;
  for (const ContentLine& line : event.lines) {
    if (line.name != "CATEGORIES") continue;
    for (const std::string& part : split_value(line.value, ',')) {
      const std::string category = trim(unescape_text(part));
      if (!category.empty()) all.append(all.empty() ? "" : ", ").append(category);
    }
  }
  return all;
}

// Reads one line that stands for itself; false when no field holds it.
bool read_line(const Component& event, const ContentLine& line, Draft& draft) {
  const auto add = [&](std::string_view field, const std::string& text) {
    draft.add(field, text, line.line);
    return true;
  };
  if (line.name == "SUMMARY") return add("title", unescape_text(line.value));
  if (line.name == "LOCATION") return add("place", unescape_text(line.value));
  if (line.name == "DESCRIPTION") return add("description", unescape_text(line.value));
  if (line.name == "URL") return add("url", line.value);
  if (line.name == "RRULE") return add("rrule", line.value);
  if (line.name == "CATEGORIES") return add("type", categories_of(event));
  if (line.name == "ORGANIZER") return add("organiser", organiser_of(line));
  if (line.name == "STATUS") return add("cancelled", fold_case(trim(line.value)) == fold_case("CANCELLED") ? "yes" : "no");
  if (line.name == "CLASS") return fold_case(trim(line.value)) == "public";
  return line.name == "DTSTART" || is_silent_in_event(line.name);
}

std::string organiser_line(std::string organiser) {
  std::replace(organiser.begin(), organiser.end(), '"', '\'');  // as parameter_text does, so that it is read as it was meant here
  if (is_email(organiser)) return "ORGANIZER:mailto:" + organiser;
  return "ORGANIZER;CN=" + parameter_text(organiser) + ':' + std::string(kNoAddress);
}

}  // namespace

std::optional<TimeZone> CalendarZones::find(std::string_view tzid) const {
  const auto known = named.find(std::string(tzid));
  return known != named.end() ? std::optional(known->second) : find_zone(tzid);
}

const KindInfo& event_kind() {
  const KindInfo* kind = find_kind(Kind::Event);
  require(kind != nullptr, "no events in the table of kinds");
  return *kind;
}

Draft read_event(const Component& event, const CalendarZones& zones, std::vector<std::string>& not_kept) {
  Draft draft(event_kind(), event.line);
  for (const Field& field : event_kind().fields) {
    if (!field.ical.empty() || field.name == "cancelled") draft.mention(field.name);
  }
  read_times(event, zones, draft);
  for (const ContentLine& line : event.lines) {
    if (!read_line(event, line, draft) && !line.name.starts_with("X-")) not_kept.push_back(line.name);
  }
  for (const Component& inner : event.components) not_kept.push_back(inner.name);
  if (event.broken != 0)
    draft.fail(event.broken, FieldFault::Row, {}, "a line of the event cannot be read, or its end is missing");
  return draft;
}

std::string standard_event_lines(const FieldTexts& fields, const TimeZone& zone) {
  std::string out;
  const EventTimes times = event_times(fields, zone);
  if (!times.start.empty()) append_line(out, times.start);
  if (!times.end.empty()) append_line(out, times.end);
  const std::string_view rule = first_of(fields, "rrule"), url = first_of(fields, "url");
  if (is_recurrence_rule(rule)) append_line(out, "RRULE:" + std::string(rule));
  for (const std::string& line : exception_lines(fields, times)) append_line(out, line);
  append_text(out, "SUMMARY", first_of(fields, "title"));
  append_text(out, "LOCATION", first_of(fields, "place"));
  append_text(out, "DESCRIPTION", first_of(fields, "description"));
  if (!url.empty()) append_line(out, "URL:" + std::string(url));
  append_text(out, "CATEGORIES", first_of(fields, "type"));
  const std::string_view organiser = first_of(fields, "organiser"), cancelled = first_of(fields, "cancelled");
  if (!organiser.empty()) append_line(out, organiser_line(std::string(organiser)));
  if (!cancelled.empty()) append_line(out, cancelled == "yes" ? "STATUS:CANCELLED" : "STATUS:CONFIRMED");
  return out;
}

std::string event_uid(const Component& event, const CalendarZones& zones) {
  const ContentLine* uid = find_line(event, "UID");
  std::string text = uid == nullptr ? std::string{} : trim(uid->value);
  const ContentLine* recurrence = find_line(event, "RECURRENCE-ID");
  if (text.empty() || recurrence == nullptr) return text;
  const auto time = parse_ical_time(trim(recurrence->value));
  if (!time) return text + '#' + trim(recurrence->value);
  const auto zone = zones.find(recurrence->parameter("TZID"));
  return text + '#' + canonical_text(*time, zone ? *zone : zones.floating);
}

}  // namespace budstikke::formats
