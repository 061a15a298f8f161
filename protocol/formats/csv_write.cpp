#include "protocol/formats/csv.h"
#include "protocol/formats/csv_table.h"
#include "protocol/formats/dates.h"

namespace budstikke::formats {
namespace {

// A date or time as a person reads it, or the canonical text where that would be read back differently.
std::string date_cell(std::string_view canonical, const std::optional<TimeZone>& zone, CsvStyle style) {
  const TimeZone local = zone ? *zone : utc_zone();
  const std::string shown = style == CsvStyle::Danish ? danish_date(canonical, local) : local_text(canonical, local);
  const auto read = read_moment(shown, local);
  const bool is_time = canonical.ends_with('Z');
  return read && *read == canonical && (zone || !is_time) ? shown : std::string(canonical);
}

std::string set_cell(std::span<const std::string> values) {
  std::string cell;
  for (const std::string& value : values) {
    if (!cell.empty()) cell += '|';
    for (char c : value) {
      if (c == '|' || c == '\\') cell += '\\';
      cell += c;
    }
  }
  return cell;
}

std::string cell_of(const Field& field, const ExportRecord& record, const std::optional<TimeZone>& zone, CsvStyle style) {
  const auto values = values_of(record.fields, field.name);
  if (values.empty()) return {};
  if (field.field_class == FieldClass::Set) return set_cell(values);
  if (field.type == FieldType::Date || field.type == FieldType::Moment) return date_cell(values.front(), zone, style);
  return style == CsvStyle::Danish ? danish_text(field, values.front()) : values.front();
}

// The zone the record's times are written in; nullopt when it names one that is not known.
std::optional<TimeZone> zone_of(const ExportRecord& record, const TimeZone& fallback) {
  const std::string_view name = first_of(record.fields, "zone");
  return name.empty() ? std::optional(fallback) : load_zone(name);
}

}  // namespace

std::string write_csv(const KindInfo& kind, std::span<const ExportRecord> records, const TimeZone& zone, CsvStyle style) {
  const bool danish = style == CsvStyle::Danish;
  const char delimiter = danish ? ';' : ',';
  std::string out = danish ? "\xEF\xBB\xBF" : "";  // without BOM Excel takes it for Windows-1252
  std::vector<std::string> cells;
  for (const Field& field : kind.fields) {
    if (is_written(field)) cells.emplace_back(danish ? field.danish : field.name);
  }
  cells.emplace_back("id");
  append_row(out, cells, delimiter);
  for (const ExportRecord& record : records) {
    const std::optional<TimeZone> record_zone = zone_of(record, zone);
    cells.clear();
    for (const Field& field : kind.fields) {
      if (is_written(field)) cells.push_back(guarded(cell_of(field, record, record_zone, style)));
    }
    const std::string uid_id = id_of_uid(uid_of(record));
    cells.push_back(uid_id.empty() ? record.id : uid_id);
    append_row(out, cells, delimiter);
  }
  return out;
}

}  // namespace budstikke::formats
