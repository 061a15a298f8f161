// Questions on a terminal for what a command needs and was not given; never anywhere else (Context::may_ask). Each asks for what
// a flag or a word says as well.
//
// Errors       An answer that cannot be used is told of at once, and the question comes again. nullopt when the person ends it
//              (Ctrl-D): that has been reported, and nothing was done.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/context.h"
#include "cli/fields.h"

namespace budstikke::cli {

// The first answer that `takes` takes; it reports why it does not.
std::optional<std::string> ask_until(Context& context, const std::string& question,
                                     const std::function<bool(const std::string& answer)>& takes);

// Whether there is an answer; it is said when there is none.
bool is_given(Context& context, const std::string& answer);

// The same for an answer that may be anything but empty.
std::optional<std::string> ask_for(Context& context, Text question);

// The fields of a new record that lists show: those it must have until they are given, the others as the person likes.
std::optional<Changes> ask_fields(Context& context, const KindInfo& kind);

}  // namespace budstikke::cli
