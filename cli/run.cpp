#include "cli/run.h"

#include <functional>
#include <istream>
#include <ostream>

#include "cli/ask.h"
#include "cli/commands/commands.h"
#include "cli/commands/help.h"
#include "cli/completion.h"
#include "cli/context.h"
#include "cli/fields.h"
#include "cli/names.h"

namespace budstikke::cli {
namespace {

constexpr std::int64_t kJsonVersion = 1;                     // of docs/json.md: one more when a key goes or means something else
constexpr std::string_view kCompleteCommand = "__complete";  // asked by shells

int report(Context& context, const Mistake& mistake) {
  switch (mistake.what) {
    case Mistake::What::MissingValue:
      return context.fail(ApiError::MissingValue, "--" + mistake.subject);
    case Mistake::What::UnexpectedValue:
      return context.fail(Trouble::UnexpectedValue, {"--" + mistake.subject});
    case Mistake::What::BadLanguage:
      break;
  }
  return context.fail(Trouble::BadLanguage, {mistake.subject});
}

// What a row of either table asks of the words and flags behind the command's own words.
struct Rules {
  std::size_t own_words;
  std::size_t words_min;
  std::size_t words_max;
  std::string_view usage;
  std::function<bool(std::string_view flag)> takes;
  const KindInfo* fields_of = nullptr;  // the kind whose fields are flags too
  std::optional<Text> question = {};    // asks for the last word
};

// The exit code of a refusal; 0 when flags and number of words are as they should be.
int check_usage(Context& context, const Rules& rules, const std::string& how) {
  for (const Flag& flag : context.args().flags) {
    if (rules.takes(flag.name)) continue;
    if (rules.fields_of != nullptr) return unknown_field(context, *rules.fields_of, flag.name);
    return context.fail(Trouble::UnknownFlag, {"--" + flag.name, how});
  }
  const std::vector<std::string>& words = context.args().words;
  if (words.size() < rules.words_min) return context.fail(Trouble::MissingArgument, {how});
  if (words.size() > rules.words_max) return context.fail(Trouble::TooManyArguments, {words[rules.words_max], how});
  return 0;
}

// Runs the command with what follows its own words, once that is as its rules say.
template <class Command>
int run_checked(Io& io, const Arguments& args, Language language, const Rules& rules, Command command) {
  Arguments rest = args;
  std::string how = "budstikke";
  const auto own_end = rest.words.begin() + static_cast<std::ptrdiff_t>(rules.own_words);
  for (auto word = rest.words.begin(); word != own_end; ++word) how += " " + *word;
  rest.words.erase(rest.words.begin(), own_end);
  if (!rules.usage.empty()) how.append(" ").append(rules.usage);
  Context context(io, rest, language);
  if (rules.question && rest.words.size() + 1 == rules.words_min && context.may_ask()) {
    std::optional<std::string> word = ask_for(context, *rules.question);
    if (!word) return context.exit_code();
    rest.words.push_back(std::move(*word));
  }
  const int refused = check_usage(context, rules, how);
  return refused != 0 ? refused : command(context);
}

int run_kind_verb(Io& io, const Arguments& args, Language language, const KindInfo& kind) {
  if (const KindVerb* verb = find_verb(kind, args.words[1])) {
    const std::string_view usage = language == Language::Danish ? verb->usage_danish : verb->usage;
    const auto takes = [&](std::string_view flag) { return takes_flag(*verb, kind, flag); };
    const Rules rules{
        2, verb->words_min, verb->words_max, usage, takes, verb->fields != FieldFlags::None ? &kind : nullptr, verb->question};
    return run_checked(io, args, language, rules, [&](Context& context) { return verb->run(context, kind); });
  }
  Context context(io, args, language);
  return unknown_command(context, args.words);
}

int run_command(Io& io, const Arguments& args, Language language, const Command& command) {
  const std::string_view usage = language == Language::Danish ? command.usage_danish : command.usage;
  const std::size_t own_words = command.verb.empty() ? 1 : 2;
  const auto takes = [&](std::string_view flag) { return takes_flag(command, flag); };
  return run_checked(io, args, language,
                     {own_words, command.words_min, command.words_max, usage, takes, nullptr, command.question}, command.run);
}

int run_words(Io& io, const Arguments& args, Language language, Context& context) {
  if (const KindInfo* kind = kind_named(args.words[0])) {
    return args.words.size() == 1 ? help_for(context, args.words) : run_kind_verb(io, args, language, *kind);
  }
  if (const Command* command = find_command(args.words)) return run_command(io, args, language, *command);
  return unknown_command(context, args.words);
}

// The world as --plain and --no-input have it: one without a terminal. Where nobody may be asked, whoever sits there says
// nothing.
Io as_asked_for(const Arguments& args, const Io& given) {
  Io io = given;
  if (args.plain) {
    io.out_is_terminal = io.err_is_terminal = false;
    io.columns = 0;
  }
  if (args.no_input && io.in_is_terminal) {
    io.in_is_terminal = false;
    io.in.setstate(std::ios::eofbit | std::ios::failbit);
  }
  return io;
}

int complete(const std::vector<std::string>& words, Io& io) {
  for (const Candidate& candidate : candidates_for(io, words)) {
    io.out << candidate.text << (candidate.about.empty() ? "" : "\t" + candidate.about) << '\n';
  }
  return 0;
}

}  // namespace

int run(const std::vector<std::string>& given, Io& terminal) {
  if (!given.empty() && given[0] == kCompleteCommand) return complete({given.begin() + 1, given.end()}, terminal);
  const Arguments args = parse(given);
  Io io = as_asked_for(args, terminal);
  const Language language = language_of(args, io);
  Context context(io, args, language);
  if (args.mistake) return report(context, *args.mistake);
  if (args.version && !args.words.empty()) return context.fail(ApiError::MissingValue, "--version");
  if (args.version && args.json) {
    Value versions;
    versions.set("version", BUDSTIKKE_VERSION);
    versions.set("json", kJsonVersion);
    context.print(versions);
    return 0;
  }
  if (args.version) {
    context.line("budstikke " BUDSTIKKE_VERSION);
    return 0;
  }
  if (args.help || args.brief_help) return help_for(context, args.words);
  if (!args.words.empty()) return run_words(io, args, language, context);
  const int refused = check_usage(context, {0, 0, 0, "", [](std::string_view) { return false; }}, "budstikke help");
  return refused != 0 ? refused : overview(context);
}

}  // namespace budstikke::cli
