// Networks that are one, as people see them: of those that `status` tells apart by their records and digests, one.
#pragma once

#include "protocol/base/value.h"

namespace budstikke::cli {

// The networks of a status, each union once: what is counted in its parts is added up, and the rest, which they have in common,
// is that of the first.
std::vector<Value> networks_of(const Value& status);

}  // namespace budstikke::cli
