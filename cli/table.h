// Columns for people, tab-separated lines for programs.
//
// Shape        On a terminal: a line of headings, columns aligned by display columns (not bytes), the widest ones cut with an
//              ellipsis so that a line fits. Elsewhere: no headings, a tab between cells, nothing cut. Line breaks and tabs
//              within a cell become blanks in both.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace budstikke::cli {

// How many columns a text takes on a terminal: combining marks take none, wide East Asian characters and emoji two.
std::size_t display_width(std::string_view text);
// At most `width` columns of the text, the last of them an ellipsis when something was cut.
std::string cut_to_width(std::string_view text, std::size_t width);

struct TableStyle {
  bool aligned = false;     // on a terminal
  std::size_t columns = 0;  // width of the terminal; 0: cut nothing
  bool bold = false;        // headings in bold
};

class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  void row(std::vector<std::string> cells);  // as many cells as headings
  bool empty() const { return rows_.empty(); }
  std::string text(const TableStyle& style) const;

 private:
  std::vector<std::size_t> widths(std::size_t columns) const;
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace budstikke::cli
