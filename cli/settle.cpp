#include "cli/settle.h"

#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/moments.h"
#include "cli/names.h"
#include "protocol/records/resolve.h"

namespace budstikke::cli {

std::string by_whom(const Context& context, const Value& said) {
  return said.text("council_name") + ", " + short_moment(said.text("time"), context.language());
}

std::string said_text(const Context& context, const Field* field, const Value& said) {
  if (said.text("absent") == "left-out") return context.say(Text::AndMore, {std::to_string(said.integer("count"))});
  if (!said.text("absent").empty()) return context.say(Text::NotHere);
  const Value* value = said.find("value");
  if (value == nullptr || value->is_nil()) return context.say(Text::EmptyValue);
  const std::string text = field != nullptr ? shown(*field, *value, Style::Long, context.language()) : text_of_value(*value);
  if (text.empty()) return context.say(Text::EmptyValue);
  return said.boolean("cut") ? text + "…" : text;
}

std::string command_for(const Context& context, const KindInfo& kind, std::string_view verb) {
  const auto row = std::ranges::find_if(kind_verbs(), [&](const KindVerb& known) { return known.name == verb; });
  const bool danish = context.danish() && row != kind_verbs().end();
  return "budstikke " + noun_of(kind, context.language()) + " " + std::string(danish ? first_alias(row->danish) : verb);
}

void print_choices(Context& context, const FieldConflict& conflict) {
  const std::string seen = conflict.seen.empty() ? std::string() : " --seen " + conflict.seen;
  const std::string command = command_for(context, conflict.kind, "resolve") + " " + conflict.short_id + " " +
                              flag_for(conflict.field, context.language());
  bool all_here = true;
  int number = 0;
  for (const Value& said : conflict.values.items()) {
    const std::string text = said_text(context, &conflict.field, said);
    if (said.text("absent") == "left-out") {
      context.line("  " + text);
      continue;
    }
    context.line("  " + std::to_string(++number) + ". " + text + "  (" + by_whom(context, said) + ")");
    const bool here = said.text("absent").empty();
    all_here = all_here && here;
    if (here && conflict.permitted && conflict.offer)
      context.line("     " + command + " --choose " + std::to_string(number) + seen);
  }
  if (!conflict.offer) return;
  if (!conflict.permitted) return context.line("  " + context.say(Text::NotYoursToSettle, {context.say(Text::TheOwner)}));
  if (all_here && can_combine(conflict.field)) {
    context.line("  " + context.say(Text::CombineWith, {command + " --combine" + seen}));
  }
  context.line("  " + context.say(Text::WriteAnother, {command + seen}));
}

}  // namespace budstikke::cli
