// What a person must know of stores that were put back or copied, from a node's `status`.
#pragma once

#include "cli/context.h"

namespace budstikke::cli {

// Lines of the whole status: two computers that act with one key.
void print_two_stores(Context& context, const Value& status);
// Lines of one network, indented: texts that are held back, logs that forked lately.
void print_copies(Context& context, const Value& network);

}  // namespace budstikke::cli
