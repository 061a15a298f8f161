// `conflicts` and `resolve`, for all kinds and for one: an inbox of what waits for a decision, with the command for each.
#include <charconv>

#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/moments.h"
#include "cli/records.h"
#include "cli/settle.h"
#include "protocol/base/text.h"
#include "protocol/records/resolve.h"

namespace budstikke::cli {
namespace {

constexpr std::size_t kShortestPrefix = 4;  // letters of an id that a person must give

std::optional<Value> fetch_conflicts(Context& context, const KindInfo* kind) {
  Value args = context.with_network(Value::map());
  Value found = Value::array();
  for (;;) {
    const std::optional<Value> reply = context.ask("record.conflicts", args);
    if (!reply) return std::nullopt;
    for (const Value& conflict : reply->items("conflicts")) {
      if (kind == nullptr || conflict.text("kind") == kind->name) found.push(conflict);
    }
    const std::string next = reply->text("next");
    if (next.empty() || next == args.text("after")) return found;
    args.set("after", next);
  }
}

bool is_brought_back(const Value& conflict) { return conflict.text("type") == "removed"; }

// Removed by one while another edited it: who did what, and the two ways out.
void print_brought_back(Context& context, const Value& conflict, const KindInfo& kind) {
  for (const Value& removed : conflict.items("removed")) {
    context.line("  " + context.say(Text::RemovedBy,
                                    {removed.text("council_name"), short_moment(removed.text("time"), context.language())}));
  }
  for (const Value& edited : conflict.items("edited")) {
    if (edited.text("absent") == "left-out") {
      context.line("  " + said_text(context, nullptr, edited));
      continue;
    }
    const Field* field = find_field(kind, std::string_view(edited.text("field")));
    const std::string label = field != nullptr ? label_of(*field, context.language())
                                               : context.say(Text::UnknownField, {std::to_string(edited.integer("field"))});
    context.line(
        "  " + context.say(Text::EditedBy, {edited.text("council_name"), short_moment(edited.text("time"), context.language())}) +
        ": " + label + ": " + said_text(context, field, edited));
  }
  if (!conflict.boolean("permitted", true)) {
    return context.line("  " + context.say(Text::NotYoursToSettle, {conflict.text("owner_name")}));
  }
  const std::string rest = " " + conflict.text("short") + " --seen " + conflict.text("seen");
  context.line("  " + context.say(Text::KeepIt, {command_for(context, kind, "restore") + rest}));
  context.line("  " + context.say(Text::RemoveAgain, {command_for(context, kind, "remove") + rest}));
}

void print_conflict(Context& context, const Value& conflict) {
  const KindInfo* kind = find_kind(std::string_view(conflict.text("kind")));
  const Field* field = kind != nullptr ? find_field(*kind, std::string_view(conflict.text("field"))) : nullptr;
  const Language language = context.language();
  std::string heading = kind != nullptr ? noun_of(*kind, language) : conflict.text("kind");
  heading += " " + conflict.text("short") + "  " + conflict.text("title") + ": ";
  if (kind != nullptr && is_brought_back(conflict)) {
    context.line(heading + context.say(Text::BroughtBack));
    return print_brought_back(context, conflict, *kind);
  }
  context.line(heading + (field != nullptr ? label_of(*field, language) : conflict.text("field")));
  if (field == nullptr) return;  // of a newer node: there is no command for it here
  const Value* values = conflict.find("values");
  const Value none = Value::array();
  print_choices(context, {*kind, *field, conflict.text("short"), conflict.text("seen"), values != nullptr ? *values : none,
                          conflict.boolean("permitted", true)});
}

// For programs that read lines: one line per value, and of records brought back one per remove and edit.
void print_conflict_rows(Context& context, const Value& conflicts) {
  Table table({"ID", context.say(Text::KindHeading), context.say(Text::FieldHeading), "", context.say(Text::ValueHeading),
               context.say(Text::Owner), context.say(Text::Changed)});
  const auto row = [&](const Value& conflict, const std::string& field, const std::string& number, const std::string& value,
                       const Value& said) {
    table.row(
        {conflict.text("short"), conflict.text("kind"), field, number, value, said.text("council_name"), said.text("time")});
  };
  const auto stored = [](const Value& said) {
    const Value* held = said.find("value");
    return !said.text("absent").empty() ? "(" + said.text("absent") + ")" : held != nullptr ? text_of_value(*held) : "";
  };
  for (const Value& conflict : conflicts.items()) {
    int number = 0;
    for (const Value& value : conflict.items("values")) {
      row(conflict, conflict.text("field"), std::to_string(++number), stored(value), value);
    }
    for (const Value& removed : conflict.items("removed")) row(conflict, "", "", "removed", removed);
    for (const Value& edited : conflict.items("edited")) row(conflict, edited.text("field"), "", stored(edited), edited);
  }
  context.print(table);
}

int print_conflicts(Context& context, const KindInfo* kind) {
  const std::optional<Value> found = fetch_conflicts(context, kind);
  if (!found) return context.exit_code();
  if (context.json()) {
    context.print(*found);
  } else if (!context.io().out_is_terminal) {
    print_conflict_rows(context, *found);
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

// Sends the choice: one of the values by its number, all of them together, or a new one.
int choose(Context& context, const KindInfo& kind, const std::string& id, const Field& field) {
  const Arguments& args = context.args();
  Value request = named(kind, id);
  request.set("field", field.name);
  const std::optional<std::string> number = args.flag("choose");
  const std::optional<std::string> value = args.flag("value");
  const bool combines = args.has("combine");
  if (number && value) return context.fail(Trouble::NotTogether, {"--choose", "--value"});
  if (combines && (number || value)) return context.fail(Trouble::NotTogether, {"--combine", number ? "--choose" : "--value"});
  if (!number && !value && !combines) return context.fail(Trouble::MissingFlag, {"--choose"});
  if (number) {
    const std::optional<std::int64_t> chosen = positive(*number);
    if (!chosen) return context.fail(ApiError::BadNumber, *number);
    request.set("choose", *chosen);
  } else if (combines) {
    if (!can_combine(field)) return context.fail(ApiError::NotCombinable, label_of(field, context.language()));
    request.set("combine", true);
  } else {
    const std::optional<std::string> stored = trim(*value).empty() ? std::string() : stored_text(context, field, *value);
    if (!stored) return context.exit_code();
    request.set("value", *stored);
  }
  if (const std::optional<std::string> seen = args.flag("seen")) request.set("seen", *seen);
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
    if (is_brought_back(conflict) || !conflict.text("id").starts_with(*letters)) continue;
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
