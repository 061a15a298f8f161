#include "protocol/base/suggest.h"

#include <algorithm>

#include "protocol/base/text.h"

namespace budstikke {
namespace {

// Steps between two texts, by bytes: a Danish letter in place of another may count two.
std::size_t steps_between(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> steps(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        steps[i][j] = i + j;
        continue;
      }
      const std::size_t change = steps[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      steps[i][j] = std::min({steps[i - 1][j] + 1, steps[i][j - 1] + 1, change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) steps[i][j] = std::min(steps[i][j], steps[i - 2][j - 2] + 1);
    }
  }
  return steps[a.size()][b.size()];
}

std::size_t letters_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string nearest(std::string_view typed, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongestTyped = 40;  // nobody types a longer word, and the table is quadratic
  if (typed.size() > kLongestTyped) return {};
  const std::string folded = fold_case(typed);
  std::size_t best = letters_in(folded) <= 4 ? 2 : 3;
  std::string found;
  for (const std::string& candidate : candidates) {
    const std::size_t steps = steps_between(folded, fold_case(candidate));
    if (steps >= best) continue;
    best = steps;
    found = candidate;
  }
  return found;
}

}  // namespace budstikke
