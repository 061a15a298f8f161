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

constexpr std::pair<std::string_view, std::string_view> kExampleNames[] = {
    {"name", "Ballerup Integrationsråd"}, {"municipality", "0151"}, {"authority", "Ministeriet"}};

// A value that would do for a field, for the examples.
std::string example_value(const Context& context, const Field& field) {
  for (const auto& [name, value] : kExampleNames) {
    if (field.name == name) return "\"" + std::string(value) + "\"";
  }
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

// The lines of an example of the text tables.
std::vector<std::string> example_lines(const Context& context, Text example, std::initializer_list<std::string> parts = {}) {
  std::vector<std::string> lines;
  std::istringstream in(context.say(example, parts));
  for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
  return lines;
}

HelpLine command_line(const Context& context, const Command& command) {
  return {command_name(context, command), context.say(command.summary), example_lines(context, command.examples)};
}

// The places of an example are filled with the fields that lists show first.
HelpLine verb_line(const Context& context, const KindInfo& kind, const KindVerb& verb) {
  std::vector<std::string> flags, given;
  for (const Field& field : kind.fields) {
    if (!field.in_list) continue;
    flags.push_back(flag_for(field, context.language()));
    given.push_back("--" + flags.back() + " " + example_value(context, field));
  }
  return {verb_name(context, verb), context.say(verb.summary),
          example_lines(context, verb.examples, {noun_of(kind, context.language()), given[0], given[1], flags[1], flags[0]})};
}

// What help is about.
struct Topic {
  std::string name;                     // as it is typed, with "budstikke"
  std::string prefix;                   // of its commands
  std::vector<HelpLine> commands = {};  // none: everything
  const KindInfo* kind = nullptr;       // whose fields its commands take
  bool is_one = false;                  // one command, not all of a noun
  bool writes = false;                  // what those fields hold, and does not only look for it
};

// nullopt has been reported.
std::optional<Topic> topic_of(Context& context, const std::vector<std::string>& words) {
  if (words.empty()) return Topic{"budstikke", "budstikke "};
  Topic topic{"budstikke " + words[0], "budstikke "};
  const bool has_verb = words.size() > 1;
  if (const KindInfo* kind = kind_named(words[0])) {
    const KindVerb* verb = has_verb ? find_verb(*kind, words[1]) : nullptr;
    topic.prefix += noun_of(*kind, context.language()) + " ";
    topic.is_one = verb != nullptr;
    if (verb == nullptr || verb->fields != FieldFlags::None) topic.kind = kind;
    topic.writes = verb == nullptr || verb->fields == FieldFlags::Values;
    if (verb != nullptr) topic.commands.push_back(verb_line(context, *kind, *verb));
    if (!has_verb) topic.commands = verb_lines(context, *kind);
    if (verb != nullptr) topic.name += " " + words[1];
  } else if (const Command* command = has_verb ? find_command(words) : nullptr) {
    topic.commands.push_back(command_line(context, *command));
    topic.is_one = true;
    if (!command->verb.empty()) topic.name += " " + words[1];
  } else if (!has_verb) {
    topic.commands = command_lines(context, words[0]);
  }
  if (!topic.commands.empty()) return topic;
  has_verb ? unknown_command(context, words)
           : context.fail(ApiError::UnknownCommand, words[0], did_you_mean(context, words[0], noun_names()));
  return std::nullopt;
}

// A page of help as it is written.
class Sheet {
 public:
  explicit Sheet(Context& context) : context_(context) {}

  void line(std::string_view text) { text_.append(text) += '\n'; }
  void lines(const std::vector<HelpLine>& lines, const std::string& prefix = {}) {
    for (const HelpLine& one : lines) two_columns(prefix + one.left, one.right);
  }
  void usage(const Topic& topic) {
    for (const HelpLine& one : topic.commands) line("  " + topic.prefix + one.left);
  }
  void section(Text heading, const std::vector<HelpLine>& lines) {
    this->heading(heading);
    this->lines(lines);
  }
  void heading(Text heading) {
    if (!text_.empty()) line("");
    line(context_.say(heading));
  }
  void examples(const std::vector<std::string>& examples) {
    heading(Text::HelpExamples);
    for (const std::string& example : examples) line("  " + example);
  }
  void show() { context_.page(text_); }

 private:
  void two_columns(const std::string& left, std::string_view right) {
    std::string line = "  " + left;
    if (display_width(line) + 2 > kNameWidth) {
      this->line(line);
      line.clear();
    }
    line.append(kNameWidth - display_width(line), ' ');
    this->line(line.append(right));
  }

  Context& context_;
  std::string text_;
};

void put_overview(Context& context, Sheet& sheet) {
  sheet.line(context.say(Text::HelpIntro));
  sheet.section(Text::HelpCommands, command_lines(context, {}));
  sheet.section(Text::HelpKinds, kind_lines(context));
  sheet.section(Text::HelpOptions, option_lines(context));
  sheet.examples(overview_examples(context));
}

void put_topic(Context& context, Sheet& sheet, const Topic& topic) {
  const bool is_kind = topic.kind != nullptr && !topic.is_one;
  if (is_kind) sheet.line(topic.prefix + "…");
  sheet.lines(topic.commands, is_kind ? std::string() : topic.prefix);
  if (topic.kind != nullptr) {
    sheet.section(Text::HelpFields, field_lines(context, *topic.kind));
    if (topic.writes) sheet.line("  " + context.say(Text::HelpSets));
    if (topic.writes && has_long_text(*topic.kind)) sheet.line("  " + context.say(Text::HelpLongTexts));
  }
  sheet.examples(examples_of(topic.commands));
  sheet.line("");
  sheet.line(context.say(Text::HelpOptionsElsewhere));
}

// Usage, two examples, and where there is more.
void put_brief(Context& context, Sheet& sheet, const Topic& topic) {
  constexpr std::size_t kBriefExamples = 2;
  std::vector<std::string> examples = topic.commands.empty() ? overview_examples(context) : examples_of(topic.commands);
  if (examples.size() > kBriefExamples) examples.resize(kBriefExamples);
  if (topic.commands.empty()) {
    sheet.line(context.say(Text::HelpIntro));
  } else if (topic.is_one) {
    sheet.lines(topic.commands, topic.prefix);
  } else {
    sheet.usage(topic);
  }
  sheet.examples(examples);
  sheet.line("");
  sheet.line(context.say(Text::HelpMore, {topic.name}));
}

Value json_of_lines(const std::vector<HelpLine>& lines) {
  Value list = Value::array();
  for (const HelpLine& line : lines) {
    Value one;
    one.set("usage", line.left);
    one.set("about", line.right);
    Value examples = Value::array();
    for (const std::string& example : line.examples) examples.push(example);
    if (!line.examples.empty()) one.set("examples", std::move(examples));
    list.push(std::move(one));
  }
  return list;
}

// The same lines for programs; the words are in the reader's language.
void print_json(Context& context, const Topic& topic) {
  const bool is_all = topic.commands.empty();
  Value document;
  document.set("commands", json_of_lines(is_all ? command_lines(context, {}) : topic.commands));
  if (is_all) document.set("kinds", json_of_lines(kind_lines(context)));
  if (topic.kind != nullptr) document.set("fields", json_of_lines(field_lines(context, *topic.kind)));
  document.set("options", json_of_lines(option_lines(context)));
  context.print(document);
}

}  // namespace

std::vector<HelpLine> command_lines(const Context& context, std::string_view noun) {
  std::vector<HelpLine> lines;
  for (const Command& command : commands()) {
    if (noun.empty() || is_named(noun, command.noun, command.noun_danish)) lines.push_back(command_line(context, command));
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
                                   {"--plain", Text::OptionPlain},
                                   {"--no-input", Text::OptionNoInput},
                                   {"--no-color", Text::OptionNoColor},
                                   {"-h", Text::OptionBriefHelp},
                                   {"--help", Text::OptionHelp},
                                   {"--version", Text::OptionVersion}}) {
    lines.push_back({name, context.say(text)});
  }
  return lines;
}

std::vector<HelpLine> verb_lines(const Context& context, const KindInfo& kind) {
  std::vector<HelpLine> lines;
  for (const KindVerb& verb : kind_verbs()) {
    if (verb.applies(kind)) lines.push_back(verb_line(context, kind, verb));
  }
  return lines;
}

std::vector<HelpLine> field_lines(const Context& context, const KindInfo& kind) {
  std::vector<HelpLine> lines;
  for (const Field& field : kind.fields) {
    if (!is_written(field)) continue;
    std::string name = "--" + flag_for(field, context.language());
    if (field.field_class == FieldClass::Set) name += " *";
    if (field.type == FieldType::LongText) name += " @";
    std::string help(context.danish() ? field.help_danish : field.help);
    if (context.danish() && danish_flag_of(field) != flag_of(field)) help += " (--" + flag_of(field) + ")";
    lines.push_back({std::move(name), std::move(help)});
  }
  return lines;
}

std::vector<std::string> examples_of(const std::vector<HelpLine>& lines) {
  std::vector<std::string> examples;
  for (const HelpLine& line : lines) examples.insert(examples.end(), line.examples.begin(), line.examples.end());
  return examples;
}

bool has_long_text(const KindInfo& kind) {
  return std::ranges::any_of(kind.fields,
                             [](const Field& field) { return field.type == FieldType::LongText && is_written(field); });
}

std::vector<std::string> overview_examples(const Context& context) {
  std::vector<std::string> lines;
  for (const Text examples : {Text::InitExamples, Text::AgendaExamples, Text::EraseExamples}) {
    lines.push_back(example_lines(context, examples).front());
  }
  return lines;
}

int help_for(Context& context, const std::vector<std::string>& words) {
  const std::optional<Topic> topic = topic_of(context, words);
  if (!topic) return context.exit_code();
  if (context.json()) {
    print_json(context, *topic);
    return 0;
  }
  Sheet sheet(context);
  if (context.args().brief_help && !context.args().help) {
    put_brief(context, sheet, *topic);
  } else if (topic->commands.empty()) {
    put_overview(context, sheet);
  } else {
    put_topic(context, sheet, *topic);
  }
  sheet.show();
  return 0;
}

int help(Context& context) { return help_for(context, context.args().words); }

}  // namespace budstikke::cli
