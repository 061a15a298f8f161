// Who writes in the tests of records: the council that owns a record, and another one.
#pragma once

#include <optional>

#include "protocol/records/fold.h"
#include "tests/support/builders.h"

namespace budstikke::tests {

inline const CouncilId kOwner = numbered<CouncilId>(1), kOther = numbered<CouncilId>(2);
inline constexpr Role kRoles[] = {Role::Coordinator, Role::Council, Role::National, Role::Reader};

// Log 1 is the owner's and log 9 a stranger's; all others are the other council's.
inline std::optional<Standing> standing_of(LogNumber log) {
  if (log.value == 9) return std::nullopt;
  return Standing{log.value == 1 ? kOwner : kOther, Role::Council};
}

}  // namespace budstikke::tests
