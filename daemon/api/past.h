// An operation of a record's history, in the form the API gives: an OPERATION of wire/api.h.
#pragma once

#include "protocol/base/value.h"
#include "protocol/records/history.h"
#include "protocol/records/kinds.h"

namespace budstikke::daemon {

Value past_operation(const KindInfo& kind, const PastOperation& operation);

}  // namespace budstikke::daemon
