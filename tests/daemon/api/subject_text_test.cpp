#include "daemon/api/subject_text.h"

#include <doctest/doctest.h>

#include "protocol/base/limits.h"
#include "protocol/base/text.h"

using namespace budstikke;
using namespace budstikke::daemon;

namespace {

std::string cleaned(const std::string& text, const std::string& subject) {
  return without(text, fold_case(subject), "[udslettet]");
}

}  // namespace

TEST_CASE("subject text: every occurrence goes, in whatever case and with aa for å") {
  CHECK(cleaned("Ring til METTE hansen, mette Hansen!", "Mette Hansen") == "Ring til [udslettet], [udslettet]!");
  CHECK(cleaned("Aage og ÅGE", "åge") == "[udslettet] og [udslettet]");
  CHECK(cleaned("Åge", "Aage") == "[udslettet]");
  CHECK(cleaned("Bo Ærø, bo ærØ", "BO ÆRØ") == "[udslettet], [udslettet]");
  CHECK(cleaned("maana", "na") == "maa[udslettet]");
  CHECK(cleaned("ingen her", "Mette") == "ingen her");
  CHECK(cleaned("", "Mette").empty());
}

TEST_CASE("subject text: what is left never mentions it, whatever stands around") {
  for (const std::string text : {"MetteMette", "MeMettette", "aaa", "aaaa", "baab", "Mett", "ette Mette M"}) {
    for (const std::string subject : {"Mette", "aa", "å", "a", "b"}) {
      const std::string folded = fold_case(subject);
      CHECK_FALSE(mentions(without(text, folded, "#"), folded));
    }
  }
}

TEST_CASE("subject text: one that would grow too long is replaced whole") {
  std::string text;
  while (text.size() + 2 <= kMaxTextBytes) text += "Bo";
  CHECK(cleaned(text, "bo") == "[udslettet]");
}
