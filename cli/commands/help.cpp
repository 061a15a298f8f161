// `help`, built from the tables of commands and kinds.
#include "cli/commands/help.h"

#include <algorithm>
#include <optional>
#include <sstream>

#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/names.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

constexpr std::size_t kNameWidth = 34;

void two_columns(Context& context, const std::string& left, std::string_view right) {
  std::string line = "  " + left;
  if (display_width(line) + 2 > kNameWidth) {
    context.line(line);
    line.clear();
  }
  line.append(kNameWidth - display_width(line), ' ');
  context.line(line.append(right));
}

std::string name_for(const Context& context, std::string_view name, std::string_view danish) {
  return std::string(context.danish() && !danish.empty() ? first_alias(danish) : name);
}

std::string command_name(const Context& context, const Command& command) {
  std::string name = name_for(context, command.noun, command.noun_danish);
  if (!command.verb.empty()) name += " " + name_for(context, command.verb, command.verb_danish);
  const std::string_view usage = context.danish() ? command.usage_danish : command.usage;
  return usage.empty() ? name : name + " " + std::string(usage);
}

std::string verb_name(const Context& context, const KindVerb& verb) {
  const std::string_view usage = context.danish() ? verb.usage_danish : verb.usage;
  return name_for(context, verb.name, verb.danish) + (usage.empty() ? "" : " " + std::string(usage));
}

const KindVerb& verb_named(std::string_view name) {
  return *std::ranges::find_if(kind_verbs(), [&](const KindVerb& verb) { return verb.name == name; });
}

// A value that would do for a field, for the examples.
std::string example_value(const Context& context, const Field& field) {
  switch (field.type) {
    case FieldType::Number:
      return "12000";
    case FieldType::YesNo:
      return context.danish() ? "ja" : "yes";
    case FieldType::Date:
      return "2027";
    case FieldType::Moment:
      return context.danish() ? "\"31. marts 2027 kl. 17\"" : "\"2027-03-31 17:00\"";
    case FieldType::Email:
      return "post@example.dk";
    case FieldType::Phone:
      return "\"12 34 56 78\"";
    case FieldType::Url:
      return "https://example.dk";
    case FieldType::Zone:
      return "Europe/Copenhagen";
    case FieldType::OneOf:
    case FieldType::Suggested: {
      const std::string value(field.choices.front().value);
      return "\"" + (context.danish() ? danish_text(field, value) : value) + "\"";
    }
    case FieldType::Record:
      return names_files(field) ? "Referat.pdf" : "K3F9QX";
    case FieldType::Content:
    case FieldType::Text:
    case FieldType::LongText:
      break;
  }
  return context.danish() ? "\"Møde om sprog\"" : "\"Meeting on language\"";
}

// A line that shows a command at work; nothing where its usage says it all.
std::optional<Text> example_of(const Command& command) {
  if (command.run == erase) return Text::HelpExampleEraseMore;
  if (command.run == news) return Text::HelpExampleNews;
  if (command.run == watch) return Text::HelpExampleWatch;
  if (command.run == export_subject) return Text::HelpExampleSubject;
  if (command.run == member_revoke) return Text::HelpExampleRevoke;
  if (command.run == bundle_write) return Text::HelpExampleBundle;
  if (command.run == report_activity) return Text::HelpExampleReportActivity;
  if (command.run == report_hearings) return Text::HelpExampleReportHearings;
  if (command.run == report_ideas) return Text::HelpExampleReportIdeas;
  return std::nullopt;
}

// Two lines that show a verb at work that only this kind has, or that does more for it.
std::optional<Text> example_of(const KindVerb& verb, const KindInfo& kind) {
  if (verb.run == rsvp) return Text::HelpExampleRsvp;
  if (verb.run == respond) return Text::HelpExampleRespond;
  if (verb.run == draft) return Text::HelpExampleDraft;
  if (verb.run == outcome) return Text::HelpExampleOutcome;
  if (verb.run == endorse) return Text::HelpExampleEndorse;
  if (verb.run == lighthouse) return Text::HelpExampleLighthouse;
  if (verb.run == add && kind.kind == Kind::Document) return Text::HelpExampleAddFile;
  if (verb.run == save_files) return Text::HelpExampleSave;
  if (verb.run == open_file) return Text::HelpExampleOpen;
  if (verb.run == list && kind.kind == Kind::Hearing) return Text::HelpExampleOverdue;
  if (verb.run == import_file) return Text::HelpExampleImport;
  return std::nullopt;
}

void print_lines(Context& context, const std::vector<HelpLine>& lines) {
  for (const HelpLine& line : lines) two_columns(context, line.left, line.right);
}

void print_examples(Context& context, const std::vector<std::string>& examples) {
  context.line(context.say(Text::HelpExamples));
  for (const std::string& example : examples) context.line("  " + example);
}

// The lines of an example of the text tables, without their indentation.
void append_example(const Context& context, Text example, std::vector<std::string>& lines,
                    std::initializer_list<std::string> parts = {}) {
  std::istringstream in(context.say(example, parts));
  for (std::string line; std::getline(in, line);) lines.push_back(trim(line));
}

void print_overview(Context& context) {
  context.say_line(Text::HelpIntro);
  context.line("");
  context.line(context.say(Text::HelpCommands));
  print_lines(context, command_lines(context, {}));
  context.line("");
  context.line(context.say(Text::HelpKinds));
  print_lines(context, kind_lines(context));
  context.line("");
  context.line(context.say(Text::HelpOptions));
  print_lines(context, option_lines(context));
  context.line("");
  print_examples(context, overview_examples(context));
}

// Help of the stand-alone commands whose noun is `name`; false when there is none.
bool print_command(Context& context, std::string_view name) {
  std::vector<HelpLine> lines = command_lines(context, name);
  if (lines.empty()) return false;
  for (HelpLine& line : lines) line.left = "budstikke " + line.left;
  print_lines(context, lines);
  const std::vector<std::string> examples = command_examples(context, name);
  if (examples.empty()) return true;
  context.line("");
  print_examples(context, examples);
  return true;
}

Value json_of_lines(const std::vector<HelpLine>& lines) {
  Value list = Value::array();
  for (const HelpLine& line : lines) {
    Value one;
    one.set("usage", line.left);
    one.set("about", line.right);
    list.push(std::move(one));
  }
  return list;
}

// The same lines for programs; the words are in the reader's language.
int help_json(Context& context) {
  const std::string noun = context.args().words.empty() ? std::string() : context.args().words[0];
  const KindInfo* kind = noun.empty() ? nullptr : kind_named(noun);
  const std::vector<HelpLine> lines = kind != nullptr ? verb_lines(context, *kind) : command_lines(context, noun);
  if (lines.empty()) return context.fail(ApiError::UnknownCommand, noun, did_you_mean(context, noun, noun_names()));
  Value document;
  document.set("commands", json_of_lines(lines));
  if (noun.empty()) document.set("kinds", json_of_lines(kind_lines(context)));
  if (kind != nullptr) document.set("fields", json_of_lines(field_lines(context, *kind)));
  document.set("options", json_of_lines(option_lines(context)));
  context.print(document);
  return 0;
}

}  // namespace

std::vector<HelpLine> command_lines(const Context& context, std::string_view noun) {
  std::vector<HelpLine> lines;
  for (const Command& command : commands()) {
    if (noun.empty() || is_named(noun, command.noun, command.noun_danish)) {
      lines.push_back({command_name(context, command), context.say(command.summary)});
    }
  }
  return lines;
}

std::vector<HelpLine> kind_lines(const Context& context) {
  std::vector<HelpLine> lines;
  for (const KindInfo& kind : kinds()) {
    const std::string plural(context.danish() ? kind.plural_danish : kind.plural);
    lines.push_back({noun_of(kind, context.language()), context.say(Text::HelpKindPointer, {plural})});
  }
  return lines;
}

std::vector<HelpLine> option_lines(const Context& context) {
  std::vector<HelpLine> lines;
  for (const auto& [name, text] : {std::pair{"--home DIR", Text::OptionHome},
                                   {"--json", Text::OptionJson},
                                   {"--lang da|en", Text::OptionLang},
                                   {"--quiet", Text::OptionQuiet},
                                   {"--yes", Text::OptionYes},
                                   {"--no-color", Text::OptionNoColor},
                                   {"-h, --help", Text::OptionHelp},
                                   {"--version", Text::OptionVersion}}) {
    lines.push_back({name, context.say(text)});
  }
  return lines;
}

std::vector<HelpLine> verb_lines(const Context& context, const KindInfo& kind) {
  std::vector<HelpLine> lines;
  for (const KindVerb& verb : kind_verbs()) {
    if (verb.applies(kind)) lines.push_back({verb_name(context, verb), context.say(verb.summary)});
  }
  return lines;
}

std::vector<HelpLine> field_lines(const Context& context, const KindInfo& kind) {
  std::vector<HelpLine> lines;
  for (const Field& field : kind.fields) {
    if (!is_written(field)) continue;
    std::string name = "--" + flag_for(field, context.language());
    if (field.field_class == FieldClass::Set) name += " *";
    std::string help(context.danish() ? field.help_danish : field.help);
    if (context.danish() && danish_flag_of(field) != flag_of(field)) help += " (--" + flag_of(field) + ")";
    lines.push_back({std::move(name), std::move(help)});
  }
  return lines;
}

std::vector<std::string> overview_examples(const Context& context) {
  std::vector<std::string> lines;
  for (const Text example : {Text::HelpExampleInit, Text::HelpExampleAgenda, Text::HelpExampleErase}) {
    append_example(context, example, lines);
  }
  return lines;
}

std::vector<std::string> command_examples(const Context& context, std::string_view noun) {
  std::vector<std::string> lines;
  for (const Command& command : commands()) {
    const std::optional<Text> example = is_named(noun, command.noun, command.noun_danish) ? example_of(command) : std::nullopt;
    if (example) append_example(context, *example, lines);
  }
  return lines;
}

std::vector<std::string> kind_examples(const Context& context, const KindInfo& kind) {
  const auto flag_name = [&](const Field& field) { return flag_for(field, context.language()); };
  const std::string program = "budstikke " + noun_of(kind, context.language()) + " ";
  std::string add = program + name_for(context, "add", verb_named("add").danish);
  std::string list = program + name_for(context, "list", verb_named("list").danish);
  int shown_fields = 0;
  for (const Field& field : kind.fields) {
    if (!field.in_list || shown_fields == 2) continue;
    add += " --" + flag_name(field) + " " + example_value(context, field);
    if (shown_fields++ == 0) list += " --" + flag_name(field) + " " + example_value(context, field);
  }
  const std::string at = context.danish() ? "\"31. marts 2027 kl. 17\"" : "\"2027-03-31 17:00\"";
  std::vector<std::string> lines = {add, list,
                                    program + name_for(context, "show", verb_named("show").danish) + " K3F9QX --at " + at,
                                    program + name_for(context, "history", verb_named("history").danish) + " K3F9QX --limit 50"};
  for (const KindVerb& verb : kind_verbs()) {
    const std::optional<Text> example = verb.applies(kind) ? example_of(verb, kind) : std::nullopt;
    if (example) append_example(context, *example, lines, {noun_of(kind, context.language())});
  }
  return lines;
}

int kind_help(Context& context, const KindInfo& kind) {
  context.line("budstikke " + noun_of(kind, context.language()) + " …");
  print_lines(context, verb_lines(context, kind));
  context.line("");
  context.line(context.say(Text::HelpFields));
  print_lines(context, field_lines(context, kind));
  context.line("  " + context.say(Text::HelpSets));
  context.line("");
  print_examples(context, kind_examples(context, kind));
  return 0;
}

int help(Context& context) {
  const std::vector<std::string>& words = context.args().words;
  if (context.json()) return help_json(context);
  if (words.empty()) {
    print_overview(context);
    return 0;
  }
  if (const KindInfo* kind = kind_named(words[0])) return kind_help(context, *kind);
  if (print_command(context, words[0])) return 0;
  return context.fail(ApiError::UnknownCommand, words[0], did_you_mean(context, words[0], noun_names()));
}

}  // namespace budstikke::cli
