// A long text as it is given on a command line: itself; "-", what stands on standard input; "@FILE", what stands in that file;
// "@@…" a text that begins with one "@".
//
// Shape        UTF-8, of which a byte order mark, carriage returns and blank lines at the end are left out.
// Errors       A file that cannot be read, that is not UTF-8, that holds nothing or far more than any text may, has been
//              reported.
#pragma once

#include <optional>
#include <string>

#include "cli/context.h"

namespace budstikke::cli {

// `subject` is what the text was given as: a flag, or the word of a usage.
std::optional<std::string> long_text(Context& context, const std::string& subject, const std::string& given);

}  // namespace budstikke::cli
