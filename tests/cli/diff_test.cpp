#include "cli/diff.h"

#include <doctest/doctest.h>

#include "protocol/base/random.h"

using namespace budstikke;
using namespace budstikke::cli;

namespace {

std::string difference_of(const std::string& before, const std::string& after) {
  return difference(before, after, false).value_or("too large");
}

// Takes out what is marked by one pair of marks and the other pair's marks alone: gives back one of the two texts.
std::string without(std::string text, const std::string& drop_open, const std::string& drop_close, const std::string& open,
                    const std::string& close) {
  for (std::size_t at; (at = text.find(drop_open)) != std::string::npos;) {
    text.erase(at, text.find(drop_close, at) + drop_close.size() - at);
  }
  for (const std::string& mark : {open, close}) {
    for (std::size_t at; (at = text.find(mark)) != std::string::npos;) text.erase(at, mark.size());
  }
  return text;
}

}  // namespace

TEST_CASE("difference: words that changed are marked within their line") {
  CHECK(difference_of("Vi mødes på rådhuset kl. 17", "Vi mødes på biblioteket kl. 17") ==
        "Vi mødes på [-rådhuset-]{+biblioteket+} kl. 17");
  CHECK(difference_of("a b c d", "a b c d e") == "a b c d{+ e+}");
  CHECK(difference_of("a b c d e", "a c d e") == "a [-b -]c d e");
}

TEST_CASE("difference: lines that stayed are left out but for one on each side") {
  CHECK(difference_of("1\n2\n3\n4\n5\n6\n7", "1\n2\n3\n4 fire\n5\n6\n7") == "…\n3\n4{+ fire+}\n5\n…");
  CHECK(difference_of("1\n2\n3", "1\n3") == "1\n[-2-]\n3");
  CHECK(difference_of("1\n3", "1\n2\n3") == "1\n{+2+}\n3");
}

TEST_CASE("difference: texts with little in common are shown whole") {
  CHECK(difference_of("Mødet er flyttet", "Sommerfest i parken") == "[-Mødet er flyttet-]\n{+Sommerfest i parken+}");
  CHECK(difference_of("", "ny") == "{+ny+}");
}

TEST_CASE("difference: of equal texts nothing is marked") { CHECK(difference_of("a\nb", "a\nb") == "…"); }

TEST_CASE("difference: colours go around the marks") {
  CHECK(*difference("a b c d", "a x c d", true) == "a \033[31m[-b-]\033[0m\033[32m{+x+}\033[0m c d");
}

TEST_CASE("difference: what would cost too much is not compared") {
  std::string before, after;
  for (int i = 0; i < 1'100; ++i) {
    before += "a" + std::to_string(i) + "\n";
    after += "b" + std::to_string(i) + "\n";
  }
  CHECK_FALSE(difference(before, after, false).has_value());
  std::string words;  // one line of many words: compared as a whole line
  for (int i = 0; i < 5'000; ++i) words += "ord" + std::to_string(i) + " ";
  CHECK(difference_of(words + "a", "x " + words + "b").size() > words.size());
}

TEST_CASE("difference: both texts can be read from it, whatever they are") {
  Random random = Random::from_number(3);
  for (int round = 0; round < 500; ++round) {
    std::string texts[2];
    for (std::string& text : texts) {
      for (std::uint64_t i = random.below(6) + 1; i > 0; --i)
        text += std::string(1, static_cast<char>('a' + random.below(3))) + " ";
      text += "end";
    }
    const std::string marked = difference_of(texts[0], texts[1]);
    CAPTURE(marked);
    if (marked == "…" || marked.find('\n') != std::string::npos) continue;  // nothing changed, or two whole lines
    CHECK(without(marked, "{+", "+}", "[-", "-]") == texts[0]);
    CHECK(without(marked, "[-", "-]", "{+", "+}") == texts[1]);
  }
}
