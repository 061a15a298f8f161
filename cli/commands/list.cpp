// `KIND list`.
#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/records.h"

namespace budstikke::cli {
namespace {

// --FIELD TEXT: what the field must contain. nullopt has been reported.
std::optional<Value> filters(Context& context, const KindInfo& kind) {
  Value filters = Value::map();
  for (const Flag& flag : context.args().flags) {
    const Field* field = field_of_flag(kind, flag.name);
    if (field == nullptr) continue;  // --all and --network
    if (field->type != FieldType::YesNo) {
      filters.set(field->name, flag.value);
      continue;
    }
    const std::optional<std::string> stored = stored_text(context, *field, flag.value);
    if (!stored) return std::nullopt;
    filters.set(field->name, *stored);
  }
  return filters;
}

Table table_of(const Context& context, const KindInfo& kind, const Value::Array& records, bool raw) {
  std::vector<std::string> headings = {"ID"};
  for (const Field& field : kind.fields) {
    if (field.in_list) headings.push_back(label_of(field, context.language()));
  }
  headings.push_back(context.say(Text::Owner));
  headings.emplace_back();  // the mark of a conflict
  Table table(std::move(headings));
  for (const Value& record : records) {
    std::vector<std::string> cells = {record.text("short")};
    for (const Field& field : kind.fields) {
      if (!field.in_list) continue;
      const Value* value = record.find(field.name);
      cells.push_back(value != nullptr ? shown(field, *value, raw ? Style::Stored : Style::Short, context.language()) : "");
    }
    cells.push_back(record.text("owner_name"));
    cells.push_back(record.find("conflicts") != nullptr ? context.say(Text::ConflictMark) : "");
    table.row(std::move(cells));
  }
  return table;
}

}  // namespace

int list(Context& context, const KindInfo& kind) {
  const std::optional<Value> wanted = filters(context, kind);
  if (!wanted) return context.exit_code();
  Value args = context.with_network(Value::map());
  if (context.args().has("all")) args.set("all", true);
  if (!wanted->if_map()->empty()) args.set("filters", *wanted);
  std::optional<Value::Array> records = fetch_records(context, kind, std::move(args));
  if (!records) return context.exit_code();
  order_for_people(kind, *records);
  if (context.json()) {
    context.print(Value(std::move(*records)));
    return 0;
  }
  const bool terminal = context.io().out_is_terminal;
  if (!records->empty()) context.print(table_of(context, kind, *records, !terminal));
  if (records->empty() && terminal) {
    context.say_line(kind.kind == Kind::Event && !context.args().has("all") ? Text::NothingToCome : Text::NoRecords);
  }
  return 0;
}

}  // namespace budstikke::cli
