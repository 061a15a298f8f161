// Which councils an event waits for an answer of.
#pragma once

#include <optional>
#include <vector>

#include "cli/context.h"
#include "cli/councils.h"

namespace budstikke::cli {

// Those of the councils that it invites by name and that have not answered; where it invites none by name, and some have
// answered, all others but its owner. None of an event that is cancelled. nullopt has been reported.
std::optional<std::vector<CouncilName>> silent_invited(Context& context, const Value& event);

// "Intet svar endnu: …"; nothing where nobody is waited for. False has been reported.
bool show_silent_invited(Context& context, const Value& event);
// The record with `silent`, for programs; nullopt has been reported.
std::optional<Value> event_with_silent(Context& context, const Value& event);

}  // namespace budstikke::cli
