// One VEVENT, between ical_read.cpp and ical_write.cpp: the standard lines for an event's fields, and the fields of such lines.
//
// Invariants   Reading what standard_event_lines wrote and writing it again gives the same lines; own_lines.h rests on that.
#pragma once

#include <functional>
#include <map>

#include "protocol/formats/content_lines.h"
#include "protocol/formats/item.h"
#include "protocol/formats/zones.h"

namespace budstikke::formats {

// What a calendar says about the zones its times are in.
struct CalendarZones {
  TimeZone floating;                      // of times without zone
  std::map<std::string, TimeZone> named;  // by TZID
  // The zone meant by a TZID; nullopt when neither the file nor the zone data knows it.
  std::optional<TimeZone> find(std::string_view tzid) const;
};

const KindInfo& event_kind();
// Reads a VEVENT's standard lines; what it cannot keep is added to `not_kept`.
Draft read_event(const Component& event, const CalendarZones& zones, std::vector<std::string>& not_kept);
std::string standard_event_lines(const FieldTexts& fields, const TimeZone& zone);
// UID, and RECURRENCE-ID behind '#' where there is one.
std::string event_uid(const Component& event, const CalendarZones& zones);

}  // namespace budstikke::formats
