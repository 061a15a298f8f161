// One operation of a record's history in words, as `history`, `undo` and `watch` show it. In history.cpp.
#pragma once

#include "cli/context.h"
#include "protocol/records/kinds.h"

namespace budstikke::cli {

// In one line: "sted: Rådhuset → Biblioteket", "tilføjede e-mail: post@example.dk", "slettede den".
std::string operation_text(const Context& context, const KindInfo& kind, const Value& operation);
// Two spaces in, with `ending` behind its first line.
void print_operation(Context& context, const KindInfo& kind, const Value& operation, const std::string& ending);

}  // namespace budstikke::cli
