// `budstikke` alone: how it is, what waits for this council, and what comes.
#include "cli/commands/agenda.h"
#include "cli/commands/commands.h"
#include "cli/commands/needs.h"
#include "cli/commands/trouble.h"
#include "cli/moments.h"

namespace budstikke::cli {
namespace {

constexpr int kOverviewDays = 14;
constexpr std::size_t kOverviewItems = 5;

void print_coming(Context& context, const std::vector<AgendaItem>& items) {
  context.say_line(Text::AgendaHeading, {std::to_string(kOverviewDays)});
  const std::size_t shown = std::min(items.size(), kOverviewItems);
  print_agenda(context, {items.begin(), items.begin() + static_cast<std::ptrdiff_t>(shown)});
  if (items.empty()) context.line("  " + context.say(Text::NothingToCome));
  if (items.size() > shown) context.say_line(Text::MoreInAgenda, {std::to_string(items.size() - shown)});
}

}  // namespace

int overview(Context& context) {
  const std::optional<Value> reply = context.ask("status");
  if (!reply) return context.exit_code();
  const bool alone = reply->items("networks").empty();
  std::optional<std::vector<DatedRecords>> dated = std::vector<DatedRecords>{};
  if (!alone) dated = fetch_dated(context);
  if (!dated) return context.exit_code();
  std::optional<NewsCount> news;
  if (!alone) news = count_news(context, reply->text("member"));
  const std::vector<Need> needs = needs_of(context, *reply, *dated, news);
  const std::vector<AgendaItem> items = agenda_items(context.now(), *dated, kOverviewDays);
  if (context.json()) {
    Value document;
    document.set("status", *reply);
    document.set("needs", json_of_needs(needs));
    document.set("agenda", json_of_agenda(items));
    context.print(document);
    return 0;
  }
  const std::string today = text_of(local_moment(moment_of(context.now())).day);
  context.line(reply->text("council_name") + " · " + long_moment(today, context.language()));
  if (alone) context.say_line(Text::NoNetworks);
  print_warnings(context, *reply);
  if (!alone) {
    context.line("");
    context.say_line(needs.empty() ? Text::NeedsNothing : Text::NeedsHeading);
    print_needs(context, needs);
    if (!news) context.line("  " + context.say(Text::NewsPointer));
    context.line("");
    print_coming(context, items);
  }
  context.line("");
  context.say_line(Text::HelpPointer);
  return 0;
}

}  // namespace budstikke::cli
