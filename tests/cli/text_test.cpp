#include "cli/text.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "cli/text_tables.h"

using namespace budstikke;
using namespace budstikke::cli;

namespace {

std::set<char> places(std::string_view text) {
  std::set<char> found;
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] == '{' && text[i + 2] == '}') found.insert(text[i + 1]);
  }
  return found;
}

// Every "{0:day|days}" has two words, and goes with a number that is said.
bool has_whole_words(std::string_view text) {
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    const std::string_view place = text.substr(at, text.find('}', at) - at);
    if (place.size() < 3 || place[2] != ':') continue;
    if (std::ranges::count(place, '|') != 1 || !places(text).contains(place[1])) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("text: both languages have the same places to fill") {
  for (std::size_t i = 0; i < kTextCount; ++i) {
    CAPTURE(english().texts[i].text);
    CHECK(places(english().texts[i].text) == places(danish().texts[i].text));
    CHECK(has_whole_words(english().texts[i].text));
    CHECK(has_whole_words(danish().texts[i].text));
  }
  for (std::size_t i = 0; i < kApiErrorCount; ++i) {
    CAPTURE(english().errors[i].wording.message);
    CHECK(places(english().errors[i].wording.message) == places(danish().errors[i].wording.message));
  }
  for (std::size_t i = 0; i < kTroubleCount; ++i) {
    CAPTURE(english().troubles[i].wording.message);
    CHECK(places(english().troubles[i].wording.message) == places(danish().troubles[i].wording.message));
  }
}

TEST_CASE("text: every error of the node says what to do next, in both languages") {
  for (std::size_t i = 0; i < kApiErrorCount; ++i) {
    CHECK_FALSE(english().errors[i].wording.hint.empty());
    CHECK_FALSE(danish().errors[i].wording.hint.empty());
  }
}

TEST_CASE("text: no Danish row was left in English") {
  const std::set<std::string_view> same = {"{0}, budstikke {1}", "Dansk eller engelsk? / Danish or English? (da/en, Enter: {0})"};
  for (std::size_t i = 0; i < kTextCount; ++i) {
    CAPTURE(danish().texts[i].text);
    CHECK((danish().texts[i].text != english().texts[i].text || same.contains(danish().texts[i].text)));
  }
  for (std::size_t i = 0; i < kApiErrorCount; ++i) {
    CHECK(danish().errors[i].wording.message != english().errors[i].wording.message);
  }
  for (std::size_t i = 0; i < kTroubleCount; ++i) {
    CHECK(danish().troubles[i].wording.message != english().troubles[i].wording.message);
  }
}

TEST_CASE("text: places are filled by number") {
  CHECK(fill("{0} og {1}, {0}", {"a", "b"}) == "a og b, a");
  CHECK(fill("{1}", {"a"}) == "");
  CHECK(fill("uden", {"a"}) == "uden");
  CHECK(fill("{0}", {"{1}", "b"}) == "{1}");  // what is filled in is not filled again
  CHECK(fill("{", {"a"}) == "{");
}

TEST_CASE("text: the word goes with its number") {
  constexpr std::string_view kMembers = "{0} {0:medlem|medlemmer}, {1} {1:post|poster}";
  CHECK(fill(kMembers, {"1", "0"}) == "1 medlem, 0 poster");
  CHECK(fill(kMembers, {"21", "1"}) == "21 medlemmer, 1 post");
  CHECK(fill("{0:er|er ikke}", {}) == "er ikke");
  CHECK(fill("{0:", {"1"}) == "{0:");
}

TEST_CASE("text: with nothing to name the colon goes too") {
  CHECK(fill("Den findes ikke: {0}", {""}) == "Den findes ikke");
  CHECK(fill("Den findes ikke: {0}", {}) == "Den findes ikke");
  CHECK(fill("Den findes ikke: {0}", {"K3F9"}) == "Den findes ikke: K3F9");
}

TEST_CASE("text: codes of the command line's own errors are unique and none of the node's") {
  std::set<std::string_view> codes;
  for (std::size_t i = 0; i < kTroubleCount; ++i) {
    const std::string_view code = text_of(static_cast<Trouble>(i));
    CHECK(codes.insert(code).second);
    CHECK_FALSE(api_error(code));
  }
}
