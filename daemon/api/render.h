// Records and what councils said in them, in the form the API gives: RECORD, SAID and UNKNOWN of wire/api.h.
//
// Invariants   Lists of what stands side by side fit a reply, whatever a hostile author wrote: long ones are cut, and say so.
#pragma once

#include "daemon/api/find.h"
#include "protocol/base/limits.h"

namespace budstikke::daemon {

inline constexpr std::size_t kPageBytes = kMaxApiBytes / 2;  // a page ends before a record that would pass this
inline constexpr std::size_t kSaidBytes = 128 * 1024;        // of a record's values side by side that are given whole

// What `record.show` and `record.list` give.
Value render(const Node& node, const Network& network, const RecordId& id, const RecordView& view);

// {council, council_name, time}, and with `value` or `absent` a SAID.
Value author_of(const Node& node, const Network& network, const Candidate& candidate);
Value said(const Node& node, const Network& network, const Candidate& candidate);
// What a person chooses from or looks through: texts are cut once `budget` bytes of values were given.
Value said_in_short(const Node& node, const Network& network, const std::vector<Candidate>& candidates, std::size_t& budget);

// The fields that the table of kinds does not have: [UNKNOWN], empty when there are none. `kind` may be nullptr.
Value unknown_fields(const KindInfo* kind, const RecordView& view);

// What a record is called: its first text, else its short id.
Value title_of(const KindInfo& kind, const RecordId& id, const RecordView& view);

}  // namespace budstikke::daemon
