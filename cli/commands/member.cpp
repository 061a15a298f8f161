// `member list|revoke|readmit|role|leave|handover`.
#include "cli/commands/commands.h"
#include "cli/commands/wordings.h"
#include "cli/councils.h"
#include "cli/fields.h"
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

// As people read it; as it is where a program reads.
std::string moment_for(Context& context, const std::string& stored) {
  return context.io().out_is_terminal ? short_moment(stored, context.language()) : stored;
}

std::vector<std::string> remarks_on(Context& context, const Value& member) {
  std::vector<std::string> remarks;
  if (member.boolean("you")) remarks.push_back(context.say(Text::You));
  if (member.boolean("recovered")) remarks.push_back(context.say(Text::MemberRecovered));
  if (const Value* removed = member.find("removed")) {
    const std::string when = moment_for(context, removed->text("time"));
    remarks.push_back(removed->boolean("left") ? context.say(Text::MemberLeft, {when})
                                               : context.say(Text::MemberGone, {when, removed->text("by_name")}));
  }
  return remarks;
}

std::string let_in_by(Context& context, const Value& member) {
  const std::string by = member.text("admitted_by_name");
  if (member.text("witness") == member.text("admitted_by")) return by;
  return context.say(Text::LetInByWith, {by, member.text("witness_name")});
}

// Two lines, since all of it is wider than a terminal, and what would be cut is what matters: who is out.
void print_member(Context& context, const Value& member) {
  std::string line =
      short_id(member.text("member")) + "  " + member.text("name") + ", " + role_name(context, member.text("role"));
  if (const std::string until = member.text("until"); !until.empty()) {
    line += " " + context.say(Text::Until) + " " + moment_for(context, until);
  }
  for (const std::string& remark : remarks_on(context, member)) line += ", " + remark;
  context.line(line);
  std::string more = context.say(Text::Admitted) + " " + moment_for(context, member.text("admitted"));
  if (const std::string by = let_in_by(context, member); !by.empty()) more += ", " + context.say(Text::LetInBy) + " " + by;
  if (const std::string seen = member.text("last_seen"); !seen.empty()) {
    more += ", " + context.say(Text::LastSeen) + " " + ago(context.now(), seen, context.language());
  }
  context.line("        " + more);
}

}  // namespace

int member_list(Context& context) {
  const std::optional<Value> reply = context.ask("network.members", context.with_network(Value::map()));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(Value(by_name(reply->items("members"))));
    return 0;
  }
  if (context.io().out_is_terminal) {
    for (const Value& member : by_name(reply->items("members"))) print_member(context, member);
    return 0;
  }
  Table table({"ID", context.say(Text::Name), context.say(Text::Role), context.say(Text::Until), context.say(Text::Admitted),
               context.say(Text::LetInBy), context.say(Text::LastSeen), ""});
  for (const Value& member : by_name(reply->items("members"))) {
    std::string remarks;
    for (const std::string& remark : remarks_on(context, member)) remarks += (remarks.empty() ? "" : ", ") + remark;
    table.row({short_id(member.text("member")), member.text("name"), role_name(context, member.text("role")),
               member.text("until"), member.text("admitted"), let_in_by(context, member), member.text("last_seen"), remarks});
  }
  context.print(table);
  return 0;
}

int member_revoke(Context& context) {
  std::string name, shown_name, role;
  if (context.may_ask() && !context.args().yes) {  // name what is asked about
    Value look = named_member(context);
    look.set("look", true);
    const std::optional<Value> found = context.ask("member.revoke", std::move(look));
    if (!found) return context.exit_code();
    name = found->text("name");
    shown_name = name_and_id(*found);
    role = role_name(context, found->text("role"));
  }
  if (!context.confirm_by_name(context.say(Text::AskRevoke, {shown_name, role}), name)) return context.exit_code();
  const std::optional<Value> reply = context.ask("member.revoke", named_member(context));
  return reply ? tell(context, Text::MemberRevoked, *reply) : context.exit_code();
}

int member_readmit(Context& context) {
  const std::optional<Value> reply = context.ask("member.readmit", named_member(context));
  return reply ? tell(context, Text::MemberReadmitted, *reply) : context.exit_code();
}

int member_role(Context& context) {
  const std::optional<std::string_view> role = role_of(context.args().words[1]);
  if (!role) return context.fail(ApiError::BadRole, context.args().words[1]);
  Value args = named_member(context);
  args.set("role", *role);
  if (const std::optional<std::string> until = context.args().flag("until")) {
    const std::optional<std::string> end = end_of_moment(context, "until", *until);
    if (!end) return context.exit_code();
    args.set("until", *end);
  }
  const std::optional<Value> reply = context.ask("member.role", std::move(args));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(*reply);
    return 0;
  }
  if (context.quiet()) return 0;
  const std::string who = name_and_id(*reply), what = role_name(context, reply->text("role")), until = reply->text("until");
  if (until.empty()) {
    context.say_line(Text::MemberRoleGiven, {who, what});
  } else {
    context.say_line(Text::MemberRoleGivenUntil, {who, what, long_moment(until, context.language())});
  }
  return 0;
}

int member_leave(Context& context) {
  Value look = context.with_network(Value::map());
  look.set("look", true);
  const std::optional<Value> found = context.ask("member.leave", std::move(look));
  if (!found) return context.exit_code();
  const std::string network = found->text("network_name");
  if (found->boolean("last_coordinator") && !context.args().yes) return context.fail(ApiError::LastCoordinator, network);
  const std::int64_t alone = found->integer("waiting");
  const std::string question =
      alone > 0 ? context.say(Text::AskLeaveAlone, {network, std::to_string(alone)}) : context.say(Text::AskLeave, {network});
  if (!context.confirm_by_name(question, network)) return context.exit_code();
  Value args = context.with_network(Value::map());
  args.set("last", context.args().yes);
  const std::optional<Value> reply = context.ask("member.leave", std::move(args));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(*reply);
  } else if (!context.quiet()) {
    context.say_line(Text::MemberHasLeft, {network, short_id(reply->text("member"))});
  }
  return 0;
}

}  // namespace budstikke::cli
