// The API's command `report.activity`: when each council last wrote something itself, so that one that has fallen silent is
// helped in time.
//
// How          By what stands now in the records: a council's newest write, answer, comment or removal, in any record. What a
//              node writes by itself (where it is reached, receipts of erasures) is no sign of people, and not counted; when
//              one of its nodes was last linked is told apart.
// Cost         Reads the state of every record of the network once, kRecordsAPage of them a request, so that others wait no
//              longer than for a page.
#pragma once

#include "daemon/api/find.h"
#include "daemon/dialer.h"

namespace budstikke::daemon {

inline constexpr std::size_t kRecordsAPage = 5'000;

// nullopt when the command is another.
std::optional<Answer> report_activity(Node& node, const Dialer& dialer, const std::string& command, const Value& args, Now now);

}  // namespace budstikke::daemon
