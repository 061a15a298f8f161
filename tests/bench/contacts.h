// Made-up contacts, like those that a council's secretary keeps.
#pragma once

#include "protocol/base/random.h"
#include "protocol/log/entry.h"

namespace budstikke::bench {

// A change that adds one contact of the council, with six fields of usual length: about 75 bytes of skeleton and 220 of values.
ChangeBytes new_contact(const CouncilId& council, Random& random);

}  // namespace budstikke::bench
