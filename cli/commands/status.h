// What `status` says of a network.
#pragma once

#include "cli/context.h"

namespace budstikke::cli {

// Its name and this node's role in it; then, indented, how much is there and what is to be known of it. `member` is this node.
void print_network(Context& context, const std::string& member, const Value& network);

}  // namespace budstikke::cli
