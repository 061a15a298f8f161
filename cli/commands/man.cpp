// `man`: the manual pages, written from the tables that `help` is made of.
//
// Shape        roff with the macros of man(7), which mandoc and groff read; UTF-8. Without a noun budstikke(1), with one
//              budstikke-NOUN(1) by the English name, and budstikked(8).
#include <algorithm>
#include <array>
#include <ostream>
#include <sstream>

#include "cli/commands/commands.h"
#include "cli/commands/help.h"
#include "cli/fields.h"
#include "cli/names.h"
#include "cli/service.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

constexpr std::string_view kDaemon = "budstikked";
constexpr std::string_view kRevised = "2026-11-26";  // when the form of the pages was last changed

struct ExitCode {
  int code;
  Text meaning;
};
constexpr std::array<ExitCode, 7> kExitCodes = {{{0, Text::ManExitDone},
                                                 {1, Text::ManExitRefused},
                                                 {2, Text::ManExitUsage},
                                                 {3, Text::ManExitNode},
                                                 {4, Text::ManExitRole},
                                                 {5, Text::ManExitNone},
                                                 {6, Text::ManExitTime}}};
constexpr std::array<ExitCode, 7> kDaemonExitCodes = {{{0, Text::ManExitDone},
                                                       {1, Text::ManExitRefused},
                                                       {2, Text::ManExitUsage},
                                                       {72, Text::ManExitNoRoom},
                                                       {73, Text::ManExitCannotWrite},
                                                       {74, Text::ManExitStore},
                                                       {78, Text::ManExitHome}}};

// As daemon/config.cpp has them.
constexpr std::pair<std::string_view, Text> kConfigKeys[] = {{"council.name", Text::ManKeyName},
                                                             {"council.municipality", Text::ManKeyMunicipality},
                                                             {"network.listen", Text::ManKeyListen},
                                                             {"network.advertise", Text::ManKeyAdvertise},
                                                             {"network.files", Text::ManKeyFiles}};

std::string upper(std::string_view text) {
  std::string out;
  for (char c : text) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

// Text as roff shows it letter for letter; `code` is what a person types, where a hyphen must stay one.
std::string roff(std::string_view text, bool code = false) {
  std::string out;
  for (char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-' && code) {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

// Running text, in lines that an editor shows whole; roff fills them anew.
std::string filled(std::string_view text) {
  constexpr std::size_t kLineBytes = 78;
  std::string out;
  std::size_t length = 0;
  std::istringstream in{roff(text)};
  for (std::string word; in >> word;) {
    const bool breaks = length > 0 && length + 1 + word.size() > kLineBytes;
    if (length > 0) out += breaks ? '\n' : ' ';
    if (breaks) length = 0;
    if (breaks && (word.starts_with('.') || word.starts_with('\''))) word.insert(0, "\\&");
    length += (length > 0 ? 1 : 0) + word.size();
    out += word;
  }
  return out;
}

class Page {
 public:
  explicit Page(Context& context) : context_(context) {}

  void begin(std::string_view name, int section, const std::string& about) {
    line(".TH \"" + upper(name) + "\" \"" + std::to_string(section) + "\" \"" + std::string(kRevised) +
         "\" \"budstikke " BUDSTIKKE_VERSION "\" \"" + context_.say(Text::ManManual) + "\"");
    heading(Text::ManName);
    line(roff(name, true) + " \\- " + filled(about));
  }
  void heading(Text text) {
    line(".SH " + context_.say(text));
    written_ = false;
  }
  void paragraph(std::string_view text) {
    if (written_) line(".PP");
    line(filled(text));
    written_ = true;
  }
  void break_line() { line(".br"); }
  void command(std::string_view text) { line(".B \"" + quoted(text) + "\""); }
  void entry(std::string_view left, std::string_view right) {
    line(".TP");
    command(left);
    line(filled(right));
    written_ = true;
  }
  void entries(const std::vector<HelpLine>& lines) {
    for (const HelpLine& one : lines) entry(one.left, one.right);
  }
  void example_lines(const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    heading(Text::ManExamples);
    line(".nf");
    for (const std::string& one : lines) line(roff(one, true));
    line(".fi");
  }
  void exit_codes(std::span<const ExitCode> codes) {
    heading(Text::ManExitStatus);
    for (const ExitCode& code : codes) entry(std::to_string(code.code), context_.say(code.meaning));
  }
  void environment() {
    heading(Text::ManEnvironment);
    entry("BUDSTIKKE_HOME", context_.say(Text::ManEnvHome));
    entry("BUDSTIKKE_PAGER, PAGER", context_.say(Text::ManEnvPager));
    entry("VISUAL, EDITOR", context_.say(Text::ManEnvEditor));
    entry("BUDSTIKKE_OPENER", context_.say(Text::ManEnvOpener));
    entry("NO_COLOR", context_.say(Text::ManEnvColour));
    entry("LC_ALL, LC_MESSAGES, LANG", context_.say(Text::ManEnvLocale));
  }
  void files() {
    heading(Text::ManFiles);
    entry("~/.local/share/budstikke", context_.say(Text::ManFileHome));
    entry("config.toml", context_.say(Text::ManFileConfig));
    entry("config.d/*.toml", context_.say(Text::ManFileDropIns));
    entry(kServiceSocket, context_.say(Text::ManFileSocket));
    entry("*.key", context_.say(Text::ManFileKeys));
    entry("data.mdb", context_.say(Text::ManFileStore));
    entry("~/.local/state/budstikke/watch", context_.say(Text::ManFileWatch));
    entry("~/.local/state/budstikke/web", context_.say(Text::ManFileWeb));
    entry("/usr/share/doc/budstikke/json.md", context_.say(Text::ManFileJson));
  }
  void see_also(std::span<const std::string> pages) {
    heading(Text::ManSeeAlso);
    for (std::size_t i = 0; i < pages.size(); ++i) {
      const bool daemon = pages[i] == kDaemon;
      line(".BR " + roff(pages[i], true) + " (" + (daemon ? "8" : "1") + ")" + (i + 1 < pages.size() ? "," : ""));
    }
  }

 private:
  static std::string quoted(std::string_view text) {
    std::string out;
    for (char c : roff(text, true)) out += c == '"' ? std::string("\\(dq") : std::string(1, c);
    return out;
  }
  void line(std::string_view text) { context_.io().out << text << '\n'; }  // for a program, whatever the terminal

  Context& context_;
  bool written_ = false;  // something stands under the heading
};

std::string page_of(std::string_view noun) { return "budstikke-" + std::string(noun); }

// Every noun once, in the order of the tables.
std::vector<std::string> page_names() {
  std::vector<std::string> names;
  const auto push = [&](std::string_view noun) {
    if (std::ranges::find(names, page_of(noun)) == names.end()) names.push_back(page_of(noun));
  };
  for (const KindInfo& kind : kinds()) push(kind.name);
  for (const Command& command : commands()) push(command.noun);
  return names;
}

int write_overview(Context& context) {
  Page page(context);
  page.begin("budstikke", 1, context.say(Text::ManNameTool));
  page.heading(Text::ManSynopsis);
  page.command("budstikke");
  page.break_line();
  page.command(context.danish() ? "budstikke [TILVALG] NAVNEORD [UDSAGNSORD] …" : "budstikke [OPTION] NOUN [VERB] …");
  page.heading(Text::ManDescription);
  page.paragraph(context.say(Text::ManAbout));
  page.paragraph(context.say(Text::ManDates));
  page.paragraph(context.say(Text::ManLongTexts));
  page.heading(Text::ManCommands);
  page.entries(command_lines(context, {}));
  page.heading(Text::ManKinds);
  page.entries(kind_lines(context));
  page.heading(Text::ManOptions);
  page.entries(option_lines(context));
  page.exit_codes(kExitCodes);
  page.environment();
  page.files();
  page.example_lines(overview_examples(context));
  std::vector<std::string> others = page_names();
  others.emplace_back(kDaemon);
  page.see_also(others);
  return 0;
}

int write_kind(Context& context, const KindInfo& kind) {
  Page page(context);
  page.begin(page_of(kind.name), 1,
             context.say(Text::ManNameKind, {std::string(context.danish() ? kind.plural_danish : kind.plural)}));
  page.heading(Text::ManSynopsis);
  page.command("budstikke " + noun_of(kind, context.language()) + " …");
  page.heading(Text::ManCommands);
  const std::vector<HelpLine> verbs = verb_lines(context, kind);
  page.entries(verbs);
  page.heading(Text::ManFields);
  page.entries(field_lines(context, kind));
  page.paragraph(context.say(Text::HelpSets));
  if (has_long_text(kind)) page.paragraph(context.say(Text::HelpLongTexts));
  page.example_lines(examples_of(verbs));
  page.see_also(std::array<std::string, 2>{"budstikke", std::string(kDaemon)});
  return 0;
}

int write_command(Context& context, std::string_view noun) {
  const std::vector<HelpLine> lines = command_lines(context, noun);
  Page page(context);
  page.begin(page_of(noun), 1, lines.front().right);
  page.heading(Text::ManSynopsis);
  for (const HelpLine& one : lines) page.entry("budstikke " + one.left, one.right);
  page.example_lines(examples_of(lines));
  page.see_also(std::array<std::string, 2>{"budstikke", std::string(kDaemon)});
  return 0;
}

int write_daemon(Context& context) {
  Page page(context);
  page.begin(kDaemon, 8, context.say(Text::ManNameDaemon));
  page.heading(Text::ManSynopsis);
  bool is_first = true;
  for (const char* usage : {"[--passphrase-fd N]", "--init --council NAME …", "--restore FILE [--replace]", "--check"}) {
    if (!is_first) page.break_line();
    page.command("budstikked --home DIR " + std::string(usage));
    is_first = false;
  }
  page.heading(Text::ManDescription);
  page.paragraph(context.say(Text::ManDaemonAbout));
  page.heading(Text::ManOptions);
  page.entry("--home DIR", context.say(Text::ManDaemonHome));
  page.entry("--init", context.say(Text::ManDaemonInit));
  page.entry("--restore FILE", context.say(Text::ManDaemonRestore));
  page.entry("--passphrase-fd N", context.say(Text::ManDaemonPassphrase));
  page.entry("--check", context.say(Text::ManDaemonCheck));
  page.entry("--version", context.say(Text::OptionVersion));
  page.heading(Text::ManConfig);
  page.paragraph(context.say(Text::ManConfigAbout));
  for (const auto& [key, text] : kConfigKeys) page.entry(key, context.say(text));
  page.heading(Text::ManSignals);
  page.entry("SIGTERM, SIGINT", context.say(Text::ManSignalTerm));
  page.entry("SIGHUP", context.say(Text::ManSignalHup));
  page.heading(Text::ManService);
  page.paragraph(context.say(Text::ManServiceAbout));
  page.paragraph(context.say(Text::ManServiceGroup));
  page.exit_codes(kDaemonExitCodes);
  page.heading(Text::ManEnvironment);
  page.entry("BUDSTIKKE_HOME", context.say(Text::ManEnvHome));
  page.entry("RUNTIME_DIRECTORY", context.say(Text::ManEnvRuntime));
  page.entry("NOTIFY_SOCKET, WATCHDOG_USEC", context.say(Text::ManEnvNotify));
  page.files();
  page.see_also(std::array<std::string, 1>{"budstikke"});
  return 0;
}

}  // namespace

int man(Context& context) {
  const std::vector<std::string>& words = context.args().words;
  if (words.empty()) return write_overview(context);
  if (words[0] == kDaemon) return write_daemon(context);
  if (const KindInfo* kind = kind_named(words[0])) return write_kind(context, *kind);
  for (const Command& command : commands()) {
    if (is_named(words[0], command.noun, command.noun_danish)) return write_command(context, command.noun);
  }
  return context.fail(ApiError::UnknownCommand, words[0], did_you_mean(context, words[0], noun_names()));
}

}  // namespace budstikke::cli
