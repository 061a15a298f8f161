// Rows and cells of CSV, as text: quotes, delimiters and the guard against formulas. What the cells mean is csv.h's.
//
// Shape        Read: rows end in LF or CRLF; a cell that begins with '"' goes to the closing quote and may hold line breaks and
//              doubled quotes. Written: rows end in CRLF, cells are quoted when they must be.
//              A cell whose text begins with = + - @ TAB or CR would be run as a formula by Excel, so it is written with a "'"
//              before it; so is one that begins with a "'" before such a character or before another "'", so that taking the
//              guard off again always gives the text back.
// Errors       TooLarge beyond kMaxCsvRows. A quote that is never closed, or text behind a closing one, makes its row broken.
// Source       RFC 4180; OWASP "CSV Injection".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"

namespace budstikke::formats {

inline constexpr std::size_t kMaxCsvBytes = 8 * 1024 * 1024;
inline constexpr std::size_t kMaxCsvRows = 20'000;

struct CsvRow {
  std::size_t line = 0;  // where it begins, from 1
  bool broken = false;
  std::vector<std::string> cells;
};

// Reads all rows, or only the first `rows_max` of them.
Result<std::vector<CsvRow>> read_rows(std::string_view text, char delimiter, std::size_t rows_max = kMaxCsvRows + 1);
void append_row(std::string& out, const std::vector<std::string>& cells, char delimiter);

std::string guarded(std::string_view text);
std::string_view unguarded(std::string_view cell);

}  // namespace budstikke::formats
