#include "protocol/wire/recovery.h"

#include <doctest/doctest.h>

#include "protocol/base/text.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

HandedRecovery sample() {
  return {numbered<NetworkId>(0xA1),
          {3, numbered<MemberKey>(0x55), numbered<CouncilId>(0x33), numbered<TransportKey>(0x99), numbered<Signature>(0x77),
           numbered<Signature>(0x78)}};
}

}  // namespace

TEST_CASE("recovery key: on paper it is 14 groups of four letters, however they are typed again") {
  const Seed key = numbered<Seed>(0xC8);
  const std::string paper = paper_of(key);
  CHECK(paper.size() == 14 * 4 + 13);
  std::string typed;
  for (char c : paper) typed += c == ' ' ? '-' : static_cast<char>(c >= 'A' ? c + 32 : c);
  for (const std::string& text : {paper, typed, "  " + paper + "\r\n"}) {
    const Result<Seed> read = parse_paper(text);
    REQUIRE(read.ok());
    CHECK(*read == key);
  }
}

TEST_CASE("recovery key: every letter that is wrong, missing or too much is found, and so are two that changed places") {
  const std::string paper = paper_of(numbered<Seed>(0xC8, 7));
  for (std::size_t at = 0; at < paper.size(); ++at) {
    if (paper[at] == ' ') continue;
    for (char letter : std::string("0123456789ABCDEFGHJKMNPQRSTVWXYZ")) {
      if (letter == paper[at]) continue;
      std::string wrong = paper;
      wrong[at] = letter;
      CHECK_FALSE(parse_paper(wrong).ok());
    }
    std::string shorter = paper;
    shorter.erase(at, 1);
    CHECK(parse_paper(shorter).error().code == Code::Malformed);
    CHECK_FALSE(parse_paper(paper.substr(0, at) + "0" + paper.substr(at)).ok());
    if (at + 1 < paper.size() && paper[at + 1] != ' ' && paper[at + 1] != paper[at]) {
      std::string swapped = paper;
      std::swap(swapped[at], swapped[at + 1]);
      CHECK_FALSE(parse_paper(swapped).ok());
    }
  }
  CHECK_FALSE(parse_paper("").ok());
  CHECK_FALSE(parse_paper(std::string(100'000, 'A')).ok());
}

TEST_CASE("recovery: what is handed on is read back, whatever an e-mail does to its lines") {
  const std::string text = encode(sample());
  CHECK(text.starts_with("BUDR1-"));
  std::string folded;
  for (std::size_t i = 0; i < text.size(); ++i) folded += i % 60 == 59 ? std::string(1, text[i]) + "\n" : std::string(1, text[i]);
  for (const std::string& typed : {text, folded}) {
    const Result<HandedRecovery> read = parse_handed_recovery(typed);
    REQUIRE(read.ok());
    CHECK(read->network == numbered<NetworkId>(0xA1));
    CHECK(encode(MembershipOperation(read->recover)) == encode(MembershipOperation(sample().recover)));
  }
}

TEST_CASE("recovery: one with a letter wrong, cut short or of something else is refused") {
  const std::string text = encode(sample());
  for (std::size_t at = 0; at < text.size(); ++at) {
    CHECK_FALSE(parse_handed_recovery(text.substr(0, at)).ok());
    std::string wrong = text;
    wrong[at] = wrong[at] == '7' ? '8' : '7';
    CHECK_FALSE(parse_handed_recovery(wrong).ok());
  }
  CHECK_FALSE(parse_handed_recovery("BUD1-ABC").ok());
  CHECK_FALSE(parse_handed_recovery(std::string(100'000, 'A')).ok());
}
