#include "cli/wrap.h"

#include <algorithm>
#include <vector>

#include "cli/table.h"

namespace budstikke::cli {
namespace {

struct Piece {
  std::string_view gap;  // the blanks before it
  std::string_view text;
};

bool begins_command(std::string_view word) { return word == "budstikke" || word == "budstikked"; }

bool ends_sentence(std::string_view word) { return std::string_view(".,;)").find(word.back()) != std::string_view::npos; }

// What is not broken: words, and whole commands.
std::vector<Piece> pieces_of(std::string_view line) {
  std::vector<Piece> pieces;
  bool in_command = false;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t begin = std::min(line.find_first_not_of(' ', at), line.size());
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    const std::string_view word = line.substr(begin, end - begin);
    if (word.empty()) break;
    if (in_command) {
      const std::size_t start = static_cast<std::size_t>(pieces.back().text.data() - line.data());
      pieces.back().text = line.substr(start, end - start);
    } else {
      pieces.push_back({line.substr(at, begin - at), word});
    }
    in_command = (in_command || begins_command(word)) && !ends_sentence(word);
    at = end;
  }
  return pieces;
}

void append_wrapped(std::string& out, std::string_view line, std::size_t columns) {
  const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
  if (display_width(line) <= columns || 2 * indent > columns) {
    out += line;
    return;
  }
  std::size_t width = 0;
  for (const Piece& piece : pieces_of(line)) {
    const std::size_t wide = display_width(piece.text);
    if (width > indent && width + piece.gap.size() + wide > columns) {
      out.append(1, '\n').append(indent, ' ').append(piece.text);
      width = indent + wide;
    } else {
      out.append(piece.gap).append(piece.text);
      width += piece.gap.size() + wide;
    }
  }
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t columns) {
  if (columns == 0) return std::string(text);
  std::string out;
  for (std::size_t at = 0;;) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    append_wrapped(out, text.substr(at, end - at), columns);
    if (end == text.size()) return out;
    out += '\n';
    at = end + 1;
  }
}

}  // namespace budstikke::cli
