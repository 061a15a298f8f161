#include "cli/table.h"

#include <algorithm>
#include <optional>

#include "protocol/base/result.h"

namespace budstikke::cli {
namespace {

constexpr std::size_t kGap = 2;             // blanks between columns
constexpr std::size_t kNarrowest = 8;       // a column is not cut below this
constexpr std::size_t kNarrowestAtAll = 4;  // but in a table that does not fit otherwise
constexpr std::size_t kLeftOut = static_cast<std::size_t>(-1);
constexpr std::string_view kEllipsis = "…";

// The code point at text[at], and the bytes it takes. Bytes that are not UTF-8 count as one column each.
struct CodePoint {
  char32_t value;
  std::size_t bytes;
};

CodePoint code_point(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (bytes == 1 || at + bytes > text.size()) return {lead, 1};
  char32_t value = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xC0U) != 0x80U) return {lead, 1};
    value = value << 6 | (next & 0x3FU);
  }
  return {value, bytes};
}

std::size_t columns_of(char32_t c) {
  const auto within = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  if (within(0x300, 0x36F) || within(0x200B, 0x200F) || within(0xFE00, 0xFE0F) || within(0x20D0, 0x20FF)) return 0;
  const bool wide = within(0x1100, 0x115F) || within(0x2E80, 0xA4CF) || within(0xAC00, 0xD7A3) || within(0xF900, 0xFAFF) ||
                    within(0xFE30, 0xFE6F) || within(0xFF00, 0xFF60) || within(0x1F300, 0x1FAFF) || within(0x20000, 0x3FFFD);
  return wide ? 2 : 1;
}

std::string on_one_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(
      line, [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' ');
  return line;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point(text, at);
    width += columns_of(point.value);
    at += point.bytes;
  }
  return width;
}

std::string cut_to_width(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::size_t taken = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const CodePoint point = code_point(text, at);
    if (taken + columns_of(point.value) > width - 1) break;
    taken += columns_of(point.value);
    at += point.bytes;
  }
  while (at > 0 && text[at - 1] == ' ') --at;
  return std::string(text.substr(0, at)).append(kEllipsis);
}

void Table::row(std::vector<std::string> cells) {
  require(cells.size() == headings_.size(), "a table row has as many cells as headings");
  for (std::string& cell : cells) cell = on_one_line(cell);
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths(std::size_t columns) const {
  std::vector<std::size_t> widths;
  for (const std::string& heading : headings_) widths.push_back(display_width(heading));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  if (columns == 0) return widths;
  const auto total = [&] {
    std::size_t sum = 0;
    for (const std::size_t width : widths) sum += width == kLeftOut ? 0 : width + kGap;
    return sum - std::min(sum, kGap);
  };
  // First goes what says nothing, then the ends of long texts; then columns at the right, which are all there without a terminal.
  for (std::size_t i = 1; i < widths.size() && total() > columns; ++i) {
    if (std::ranges::all_of(rows_, [i](const auto& row) { return row[i].empty(); })) widths[i] = kLeftOut;
  }
  for (const std::size_t least : {kNarrowest, kNarrowestAtAll}) {
    while (total() > columns) {
      std::optional<std::size_t> widest;
      for (std::size_t i = 0; i < widths.size(); ++i) {
        const std::size_t floor = i == 0 ? kNarrowest : least;  // an ID is never cut
        const bool may = widths[i] != kLeftOut && widths[i] > floor;
        if (may && (!widest || widths[i] > widths[*widest])) widest = i;
      }
      if (!widest) break;
      --widths[*widest];
    }
  }
  for (std::size_t i = widths.size(); i > 1 && total() > columns; --i) widths[i - 1] = kLeftOut;
  return widths;
}

std::string Table::text(const TableStyle& style) const {
  std::string text;
  if (!style.aligned) {
    for (const auto& row : rows_) {
      for (std::size_t i = 0; i < row.size(); ++i) text.append(i > 0 ? "\t" : "").append(row[i]);
      text += '\n';
    }
    return text;
  }
  const std::vector<std::size_t> wide = widths(style.columns);
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (wide[i] == kLeftOut) continue;
      const std::string cell = cut_to_width(cells[i], wide[i]);
      out += cell;
      if (i + 1 < cells.size()) out.append(wide[i] - display_width(cell) + kGap, ' ');
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
  };
  text = style.bold ? "\033[1m" + line(headings_) + "\033[0m\n" : line(headings_) + "\n";
  for (const auto& row : rows_) text += line(row) + "\n";
  return text;
}

}  // namespace budstikke::cli
