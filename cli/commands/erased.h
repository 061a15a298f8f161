// What the commands about erasing share.
#pragma once

#include <string>

#include "cli/context.h"

namespace budstikke::cli {

// "kontakt K3F9QX", also of a kind that only the node knows, or not even the node.
std::string record_name(const Context& context, const Value& record);

}  // namespace budstikke::cli
