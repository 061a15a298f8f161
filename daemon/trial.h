// Runs what may end the process that runs it, such as reading a damaged page of a memory-mapped file.
//
// Shape        A child process with a copy of everything; what it finds out goes into memory that both share. It ends with its
//              parent, however that ends, and says nothing on standard error.
// Errors       False: it died, or used up its processor time, as what turns in circles does. Waiting is not counted: a slow disk,
//              or a machine that sleeps, is no reason to end it. Io: there could be no child.
// Threads      To be called before there are any: it forks.
#pragma once

#include <chrono>
#include <functional>

#include "protocol/base/result.h"

namespace budstikke::daemon {

// True when `body` returned.
Result<bool> try_in_child(std::chrono::seconds processor_time, const std::function<void()>& body);

}  // namespace budstikke::daemon
