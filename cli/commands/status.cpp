// `status`, `peers`, and `budstikke` alone.
#include "cli/commands/agenda.h"
#include "cli/commands/commands.h"
#include "cli/commands/copies.h"
#include "cli/commands/wordings.h"
#include "cli/moments.h"

namespace budstikke::cli {
namespace {

constexpr int kOverviewDays = 14;
constexpr std::size_t kOverviewItems = 5;

std::string conflict_count(const Context& context, std::int64_t count) {
  return context.say(count == 1 ? Text::ConflictCountOne : Text::ConflictCount, {std::to_string(count)});
}

// From 30 days before a role ends, and once it has.
void print_role_end(Context& context, const std::string& member, const Value& network) {
  constexpr std::int64_t kRemindedDays = 30;
  const std::optional<Moment> until = parse_moment(network.text("until"));
  if (!until) return;
  const std::int64_t left = wall_time(until->day, until->seconds).ms - context.now().ms;
  if (left > kRemindedDays * 86'400'000) return;
  const std::string when = long_moment(network.text("until"), context.language());
  context.line("  " + context.say(left > 0 ? Text::RoleEnds : Text::RoleHasEnded,
                                  {when, short_id(member), role_name(context, network.text("role"))}));
}

void print_used_twice(Context& context, const Value& network) {
  for (const Value& ticket : network.items("used_twice")) {
    std::string names, last;
    for (const Value& newcomer : ticket.items("newcomers")) {
      last = short_id(newcomer.text("member"));
      names += (names.empty() ? "" : ", ") + newcomer.text("name") + " (" + last + ")";
    }
    context.line("  " + context.say(Text::TicketUsedTwice, {ticket.text("by_name"), names, last}));
  }
}

void print_network(Context& context, const std::string& member, const Value& network) {
  context.say_line(Text::NetworkLine, {network.text("name"), role_name(context, network.text("role"))});
  context.line("  " + context.say(Text::NetworkCounts,
                                  {std::to_string(network.integer("members")), std::to_string(network.integer("records")),
                                   std::to_string(network.integer("entries"))}));
  if (const Value* removed = network.find("removed")) {
    const std::string when = short_moment(removed->text("time"), context.language());
    context.line("  " + (removed->boolean("left") ? context.say(Text::LeftHere, {when})
                                                  : context.say(Text::ShutOutHere, {removed->text("by_name"), when})));
  }
  print_role_end(context, member, network);
  print_used_twice(context, network);
  if (network.find("own_alone") != nullptr) {
    context.line("  " + context.say(Text::OutboxOwn) + " " +
                 spread_line(context, network.integer("own_alone"), network.integer("own_waiting"), network.integer("councils")));
  }
  if (network.find("reachable") != nullptr && network.integer("reachable") == 0 && network.integer("members") > 1) {
    context.line("  " + context.say(Text::NobodyReachable));
  }
  print_copies(context, network);
  if (network.integer("missing") > 0) {
    context.line("  " + context.say(Text::NetworkMissing, {std::to_string(network.integer("missing"))}));
  }
  if (network.integer("conflicts") > 0) context.line("  " + conflict_count(context, network.integer("conflicts")));
  if (network.integer("unknown") > 0) {
    context.line("  " + context.say(Text::UnknownCount, {std::to_string(network.integer("unknown"))}));
  }
}

void print_peers(Context& context, const Value& reply) {
  if (reply.items("peers").empty()) context.say_line(Text::NoPeers);
  for (const Value& peer : reply.items("peers")) context.line(peer_line(context, peer));
}

std::string bytes_text(std::int64_t bytes) {
  constexpr std::int64_t kMega = 1024 * 1024;
  return bytes < kMega ? std::to_string(bytes / 1024) + " KiB" : std::to_string(bytes / kMega) + " MiB";
}

// What is not well, in the reader's words where its code is known.
void print_trouble(Context& context, const Value& status) {
  constexpr std::pair<std::string_view, Text> kKnown[] = {{"store-full", Text::TroubleStoreFull},
                                                          {"store-mended", Text::TroubleStoreMended},
                                                          {"store-salvaged", Text::TroubleStoreSalvaged},
                                                          {"store-begun", Text::TroubleStoreBegun},
                                                          {"no-door", Text::TroubleNoDoor},
                                                          {"cannot-listen", Text::TroubleCannotListen}};
  std::string text = status.text("trouble");
  if (text.empty()) return;
  for (const auto& [code, words] : kKnown) {
    if (status.text("trouble_code") == code) text = context.say(words, {status.text("trouble_about")});
  }
  context.say_line(Text::TroubleLine, {text});
}

// Ours, when others agree that it is off; else theirs.
void print_clocks(Context& context, const Value& status) {
  const auto off_by = [&](const Value& clock) {
    const std::int64_t off = clock.integer("off_s");
    return context.say(off < 0 ? Text::ClockBehind : Text::ClockAhead, {span_text(off < 0 ? -off : off, context.language())});
  };
  if (const Value* own = status.find("clock")) {
    const std::int64_t councils = own->integer("councils");
    const std::string by = councils == 1 ? own->text("name") : std::to_string(councils);
    context.say_line(Text::TroubleLine, {context.say(councils == 1 ? Text::ClockOwnOne : Text::ClockOwn, {off_by(*own), by})});
  }
  for (const Value& clock : status.items("clocks")) {
    context.say_line(Text::TroubleLine, {context.say(Text::ClockTheirs, {clock.text("name"), off_by(clock)})});
  }
}

}  // namespace

int status(Context& context) {
  const std::optional<Value> reply = context.ask("status");
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(*reply);
    return 0;
  }
  context.say_line(Text::StatusLine, {reply->text("council_name"), reply->text("version")});
  if (reply->items("networks").empty()) context.say_line(Text::NoNetworks);
  for (const Value& network : reply->items("networks")) print_network(context, reply->text("member"), network);
  context.line(context.say(Text::Peers) + ":");
  print_peers(context, *reply);
  if (const Value* store = reply->find("store")) {
    context.say_line(Text::StoreLine, {bytes_text(store->integer("bytes"))});
  }
  print_two_stores(context, *reply);
  if (!reply->text("listen").empty()) context.say_line(Text::ListenLine, {reply->text("listen")});
  print_trouble(context, *reply);
  print_clocks(context, *reply);
  return 0;
}

int peers(Context& context) {
  const std::optional<Value> reply = context.ask("peers");
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(*reply);
  } else {
    print_peers(context, *reply);
  }
  return 0;
}

int overview(Context& context) {
  const std::optional<Value> reply = context.ask("status");
  if (!reply) return context.exit_code();
  const std::optional<std::vector<AgendaItem>> items = agenda_items(context, kOverviewDays);
  if (!items) return context.exit_code();
  if (context.json()) {
    Value document;
    document.set("status", *reply);
    document.set("agenda", json_of_agenda(*items));
    context.print(document);
    return 0;
  }
  std::int64_t in_conflict = 0;
  std::int64_t unknown = 0;
  std::size_t in_sync = 0;
  for (const Value& network : reply->items("networks")) in_conflict += network.integer("conflicts");
  for (const Value& network : reply->items("networks")) unknown += network.integer("unknown");
  for (const Value& peer : reply->items("peers")) in_sync += peer.boolean("in_sync") ? 1 : 0;
  context.say_line(Text::StatusLine, {reply->text("council_name"), reply->text("version")});
  if (reply->items("networks").empty()) context.say_line(Text::NoNetworks);
  context.say_line(Text::PeersInSync, {std::to_string(in_sync), std::to_string(reply->items("peers").size())});
  if (in_conflict > 0) context.line(conflict_count(context, in_conflict));
  if (unknown > 0) context.say_line(Text::UnknownCount, {std::to_string(unknown)});
  print_trouble(context, *reply);
  print_clocks(context, *reply);
  print_two_stores(context, *reply);
  context.line("");
  context.say_line(Text::AgendaHeading, {std::to_string(kOverviewDays)});
  std::vector<AgendaItem> first = *items;
  if (first.size() > kOverviewItems) first.erase(first.begin() + kOverviewItems, first.end());
  print_agenda(context, first);
  if (items->empty()) context.line("  " + context.say(Text::NothingToCome));
  if (items->size() > first.size()) context.say_line(Text::MoreInAgenda, {std::to_string(items->size() - first.size())});
  context.line("");
  context.say_line(Text::HelpPointer);
  return 0;
}

}  // namespace budstikke::cli
