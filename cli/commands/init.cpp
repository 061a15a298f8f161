// `init`: has the daemon make a home folder; it alone knows what one holds. On a terminal without a council's name it asks for
// what a first node needs: the person's language, the council, its address, and the ticket if there is one.
#include "protocol/wire/init.h"

#include <utility>

#include "cli/ask.h"
#include "cli/commands/commands.h"
#include "cli/invitation.h"
#include "cli/saved_language.h"
#include "cli/service.h"
#include "protocol/wire/ticket.h"

namespace budstikke::cli {
namespace {

using InitFacts = std::vector<std::pair<std::string, std::string>>;  // option of the daemon → value

bool takes_council(Context& context, const std::string& name) {
  const bool fits = is_council_name(name);
  if (!fits) context.fail(name.size() > kMaxCouncilNameBytes ? ApiError::TooLong : ApiError::BadText, "--council");
  return fits;
}

bool takes_municipality(Context& context, const std::string& code) {
  const bool fits = code.empty() || is_municipality_code(code);
  if (!fits) context.fail(Trouble::BadMunicipality, {code});
  return fits;
}

bool takes_address(Context& context, const std::string& address) {
  const bool fits = address.empty() || is_node_address(address);
  if (!fits) context.fail(Trouble::BadAddress, {address});
  return fits;
}

bool takes_ticket(Context& context, const std::string& text) {
  if (text.empty()) return true;
  const Result<Ticket> ticket = parse_ticket(text);
  if (!ticket) {
    context.fail(ApiError::BadTicket, {}, {}, ticket.error().text);
  } else if (ticket->expires < context.now()) {
    context.fail(ApiError::TicketExpired);
  } else {
    return true;
  }
  return false;
}

// Those given. False has been reported.
bool read_init_facts(Context& context, InitFacts& facts) {
  constexpr std::pair<const char*, bool (*)(Context&, const std::string&)> kFacts[] = {{"council", takes_council},
                                                                                       {"municipality", takes_municipality},
                                                                                       {"listen", takes_address},
                                                                                       {"advertise", takes_address},
                                                                                       {"ticket", takes_ticket}};
  for (const auto& [name, takes] : kFacts) {
    std::optional<std::string> value = context.args().flag(name);
    if (value && std::string_view(name) == "ticket" && !(value = given_ticket(context, *value))) return false;
    if (value && !takes(context, *value)) return false;
    if (value) facts.emplace_back(name, *value);
  }
  return true;
}

// The language to speak from now on, by --language or by asking; nullopt: as before. False has been reported.
bool choose_language(Context& context, bool asks, std::optional<Language>& chosen) {
  const std::optional<std::string> given = context.args().flag("language");
  if (given) {
    chosen = language_named(*given);
    if (!chosen) context.fail(Trouble::BadLanguage, {*given});
    if (!chosen) return false;
  } else if (asks && !context.args().language) {
    const std::string usual = context.danish() ? "da" : "en";
    const auto typed = ask_until(context, context.say(Text::AskLanguage, {usual}), [&](const std::string& word) {
      const bool known = word.empty() || language_named(word);
      if (!known) context.fail(Trouble::BadLanguage, {word});
      return known;
    });
    if (!typed) return false;
    chosen = typed->empty() ? context.language() : language_named(*typed);
  }
  if (chosen && !context.args().language) context.speak(*chosen);
  return true;
}

// The council's name, and unless that was said: under which address others reach this node, where none means that it only dials,
// and a ticket.
bool ask_init_facts(Context& context, InitFacts& facts) {
  const auto council = ask_until(context, context.say(Text::AskCouncil), [&](const std::string& name) {
    return is_given(context, name) && takes_council(context, name);
  });
  if (!council) return false;
  facts.emplace(facts.begin(), "council", *council);
  if (!context.args().has("listen") && !context.args().has("advertise")) {
    const auto address = ask_until(context, context.say(Text::AskAddress),
                                   [&](const std::string& typed) { return takes_address(context, typed); });
    if (!address) return false;
    facts.emplace_back(address->empty() ? "listen" : "advertise", *address);
  }
  if (context.args().has("ticket")) return true;
  const auto ticket =
      ask_until(context, context.say(Text::AskTicketNow), [&](const std::string& typed) { return takes_ticket(context, typed); });
  if (ticket && !ticket->empty()) facts.emplace_back("ticket", *ticket);
  return ticket.has_value();
}

void keep_language(Context& context, Language language) {
  const std::string file = language_file(context.io()).string();
  if (!save_language(context.io(), language)) {
    context.warn(Trouble::CannotWrite, {file});
  } else if (!context.json() && !context.quiet()) {
    context.say_line(Text::InitLanguage, {file});
  }
}

int tell_not_made(Context& context, int code, const InitFacts& facts) {
  const std::string home = context.home().string();
  std::string again = "budstikked --home " + home + " --init";
  for (const auto& [name, value] : facts) again += " --" + name + " \"" + value + "\"";
  switch (static_cast<InitExit>(code)) {
    case InitExit::Taken:
      return context.fail(Trouble::FolderTaken, {home});
    case InitExit::CannotWrite:
      return context.fail(Trouble::FolderRefused, {home, again});
    case InitExit::NoRoom:
      return context.fail(Trouble::FolderNoRoom, {home});
    case InitExit::Done:
    case InitExit::Failed:
    case InitExit::Usage:
      break;
  }
  return context.fail(Trouble::InitFailed, {home, again});
}

}  // namespace

int init(Context& context) {
  context.use_own_home();
  InitFacts facts;
  if (!read_init_facts(context, facts)) return context.exit_code();
  if (!context.args().has("council") && !context.may_ask()) return context.fail(Trouble::MissingFlag, {"--council"});
  std::error_code unreadable;  // then the daemon says so
  if (std::filesystem::exists(context.home() / "config.toml", unreadable)) {
    return context.fail(Trouble::HomeTaken, {context.home().string()});
  }
  const bool asks = !context.args().has("council");
  std::optional<Language> language;
  if (!choose_language(context, asks, language)) return context.exit_code();
  if (asks && !ask_init_facts(context, facts)) return context.exit_code();
  std::vector<std::string> daemon_args = {"--home", context.home().string(), "--init", "--quiet"};
  for (const auto& [name, value] : facts) daemon_args.insert(daemon_args.end(), {"--" + name, value});
  const std::optional<DaemonRun> ran = context.io().run_daemon(daemon_args);
  if (!ran) return context.fail(Trouble::NoDaemonProgram);
  if (ran->code != 0) return tell_not_made(context, ran->code, facts);
  if (context.json()) {
    Value made;
    made.set("home", context.home().string());
    made.set("council", facts.front().second);
    context.print(made);
  } else if (!context.quiet()) {
    context.say_line(Text::InitDone, {context.home().string()});
  }
  if (language) keep_language(context, *language);
  if (!context.json() && !context.quiet()) {
    const bool of_service = context.home() == kServiceHome;
    context.say_line(of_service ? Text::InitNextService : Text::InitNext, {context.home().string()});
    const bool has_ticket = std::ranges::find(facts, "ticket", &InitFacts::value_type::first) != facts.end();
    const std::string asks_it = of_service ? "budstikke" : "budstikke --home " + context.home().string();
    context.say_line(has_ticket ? Text::InitNextTicket : Text::InitNextJoin, {asks_it});
  }
  return 0;
}

}  // namespace budstikke::cli
