// What a person needs to settle what stands side by side: values joined into one, and a mark of what was seen.
//
// Shape        A mark is 6 letters of base32 over the ids of the operations that were shown. It changes when one more arrives,
//              so that a decision made by an older mark can be refused instead of overwriting what nobody looked at. It guards
//              against haste, not against forgery.
// Invariants   combine() depends only on the set of values with their (stamp, operation id): two nodes that combine the same
//              conflict write equal values, which do not conflict again.
// Errors       combine: Invalid when the field is none of free text, NotFound when a value is not here (joining the others would
//              drop it silently), TooLarge when the whole is longer than a text may be.
#pragma once

#include "protocol/records/view.h"

namespace budstikke {

std::string seen_mark(std::vector<OperationId> seen);
// Of a field: everything that stands in it. Of a record that was brought back: its content and its removes.
std::string seen_mark(const std::vector<Candidate>& candidates);
std::string seen_mark(const RecordView& view);

// Whether values of the field can be joined: registers of text and of long text.
bool can_combine(const Field& field);
// The different values, oldest first: long texts with a blank line between, texts of one line with " / ". Cleared ones add
// nothing.
Result<Value> combine(const Field& field, const std::vector<Candidate>& candidates);

}  // namespace budstikke
