#include "cli/invitation.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <ostream>

#include "cli/commands/files.h"
#include "cli/commands/wordings.h"
#include "cli/html.h"
#include "cli/moments.h"
#include "cli/qr.h"
#include "protocol/base/text.h"
#include "protocol/wire/ticket.h"

namespace budstikke::cli {
namespace {

constexpr mode_t kOwnersFile = 0600;
constexpr int kCodeMillimetres = 90;
constexpr std::string_view kTicketStart = "BUD1-";
constexpr std::string_view kPageStyle =
    "body{font:1rem/1.5 sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #555;padding:.5rem}svg{max-width:100%;height:auto}"
    "@page{size:A4;margin:2cm}";

std::string paragraph(const std::string& text) { return "<p>" + escaped_html(text) + "</p>\n"; }

}  // namespace

std::string invitation_page(const Context& context, const Value& invited) {
  const std::string ticket = invited.text("ticket");
  const Result<Ticket> parsed = parse_ticket(ticket);
  const std::string title = escaped_html(context.say(Text::InvitationTitle, {parsed ? parsed->label : std::string()}));
  const std::optional<QrCode> code = qr_of(ticket);
  std::string page =
      "<!DOCTYPE html>\n<html lang=\"" + std::string(context.danish() ? "da" : "en") +
      "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>" +
      title + "</title>\n<style>" + std::string(kPageStyle) + "</style>\n</head>\n<body>\n<h1>" + title + "</h1>\n";
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
  const std::string text = is_page ? invitation_page(context, invited) : invited.text("ticket") + "\n";
  // Never over something: it holds a secret, and what was there may be read by others.
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnersFile);
  bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (fd >= 0) written = ::fsync(fd) == 0 && written;
  if (fd >= 0) written = ::close(fd) == 0 && written;
  if (fd >= 0 && !written) ::unlink(file.c_str());
  if (!written) context.fail(Trouble::CannotWrite, {file});
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
