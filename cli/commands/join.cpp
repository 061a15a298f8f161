// `join`: the newcomer's one command.
#include "cli/commands/commands.h"
#include "cli/commands/wordings.h"
#include "cli/invitation.h"
#include "cli/words.h"

namespace budstikke::cli {

int join(Context& context) {
  Value args;
  std::optional<std::string> ticket = given_ticket(context, context.args().words[0]);
  if (!ticket) return context.exit_code();
  args.set("ticket", std::move(*ticket));
  std::optional<Value> reply = context.ask("join", std::move(args), kJoinTimeout);
  if (!reply) return context.exit_code();
  reply->set("words", words_of(reply->text("words")));
  if (context.json()) {
    context.print(*reply);
    return 0;
  }
  context.say_line(Text::Joined, {reply->text("name"), role_name(context, reply->text("role"))});
  context.say_line(Text::JoinedCouncil, {short_id(reply->text("council"))});
  context.say_line(Text::CompareWords);
  context.line("  " + reply->text("words"));
  return 0;
}

}  // namespace budstikke::cli
