// The councils of a network: who could answer, and therefore who has not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"

namespace budstikke::cli {

struct CouncilName {
  std::string id;
  std::string name;
};

// Those that may write in the network (its id or name; empty: the default), each once, in the order of their names. Whoever only
// reads, or is out, is not expected to answer. nullopt has been reported.
std::optional<std::vector<CouncilName>> councils_of(Context& context, const std::string& network);

// Members in the order of their councils' names, then of their ids.
Value::Array by_name(Value::Array members);

// "Ballerup, Ishøj, Aarhus".
std::string names_of(const std::vector<std::string>& names);

}  // namespace budstikke::cli
