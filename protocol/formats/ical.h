// Events as iCalendar (RFC 5545): what Outlook, Google and Thunderbird send and take.
//
// Shape        Read: UTF-8 with or without BOM (else Windows-1252), CRLF or LF, at most the bounds of content_lines.h. Each
//              VEVENT is one item. All-day events have start and end as dates and `all_day` yes; our end is the last day,
//              DTEND the day after. Times become UTC, with the zone they were meant in as `zone`: a TZID by any name that
//              find_zone knows, or that its VTIMEZONE explains by X-LIC-LOCATION; for floating times X-WR-TIMEZONE, else the
//              given zone; UTC for what repeats by it. DURATION becomes an end. Of two versions of one event the one with the
//              higher SEQUENCE, then the later DTSTAMP, is taken. RRULE is kept as text, EXDATEs as days and times.
//              STATUS:CANCELLED is `cancelled`. An event with RECURRENCE-ID is a record of its own, and its series, when the
//              file has it, gets that time as an exception: readers of what we export see it once. Written: METHOD:PUBLISH
//              with a block for Denmark's zone and for each other that a time is in (ical_zone.h); DTSTAMP, LAST-MODIFIED and
//              SEQUENCE from the record's last change (SEQUENCE counts seconds since 2020, so every node writes the same and
//              it only grows). Times of Europe/Copenhagen as local time; in other zones as UTC, but local with its TZID when
//              the event repeats, since it must follow that zone's clock (without a zone, the given one's). Never an
//              ATTENDEE. Equal records give equal bytes.
// Not held     Answers and comments. `shared`, and whatever else the standard lines cannot say (a start known by month only, an
//              end before its start, a zone without a time), goes into X-BUDSTIKKE lines (own_lines.h).
//              Of others' files: RDATE, ATTENDEE, ATTACH, VALARM, VTODO and what else is not in the table of kinds is not
//              kept, and named in `not_kept`; only other programs' own X- properties go unnamed.
// Errors       The file as a whole: TooLarge, Invalid (UTF-16, or no VCALENDAR in it). Single events: in `errors`.
#pragma once

#include "protocol/formats/item.h"
#include "protocol/formats/zones.h"

namespace budstikke::formats {

Result<Imported> read_ical(std::string_view file, const TimeZone& zone);
std::string write_ical(std::span<const ExportRecord> events, const TimeZone& zone, std::string_view calendar_name);

}  // namespace budstikke::formats
