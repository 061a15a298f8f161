// VTIMEZONE: what a calendar tells of the zones that its local times are in, for programs that have no zone data of their own.
//
// Shape        A block of observances (STANDARD, DAYLIGHT): the one in force at `from`, or at the beginning of 2000 if that comes
//              first, and whatever follows it. What a zone does on one weekday of one week of each year from some year on is one
//              yearly rule (RRULE) without end. Everything else is told one by one (an RDATE each on a line of its own: of
//              several on one, vobject keeps the first): the changes before such a rule, and those that follow none, as
//              Morocco's by the moon. Where the seven days of that week are not the month's first, second, … or last they are
//              told (Nuuk: the Saturday from the 24th to the 30th), and as two rules when they belong to two months (Cairo).
// Invariants   From `from` on, a reader of the block has the offset that the zone data has. What changes after kLastToldYear is
//              told if it is by a rule.
//              Denmark's block is the same for ever: both rules for all years, as Outlook wants it.
// Determinism  Equal for equal zone data (package tzdata). Two nodes of which one has later zone data may write another block.
// Cost         At most a few hundred changes of one zone (London's since 1847 are 366), under 1 ms each zone.
// Source       RFC 5545 3.6.5.
#pragma once

#include <string>
#include <string_view>

#include "protocol/formats/zones.h"

namespace budstikke::formats {

// vobject looks at 2000 to 2020 for whether a zone is UTC by another name, and London would be if it were told from later on
// only. Besides, so the block stays the same whenever a calendar begins.
inline constexpr int kToldFromYear = 2000;
// The zone data tells of single changes until 2087 (Morocco); behind those a rule must have shown itself for long enough.
inline constexpr int kLastToldYear = 2137;

std::string zone_block(const TimeZone& zone, WallTime from);
std::string_view danish_zone_block();

}  // namespace budstikke::formats
