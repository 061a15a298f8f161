#include "cli/diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace budstikke::cli {
namespace {

using Parts = std::vector<std::string_view>;

constexpr std::size_t kContextLines = 1;
constexpr std::size_t kLeastCommon = 4;  // a fourth of the shorter side must have stayed for words to be told apart

enum class Step : std::uint8_t { Stayed, Out, In };
struct Edit {
  Step step;
  std::string_view part;
};

// Lines, each with its line break.
Parts lines_of(std::string_view text) {
  Parts lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

// Words, and the blanks between them.
Parts words_in(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\n' || c == '\t'; };
  Parts words;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    while (end < text.size() && is_blank(text[end]) == is_blank(text[at])) ++end;
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

// The shortest way from one to the other; nullopt when `budget` is not enough for it.
std::optional<std::vector<Edit>> edits_of(const Parts& before, const Parts& after, std::size_t& budget) {
  std::size_t start = 0;
  while (start < before.size() && start < after.size() && before[start] == after[start]) ++start;
  std::size_t end = 0;
  while (end < before.size() - start && end < after.size() - start &&
         before[before.size() - 1 - end] == after[after.size() - 1 - end]) {
    ++end;
  }
  const std::size_t rows = before.size() - start - end, columns = after.size() - start - end;
  if (rows > 0 && columns > budget / rows) return std::nullopt;
  budget -= rows * columns;
  // common[i][j]: how many parts the rests from i and from j have in common.
  std::vector<std::uint16_t> common((rows + 1) * (columns + 1), 0);
  const auto cell = [&](std::size_t i, std::size_t j) -> std::uint16_t& { return common[i * (columns + 1) + j]; };
  for (std::size_t i = rows; i-- > 0;) {
    for (std::size_t j = columns; j-- > 0;) {
      const bool same = before[start + i] == after[start + j];
      cell(i, j) = same ? static_cast<std::uint16_t>(cell(i + 1, j + 1) + 1) : std::max(cell(i + 1, j), cell(i, j + 1));
    }
  }
  std::vector<Edit> edits;
  for (std::size_t i = 0; i < start; ++i) edits.push_back({Step::Stayed, before[i]});
  std::size_t i = 0, j = 0;
  while (i < rows || j < columns) {
    if (i < rows && j < columns && before[start + i] == after[start + j]) {
      edits.push_back({Step::Stayed, before[start + i]});
      ++i;
      ++j;
    } else if (j == columns || (i < rows && cell(i + 1, j) >= cell(i, j + 1))) {
      edits.push_back({Step::Out, before[start + i++]});
    } else {
      edits.push_back({Step::In, after[start + j++]});
    }
  }
  for (std::size_t k = before.size() - end; k < before.size(); ++k) edits.push_back({Step::Stayed, before[k]});
  return edits;
}

// How much of these parts is more than blanks.
std::size_t letters_in(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return c != ' ' && c != '\n'; }));
}

// A marked piece; the line break at its end stays outside, so that lines stay lines.
void put_marked(std::string& out, Step step, std::string_view text, bool colour) {
  if (text.empty()) return;
  const bool breaks = text.back() == '\n';
  if (breaks) text.remove_suffix(1);
  if (colour) out += step == Step::Out ? "\033[31m" : "\033[32m";
  out += step == Step::Out ? "[-" : "{+";
  out += text;
  out += step == Step::Out ? "-]" : "+}";
  if (colour) out += "\033[0m";
  if (breaks) out += '\n';
}

std::string joined_words(const std::vector<Edit>& edits, std::size_t first, std::size_t last, Step step) {
  std::string text;
  for (std::size_t i = first; i < last; ++i) {
    if (edits[i].step == step) text += edits[i].part;
  }
  return text;
}

// A run of parts in which none stayed, or of which all did.
std::size_t run_end(const std::vector<Edit>& edits, std::size_t from) {
  std::size_t end = from;
  while (end < edits.size() && (edits[end].step == Step::Stayed) == (edits[from].step == Step::Stayed)) ++end;
  return end;
}

// What was replaced, word by word where enough of it stayed.
void put_replaced(std::string& out, const std::string& before, const std::string& after, std::size_t& budget, bool colour) {
  if (!before.empty() && !after.empty()) {
    const std::optional<std::vector<Edit>> words = edits_of(words_in(before), words_in(after), budget);
    std::size_t stayed = 0;
    if (words) stayed = letters_in(joined_words(*words, 0, words->size(), Step::Stayed));
    if (words && stayed * kLeastCommon >= std::min(letters_in(before), letters_in(after))) {
      for (std::size_t at = 0; at < words->size();) {
        const std::size_t end = run_end(*words, at);
        out += joined_words(*words, at, end, Step::Stayed);
        put_marked(out, Step::Out, joined_words(*words, at, end, Step::Out), colour);
        put_marked(out, Step::In, joined_words(*words, at, end, Step::In), colour);
        at = end;
      }
      return;
    }
  }
  put_marked(out, Step::Out, before, colour);
  put_marked(out, Step::In, after, colour);
}

}  // namespace

std::optional<std::string> difference(std::string_view before, std::string_view after, bool colour) {
  const std::string old_text = std::string(before) + "\n", new_text = std::string(after) + "\n";
  std::size_t budget = kMostCells;
  const std::optional<std::vector<Edit>> edits = edits_of(lines_of(old_text), lines_of(new_text), budget);
  if (!edits) return std::nullopt;
  std::string out;
  for (std::size_t at = 0; at < edits->size();) {
    const std::size_t end = run_end(*edits, at);
    if ((*edits)[at].step != Step::Stayed) {
      put_replaced(out, joined_words(*edits, at, end, Step::Out), joined_words(*edits, at, end, Step::In), budget, colour);
      at = end;
      continue;
    }
    // Of lines that stayed, those next to a change.
    const std::size_t first_kept = at == 0 ? 0 : kContextLines;
    const std::size_t last_kept = end == edits->size() ? 0 : kContextLines;
    if (end - at > first_kept + last_kept) {
      out += joined_words(*edits, at, at + first_kept, Step::Stayed) + "…\n" +
             joined_words(*edits, end - last_kept, end, Step::Stayed);
    } else {
      out += joined_words(*edits, at, end, Step::Stayed);
    }
    at = end;
  }
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

}  // namespace budstikke::cli
