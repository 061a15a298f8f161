// `status` and `peers`.
#include "cli/commands/status.h"

#include "cli/commands/commands.h"
#include "cli/commands/copies.h"
#include "cli/commands/trouble.h"
#include "cli/commands/united.h"
#include "cli/commands/wordings.h"
#include "cli/moments.h"
#include "cli/sizes.h"

namespace budstikke::cli {
namespace {

std::string conflict_count(const Context& context, std::int64_t count) {
  return context.say(count == 1 ? Text::ConflictCountOne : Text::ConflictCount, {std::to_string(count)});
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

void print_peers(Context& context, const Value& reply) {
  if (reply.items("peers").empty()) context.say_line(Text::NoPeers);
  for (const Value& peer : reply.items("peers")) context.line(peer_line(context, peer));
}

}  // namespace

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
  print_term_end(context, network);
  print_used_twice(context, network);
  if (network.find("own_alone") != nullptr) {
    context.line("  " + context.say(Text::OutboxOwn) + " " +
                 spread_line(context, network.integer("own_alone"), network.integer("own_waiting"), network.integer("councils")));
  }
  if (network.find("reachable") != nullptr && network.integer("reachable") == 0 && network.integer("members") > 1) {
    context.line("  " + context.say(Text::NobodyReachable));
  }
  print_copies(context, network);
  for (const Value& held : network.items("held_back")) {
    context.line("  " + context.say(Text::HeldBackLine, {held.text("name"), std::to_string(held.integer("waiting")),
                                                         short_moment(held.text("until"), context.language())}));
  }
  if (network.integer("missing") > 0) {
    context.line("  " + context.say(Text::NetworkMissing, {std::to_string(network.integer("missing"))}));
  }
  if (network.integer("conflicts") > 0) context.line("  " + conflict_count(context, network.integer("conflicts")));
  if (network.integer("unknown") > 0) {
    context.line("  " + context.say(Text::UnknownCount, {std::to_string(network.integer("unknown"))}));
  }
}

int status(Context& context) {
  const std::optional<Value> reply = context.ask("status");
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(*reply);
    return 0;
  }
  context.say_line(Text::StatusLine, {reply->text("council_name"), reply->text("version")});
  if (reply->items("networks").empty()) context.say_line(Text::NoNetworks);
  for (const Value& network : networks_of(*reply)) print_network(context, reply->text("member"), network);
  context.line(context.say(Text::Peers) + ":");
  print_peers(context, *reply);
  if (const Value* store = reply->find("store")) {
    context.say_line(Text::StoreLine, {size_text(store->integer("bytes"), context.language())});
  }
  print_two_stores(context, *reply);
  if (!reply->text("listen").empty()) context.say_line(Text::ListenLine, {reply->text("listen")});
  print_key_change(context, *reply);
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

}  // namespace budstikke::cli
