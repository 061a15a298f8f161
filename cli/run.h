// The whole command line as one function, which main() and the tests call alike.
#pragma once

#include <string>
#include <vector>

#include "cli/io.h"

namespace budstikke::cli {

// Runs one command; `args` is without the program's name. Gives the exit code: 0 done; 1 refused or failed; 2 wrong usage;
// 3 the daemon does not answer; 4 not permitted by role; 5 no such thing, or ambiguous; 6 timed out.
int run(const std::vector<std::string>& args, Io& io);

}  // namespace budstikke::cli
