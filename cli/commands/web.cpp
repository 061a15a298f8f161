// `web`: today, the calendar, contacts, hearings and peers in a browser on this computer; figures for monitoring. It asks the
// node as every other command does, so that what listens here cannot harm it.
#include <ostream>

#include "cli/commands/commands.h"
#include "cli/json.h"
#include "cli/web/site.h"
#include "cli/web/token.h"

namespace budstikke::cli {
namespace {

constexpr std::string_view kUsualAddress = "127.0.0.1:7421";
constexpr Millis kServeWait{60'000};  // of one turn; then it goes on

// The names that --host allows. nullopt has been reported.
std::optional<std::vector<std::string>> host_names_given(Context& context) {
  std::vector<std::string> names;
  for (const Flag& flag : context.args().flags) {
    if (flag.name != "host") continue;
    if (!is_host_name(flag.value)) {
      context.fail(Trouble::BadHostName, {flag.value});
      return std::nullopt;
    }
    names.push_back(flag.value);
  }
  return names;
}

// Only once it listens: what is told works.
void tell_where(Context& context, const std::string& address, const Site& site, const TokenFile& token) {
  const std::string url = "http://" + address + site.opening();
  if (context.json()) {
    Value document;
    document.set("address", address);
    document.set("url", url);
    document.set("token_file", token.file.string());
    context.print(document);
  } else if (!context.quiet()) {
    context.say_line(Text::WebOpen);
    context.io().out << url << '\n';  // never broken: it is there to be copied
    context.say_line(Text::WebHowToEnd);
  }
  context.io().out << std::flush;
}

}  // namespace

int web(Context& context) {
  const std::string asked = context.args().flag("listen").value_or(std::string(kUsualAddress));
  const std::optional<LoopbackAddress> address = parse_loopback(asked);
  if (!address) return context.fail(Trouble::NotLoopback, {asked});
  const std::optional<std::vector<std::string>> names = host_names_given(context);
  if (!names) return context.exit_code();
  if (!is_home(context.home())) return context.fail(Trouble::NoHome, {context.home().string()});
  const std::optional<TokenFile> token = token_of(context);
  if (!token) return context.exit_code();
  auto started = WebServer::start(*address);
  if (const auto* reason = std::get_if<std::string>(&started)) return context.fail(Trouble::CannotServe, {asked, *reason});
  WebServer& server = *std::get<std::unique_ptr<WebServer>>(started);
  const Site site(context, HostNames(server.address(), *names), token->token);
  server.answer_by([&](const WebRequest& request) { return site.answer(request); });
  tell_where(context, text_of(server.address()), site, *token);
  while (server.serve(kServeWait)) {
  }
  return context.fail(Trouble::CannotServe, {asked, {}});
}

}  // namespace budstikke::cli
