// A stored run as the messages that carry it, on a link and in a bundle alike.
#pragma once

#include <functional>

#include "protocol/node/ledger.h"

namespace budstikke {

// The views of the message are good during the call.
void each_run_frame(const NetworkId& network, const LogId& log, const Ledger::StoredRun& run,
                    const std::function<void(const Message&)>& each);

}  // namespace budstikke
