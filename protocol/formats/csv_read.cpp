#include <algorithm>

#include "protocol/base/text.h"
#include "protocol/formats/charset.h"
#include "protocol/formats/csv.h"
#include "protocol/formats/csv_table.h"
#include "protocol/formats/dates.h"

namespace budstikke::formats {
namespace {

constexpr std::string_view kIdHeading = "id";

std::string heading_key(std::string_view heading) {
  std::string key = fold_case(trim(heading));
  for (char& c : key) {
    if (c == '_' || c == '-') c = ' ';
  }
  return key;
}

bool is_in_list(std::string_view list, std::string_view key) {
  while (true) {
    const std::size_t end = list.find('|');
    if (end != 0 && !list.empty() && heading_key(list.substr(0, end)) == key) return true;
    if (end == std::string_view::npos) return false;
    list.remove_prefix(end + 1);
  }
}

// What each column is: a field, our id, or nothing we keep.
struct Column {
  const Field* field = nullptr;
  bool is_id = false;
};

struct Header {
  std::vector<Column> columns;
  std::size_t known = 0;
};

Header header_of(const KindInfo& kind, const CsvRow& row) {
  Header header;
  for (const std::string& cell : row.cells) {
    Column column{field_of_heading(kind, cell), heading_key(cell) == kIdHeading};
    const bool repeated = std::any_of(header.columns.begin(), header.columns.end(),
                                      [&](const Column& earlier) { return earlier.field == column.field; });
    const bool is_set = column.field != nullptr && column.field->field_class == FieldClass::Set;
    if (repeated && !is_set) column.field = nullptr;  // the second column of a register is not kept
    if (column.field != nullptr) ++header.known;
    header.columns.push_back(column);
  }
  return header;
}

// Excel's hint of the delimiter, if the file has one; `line` says how many lines it took.
std::string_view without_hint(std::string_view text, std::size_t& lines) {
  lines = 0;
  if (!text.starts_with("sep=")) return text;
  lines = 1;
  const std::size_t end = text.find('\n');
  return end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
}

// The delimiter that gives the first row most known headings; ';' when none gives any.
char delimiter_of(const KindInfo& kind, std::string_view text) {
  char best = ';';
  std::size_t most = 0;
  for (char delimiter : {';', ',', '\t'}) {
    const auto rows = read_rows(text, delimiter, 1);
    const std::size_t known = rows && !rows->empty() ? header_of(kind, rows->front()).known : 0;
    if (known > most) {
      most = known;
      best = delimiter;
    }
  }
  return best;
}

// The values of one cell of a set.
std::vector<std::string> set_values(std::string_view cell, FieldType type) {
  const bool commas = type == FieldType::Email || type == FieldType::Phone;
  std::vector<std::string> values(1);
  for (std::size_t i = 0; i < cell.size(); ++i) {
    const char c = cell[i];
    if (c == '\\' && i + 1 < cell.size() && (cell[i + 1] == '|' || cell[i + 1] == '\\')) {
      values.back() += cell[++i];
    } else if (c == '|' || c == '\n' || (c == ',' && commas)) {
      values.emplace_back();
    } else {
      values.back() += c;
    }
  }
  return values;
}

class RowReader {
 public:
  RowReader(const KindInfo& kind, const TimeZone& zone, const Header& header, Imported& out)
      : kind_(kind), zone_(zone), header_(header), out_(out) {}

  void read(const CsvRow& row) {
    if (std::all_of(row.cells.begin(), row.cells.end(), [](const std::string& cell) { return trim(cell).empty(); })) return;
    Draft draft(kind_, row.line);
    if (row.broken) draft.fail(row.line, FieldFault::Row, {}, "a quote is not closed, or text follows a closing quote");
    for (std::size_t i = header_.columns.size(); i < row.cells.size() && !draft.failed(); ++i) {
      if (!trim(row.cells[i]).empty()) draft.fail(row.line, FieldFault::Row, {}, "more cells than headings");
    }
    if (!draft.failed()) read_cells(row, draft);
    draft.deliver(out_);
  }

 private:
  void read_cells(const CsvRow& row, Draft& draft) {
    const std::optional<TimeZone> zone = zone_of(row);
    for (std::size_t i = 0; i < header_.columns.size(); ++i) {
      const std::string_view cell = i < row.cells.size() ? unguarded(row.cells[i]) : std::string_view{};
      const Column& column = header_.columns[i];
      if (column.is_id && !id_of_uid(uid_of(trim(cell))).empty()) draft.set_uid(uid_of(id_of_uid(uid_of(trim(cell)))));
      if (column.field != nullptr) read_cell(*column.field, cell, row.line, zone, draft);
    }
  }
  void read_cell(const Field& field, std::string_view cell, std::size_t line, const std::optional<TimeZone>& zone, Draft& draft) {
    draft.mention(field.name);
    if (trim(cell).empty()) return;
    const bool is_date = field.type == FieldType::Date || field.type == FieldType::Moment;
    if (field.field_class == FieldClass::Set) {
      for (const std::string& value : set_values(cell, field.type)) {
        if (!is_date) {
          draft.add(field.name, value, line);
        } else if (!trim(value).empty()) {
          read_date(field, value, line, zone, draft);
        }
      }
    } else if (is_date) {
      read_date(field, cell, line, zone, draft);
    } else if (field.type == FieldType::Zone) {
      const auto known = is_zone_name(trim(cell)) ? std::nullopt : find_zone(cell);
      draft.add(field.name, known ? std::string_view(known->name()) : cell, line);
    } else {
      draft.add(field.name, cell, line);
    }
  }
  void read_date(const Field& field, std::string_view cell, std::size_t line, const std::optional<TimeZone>& zone, Draft& draft) {
    const auto moment = read_moment(cell, zone ? *zone : utc_zone());
    if (!moment) return draft.fail(line, FieldFault::Date, field.name, moment.error().text);
    const bool local = moment->ends_with('Z') && !trim(cell).ends_with('Z');
    if (local && !zone) return draft.fail(line, FieldFault::Zone, "zone", "a local time of a time zone that is not known");
    const bool midnight = local && field.type == FieldType::Date;
    draft.add(field.name, midnight ? day_at_midnight(*moment, *zone) : *moment, line);
  }
  // A spreadsheet may write a day as "15-03-2026 00:00"; any other time of day stands, and is refused for a date.
  static std::string day_at_midnight(const std::string& moment, const TimeZone& zone) {
    const std::string local = local_text(moment, zone);
    return local.ends_with(" 00:00") ? local.substr(0, local.find(' ')) : moment;
  }
  // The zone of the row's times; nullopt when it names one that is not known.
  std::optional<TimeZone> zone_of(const CsvRow& row) const {
    for (std::size_t i = 0; i < header_.columns.size() && i < row.cells.size(); ++i) {
      const Field* field = header_.columns[i].field;
      const bool names_zone = field != nullptr && field->type == FieldType::Zone && !trim(row.cells[i]).empty();
      if (names_zone) return find_zone(unguarded(row.cells[i]));
    }
    return zone_;
  }
  const KindInfo& kind_;
  const TimeZone& zone_;
  const Header& header_;
  Imported& out_;
};

void note_unknown(const CsvRow& row, const Header& header, Imported& out) {
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    const bool known = header.columns[i].field != nullptr || header.columns[i].is_id;
    const std::string heading = trim(row.cells[i]);
    if (!known && !heading.empty()) out.not_kept.push_back(heading);
  }
}

std::string no_heading(const KindInfo& kind) {
  std::string text = "the first row has no known heading; known are:";
  for (const Field& field : kind.fields) {
    if (is_written(field)) text.append(" ").append(field.danish).append(",");
  }
  return text += " id";
}

}  // namespace

const Field* field_of_heading(const KindInfo& kind, std::string_view heading) {
  const std::string key = heading_key(heading);
  if (key.empty()) return nullptr;
  for (auto fits : {+[](const Field&field, std::string_view wanted) { return heading_key(field.name) == wanted; },
                    +[](const Field&field, std::string_view wanted) { return heading_key(field.danish) == wanted; },
                    +[](const Field&field, std::string_view wanted) { return is_in_list(field.headers, wanted); }}) {
    for (const Field& field : kind.fields) {
      if (is_written(field) && fits(field, key)) return &field;
    }
  }
  return nullptr;
}

Result<Imported> read_csv(const KindInfo& kind, std::string_view file, const TimeZone& zone) {
  if (file.size() > kMaxCsvBytes) return Error{Code::TooLarge, "the file is larger than 8 MiB", "file"};
  const auto text = utf8_of_file(file);
  if (!text) return text.error();
  std::size_t lines_before = 0;
  const std::string_view table = without_hint(*text, lines_before);
  auto rows = read_rows(table, delimiter_of(kind, table));
  if (!rows) return rows.error();
  const Header header = rows->empty() ? Header{} : header_of(kind, rows->front());
  if (header.known == 0) return Error{Code::Invalid, no_heading(kind), "headings"};
  Imported out;
  RowReader reader(kind, zone, header, out);
  for (std::size_t i = 1; i < rows->size(); ++i) {
    (*rows)[i].line += lines_before;
    reader.read((*rows)[i]);
  }
  note_unknown(rows->front(), header, out);
  sort_not_kept(out);
  return out;
}

}  // namespace budstikke::formats
