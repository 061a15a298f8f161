// What is to come, in order of time: events, hearings to answer, announcements that cease to matter.
//
// Units        Days are those of Denmark (kLocalZone of moments.h), whatever zone an event is meant in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/occurrences.h"
#include "protocol/records/kinds.h"
#include "protocol/records/moment.h"

namespace budstikke::cli {

struct AgendaItem {
  enum class What : std::uint8_t { Event, Deadline, Expires } what;
  Day day;           // the day it is on, or the first one looked at for what has begun and is not over
  std::string time;  // "17:00"; empty for whole days
  const KindInfo* kind;
  std::string id;
  std::string short_id;
  std::string title;
  std::string place;
  bool cancelled = false;
};

// The records of one kind that has dates to keep.
struct DatedRecords {
  const KindInfo* kind;
  Value::Array records;
};
// Events, hearings and announcements of the network that was named, else of all. nullopt has been reported.
std::optional<std::vector<DatedRecords>> fetch_dated(Context& context);

// Every record of a kind, of the network that was named, else of all. nullopt has been reported.
std::optional<Value::Array> fetch_everywhere(Context& context, const KindInfo& kind, const Value& args = Value::map());

// What of it falls into the window, in order.
std::vector<AgendaItem> agenda_items(const Window& window, const std::vector<DatedRecords>& dated);
// What of it falls on today or one of the `days` days after it, in order.
std::vector<AgendaItem> agenda_items(WallTime now, const std::vector<DatedRecords>& dated, int days);
Value json_of_agenda(const std::vector<AgendaItem>& items);
// What is to be said of it besides: "frist", "sidste dag", "aflyst"; empty: nothing.
std::string agenda_mark(const Context& context, const AgendaItem& item);
// For people, by day, with weekday.
void print_agenda(Context& context, const std::vector<AgendaItem>& items);

}  // namespace budstikke::cli
