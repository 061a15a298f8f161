#include "cli/words.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "protocol/base/text.h"

using namespace budstikke;
using namespace budstikke::cli;

namespace {

std::size_t steps(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
      corner = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row.back();
}

}  // namespace

TEST_CASE("words: six bytes are six words, the same for ever") {
  CHECK(words_of("0001027f80ff") == "ananas anker ansigt lyng lynlås åkande");
  CHECK(words_of("000000000000") == "ananas ananas ananas ananas ananas ananas");
  CHECK(words_of("") == "");
}

TEST_CASE("words: what is not hexadecimal is given back as it is") { CHECK(words_of("not hex") == "not hex"); }

TEST_CASE("words: the list has 256 different short words in lower case") {
  std::set<std::string_view> seen;
  for (const std::string_view word : word_list()) {
    CHECK(seen.insert(word).second);
    CHECK(word.size() >= 3);
    CHECK(word.size() <= 10);
    CHECK(std::none_of(word.begin(), word.end(), [](char c) { return c == ' ' || (c >= 'A' && c <= 'Z'); }));
  }
  CHECK(seen.size() == 256);
}

TEST_CASE("words: no two are a single letter apart") {
  for (const std::string_view a : word_list()) {
    for (const std::string_view b : word_list()) {
      if (a < b) CHECK(steps(a, b) >= 2);
    }
  }
}
