// What others have written since this person last looked. The place lies with the person, as those of `watch` do.
#pragma once

#include <cstdint>
#include <optional>

#include "cli/context.h"

namespace budstikke::cli {

struct NewsCount {
  std::int64_t changes = 0;
  bool more = false;  // than were counted
};
// For the overview, which does not take it as seen; `member` is this node's. nullopt: nobody has looked yet, or it cannot be told.
std::optional<NewsCount> count_news(Context& context, const std::string& member);

}  // namespace budstikke::cli
