// `KIND export`: all records of a kind, as a file for other programs or as canonical JSON.
#include <algorithm>
#include <array>
#include <ostream>

#include "cli/commands/commands.h"
#include "cli/commands/files.h"
#include "cli/fields.h"
#include "cli/json.h"
#include "cli/records.h"
#include "protocol/formats/csv.h"
#include "protocol/formats/ical.h"
#include "protocol/formats/vcard.h"
#include "protocol/records/moment.h"

namespace budstikke::cli {
namespace {

// What may differ between nodes that hold the same records: where one reads it, and how people and networks are called there.
constexpr std::array<std::string_view, 6> kLocalKeys = {"network", "short", "owner_name", "council_name", "changed", "uid"};

Value canonical(const Value& value) {
  if (value.if_array() != nullptr) {
    Value list = Value::array();
    for (const Value& element : value.items()) list.push(canonical(element));
    return list;
  }
  if (value.if_map() == nullptr) return value;
  Value::Map sorted;
  for (const auto& [key, element] : *value.if_map()) {
    if (std::ranges::find(kLocalKeys, key) == kLocalKeys.end()) sorted.emplace_back(key, canonical(element));
  }
  std::ranges::sort(sorted, {}, [](const auto& pair) { return pair.first; });
  return Value(std::move(sorted));
}

// Equal on two nodes exactly when their records are: ordered by id, keys sorted, nothing that is only local.
std::string canonical_json(Value::Array records) {
  std::ranges::sort(records, {}, [](const Value& record) { return record.text("id"); });
  Value list = Value::array();
  for (const Value& record : records) list.push(canonical(record));
  return json_of(list) + "\n";
}

formats::ExportRecord export_record(const KindInfo& kind, const Value& record) {
  formats::ExportRecord out{record.text("id"), parse_utc(record.text("changed")).value_or(WallTime{}), {}};
  for (const Field& field : kind.fields) {
    const Value* value = is_written(field) ? record.find(field.name) : nullptr;
    if (value == nullptr) continue;
    std::vector<std::string> texts;
    if (value->if_array() == nullptr) texts.push_back(text_of_value(*value));
    for (const Value& element : value->items()) texts.push_back(text_of_value(element));
    out.fields.emplace_back(field.name, std::move(texts));
  }
  out.uid = record.text("uid");
  return out;
}

std::string written(Format format, const KindInfo& kind, Value::Array records) {
  if (format == Format::Json) return canonical_json(std::move(records));
  std::vector<formats::ExportRecord> out;
  for (const Value& record : records) out.push_back(export_record(kind, record));
  // By what the file calls them, so that the same records give the same bytes also where they were imported to.
  std::ranges::sort(out, {}, [](const formats::ExportRecord& record) { return formats::uid_of(record); });
  if (format == Format::Ical) return formats::write_ical(out, formats::default_zone(), kind.plural_danish);
  if (format == Format::Vcard) return formats::write_vcard(out);
  return formats::write_csv(kind, out, formats::default_zone());
}

}  // namespace

int export_file(Context& context, const KindInfo& kind) {
  const std::vector<std::string>& words = context.args().words;
  const std::string file = words.empty() ? "-" : words[0];
  const std::optional<Format> format = format_of(context, kind, file, context.json() ? Format::Json : Format::Csv);
  if (!format) return context.exit_code();
  Value args = context.with_network(Value::map());
  args.set("all", true);
  std::optional<Value::Array> records = fetch_records(context, kind, std::move(args));
  if (!records) return context.exit_code();
  const std::size_t count = records->size();
  const std::string text = written(*format, kind, std::move(*records));
  Value facts;
  facts.set("records", std::uint64_t{count});
  return give_file(context, file, text, facts, context.say(Text::Exported, {std::to_string(count), file}));
}

}  // namespace budstikke::cli
