#include "cli/commands/tables.h"

#include "cli/commands/wordings.h"
#include "cli/fields.h"
#include "cli/moments.h"
#include "cli/records.h"

namespace budstikke::cli {
namespace {

ReportCell id_cell(const std::string& id, const std::string& short_id) {
  return id.empty() ? ReportCell{} : ReportCell{Value(id), short_id};
}

// A column for each of these fields, by its label.
std::vector<ReportColumn> columns_of(const Context& context, const KindInfo& kind, std::span<const char* const> fields) {
  std::vector<ReportColumn> columns;
  for (const char* name : fields) {
    columns.push_back({name, label_of(*find_field(kind, std::string_view(name)), context.language())});
  }
  return columns;
}

ReportCell field_cell(const Context& context, const KindInfo& kind, const Value& record, const char* name) {
  const Field& field = *find_field(kind, std::string_view(name));
  const Value* value = record.find(name);
  if (value == nullptr) return {};
  std::string text;
  const auto add = [&](const Value& one) {
    text += (text.empty() ? "" : ", ") + shown(field, one, Style::Short, context.language());
  };
  if (value->if_array() == nullptr) add(*value);
  for (const Value& one : record.items(name)) add(one);
  return {*value, text};
}

}  // namespace

ReportTable needs_table(const Context& context, const std::vector<Need>& needs) {
  ReportTable table{"needs", "", {{"text", context.say(Text::ColumnNeed)}, {"command", context.say(Text::ColumnCommand)}}};
  for (const Need& need : needs) table.rows.push_back({{cell_of(need.text), cell_of(need.command)}});
  return table;
}

ReportTable agenda_table(const Context& context, std::string heading, const std::vector<AgendaItem>& items) {
  const Language language = context.language();
  ReportTable table{"agenda",
                    std::move(heading),
                    {{"date", context.say(Text::ColumnDay)},
                     {"time", context.say(Text::ColumnTime)},
                     {"kind", context.say(Text::ColumnKind)},
                     {"title", context.say(Text::ColumnTitle)},
                     {"place", label_of(*find_field(*find_kind(Kind::Event), "place"), language)},
                     {"id", "ID"}}};
  for (const AgendaItem& item : items) {
    const std::string date = text_of(item.day);
    const std::string mark = agenda_mark(context, item);
    const std::string kind = noun_of(*item.kind, language) + (mark.empty() ? "" : " (" + mark + ")");
    table.rows.push_back(
        {{date_cell(date, language), ReportCell{item.time.empty() ? Value() : Value(item.time), clock_for(item.time, language)},
          ReportCell{Value(item.kind->name), kind}, cell_of(item.title), cell_of(item.place), id_cell(item.id, item.short_id)}});
  }
  return table;
}

ReportTable records_table(const Context& context, const char* key, std::string heading, const KindInfo& kind,
                          const Value::Array& records, std::span<const char* const> fields) {
  ReportTable table{key, std::move(heading), columns_of(context, kind, fields)};
  table.columns.push_back({"owner_name", context.say(Text::Council)});
  table.columns.push_back({"id", "ID"});
  for (const Value& record : records) {
    ReportRow row;
    for (const char* name : fields) row.cells.push_back(field_cell(context, kind, record, name));
    row.cells.push_back(cell_of(record.text("owner_name")));
    row.cells.push_back(id_cell(record.text("id"), record.text("short")));
    table.rows.push_back(std::move(row));
  }
  return table;
}

ReportTable peers_table(const Context& context, const Value& status) {
  ReportTable table{"peers", context.say(Text::Peers), {{"peer", context.say(Text::Council)}}};
  for (const Value& peer : status.items("peers")) {
    table.rows.push_back({{ReportCell{Value(peer.text("name")), peer_line(context, peer)}}});
  }
  return table;
}

}  // namespace budstikke::cli
