#include "protocol/formats/csv_table.h"

namespace budstikke::formats {
namespace {

constexpr std::string_view kFormulaStarts("=+-@\t\r", 6);

bool starts_formula(char c) { return kFormulaStarts.find(c) != std::string_view::npos; }
bool needs_guard(std::string_view text) {
  if (text.empty()) return false;
  if (starts_formula(text[0])) return true;
  return text[0] == '\'' && text.size() > 1 && (starts_formula(text[1]) || text[1] == '\'');
}

// Reads one row at a time from the left.
class RowSource {
 public:
  RowSource(std::string_view text, char delimiter) : rest_(text), delimiter_(delimiter) {}
  bool at_end() const { return rest_.empty(); }
  CsvRow next() {
    CsvRow row;
    row.line = line_;
    do {
      row.cells.push_back(take_cell(row.broken));
    } while (take(delimiter_));
    if (!take('\n')) rest_ = {};  // only the end of the text is left
    return row;
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    if (c == '\n') ++line_;
    rest_.remove_prefix(1);
    return true;
  }
  // Up to the next delimiter or line break, which stay. The CR of a CRLF belongs to the line break.
  std::string take_plain() {
    std::size_t size = 0;
    while (size < rest_.size() && rest_[size] != delimiter_ && rest_[size] != '\n') ++size;
    std::string cell(rest_.substr(0, size));
    rest_.remove_prefix(size);
    if (!cell.empty() && cell.back() == '\r' && (rest_.empty() || rest_.front() == '\n')) cell.pop_back();
    return cell;
  }
  std::string take_cell(bool& broken) {
    if (!take('"')) return take_plain();
    std::string cell;
    while (!rest_.empty()) {
      const char c = rest_.front();
      take(c);
      if (c != '"') {
        cell += c;
      } else if (take('"')) {
        cell += '"';
      } else {
        if (!take_plain().empty()) broken = true;
        return cell;
      }
    }
    broken = true;
    return cell;
  }
  std::string_view rest_;
  char delimiter_;
  std::size_t line_ = 1;
};

}  // namespace

Result<std::vector<CsvRow>> read_rows(std::string_view text, char delimiter, std::size_t rows_max) {
  std::vector<CsvRow> rows;
  RowSource source(text, delimiter);
  while (!source.at_end() && rows.size() < rows_max) rows.push_back(source.next());
  if (rows.size() > kMaxCsvRows) return Error{Code::TooLarge, "more than 20,000 rows", "rows"};
  return rows;
}

void append_row(std::string& out, const std::vector<std::string>& cells, char delimiter) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += delimiter;
    const std::string& cell = cells[i];
    const bool edge_space = !cell.empty() && (cell.front() == ' ' || cell.back() == ' ');
    if (!edge_space && cell.find_first_of(";,\"\r\n\t") == std::string::npos) {
      out += cell;
      continue;
    }
    out += '"';
    for (char c : cell) out.append(c == '"' ? 2 : 1, c);
    out += '"';
  }
  out += "\r\n";
}

std::string guarded(std::string_view text) { return needs_guard(text) ? '\'' + std::string(text) : std::string(text); }

std::string_view unguarded(std::string_view cell) {
  const bool guard = cell.size() > 1 && cell[0] == '\'' && (starts_formula(cell[1]) || cell[1] == '\'');
  return guard ? cell.substr(1) : cell;
}

}  // namespace budstikke::formats
