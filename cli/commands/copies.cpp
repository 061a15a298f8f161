#include "cli/commands/copies.h"

#include <algorithm>

#include "cli/moments.h"
#include "protocol/records/moment.h"

namespace budstikke::cli {
namespace {

constexpr std::int64_t kRecentMs =
    std::int64_t{30} * 24 * 3600 * 1000;  // for so long a fork is told of; its proof stays in --json

}  // namespace

void print_two_stores(Context& context, const Value& status) {
  for (const Value& two : status.items("two_stores")) {
    if (two.boolean("own")) {
      context.say_line(Text::TwoStoresOwn);
    } else {
      const std::string name = two.text("name");
      context.say_line(Text::TwoStores, {name.empty() ? two.text("member").substr(0, 6) : name});
    }
  }
}

void print_copies(Context& context, const Value& network) {
  if (network.boolean("withheld")) context.line("  " + context.say(Text::Withheld));
  for (const Value& fork : network.items("forks")) {
    std::string last;
    for (const Value& tip : fork.items("tips")) last = std::max(last, tip.text("time"));
    const std::optional<WallTime> when = parse_utc(last);
    if (!when || context.now().ms - when->ms > kRecentMs) continue;
    context.line("  " + context.say(Text::ForkedLog, {fork.text("name"), short_moment(last, context.language())}));
  }
}

}  // namespace budstikke::cli
