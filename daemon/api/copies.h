// What `status` tells of stores that were put back or copied, and of logs that forked: facts for people, each left out where
// there is nothing to tell. See protocol/node/own_logs.cpp.
#pragma once

#include "daemon/api/find.h"

namespace budstikke::daemon {

// Of one network: withheld, forks.
void set_copies(Value& network_value, const Node& node, const Network& network);
// Of all: two_stores.
void set_two_stores(Value& status, const Node& node);

}  // namespace budstikke::daemon
