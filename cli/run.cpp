#include "cli/run.h"

#include <ostream>

#include "cli/commands/commands.h"
#include "cli/completion.h"
#include "cli/context.h"
#include "cli/fields.h"
#include "cli/names.h"
#include "cli/selection.h"

namespace budstikke::cli {
namespace {

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

bool has_flag(std::string_view flags, std::string_view name) { return !flags.empty() && is_named(name, "", flags); }

// Whether a kind's fields take the flag: as it is, with `remove-` before it, or as a bound of a list.
bool is_field_flag(const KindInfo& kind, FieldFlags fields, std::string_view flag) {
  if (fields == FieldFlags::None) return false;
  const Field* field = field_of_flag(kind, flag);
  if (field == nullptr && fields == FieldFlags::Values) field = field_taken_by(kind, flag);
  if (field == nullptr && fields == FieldFlags::Filters) return bound_of_flag(kind, flag).has_value();
  return field != nullptr && (fields == FieldFlags::Filters || is_written(*field));
}

// What a row of either table asks of the words and flags behind the command's own words.
struct Rules {
  std::size_t own_words;
  std::size_t words_min;
  std::size_t words_max;
  std::string_view flags;
  std::string_view usage;
  const KindInfo* kind = nullptr;
  FieldFlags fields = FieldFlags::None;
};

// The exit code of a refusal; 0 when flags and number of words are as they should be.
int check_usage(Context& context, const Rules& rules, const std::string& how) {
  for (const Flag& flag : context.args().flags) {
    if (flag.name == "no-color" || has_flag(rules.flags, flag.name)) continue;
    if (rules.kind != nullptr && is_field_flag(*rules.kind, rules.fields, flag.name)) continue;
    if (rules.fields != FieldFlags::None) return unknown_field(context, *rules.kind, flag.name);
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
  const int refused = check_usage(context, rules, how);
  return refused != 0 ? refused : command(context);
}

int run_kind_verb(Io& io, const Arguments& args, Language language, const KindInfo& kind) {
  for (const KindVerb& verb : kind_verbs()) {
    if (!verb.applies(kind) || !is_named(args.words[1], verb.name, verb.danish)) continue;
    const std::string_view usage = language == Language::Danish ? verb.usage_danish : verb.usage;
    const Rules rules{2, verb.words_min, verb.words_max, verb.flags, usage, &kind, verb.fields};
    return run_checked(io, args, language, rules, [&](Context& context) { return verb.run(context, kind); });
  }
  Context context(io, args, language);
  const std::string typed = args.words[0] + " " + args.words[1];
  return context.fail(ApiError::UnknownCommand, typed, did_you_mean(context, args.words[1], verb_names(kind)));
}

// The stand-alone command that the words name; nullptr when there is none.
const Command* command_named(const std::vector<std::string>& words) {
  for (const Command& command : commands()) {
    if (!is_named(words[0], command.noun, command.noun_danish)) continue;
    if (command.verb.empty()) return &command;
    if (words.size() > 1 && is_named(words[1], command.verb, command.verb_danish)) return &command;
  }
  return nullptr;
}

int run_command(Io& io, const Arguments& args, Language language, const Command& command) {
  const std::string_view usage = language == Language::Danish ? command.usage_danish : command.usage;
  const std::size_t own_words = command.verb.empty() ? 1 : 2;
  return run_checked(io, args, language, {own_words, command.words_min, command.words_max, command.flags, usage}, command.run);
}

// Verbs of the nouns that stand alone, such as `network`.
std::vector<std::string> verbs_of_noun(std::string_view noun) {
  std::vector<std::string> verbs;
  for (const Command& command : commands()) {
    if (!is_named(noun, command.noun, command.noun_danish)) continue;
    verbs.emplace_back(command.verb);
    verbs.emplace_back(first_alias(command.verb_danish));
  }
  return verbs;
}

int unknown_command(Context& context) {
  const std::vector<std::string>& words = context.args().words;
  const std::vector<std::string> verbs = verbs_of_noun(words[0]);
  if (verbs.empty()) return context.fail(ApiError::UnknownCommand, words[0], did_you_mean(context, words[0], noun_names()));
  if (words.size() == 1) return context.fail(Trouble::MissingArgument, {"budstikke " + words[0] + " " + verbs[0] + " …"});
  return context.fail(ApiError::UnknownCommand, words[0] + " " + words[1], did_you_mean(context, words[1], verbs));
}

int run_words(Io& io, const Arguments& args, Language language, Context& context) {
  if (const KindInfo* kind = kind_named(args.words[0])) {
    return args.words.size() == 1 ? kind_help(context, *kind) : run_kind_verb(io, args, language, *kind);
  }
  if (const Command* command = command_named(args.words)) return run_command(io, args, language, *command);
  return unknown_command(context);
}

int complete(const std::vector<std::string>& words, Io& io) {
  for (const Candidate& candidate : candidates_for(io, words)) {
    io.out << candidate.text << (candidate.about.empty() ? "" : "\t" + candidate.about) << '\n';
  }
  return 0;
}

}  // namespace

int run(const std::vector<std::string>& given, Io& io) {
  if (!given.empty() && given[0] == kCompleteCommand) return complete({given.begin() + 1, given.end()}, io);
  const Arguments args = parse(given);
  const Language language = language_of(args, io);
  Context context(io, args, language);
  if (args.mistake) return report(context, *args.mistake);
  if (args.version && !args.words.empty()) return context.fail(ApiError::MissingValue, "--version");
  if (args.version) {
    context.line("budstikke " BUDSTIKKE_VERSION);
    return 0;
  }
  if (args.help) return help(context);
  if (!args.words.empty()) return run_words(io, args, language, context);
  const int refused = check_usage(context, {0, 0, 0, "", ""}, "budstikke help");
  return refused != 0 ? refused : overview(context);
}

}  // namespace budstikke::cli
