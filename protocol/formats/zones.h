// Time zones: from local time to UTC and back, and the names by which calendars call them.
//
// Shape        A TimeZone is a small copyable handle; the zone data behind it is loaded once per process and kept.
// Invariants   A local time that a change to summer time skips, or that occurs twice in autumn, is read with the offset that
//              was in force before the change (RFC 5545 3.3.5): 2026-03-29 02:30 in Copenhagen is 01:30Z.
// Errors       nullopt for a name that is not a zone of this machine's zone data (package tzdata).
// Threads      Any.
// Cost         Loading reads one small file; everything after that is memory.
// Source       Google's cctz; the Windows names from Unicode CLDR's windowsZones.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/records/moment.h"

namespace budstikke::formats {

inline constexpr std::string_view kDanishZone = "Europe/Copenhagen";

struct LocalTime {
  Day day;
  int seconds = 0;  // since midnight, 0 to 86,399
  friend auto operator<=>(const LocalTime&, const LocalTime&) = default;
};

// A moment from which a zone's clock shows another time, or has another name.
struct Onset {
  LocalTime at;  // by the clock before it
  int from_s;    // what is added to UTC before it, in seconds, and from it on
  int to_s;
  bool summer;  // the clock is ahead of the zone's ordinary time; also where the zone data calls it the other way round (Dublin)
  std::string name;  // "CEST", "-02"
};

class TimeZone {
 public:
  const std::string& name() const { return name_; }  // as in the zone data: "Europe/Copenhagen"
  WallTime utc_of(const LocalTime& local) const;
  // The local time, rounded down to seconds. Its year may be 0 or 10000 at the very ends of the calendar.
  LocalTime local_of(WallTime time) const;
  // The onset in force at a time, and all later ones to the end of a year. One of before 1970 is told as if the zone had begun
  // with it, from 1970 on (or, when that is earlier, from the year of the time); so is what a zone without onsets has always had.
  std::vector<Onset> onsets(WallTime from, int last_year) const;

 private:
  friend std::optional<TimeZone> load_zone(std::string_view name);
  friend TimeZone utc_zone();
  struct Data;
  TimeZone(std::string name, std::shared_ptr<const Data> data) : name_(std::move(name)), data_(std::move(data)) {}
  std::string name_;
  std::shared_ptr<const Data> data_;
};

// The zone of exactly this IANA name.
std::optional<TimeZone> load_zone(std::string_view name);
// The zone a calendar means by this name: an IANA name, one behind a prefix ("/freeassociation.sourceforge.net/Europe/
// Copenhagen"), or a Windows name ("Romance Standard Time"); NUL bytes and quotes around it are ignored.
std::optional<TimeZone> find_zone(std::string_view name);
TimeZone utc_zone();
// Europe/Copenhagen; UTC on a machine without zone data.
TimeZone default_zone();

}  // namespace budstikke::formats
