#include "cli/invitation.h"

#include <algorithm>
#include <ostream>

#include "cli/commands/files.h"
#include "cli/commands/wordings.h"
#include "cli/html.h"
#include "cli/moments.h"
#include "cli/part_file.h"
#include "cli/qr.h"
#include "protocol/base/text.h"
#include "protocol/wire/ticket.h"

namespace budstikke::cli {
namespace {

constexpr int kCodeMillimetres = 90;
constexpr std::string_view kTicketStart = "BUD1-";
constexpr std::string_view kPageStyle =
    "body{font:1rem/1.5 sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #555;padding:.5rem}svg{max-width:100%;height:auto}"
    "@page{size:A4;margin:2cm}";

// Empty: the node does not say.
std::string own_council(Context& context) {
  const std::variant<ApiReply, Trouble> status = context.try_ask("status");
  const ApiReply* reply = std::get_if<ApiReply>(&status);
  return reply != nullptr ? reply->result.text("council_name") : std::string();
}

}  // namespace

std::string invitation_page(const Context& context, const Value& invited, const std::string& inviter) {
  const std::string ticket = invited.text("ticket");
  const Result<Ticket> parsed = parse_ticket(ticket);
  const std::string title = context.say(Text::InvitationTitle, {parsed ? parsed->label : std::string()});
  const std::optional<QrCode> code = qr_of(ticket);
  std::string page = html_opening(context.language(), title, "<style>" + std::string(kPageStyle) + "</style>");
  page += "<h1>" + escaped_html(title) + "</h1>\n";
  if (!inviter.empty()) page += paragraph(context.say(Text::InvitationBy, {inviter}));
  page += paragraph(context.say(Text::InvitationWhat, {role_name(context, invited.text("role")),
                                                       long_moment(invited.text("expires"), context.language())}));
  page += "<ol>\n";
  for (const Text step : {Text::InvitationInstall, Text::InvitationStart, Text::InvitationWords}) {
    page += "<li>" + escaped_html(context.say(step)) + "</li>\n";
  }
  page += "</ol>\n<pre>" + escaped_html(ticket) + "</pre>\n";
  if (code) page += svg_of(*code, kCodeMillimetres) + "\n";
  return page + paragraph(context.say(Text::InvitationSecret)) + "</body>\n</html>\n";
}

bool save_invitation(Context& context, const std::string& file, const Value& invited) {
  const bool is_page = fold_case(file).ends_with(".html") || fold_case(file).ends_with(".htm");
  const std::string text = is_page ? invitation_page(context, invited, own_council(context)) : invited.text("ticket") + "\n";
  // Never over something: it holds a secret, and what was there may be read by others.
  PartFile part(file);
  const bool written = part.is_open() && part.write(view_of(text)) && part.finish(false);
  if (!written) context.fail(Trouble::TicketNotSaved, {file});
  return written;
}

void show_code(Context& context, const std::string& ticket) {
  const std::optional<QrCode> code = qr_of(ticket);
  const std::size_t columns = context.io().columns;
  if (!code || (columns > 0 && code->size > columns)) {
    context.tell(Text::InvitationNoCode, {std::to_string(code ? code->size : 0)});
  } else {
    context.io().out << terminal_text(*code, context.colour());
  }
}

std::string ticket_in(std::string_view text) {
  const auto same = [](char typed, char wanted) {
    return typed == wanted || (typed >= 'a' && typed <= 'z' && typed - 32 == wanted);
  };
  const auto begin = std::ranges::search(text, kTicketStart, same).begin();
  if (begin == text.end()) return std::string(trim(text));
  std::string ticket(kTicketStart);
  std::size_t breaks = 0;
  for (auto at = begin + static_cast<std::ptrdiff_t>(kTicketStart.size()); at != text.end() && breaks < 2; ++at) {
    const bool letter = (*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z');
    const bool blank = *at == ' ' || *at == '\t' || *at == '\r' || *at == '\n';
    if (!letter && !blank) break;
    if (letter) breaks = 0;
    if (*at == '\n') ++breaks;
    if (letter) ticket += *at;
  }
  return ticket;
}

std::optional<std::string> given_ticket(Context& context, const std::string& given) {
  if (given != "-" && !given.starts_with("@")) return ticket_in(given);
  const std::optional<std::string> text = read_file(context, given == "-" ? given : given.substr(1));
  return text ? std::optional(ticket_in(*text)) : std::nullopt;
}

}  // namespace budstikke::cli
