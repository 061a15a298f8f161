// What erasures reach: which changes of a record are to lose their values, and whether without delay.
//
// Shape        An Erase reaches every change of its record, also those yet to arrive. A Redact reaches the changes it names (as
//              operation ids at position 0) if its author's council owns the record or wrote the change, or its author is a
//              coordinator. Field 1 of either asks for no delay; that is granted for changes of the author's own council only,
//              so that a stolen key can be undone before it destroys what others wrote.
// Determinism  A function of the folded state and the change's author: nodes with and without the values agree.
#pragma once

#include "protocol/records/fold.h"

namespace budstikke {

inline constexpr std::uint8_t kEraseLater = 0;  // fields of Erase and Redact
inline constexpr std::uint8_t kEraseAtOnce = 1;

// One erasure that reaches a change.
struct Reached {
  OperationId erasure;
  bool at_once = false;
};

// Whether a redaction by a member in this standing reaches a change in such a record by this council; nullopt: by nobody who has
// a standing.
bool may_redact(const RecordKey& record, const Standing& by, const std::optional<CouncilId>& author);
bool has_erasures(const RecordState& state);
// The ids of the live erases and redactions, sorted.
std::vector<OperationId> erasures_of(const RecordState& state);
// Of a live operation: in the role in which it was written.
using StandingAt = std::function<std::optional<Standing>(const Source&)>;
// Those that reach the change (`change`.position is ignored) of a council; nullopt: its author has no standing.
std::vector<Reached> reaching(const RecordState& state, const OperationId& change, const std::optional<CouncilId>& author,
                              const StandingAt& standing_at);

}  // namespace budstikke
