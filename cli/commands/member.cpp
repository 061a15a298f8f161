// `member list|revoke|readmit`.
#include "cli/commands/commands.h"
#include "cli/commands/wordings.h"
#include "cli/moments.h"

namespace budstikke::cli {
namespace {

Value named_member(const Context& context) {
  Value args = context.with_network(Value::map());
  args.set("member", context.args().words[0]);
  return args;
}

std::string name_and_id(const Value& member) { return member.text("name") + " (" + short_id(member.text("member")) + ")"; }

int tell(Context& context, Text text, const Value& reply) {
  if (context.json()) {
    context.print(reply);
  } else if (!context.quiet()) {
    context.say_line(text, {name_and_id(reply)});
  }
  return 0;
}

}  // namespace

int member_list(Context& context) {
  const std::optional<Value> reply = context.ask("network.members", context.with_network(Value::map()));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(Value(reply->items("members")));
    return 0;
  }
  const auto moment = [&](const std::string& stored) {
    return context.io().out_is_terminal ? short_moment(stored, context.language()) : stored;
  };
  Table table({"ID", context.say(Text::Name), context.say(Text::Role), context.say(Text::Admitted), ""});
  for (const Value& member : reply->items("members")) {
    std::string remark = member.boolean("you") ? context.say(Text::You) : std::string();
    if (const Value* removed = member.find("removed")) {
      if (!remark.empty()) remark += ", ";
      remark += context.say(Text::MemberGone, {moment(removed->text("time")), removed->text("by_name")});
    }
    table.row({short_id(member.text("member")), member.text("name"), role_name(context, member.text("role")),
               moment(member.text("admitted")), remark});
  }
  context.print(table);
  return 0;
}

int member_revoke(Context& context) {
  std::string name = context.args().words[0], role;
  if (context.io().in_is_terminal && !context.args().yes && !context.json()) {  // name what is asked about
    Value look = named_member(context);
    look.set("look", true);
    const std::optional<Value> found = context.ask("member.revoke", std::move(look));
    if (!found) return context.exit_code();
    name = name_and_id(*found);
    role = role_name(context, found->text("role"));
  }
  if (!context.confirm(context.say(Text::AskRevoke, {name, role}))) return context.exit_code();
  const std::optional<Value> reply = context.ask("member.revoke", named_member(context));
  return reply ? tell(context, Text::MemberRevoked, *reply) : context.exit_code();
}

int member_readmit(Context& context) {
  const std::optional<Value> reply = context.ask("member.readmit", named_member(context));
  return reply ? tell(context, Text::MemberReadmitted, *reply) : context.exit_code();
}

}  // namespace budstikke::cli
