// `conflicts` and `resolve`, for all kinds and for one.
#include <charconv>

#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/moments.h"
#include "cli/records.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

constexpr std::size_t kShortestPrefix = 4;  // letters of an id that a person must give

std::optional<Value> fetch_conflicts(Context& context, const KindInfo* kind) {
  const std::optional<Value> reply = context.ask("record.conflicts", context.with_network(Value::map()));
  if (!reply) return std::nullopt;
  Value found = Value::array();
  for (const Value& conflict : reply->items("conflicts")) {
    if (kind == nullptr || conflict.text("kind") == kind->name) found.push(conflict);
  }
  return found;
}

void print_conflict(Context& context, const Value& conflict) {
  const KindInfo* kind = find_kind(std::string_view(conflict.text("kind")));
  const Field* field = kind != nullptr ? find_field(*kind, std::string_view(conflict.text("field"))) : nullptr;
  const Language language = context.language();
  const std::string noun = kind != nullptr ? noun_of(*kind, language) : conflict.text("kind");
  const std::string label = field != nullptr ? label_of(*field, language) : conflict.text("field");
  context.line(noun + " " + conflict.text("short") + "  " + conflict.text("title") + ": " + label);
  int number = 0;
  for (const Value& value : conflict.items("values")) {
    const Value* held = value.find("value");
    const bool known = held != nullptr && field != nullptr;
    const std::string text = known ? shown(*field, *held, Style::Long, language) : value.text("value");
    context.line("  " + std::to_string(++number) + ". " + (text.empty() ? context.say(Text::EmptyValue) : text) + "  (" +
                 value.text("council_name") + ", " + short_moment(value.text("time"), language) + ")");
  }
  const std::string flag = field != nullptr ? flag_for(*field, language) : label;
  context.line("  " + context.say(Text::ResolveWith, {conflict.text("short"), flag}));
}

// For programs that read lines: one line per value.
void print_rows(Context& context, const Value& conflicts) {
  Table table({"ID", context.say(Text::KindHeading), context.say(Text::FieldHeading), "", context.say(Text::ValueHeading),
               context.say(Text::Owner), context.say(Text::Changed)});
  for (const Value& conflict : conflicts.items()) {
    int number = 0;
    for (const Value& value : conflict.items("values")) {
      const Value* held = value.find("value");
      table.row({conflict.text("short"), conflict.text("kind"), conflict.text("field"), std::to_string(++number),
                 held != nullptr ? text_of_value(*held) : "", value.text("council_name"), value.text("time")});
    }
  }
  context.print(table);
}

int print_conflicts(Context& context, const KindInfo* kind) {
  const std::optional<Value> found = fetch_conflicts(context, kind);
  if (!found) return context.exit_code();
  if (context.json()) {
    context.print(*found);
  } else if (!context.io().out_is_terminal) {
    print_rows(context, *found);
  } else if (found->items().empty()) {
    context.say_line(Text::NoConflicts);
  } else {
    for (const Value& conflict : found->items()) print_conflict(context, conflict);
  }
  return 0;
}

std::optional<std::int64_t> positive(const std::string& typed) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), number);
  if (error != std::errc() || end != typed.data() + typed.size() || number < 1) return std::nullopt;
  return number;
}

// Sends the choice: one of the values by its number, or a new one.
int choose(Context& context, const KindInfo& kind, const std::string& id, const Field& field) {
  const Arguments& args = context.args();
  Value request = named(kind, id);
  request.set("field", field.name);
  const std::optional<std::string> number = args.flag("choose");
  const std::optional<std::string> value = args.flag("value");
  if (number && value) return context.fail(Trouble::NotTogether, {"--choose", "--value"});
  if (!number && !value) return context.fail(Trouble::MissingFlag, {"--choose"});
  if (number) {
    const std::optional<std::int64_t> chosen = positive(*number);
    if (!chosen) return context.fail(ApiError::BadNumber, *number);
    request.set("choose", *chosen);
  } else {
    const std::optional<std::string> stored = trim(*value).empty() ? std::string() : stored_text(context, field, *value);
    if (!stored) return context.exit_code();
    request.set("value", *stored);
  }
  const std::optional<Value> reply = context.ask("record.resolve", std::move(request));
  if (!reply) return context.exit_code();
  print_done(context, Text::Resolved, kind, *reply, ": " + label_of(field, context.language()));
  return 0;
}

}  // namespace

int conflicts(Context& context) { return print_conflicts(context, nullptr); }

int kind_conflicts(Context& context, const KindInfo& kind) { return print_conflicts(context, &kind); }

int kind_resolve(Context& context, const KindInfo& kind) {
  const std::string& name = context.args().words[1];
  const Field* field = field_of_flag(kind, name);
  if (field == nullptr) return unknown_field(context, kind, name);
  return choose(context, kind, context.args().words[0], *field);
}

// Without a kind the record is looked for among those in conflict.
int resolve(Context& context) {
  const std::string& id = context.args().words[0];
  const std::optional<std::string> letters = base32_letters(id);
  if (!letters || letters->size() < kShortestPrefix) return context.fail(ApiError::NoSuchRecord, id);
  const std::optional<Value> found = fetch_conflicts(context, nullptr);
  if (!found) return context.exit_code();
  const Value* match = nullptr;
  for (const Value& conflict : found->items()) {
    if (!conflict.text("id").starts_with(*letters)) continue;
    if (match != nullptr && match->text("id") != conflict.text("id")) return context.fail(ApiError::AmbiguousId, id);
    match = &conflict;
  }
  if (match == nullptr) return context.fail(ApiError::NoConflict, id);
  const KindInfo* kind = find_kind(std::string_view(match->text("kind")));
  if (kind == nullptr) return context.fail(ApiError::UnknownKind, match->text("kind"));
  const std::string& name = context.args().words[1];
  const Field* field = field_of_flag(*kind, name);
  if (field == nullptr) return unknown_field(context, *kind, name);
  return choose(context, *kind, id, *field);
}

}  // namespace budstikke::cli
