// The slow, obvious twin of records/fold.h and records/rights.h: all operations in one list, decided by passing over it until
// nothing changes. It shares only the plain types with what it checks.
#pragma once

#include <set>

#include "protocol/records/fold.h"

namespace budstikke::tests {

// May someone in this role do this to a field of a record of this kind? `own`: the record is of the author's council.
bool twin_permitted(std::uint8_t kind, std::uint8_t field, OperationClass operation_class, Role role, bool own, bool ever_shared);

struct TwinState {
  Bytes canonical;  // what canonical_state() must give
  bool hidden = false;
  bool has_removes = false;
  bool ever_shared = false;
  std::uint32_t voids = 0;
  std::set<OperationId> valid, live;
};
TwinState twin_fold(const RecordKey& key, const std::vector<FoldChange>& changes);

}  // namespace budstikke::tests
