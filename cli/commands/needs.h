// What waits for this node's council today, each with the command that deals with it: what `budstikke` alone shows.
//
// Shape        In this order: announcements that the council has not confirmed, hearings that it has not answered (by
//              deadline, with those up to four weeks over it), events of the next two weeks that it has not answered,
//              conflicts, records that this version does not know, what others have written since the person last looked,
//              peers that lack something, and what is nowhere else yet.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands/agenda.h"
#include "cli/commands/news.h"

namespace budstikke::cli {

struct Need {
  std::string_view what;                       // the kind's name, else "conflicts", "unknown", "news", "peers", "outbox"
  std::string text;                            // what it is, for people
  std::string command;                         // what to type
  std::string id = {};                         // of a record
  std::string short_id = {};                   // of a record
  std::optional<std::int64_t> days_left = {};  // of what has a date to keep: negative once it is over
  std::optional<std::int64_t> count = {};      // of what is not a single record
};

// `status` is the node's answer to `status`; `dated` is of all its networks; `news`: nullopt when nobody has looked for any yet.
std::vector<Need> needs_of(const Context& context, const Value& status, const std::vector<DatedRecords>& dated,
                           const std::optional<NewsCount>& news);
Value json_of_needs(const std::vector<Need>& needs);
// For people: the most pressing of each sort, each with its command.
void print_needs(Context& context, const std::vector<Need>& needs);

}  // namespace budstikke::cli
