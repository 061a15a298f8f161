// `network recover`: the recovery key from paper makes this node coordinator.
//
// Invariants   The key is asked for on the terminal without being shown, or taken from standard input; never from the command
//              line, where other users of the machine and the shell's history would see it. It is written nowhere.
#include <istream>
#include <ostream>

#include "cli/commands/commands.h"
#include "cli/commands/wordings.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

std::optional<std::string> typed_key(Context& context) {
  Io& io = context.io();
  if (io.in_is_terminal && io.ask_secret) return io.ask_secret(context.say(Text::RecoverAsk) + " ");
  std::string line;
  if (!std::getline(io.in, line)) return std::nullopt;
  return line;
}

int take(Context& context, const std::string& text) {
  Value args;
  args.set("recovery", text);
  const std::optional<Value> reply = context.ask("network.take", std::move(args));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(*reply);
  } else if (!context.quiet()) {
    context.say_line(Text::RecoveryTaken, {reply->text("name"), reply->text("network_name")});
  }
  return 0;
}

void tell_recovered(Context& context, const Value& reply) {
  context.say_line(Text::Recovered, {reply.text("name")});
  std::string names, ids;
  for (const Value& member : reply.items("shut_out")) {
    names += (names.empty() ? "" : ", ") + member.text("name");
    if (ids.empty()) ids = short_id(member.text("member"));
  }
  if (!names.empty()) context.say_line(Text::RecoveredShutOut, {names, ids});
  context.say_line(Text::RecoveredNext);
  context.say_line(Text::RecoveredHandOn);
  context.line("  " + reply.text("recovery"));
}

}  // namespace

int network_recover(Context& context) {
  if (const std::optional<std::string> given = context.args().flag("given")) return take(context, *given);
  const std::optional<Value> network = context.ask("network.show", context.with_network(Value::map()));
  if (!network) return context.exit_code();
  if (!context.json() && !context.quiet()) {
    context.tell(Text::RecoverWill, {network->text("name")});
  }
  const std::optional<std::string> key = typed_key(context);
  if (!key || trim(*key).empty()) return context.fail(Trouble::Declined);
  Value args;
  args.set("network", network->text("id"));
  args.set("key", *key);
  const std::optional<Value> reply = context.ask("network.recover", std::move(args));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(*reply);
  } else if (!context.quiet()) {
    tell_recovered(context, *reply);
  }
  return 0;
}

}  // namespace budstikke::cli
