// `KIND show`: one record, field by field, with what is in conflict and what others have said; as it is, or as it was.
#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/moments.h"
#include "cli/records.h"
#include "cli/settle.h"

namespace budstikke::cli {
namespace {

constexpr std::size_t kLabelWidth = 18;

// "label:   value", with further lines of the value below the first.
void labelled(Context& context, const std::string& label, const std::string& value) {
  std::string line = label + ":";
  line.append(line.size() > 0 && display_width(line) < kLabelWidth ? kLabelWidth - display_width(line) : 1, ' ');
  for (const char c : value) {
    line += c;
    if (c == '\n') line.append(kLabelWidth, ' ');
  }
  context.line(line);
}

void show_conflict(Context& context, const KindInfo& kind, const Value& record, const std::string& field_name,
                   const Value& values) {
  const Field* field = find_field(kind, field_name);
  if (field == nullptr) return;
  context.say_line(Text::ConflictIn, {label_of(*field, context.language())});
  const Value* marks = record.find("seen");
  print_choices(context, {kind, *field, record.text("short"), marks != nullptr ? marks->text(field_name) : "", values, true,
                          record.find("at") == nullptr});
}

void show_said(Context& context, const KindInfo& kind, const Value& record) {
  if (const Value* answers = record.find("answers")) {
    for (const auto& [name, given] : *answers->if_map()) {
      const Field* field = find_field(kind, name);
      if (field == nullptr || given.items().empty()) continue;
      context.line(label_of(*field, context.language()) + ":");
      for (const Value& answer : given.items()) {
        context.line("  " + answer.text("council_name") + ": " + said_text(context, field, answer) + "  (" +
                     short_moment(answer.text("time"), context.language()) + ")");
      }
    }
  }
  if (record.find("comments") == nullptr) return;
  context.line(context.say(Text::Comments) + ":");
  for (const Value& comment : record.items("comments")) {
    context.line("  " + said_text(context, nullptr, comment) + "  (" + by_whom(context, comment) + ")");
  }
}

}  // namespace

int show(Context& context, const KindInfo& kind) {
  Value args = named(kind, context.args().words[0]);
  if (const std::optional<std::string> typed = context.args().flag("at")) {
    const std::optional<std::string> at = end_of_moment(context, "--at", *typed);
    if (!at) return context.exit_code();
    args.set("at", *at);
  }
  const std::optional<Value> reply = context.ask("record.show", std::move(args));
  if (!reply) return context.exit_code();
  const Value* found = reply->find("record");
  if (found == nullptr) return context.fail(Trouble::BadReply, {context.home().string()});
  const Value& record = *found;
  if (context.json()) {
    context.print(record);
    return 0;
  }
  const Language language = context.language();
  context.line(noun_of(kind, language) + " " + record.text("short") + "  " + title_of(kind, record));
  if (record.find("at") != nullptr) context.say_line(Text::ShownAsOf, {long_moment(record.text("at"), language)});
  for (const Field& field : kind.fields) {
    const Value* value = record.find(field.name);
    if (value == nullptr || !is_written(field)) continue;
    labelled(context, label_of(field, language), shown(field, *value, Style::Long, language));
  }
  for (const Value& unknown : record.items("unknown")) labelled(context, unknown_label(context, unknown), unknown_text(unknown));
  labelled(context, context.say(Text::Owner), record.text("owner_name"));
  labelled(context, context.say(Text::Changed), long_moment(record.text("changed"), language));
  labelled(context, "ID", record.text("id"));
  if (const Value* conflicts = record.find("conflicts"); conflicts != nullptr && conflicts->if_map() != nullptr) {
    for (const auto& [name, values] : *conflicts->if_map()) show_conflict(context, kind, record, name, values);
  }
  show_said(context, kind, record);
  if (const Value* removed = record.find("removed"); removed != nullptr) {
    context.say_line(Text::RemovedBy, {removed->text("council_name"), short_moment(removed->text("time"), language)});
    context.say_line(Text::RemovedByThen);
  }
  if (record.boolean("edited_after_remove")) context.say_line(Text::EditedAfterRemove);
  return 0;
}

}  // namespace budstikke::cli
