// `outbox`: what this node wrote last, and how many councils are known to have it.
#include <charconv>

#include "cli/commands/commands.h"
#include "cli/commands/erased.h"
#include "cli/commands/wordings.h"
#include "cli/moments.h"

namespace budstikke::cli {
namespace {

std::string list_of(const Value::Array& names) {
  std::string list;
  for (const Value& name : names) {
    if (const std::string* text = name.if_text()) list += (list.empty() ? "" : ", ") + *text;
  }
  return list;
}

void print_entry(Context& context, const Value& entry, std::int64_t councils) {
  std::string what;
  for (const Value& change : entry.items("changes")) {
    what += (what.empty() ? "" : "; ") + record_name(context, change);
    if (!change.text("title").empty()) what += " " + change.text("title");
  }
  const std::int64_t more = entry.integer("more_changes");
  if (more > 0) what += " " + context.say(Text::OutboxMore, {std::to_string(more)});
  const std::int64_t holders = entry.integer("councils");
  context.line(
      "  " + short_moment(entry.text("time"), context.language()) + "  " +
      context.say(councils == 1 ? Text::OutboxEntryOne : Text::OutboxEntry, {std::to_string(holders), std::to_string(councils)}) +
      "  " + what);
  if (holders == 0 || holders == councils) return;
  std::string without = list_of(entry.items("without"));
  if (entry.integer("without_more") > 0) {
    without += " " + context.say(Text::OutboxMore, {std::to_string(entry.integer("without_more"))});
  }
  context.line("    " + context.say(Text::OutboxWithout, {without}));
}

// One line per entry, for programs.
void print_outbox_rows(Context& context, const Value& reply) {
  Table table({"", "", "", "", "", ""});
  for (const Value& network : reply.items("networks")) {
    for (const Value& entry : network.items("entries")) {
      for (const Value& change : entry.items("changes")) {
        table.row({network.text("name"), entry.text("time"), std::to_string(entry.integer("councils")),
                   std::to_string(network.integer("councils")), change.text("short"), change.text("title")});
      }
    }
  }
  context.print(table);
}

}  // namespace

std::string spread_line(const Context& context, std::int64_t alone, std::int64_t waiting, std::int64_t councils) {
  if (councils == 0) return context.say(Text::OutboxNobody);
  const std::string others = std::to_string(councils);
  if (alone == 1) return context.say(councils == 1 ? Text::OutboxAloneOneOther : Text::OutboxAloneOne, {others});
  if (alone > 1) return context.say(councils == 1 ? Text::OutboxAloneOther : Text::OutboxAlone, {std::to_string(alone), others});
  if (waiting == 1) return context.say(Text::OutboxWaitingOne, {others});
  if (waiting > 1) return context.say(Text::OutboxWaiting, {std::to_string(waiting), others});
  return context.say(councils == 1 ? Text::OutboxAllOne : Text::OutboxAll, {others});
}

int outbox(Context& context) {
  Value args = context.with_network(Value::map());
  if (const std::optional<std::string> typed = context.args().flag("limit")) {
    std::int64_t limit = 0;
    const auto [end, error] = std::from_chars(typed->data(), typed->data() + typed->size(), limit);
    const bool fits = error == std::errc() && end == typed->data() + typed->size() && limit >= 1 && limit <= 200;
    if (!fits) return context.fail(ApiError::BadNumber, *typed);
    args.set("limit", limit);
  }
  const std::optional<Value> reply = context.ask("outbox", std::move(args));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(*reply);
    return 0;
  }
  if (!context.io().out_is_terminal) {
    print_outbox_rows(context, *reply);
    return 0;
  }
  if (reply->items("networks").empty()) context.say_line(Text::NoNetworks);
  for (const Value& network : reply->items("networks")) {
    const std::int64_t councils = network.integer("councils");
    context.line(network.text("name") + ": " +
                 spread_line(context, network.integer("alone"), network.integer("waiting"), councils));
    for (const Value& entry : network.items("entries")) print_entry(context, entry, councils);
  }
  return 0;
}

}  // namespace budstikke::cli
