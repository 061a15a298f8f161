// Tables that a report and the local web page have alike: what waits, what comes, records, peers.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/commands/agenda.h"
#include "cli/commands/needs.h"
#include "cli/report.h"

namespace budstikke::cli {

ReportTable needs_table(const Context& context, const std::vector<Need>& needs);
ReportTable agenda_table(const Context& context, std::string heading, const std::vector<AgendaItem>& items);
// The records of a kind, by some of their fields, and whose they are.
ReportTable records_table(const Context& context, const char* key, std::string heading, const KindInfo& kind,
                          const Value::Array& records, std::span<const char* const> fields);
// The other members, from a node's `status`.
ReportTable peers_table(const Context& context, const Value& status);

// What those who hold a contact are looked for by.
inline constexpr const char* kContactFields[] = {"name", "role", "organisation", "email", "phone"};

// The report of today without contacts and peers: what waits, what comes, hearings and announcements that are not over. `status`
// is the node's. nullopt has been reported.
std::optional<Report> today_of(Context& context, const Value& status);

}  // namespace budstikke::cli
