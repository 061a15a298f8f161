// Why a change must not be written here: what every peer would find void, or keep without anyone ever seeing it.
//
// Invariants   Held before a local change is appended, and only then: a peer's change is never refused for any of this, since it
//              may be of a later version or come before what makes it valid.
// Errors       NotAllowed says which roles may, or whose record it is; Invalid, with the number of kind or field, what this
//              program's table does not have: a mistake of the caller, not of the person.
#pragma once

#include "protocol/base/result.h"
#include "protocol/records/fold.h"

namespace budstikke {

// `state` is the record's, nullptr when it is not here yet; `own` the standing in which this node would write.
Status check_local(const Skeleton& skeleton, const Standing& own, const RecordState* state, const StandingOf& standing_of);

}  // namespace budstikke
