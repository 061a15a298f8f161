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

}  // namespace

TEST_CASE("text: both languages have the same places to fill") {
  for (std::size_t i = 0; i < kTextCount; ++i) {
    CAPTURE(english().texts[i].text);
    CHECK(places(english().texts[i].text) == places(danish().texts[i].text));
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
  const std::set<std::string_view> same = {"{0}, budstikke {1}"};
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
