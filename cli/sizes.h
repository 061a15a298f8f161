// How large something is, as file managers say it.
#pragma once

#include <cstdint>
#include <string>

#include "cli/text.h"

namespace budstikke::cli {

std::string size_text(std::int64_t bytes, Language language);  // "612 bytes", "18 kB", "1,2 MB" (of 1,000,000 bytes)

}  // namespace budstikke::cli
