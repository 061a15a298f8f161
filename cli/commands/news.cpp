// `news`: what others have written since this person last looked.
#include "cli/commands/news.h"

#include "cli/commands/changes.h"
#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/moments.h"
#include "cli/watch_mark.h"

namespace budstikke::cli {
namespace {

constexpr std::string_view kNewsName = "news.";            // no watch can have a name with a full stop
constexpr Millis kFirstLook = std::chrono::hours(24 * 7);  // what somebody is shown who never looked
constexpr std::int64_t kPageOfNews = 200;                  // as many as one request gives
constexpr std::size_t kMostTold = 500;                     // at a time: then it goes on when asked again

std::string utc_before(WallTime now, Millis time) { return format_utc(WallTime{now.ms - time.count()}); }

// The changes of others behind the mark that `args` holds, and the mark behind them; nullopt has been reported.
struct Found {
  Value::Array changes;
  std::string mark;
  bool more = false;
};
std::optional<Found> fetch(Context& context, Value args) {
  Found found;
  args.set("limit", kPageOfNews);
  do {
    const std::optional<Value> page = context.ask("watch", args);
    if (!page) return std::nullopt;
    for (const Value& change : page->items("changes")) {
      if (!change.boolean("own")) found.changes.push_back(change);
    }
    found.mark = page->text("next");
    found.more = page->boolean("more");
    args.set("after", found.mark);
  } while (found.more && found.changes.size() < kMostTold);
  return found;
}

void print(Context& context, const Found& found) {
  if (context.json()) {
    Value document;
    document.set("changes", found.changes);
    document.set("more", found.more);
    context.print(document);
    return;
  }
  ChangeLines lines;
  std::string text;
  for (const Value& change : found.changes) text += lines.of(context, change);
  context.page(text);
  if (!context.io().out_is_terminal) return;
  if (found.changes.empty()) context.say_line(Text::NewsNothing);
  if (found.more) context.say_line(Text::NewsMore);
}

}  // namespace

std::optional<NewsCount> count_news(Context& context, const std::string& member) {
  const std::optional<std::string> mark = WatchMark::peek(context.io(), member, std::string(kNewsName));
  if (!mark) return std::nullopt;
  Value args;
  args.set("after", *mark);
  args.set("limit", kPageOfNews);
  const std::variant<ApiReply, Trouble> answer = context.try_ask("watch", std::move(args));
  const ApiReply* reply = std::get_if<ApiReply>(&answer);
  if (reply == nullptr || reply->failure) return std::nullopt;
  NewsCount count{0, reply->result.boolean("more")};
  for (const Value& change : reply->result.items("changes")) count.changes += change.boolean("own") ? 0 : 1;
  return count;
}

int news(Context& context) {
  Value args = context.with_network(Value::map());
  if (const std::optional<std::string> since = context.args().flag("since")) {
    const std::optional<std::string> begin = start_of_moment(context, "--since", *since);
    if (!begin) return context.exit_code();
    args.set("since", *begin);
    const std::optional<Found> found = fetch(context, std::move(args));
    if (!found) return context.exit_code();
    print(context, *found);
    return 0;
  }
  const std::optional<Value> here = context.ask("watch", args);
  if (!here) return context.exit_code();
  std::optional<WatchMark> kept = WatchMark::open(context, here->text("member"), std::string(kNewsName));
  if (!kept) return context.exit_code();
  if (kept->mark().empty()) {
    args.set("since", utc_before(context.now(), kFirstLook));
  } else {
    args.set("after", kept->mark());
  }
  const std::optional<Found> found = fetch(context, std::move(args));
  if (!found) return context.exit_code();
  print(context, *found);
  context.io().out << std::flush;
  if (!context.io().out) return context.fail(Trouble::CannotWrite, {"-"});
  return kept->write(context, found->mark) ? 0 : context.exit_code();
}

}  // namespace budstikke::cli
