#include "cli/ask.h"

#include <ostream>

#include "cli/moments.h"

namespace budstikke::cli {
namespace {

// What a field can be, a line each, where its help does not name them.
void tell_choices(Context& context, const Field& field, std::string_view help) {
  const auto in_words = [&](const Choice& choice) { return shown(field, Value(choice.value), Style::Short, context.language()); };
  if (field.choices.empty() || help.find(in_words(field.choices.front())) != std::string_view::npos) return;
  for (const Choice& choice : field.choices) context.tell("    " + in_words(choice));
}

// One field into `changes`; false when the person ends it.
bool ask_field(Context& context, const Field& field, Changes& changes) {
  const std::string_view help = context.danish() ? field.help_danish : field.help;
  tell_choices(context, field, help);
  const std::string question = label_of(field, context.language()) + " (" + std::string(help) + "):";
  std::optional<std::string> stored;
  const auto takes = [&](const std::string& answer) {
    if (answer.empty() && !field.required) return true;
    if (!is_given(context, answer)) return false;
    stored = stored_text(context, field, answer);
    return stored.has_value();
  };
  if (!ask_until(context, question, takes)) return false;
  if (!stored) return true;
  changes.set.set(field.name, Value(Value::Array{Value(*stored)}));
  if (field.type != FieldType::Date && field.type != FieldType::Moment) return true;
  changes.dates.emplace_back(&field, *stored);
  context.tell("  " + long_moment(*stored, context.language()));
  return true;
}

}  // namespace

bool is_given(Context& context, const std::string& answer) {
  if (answer.empty()) context.tell(Text::AskNeeded);
  return !answer.empty();
}

std::optional<std::string> ask_until(Context& context, const std::string& question,
                                     const std::function<bool(const std::string& answer)>& takes) {
  for (;;) {
    std::optional<std::string> answer = context.answer_to(question);
    if (!answer) {
      context.fail(Trouble::Declined);
      return std::nullopt;
    }
    if (takes(*answer)) return answer;
  }
}

std::optional<std::string> ask_for(Context& context, Text question) {
  return ask_until(context, context.say(question), [&](const std::string& answer) { return is_given(context, answer); });
}

std::optional<Changes> ask_fields(Context& context, const KindInfo& kind) {
  context.tell(Text::AskFields, {noun_of(kind, context.language())});
  Changes changes;
  for (const Field& field : kind.fields) {
    const bool is_asked = field.in_list && is_written(field) && !names_files(field);
    if (is_asked && !ask_field(context, field, changes)) return std::nullopt;
  }
  return changes;
}

}  // namespace budstikke::cli
