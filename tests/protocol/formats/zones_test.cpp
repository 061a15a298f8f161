#include "protocol/formats/zones.h"

#include <doctest/doctest.h>

using namespace budstikke;
using namespace budstikke::formats;

namespace {

std::string utc(const TimeZone& zone, const Day& day, int hours, int minutes) {
  return format_utc(zone.utc_of({day, (hours * 60 + minutes) * 60}));
}

std::string found(std::string_view name) {
  const auto zone = find_zone(name);
  return zone ? zone->name() : "NONE";
}

}  // namespace

TEST_CASE("zones: Copenhagen is one hour ahead in winter and two in summer") {
  const TimeZone zone = default_zone();
  REQUIRE(zone.name() == "Europe/Copenhagen");
  CHECK(utc(zone, {2026, 1, 15}, 17, 0) == "2026-01-15T16:00:00Z");
  CHECK(utc(zone, {2026, 7, 15}, 17, 0) == "2026-07-15T15:00:00Z");
  CHECK(zone.local_of(*parse_utc("2026-12-31T23:30:01Z")) == LocalTime{{2027, 1, 1}, 1'801});
}

TEST_CASE("zones: a skipped and a repeated hour are read with the offset before the change") {
  const TimeZone zone = default_zone();
  CHECK(utc(zone, {2026, 3, 29}, 2, 30) == "2026-03-29T01:30:00Z");
  CHECK(utc(zone, {2026, 10, 25}, 2, 30) == "2026-10-25T00:30:00Z");
  CHECK(zone.local_of(*parse_utc("2026-10-25T00:30:00Z")) == zone.local_of(*parse_utc("2026-10-25T01:30:00Z")));
}

TEST_CASE("zones: times before 1970 and fractions of a second are rounded down") {
  CHECK(utc_zone().local_of({-1}) == LocalTime{{1969, 12, 31}, 86'399});
  CHECK(utc_zone().local_of({1'999}) == LocalTime{{1970, 1, 1}, 1});
}

TEST_CASE("zones: calendars' names for zones are found") {
  CHECK(found("Europe/Copenhagen") == "Europe/Copenhagen");
  CHECK(found("\"Europe/Copenhagen\"") == "Europe/Copenhagen");
  CHECK(found(std::string_view("Europe/Copenhagen\0\0", 19)) == "Europe/Copenhagen");
  CHECK(found("Romance Standard Time") == "Europe/Copenhagen");
  CHECK(found("romance standard time") == "Europe/Copenhagen");
  CHECK(found("W. Europe Standard Time") == "Europe/Berlin");
  CHECK(found("Central Europe Standard Time") == "Europe/Budapest");
  CHECK(found("UTC") == "UTC");
  CHECK(found("/freeassociation.sourceforge.net/Europe/Copenhagen") == "Europe/Copenhagen");
  CHECK(found("/freeassociation.sourceforge.net/Tzfile/Europe/Copenhagen") == "Europe/Copenhagen");
  CHECK(found("/mozilla.org/20050126_1/America/Argentina/Buenos_Aires") == "America/Argentina/Buenos_Aires");
}

TEST_CASE("zones: what is no zone is not found, and no path either") {
  for (std::string_view name :
       {"", "/", "Europe", "Europe/Nowhere", "Customized Time Zone", "../../etc/passwd", "/etc/passwd", "file:Europe/Copenhagen",
        "Europe/../Europe/Copenhagen", "localtime", "Nowhere/Europe/Copenhagen"}) {
    CAPTURE(name);
    CHECK_FALSE(find_zone(name));
  }
}
