#include "protocol/formats/ical_zone.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "protocol/formats/content_lines.h"
#include "protocol/formats/ical.h"
#include "protocol/formats/ical_dates.h"
#include "tests/protocol/formats/samples.h"

using namespace budstikke;
using namespace budstikke::formats;

namespace {

constexpr std::int64_t kHour = 3'600;

TimeZone zone_named(std::string_view name) {
  const auto zone = load_zone(name);
  CAPTURE(name);
  REQUIRE(zone);
  return *zone;
}

std::string block_from(std::string_view name, const char* from) { return zone_block(zone_named(name), *parse_utc(from)); }

// A reader of the block that knows nothing of how it was made: it tries every day of every year.
class SlowReader {
 public:
  SlowReader(std::string_view block, int last_year) {
    const auto content = read_content(block);
    REQUIRE(content);
    REQUIRE(content->components.size() == 1);
    for (const Component& observance : content->components.front().components) read(observance, last_year);
    std::ranges::sort(offsets_);
  }
  // In force at a time; the time is at or after the first.
  int offset_at(std::int64_t utc_s) const {
    const auto later = std::ranges::upper_bound(offsets_, std::pair(utc_s, INT32_MAX));
    return later == offsets_.begin() ? INT32_MIN : std::prev(later)->second;
  }
  const std::vector<std::pair<std::int64_t, int>>& offsets() const { return offsets_; }

 private:
  static int offset_of(const std::string& text) {
    const int hours = std::stoi(text.substr(1, 2)), minutes = std::stoi(text.substr(3, 2));
    const int seconds = text.size() > 5 ? std::stoi(text.substr(5, 2)) : 0;
    return (text.front() == '-' ? -1 : 1) * ((hours * 60 + minutes) * 60 + seconds);
  }
  void read(const Component& observance, int last_year) {
    const int from = offset_of(value_of(observance, "TZOFFSETFROM")), to = offset_of(value_of(observance, "TZOFFSETTO"));
    const auto add = [&](const LocalTime& local) {
      offsets_.emplace_back(day_number(local.day) * 86'400 + local.seconds - from, to);
    };
    const auto start = parse_ical_time(value_of(observance, "DTSTART"));
    REQUIRE(start);
    const std::string rule = value_of(observance, "RRULE");
    if (rule.empty()) {
      add(start->at);
      for (const ContentLine& line : observance.lines) {
        if (line.name == "RDATE") add(parse_ical_time(line.value)->at);
      }
      return;
    }
    const Rule parts = parts_of(rule);
    CHECK(fits(parts, start->at.day));  // DTSTART is the first of its rule
    for (std::int64_t number = day_number(start->at.day); day_of(number).year <= last_year; ++number) {
      if (const Day day = day_of(number); fits(parts, day)) add({day, start->at.seconds});
    }
  }
  struct Rule {
    int month = 0, weekday = 0;
    int nth = 0;              // of BYDAY; 0: none
    std::vector<int> days{};  // BYMONTHDAY; empty: any
  };
  static Rule parts_of(const std::string& text) {
    constexpr std::string_view kDays = "MOTUWETHFRSASU";
    Rule rule;
    for (const std::string& part : split_value(text, ';')) {
      const std::size_t equals = part.find('=');
      const std::string name = part.substr(0, equals), value = part.substr(equals + 1);
      if (name == "BYMONTH") rule.month = std::stoi(value);
      if (name == "BYDAY") rule.weekday = static_cast<int>(kDays.find(value.substr(value.size() - 2)) / 2);
      if (name == "BYDAY" && value.size() > 2) rule.nth = std::stoi(value);
      if (name != "BYMONTHDAY") continue;
      for (const std::string& one : split_value(value, ',')) rule.days.push_back(std::stoi(one));
    }
    CHECK(text.starts_with("FREQ=YEARLY;BYMONTH="));
    return rule;
  }
  static bool fits(const Rule& rule, const Day& day) {
    if (day.month != rule.month || weekday_of(day) != rule.weekday) return false;
    if (!rule.days.empty() && std::ranges::find(rule.days, day.day) == rule.days.end()) return false;
    if (rule.nth < 0) return day.day + 7 > days_in_month(day.year, day.month);
    return rule.nth == 0 || (day.day - 1) / 7 + 1 == rule.nth;
  }
  std::vector<std::pair<std::int64_t, int>> offsets_;  // UTC second from which, and what
};

int offset_of_zone(const TimeZone& zone, std::int64_t utc_s) {
  const LocalTime local = zone.local_of({utc_s * 1'000});
  return static_cast<int>(day_number(local.day) * 86'400 + local.seconds - utc_s);
}

// Both agree every `step` seconds of twenty years, and a second before and at each onset that the block tells of in them.
void expect_as_zone_data(std::string_view name, int year, std::int64_t step) {
  CAPTURE(name);
  const TimeZone zone = zone_named(name);
  const std::int64_t first = day_number({year, 1, 15}) * 86'400, last = day_number({year + 20, 1, 15}) * 86'400;
  const SlowReader reader(zone_block(zone, {first * 1'000}), year + 21);
  std::int64_t wrong = 0;
  for (std::int64_t at = first; at < last; at += step) wrong += reader.offset_at(at) != offset_of_zone(zone, at) ? 1 : 0;
  for (const auto& [onset, offset] : reader.offsets()) {
    if (onset <= first || onset > last) continue;
    wrong += offset != offset_of_zone(zone, onset) ? 1 : 0;
    wrong += reader.offset_at(onset - 1) != offset_of_zone(zone, onset - 1) ? 1 : 0;
  }
  CHECK(wrong == 0);
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// The zones that the machine's zone data names for places.
std::vector<std::string> all_zones() {
  std::vector<std::string> names;
  std::ifstream table("/usr/share/zoneinfo/zone.tab");
  for (std::string line; std::getline(table, line);) {
    std::istringstream in(line);
    std::string country, place, name;
    if (!line.starts_with('#') && in >> country >> place >> name) names.push_back(name);
  }
  return names;
}

}  // namespace

TEST_CASE("ical zone: a zone that follows one rule is told by it, north and south, from 2000 on") {
  CHECK(block_from("Europe/London", "2027-06-15T16:00:00Z") ==
        "BEGIN:VTIMEZONE\r\nTZID:Europe/London\r\n"
        "BEGIN:STANDARD\r\nDTSTART:19991031T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n"
        "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0000\r\nTZNAME:GMT\r\nEND:STANDARD\r\n"
        "BEGIN:DAYLIGHT\r\nDTSTART:20000326T010000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"
        "TZOFFSETFROM:+0000\r\nTZOFFSETTO:+0100\r\nTZNAME:BST\r\nEND:DAYLIGHT\r\n"
        "END:VTIMEZONE\r\n");
  const auto ends_with_rules = [](std::string_view name, std::string_view first, std::string_view second) {
    const std::string block = block_from(name, "2027-06-15T16:00:00Z");
    CHECK(count(block, "RRULE") == 2);
    CHECK(block.ends_with(std::string(first) + std::string(second) + "END:VTIMEZONE\r\n"));
  };
  ends_with_rules("America/New_York",
                  "BEGIN:DAYLIGHT\r\nDTSTART:20070311T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\r\n"
                  "TZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\nTZNAME:EDT\r\nEND:DAYLIGHT\r\n",
                  "BEGIN:STANDARD\r\nDTSTART:20071104T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\r\n"
                  "TZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500\r\nTZNAME:EST\r\nEND:STANDARD\r\n");
  ends_with_rules("Australia/Sydney",
                  "BEGIN:STANDARD\r\nDTSTART:20080406T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU\r\n"
                  "TZOFFSETFROM:+1100\r\nTZOFFSETTO:+1000\r\nTZNAME:AEST\r\nEND:STANDARD\r\n",
                  "BEGIN:DAYLIGHT\r\nDTSTART:20081005T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1SU\r\n"
                  "TZOFFSETFROM:+1000\r\nTZOFFSETTO:+1100\r\nTZNAME:AEDT\r\nEND:DAYLIGHT\r\n");
}

TEST_CASE("ical zone: a zone whose clock is never set is one observance") {
  const auto single = [](std::string_view name, std::string_view start, std::string_view offset, std::string_view shown) {
    return "BEGIN:VTIMEZONE\r\nTZID:" + std::string(name) + "\r\nBEGIN:STANDARD\r\nDTSTART:" + std::string(start) +
           "\r\nTZOFFSETFROM:" + std::string(offset) + "\r\nTZOFFSETTO:" + std::string(offset) +
           "\r\nTZNAME:" + std::string(shown) + "\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
  };
  CHECK(block_from("Asia/Kolkata", "2027-01-15T06:00:00Z") == single("Asia/Kolkata", "19700101T000000", "+0530", "IST"));
  CHECK(block_from("Etc/GMT+3", "2027-01-15T06:00:00Z") == single("Etc/GMT+3", "19700101T000000", "-0300", "-03"));
  CHECK(block_from("Etc/UTC", "1850-01-15T06:00:00Z") == single("Etc/UTC", "18500101T000000", "+0000", "UTC"));
}

TEST_CASE("ical zone: what follows no rule, or did so before the rule, is told one by one") {
  const std::string casablanca = block_from("Africa/Casablanca", "2027-01-15T06:00:00Z");  // by Ramadan, as far as it is known
  CHECK(casablanca.find("RRULE") == std::string::npos);
  CHECK(count(casablanca, "BEGIN:") == 4);
  CHECK(count(casablanca, "RDATE:") > 100);
  const std::string nuuk = block_from("America/Nuuk", "2022-01-15T12:00:00Z");  // other clocks since 2023: the Saturdays before
  CHECK(count(nuuk, "RRULE") == 2);
  CHECK(nuuk.find("DTSTART:20240330T230000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=24,25,26,27,28,29,30;BYDAY=SA\r\n") !=
        std::string::npos);
  CHECK(nuuk.find("DTSTART:20230325T220000\r\nTZOFFSETFROM:-0300\r\nTZOFFSETTO:-0200\r\n") != std::string::npos);
  const std::string troll = block_from("Antarctica/Troll", "2027-01-15T12:00:00Z");
  CHECK(troll.find("TZOFFSETFROM:+0000\r\nTZOFFSETTO:+0200\r\nTZNAME:+02\r\nEND:DAYLIGHT") != std::string::npos);
  const std::string cairo =
      block_from("Africa/Cairo", "2027-01-15T12:00:00Z");  // after the last Thursday, which may be in November
  CHECK(cairo.find("BYMONTH=10;BYMONTHDAY=26,27,28,29,30,31;BYDAY=FR\r\n") != std::string::npos);
  CHECK(cairo.find("BYMONTH=11;BYMONTHDAY=1;BYDAY=FR\r\n") != std::string::npos);
  const std::string dublin = block_from("Europe/Dublin", "2027-01-15T12:00:00Z");  // whose ordinary time is that of summer
  CHECK(dublin.find("TZOFFSETTO:+0100\r\nTZNAME:IST\r\nEND:DAYLIGHT") != std::string::npos);
  CHECK(dublin.find("TZOFFSETTO:+0000\r\nTZNAME:GMT\r\nEND:STANDARD") != std::string::npos);
}

TEST_CASE("ical zone: a reader of the block has the zone's offset at every hour of twenty years") {
  for (const char* name :
       {"America/New_York", "Australia/Sydney", "Europe/London", "Asia/Kolkata", "Africa/Casablanca", "America/Nuuk",
        "America/Godthab", "Antarctica/Troll", "Europe/Dublin", "Africa/Cairo", "Australia/Lord_Howe"}) {
    for (int year : {1965, 2015, 2026, 2075}) expect_as_zone_data(name, year, kHour);
  }
}

TEST_CASE("ical zone: so it is for every zone of the machine, in few lines") {
  const std::vector<std::string> names = all_zones();
  REQUIRE(names.size() > 300);
  for (const std::string& name : names) {
    expect_as_zone_data(name, 2020, 12 * kHour);
    CHECK(block_from(name, "2020-01-01T00:00:00Z").size() < 6'000);
    const std::string whole = block_from(name, "1600-01-01T00:00:00Z");
    CHECK(whole.size() < 12'000);
    for (std::size_t at = 0; at < whole.size(); at = whole.find("\r\n", at) + 2)
      CHECK(whole.find("\r\n", at) - at <= kMaxLineBytes);
  }
}

TEST_CASE("ical zone: a calendar has the block of each zone it names once, after Denmark's, from its first time on") {
  const auto event = [](std::uint8_t id, const char* zone, const char* start) {
    return ExportRecord{
        sample_id(id), {}, {{"title", {"x"}}, {"start", {start}}, {"zone", {zone}}, {"rrule", {"FREQ=WEEKLY;COUNT=3"}}}};
  };
  const std::vector<ExportRecord> events = {event(1, "Europe/London", "2027-03-15T16:00:00Z"),
                                            event(2, "America/New_York", "2029-03-15T16:00:00Z"),
                                            event(3, "America/New_York", "2027-03-10T16:00:00Z"),
                                            event(4, "Europe/Copenhagen", "2027-03-15T16:00:00Z"),
                                            event(5, "UTC", "2027-03-15T16:00:00Z"),
                                            {sample_id(6), {}, {{"start", {"2027-03-15T16:00:00Z"}}, {"zone", {"Asia/Tokyo"}}}}};
  const std::string file = write_ical(events, default_zone(), "x");
  const std::string blocks = std::string(danish_zone_block()) + block_from("America/New_York", "2027-03-10T16:00:00Z") +
                             block_from("Europe/London", "2027-03-15T16:00:00Z");
  CHECK(file.find("\r\n" + blocks + "BEGIN:VEVENT\r\n") != std::string::npos);
  CHECK(count(file, "BEGIN:VTIMEZONE") == 3);  // one of a single time in Tokyo is in UTC
  const auto again = read_ical(file, default_zone());
  REQUIRE(again);
  CHECK(again->not_kept.empty());
  REQUIRE(again->items.size() == events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    CAPTURE(i);
    CHECK(same_fields(*find_kind(Kind::Event), again->items[i].fields, events[i].fields));
  }
}
