#include "protocol/records/erasure.h"

#include <algorithm>

namespace budstikke {
namespace {

bool is_erasure(const LiveOperation& operation) {
  return operation.operation_class == OperationClass::Erase || operation.operation_class == OperationClass::Redact;
}

}  // namespace

bool may_redact(const RecordKey& record, const Standing& by, const std::optional<CouncilId>& author) {
  return by.council == record.council || by.role == Role::Coordinator || author == by.council;
}

bool has_erasures(const RecordState& state) { return std::any_of(state.live.begin(), state.live.end(), is_erasure); }

std::vector<OperationId> erasures_of(const RecordState& state) {
  std::vector<OperationId> ids;
  for (const LiveOperation& operation : state.live) {
    if (is_erasure(operation)) ids.push_back(state.id_of(operation));
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::vector<Reached> reaching(const RecordState& state, const OperationId& change, const std::optional<CouncilId>& author,
                              const StandingAt& standing_at) {
  const OperationId named{change.entry, change.change, 0};
  std::vector<Reached> found;
  for (const LiveOperation& operation : state.live) {
    if (!is_erasure(operation)) continue;
    const std::optional<Standing> eraser = standing_at(state.sources[operation.source]);
    const bool is_own = eraser && author == eraser->council;
    if (operation.operation_class == OperationClass::Redact) {
      if (!eraser || !may_redact(state.key, *eraser, author) ||
          std::find(operation.names.begin(), operation.names.end(), named) == operation.names.end()) {
        continue;
      }
    }
    found.push_back({state.id_of(operation), is_own && operation.field == kEraseAtOnce});
  }
  return found;
}

}  // namespace budstikke
