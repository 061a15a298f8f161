// `KIND show`: one record, field by field, with what is in conflict and what others have said; as it is, or as it was.
#include <algorithm>

#include "cli/attach.h"
#include "cli/commands/commands.h"
#include "cli/commands/hearing.h"
#include "cli/commands/invited.h"
#include "cli/commands/wordings.h"
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

// Of an event, how many come in all.
void show_heads(Context& context, const Value& answers) {
  std::int64_t heads = 0;
  for (const Value& answer : answers.items("heads")) heads += answer.integer("value");
  if (heads == 0) return;
  context.say_line(Text::HeadsComing, {std::to_string(heads), std::to_string(answers.items("heads").size())});
}

// `hearing`: its responses are shown with who has not given any, by show_hearing().
void show_said(Context& context, const KindInfo& kind, const Value& record, bool hearing) {
  if (const Value* answers = record.find("answers"); answers != nullptr && answers->if_map() != nullptr) {
    for (const auto& [name, given] : *answers->if_map()) {
      const Field* field = find_field(kind, name);
      if (field == nullptr || given.items().empty()) continue;
      if (hearing && (name == "responses" || name == "positions")) continue;
      context.line(label_of(*field, context.language()) + ":");
      for (const Value& answer : given.items()) {
        context.line("  " + answer.text("council_name") + ": " + said_text(context, field, answer) + "  (" +
                     short_moment(answer.text("time"), context.language()) + ")");
      }
    }
    if (kind.kind == Kind::Event) show_heads(context, *answers);
  }
  if (record.find("comments") == nullptr) return;
  context.line(context.say(Text::Comments) + ":");
  for (const Value& comment : record.items("comments")) {
    context.line("  " + said_text(context, nullptr, comment) + "  (" + by_whom(context, comment) + ")");
  }
}

// The records that a field names, one a line with its title where it is here.
std::string referred(Context& context, const Field& field, const Value& value) {
  const KindInfo* kind = find_kind(field.refers_to);
  std::string text;
  for (const Value& id : value.if_array() != nullptr ? value.items() : Value::Array{value}) {
    const std::string letters = id.if_text() != nullptr ? *id.if_text() : std::string();
    text += (text.empty() ? "" : "\n") + short_id(letters);
    if (kind == nullptr) continue;
    const std::optional<ApiReply> reply = context.ask_reply("record.show", named(*kind, letters));
    const Value* record = reply && !reply->failure ? reply->result.find("record") : nullptr;
    if (record != nullptr) text += "  " + title_of(*kind, *record);  // one that is removed, or not here yet, is named by its id
  }
  return text;
}

// The files that a field names, one a line, with their numbers when the record has several.
std::string files_in(Context& context, const Field& field, const Value& record) {
  const Value::Array& files = record.items("files");
  std::string text;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].text("field") != field.name) continue;
    text += text.empty() ? "" : "\n";
    if (files.size() > 1) text += std::to_string(i + 1) + "  ";
    text += described(context, files[i]);
  }
  return text;
}

// Initiatives that say of themselves that their idea is this one's. False has been reported.
bool show_same_ideas(Context& context, const KindInfo& kind, const Value& record) {
  Value args, filters;
  filters.set("same_as", record.text("id"));
  args.set("filters", std::move(filters));
  args.set("network", record.text("network"));
  const std::optional<Value::Array> others = fetch_records(context, kind, std::move(args));
  if (!others) return false;
  for (const Value& other : *others) {
    labelled(context, context.say(Text::SameIdeaElsewhere),
             other.text("short") + "  " + title_of(kind, other) + "  (" + other.text("owner_name") + ")");
  }
  return true;
}

// Tells the announcer that somebody looked at it here, once, and whoever looks that it was told. What cannot be written (by a
// node that only reads, or on a full disk) must not keep anybody from reading.
void note_shown(Context& context, const KindInfo& kind, const Value& record) {
  const std::optional<ApiReply> status = context.ask_reply("status");
  if (!status || status->failure) return;
  const std::string own = status->result.text("council");
  if (own.empty() || own == record.text("owner")) return;
  const Value* answers = record.find("answers");
  for (const char* field : {"seen", "receipts"}) {
    if (answers == nullptr) break;
    const Value::Array& given = answers->items(field);
    if (std::ranges::any_of(given, [&](const Value& answer) { return answer.text("council") == own; })) return;
  }
  Value args = named(kind, record.text("id"));
  args.set("field", "seen");
  args.set("value", "shown");
  const std::optional<ApiReply> noted = context.ask_reply("record.answer", std::move(args));
  if (!noted || noted->failure) return;
  context.say_line(Text::ShownNoted,
                   {record.text("owner_name"), command_for(context, kind, "confirm") + " " + record.text("short")});
}

}  // namespace

int show(Context& context, const KindInfo& kind) {
  Value args = named(kind, context.args().words[0]);
  if (const std::optional<std::string> typed = context.args().flag("at")) {
    const std::optional<std::string> at = end_of_moment(context, "--at", *typed, Lean::Back);
    if (!at) return context.exit_code();
    args.set("at", *at);
  }
  const std::optional<Value> reply = context.ask("record.show", std::move(args));
  if (!reply) return context.exit_code();
  const Value* found = reply->find("record");
  if (found == nullptr) return context.fail(Trouble::BadReply, {context.home().string()});
  const Value& record = *found;
  const bool is_now = record.find("at") == nullptr;
  const bool hearing = kind.kind == Kind::Hearing && is_now, event = kind.kind == Kind::Event && is_now;
  if (context.json()) {
    const std::optional<Value> whole = hearing ? hearing_with_silent(context, record)
                                       : event ? event_with_silent(context, record)
                                               : std::optional(record);
    if (!whole) return context.exit_code();
    context.print(*whole);
    return 0;
  }
  const Language language = context.language();
  context.line(noun_of(kind, language) + " " + record.text("short") + "  " + title_of(kind, record));
  if (record.find("at") != nullptr) context.say_line(Text::ShownAsOf, {long_moment(record.text("at"), language)});
  for (const Field& field : kind.fields) {
    const Value* value = record.find(field.name);
    if (value == nullptr || !is_written(field)) continue;
    const bool is_file = names_files(field) && record.find("files") != nullptr;
    const bool refers = field.type == FieldType::Record && !names_files(field);
    labelled(context, label_of(field, language),
             is_file  ? files_in(context, field, record)
             : refers ? referred(context, field, *value)
                      : shown(field, *value, Style::Long, language));
  }
  for (const Value& unknown : record.items("unknown")) labelled(context, unknown_label(context, unknown), unknown_text(unknown));
  labelled(context, context.say(Text::Owner), record.text("owner_name"));
  labelled(context, context.say(Text::Changed), long_moment(record.text("changed"), language));
  labelled(context, "ID", record.text("id"));
  if (const Value* conflicts = record.find("conflicts"); conflicts != nullptr && conflicts->if_map() != nullptr) {
    for (const auto& [name, values] : *conflicts->if_map()) show_conflict(context, kind, record, name, values);
  }
  if (record.find("files") != nullptr) {
    context.say_line(Text::FilesThen, {command_for(context, kind, "save") + " " + record.text("short")});
  }
  if (kind.kind == Kind::Initiative && is_now && !show_same_ideas(context, kind, record)) return context.exit_code();
  show_said(context, kind, record, hearing);
  if (hearing && !show_hearing(context, kind, record)) return context.exit_code();
  if (event && !show_silent_invited(context, record)) return context.exit_code();
  if (const Value* removed = record.find("removed"); removed != nullptr) {
    context.say_line(Text::RemovedBy, {removed->text("council_name"), short_moment(removed->text("time"), language)});
    context.say_line(Text::RemovedByThen);
  }
  if (record.boolean("edited_after_remove")) context.say_line(Text::EditedAfterRemove);
  if (kind.kind == Kind::Announcement && is_now && context.io().out_is_terminal) note_shown(context, kind, record);
  return 0;
}

}  // namespace budstikke::cli
