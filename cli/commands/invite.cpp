// `invite`: a ticket that lets one new node in; `invite list`: what became of each; `member handover`: one for the own council's
// next node.
#include "cli/commands/commands.h"
#include "cli/commands/wordings.h"
#include "cli/fields.h"
#include "cli/invitation.h"
#include "cli/moments.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

// "7d", "12h", "30m", "90s"; nullopt for anything else.
std::optional<std::int64_t> seconds_of(std::string_view typed) {
  constexpr std::size_t kMostDigits = 5;
  const std::size_t digits = typed.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos || digits > kMostDigits) return std::nullopt;
  const std::int64_t count = std::stoll(std::string(typed.substr(0, digits)));
  const std::string unit = fold_case(trim(typed.substr(digits)));
  if (count == 0) return std::nullopt;
  if (unit == "d" || unit == "dag" || unit == "dage" || unit == "day" || unit == "days") return count * 86'400;
  if (unit == "h" || unit == "t" || unit == "time" || unit == "timer" || unit == "hour" || unit == "hours") return count * 3'600;
  if (unit == "m" || unit == "min" || unit == "minutter" || unit == "minutes") return count * 60;
  if (unit == "s" || unit == "sek" || unit == "sekunder" || unit == "seconds") return count;
  return std::nullopt;
}

// Asks for the ticket; nullopt when that was refused, and told.
std::optional<Value> ask_for_ticket(Context& context, Value request) {
  if (const std::optional<std::string> expires = context.args().flag("expires")) {
    const std::optional<std::int64_t> seconds = seconds_of(*expires);
    if (!seconds) {
      context.fail(Trouble::BadDuration, {*expires});
      return std::nullopt;
    }
    request.set("expires_s", *seconds);
  }
  return context.ask("invite", std::move(request));
}

// Who has used it, else who it is for.
std::string whose_ticket(const Value& ticket) {
  std::string names;
  for (const Value& newcomer : ticket.items("newcomers")) names += (names.empty() ? "" : ", ") + newcomer.text("name");
  if (!names.empty()) return names;
  return ticket.text("for").empty() ? ticket.text("council_name") : ticket.text("for");
}

std::string state_word(const Context& context, const std::string& state) {
  for (const auto& [known, text] : {std::pair{"open", Text::TicketOpen},
                                    {"used", Text::TicketUsed},
                                    {"used-twice", Text::TicketUsedByTwo},
                                    {"expired", Text::TicketExpired},
                                    {"void", Text::TicketVoid}}) {
    if (state == known) return context.say(text);
  }
  return state;  // of a newer node
}

// The own row of `members`.
const Value* own_member(const Value& members) {
  for (const Value& member : members.items("members")) {
    if (member.boolean("you")) return &member;
  }
  return nullptr;
}

}  // namespace

int member_handover(Context& context) {
  const std::optional<Value> members = context.ask("network.members", context.with_network(Value::map()));
  if (!members) return context.exit_code();
  const Value* own = own_member(*members);
  if (own == nullptr) return context.fail(ApiError::NoNetwork);
  Value request = context.with_network(Value::map());
  request.set("role", own->text("role"));
  request.set("council", own->text("council"));
  const std::optional<Value> reply = ask_for_ticket(context, std::move(request));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(*reply);
    return 0;
  }
  if (!context.quiet()) {
    context.say_line(Text::HandoverNext,
                     {role_name(context, reply->text("role")), long_moment(reply->text("expires"), context.language())});
  }
  context.line(reply->text("ticket"));
  return 0;
}

int invite_list(Context& context) {
  const std::optional<Value> reply = context.ask("invite.list", context.with_network(Value::map()));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(Value(reply->items("tickets")));
    return 0;
  }
  const bool terminal = context.io().out_is_terminal;
  Table table({context.say(Text::ColumnTicketFor), context.say(Text::ColumnTicketState), context.say(Text::ColumnTicketRole),
               context.say(Text::ColumnTicketExpires), context.say(Text::ColumnTicketBy)});
  for (const Value& ticket : reply->items("tickets")) {
    const std::string state = ticket.text("state"), expires = ticket.text("expires");
    table.row({whose_ticket(ticket), terminal ? state_word(context, state) : state,
               terminal ? role_name(context, ticket.text("role")) : ticket.text("role"),
               terminal ? short_moment(expires, context.language()) : expires,
               ticket.boolean("you") && terminal ? context.say(Text::You) : ticket.text("by_name")});
  }
  if (!table.empty()) {
    context.print(table);
  } else if (terminal) {
    context.say_line(Text::NoTickets);
  }
  return 0;
}

int invite(Context& context) {
  const Arguments& args = context.args();
  Value request = context.with_network(Value::map());
  if (args.has("for") && args.has("council")) return context.fail(Trouble::NotTogether, {"--for", "--council"});
  if (const std::optional<std::string> role = args.flag("role")) {
    const std::optional<std::string_view> known = role_of(*role);
    if (!known) return context.fail(ApiError::BadRole, *role);
    request.set("role", *known);
  }
  if (const std::optional<std::string> until = args.flag("until")) {
    const std::optional<std::string> end = end_of_moment(context, "until", *until);
    if (!end) return context.exit_code();
    request.set("until", *end);
  }
  if (const std::optional<std::string> name = args.flag("for")) request.set("for", *name);
  if (const std::optional<std::string> council = args.flag("council")) request.set("council", *council);
  std::optional<Value> reply = ask_for_ticket(context, std::move(request));
  if (!reply) return context.exit_code();
  const std::optional<std::string> file = args.flag("save");
  // The ticket is made by now: it is shown also where it cannot be saved.
  const bool saved = !file || save_invitation(context, *file, *reply);
  if (context.json()) {
    if (file && saved) reply->set("file", *file);
    context.print(*reply);
    return context.exit_code();
  }
  if (file && saved && !context.quiet()) context.say_line(Text::InvitationSaved, {*file});
  if (!context.quiet()) {
    const std::string until = reply->text("until"), expires = long_moment(reply->text("expires"), context.language());
    context.say_line(until.empty() ? Text::Invited : Text::InvitedUntil,
                     {role_name(context, reply->text("role")), expires, long_moment(until, context.language())});
  }
  if (context.args().has("qr")) show_code(context, reply->text("ticket"));
  context.line(reply->text("ticket"));
  return context.exit_code();
}

}  // namespace budstikke::cli
