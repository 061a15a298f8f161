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

#include "protocol/records/moment.h"

namespace budstikke::formats {

struct LocalTime {
  Day day;
  int seconds = 0;  // since midnight, 0 to 86,399
  friend auto operator<=>(const LocalTime&, const LocalTime&) = default;
};

class TimeZone {
 public:
  const std::string& name() const { return name_; }  // as in the zone data: "Europe/Copenhagen"
  WallTime utc_of(const LocalTime& local) const;
  // The local time, rounded down to seconds. Its year may be 0 or 10000 at the very ends of the calendar.
  LocalTime local_of(WallTime time) const;

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
