// `unknown`: records of kinds that only a newer version of the program knows.
#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/moments.h"

namespace budstikke::cli {
namespace {

std::optional<Value::Array> fetch_unknown(Context& context) {
  Value args = context.with_network(Value::map());
  Value::Array records;
  for (;;) {
    const std::optional<Value> page = context.ask("record.unknown", args);
    if (!page) return std::nullopt;
    const Value::Array& found = page->items("records");
    records.insert(records.end(), found.begin(), found.end());
    const std::string next = page->text("next");
    if (next.empty() || next == args.text("after")) return records;
    args.set("after", next);
  }
}

// One line per field, for programs.
void print_unknown(Context& context, const Value::Array& records) {
  Table table({"ID", "", "", "", "", "", ""});
  for (const Value& record : records) {
    for (const Value& field : record.items("unknown")) {
      table.row({record.text("short"), std::to_string(record.integer("kind")), record.text("owner_name"), record.text("changed"),
                 std::to_string(field.integer("field")), field.text("class"), unknown_text(field)});
    }
  }
  context.print(table);
}

void print_record(Context& context, const Value& record) {
  context.say_line(Text::UnknownLine, {record.text("short"), std::to_string(record.integer("kind")), record.text("owner_name"),
                                       short_moment(record.text("changed"), context.language())});
  for (const Value& field : record.items("unknown")) {
    context.line("  " + unknown_label(context, field) + ": " + unknown_text(field));
  }
}

}  // namespace

int unknown(Context& context) {
  std::optional<Value::Array> records = fetch_unknown(context);
  if (!records) return context.exit_code();
  if (context.json()) {
    context.print(Value(std::move(*records)));
  } else if (!context.io().out_is_terminal) {
    print_unknown(context, *records);
  } else if (records->empty()) {
    context.say_line(Text::NothingUnknown);
  } else {
    for (const Value& record : *records) print_record(context, record);
    context.say_line(Text::UnknownWhy);
  }
  return 0;
}

}  // namespace budstikke::cli
