#include "protocol/wire/merge_code.h"

#include <doctest/doctest.h>

#include "protocol/base/text.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

MergeCode sample_merge() {
  return {Founding().operation,
          {{numbered<TransportKey>(0x99), "aarhus.example.dk:7420"}, {numbered<TransportKey>(0x98), {}}},
          "Øst"};
}

bool is_no_merge_code(const std::string& text) {
  const Result<MergeCode> read = parse_merge_code(text);
  if (!read) CHECK(read.error().code == Code::Malformed);
  return !read;
}

}  // namespace

TEST_CASE("merge code: its bytes, and those that its words come from, are as written down") {
  const std::string text = encode(sample_merge());
  REQUIRE(text.starts_with("BUDM1-"));
  const Bytes bytes = golden("membership.hex", "merge code: of this charter, for a node that is dialled and one that only dials");
  CHECK(text.substr(6) == base32_of(bytes));
  CHECK(bytes_of(comparison_words(sample_merge())) == golden("membership.hex", "hash for the words of this merge code"));
}

TEST_CASE("merge code: what is read is what was written, however it came through an e-mail") {
  const std::string text = encode(sample_merge());
  std::string spread;
  for (std::size_t i = 0; i < text.size(); ++i) {
    spread += text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (i % 40 == 39) spread += "\r\n ";
  }
  for (const std::string& way : {text, spread, "  " + text + "\n"}) {
    const Result<MergeCode> read = parse_merge_code(way);
    REQUIRE(read.ok());
    CHECK(id_of(read->founding.charter) == Founding().network);
    REQUIRE(read->members.size() == 2);
    CHECK(read->members[0].transport == numbered<TransportKey>(0x99));
    CHECK(read->members[0].address == "aarhus.example.dk:7420");
    CHECK(read->members[1].address.empty());
    CHECK(read->label == "Øst");
    CHECK(encode(*read) == text);
    CHECK(comparison_words(*read) == comparison_words(sample_merge()));
  }
}

TEST_CASE("merge code: a letter too few, too many or wrong anywhere is refused, and so is another text") {
  const std::string text = encode(sample_merge());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string wrong = text;
    wrong[i] = wrong[i] == '7' ? '8' : '7';
    if (text[i] != '-') CHECK(is_no_merge_code(wrong));
    CHECK(is_no_merge_code(text.substr(0, i)));
  }
  CHECK(is_no_merge_code(text + "0"));
  CHECK(is_no_merge_code("BUD1-AAAA"));
  CHECK(is_no_merge_code(""));
  CHECK(is_no_merge_code(std::string(100'000, 'B')));
}

TEST_CASE("merge code: one of a network that its founder or the recovery key has not signed is refused") {
  MergeCode forged = sample_merge();
  forged.founding.certificate.bytes[7] ^= 1;
  CHECK(is_no_merge_code(encode(forged)));
  forged = sample_merge();
  forged.founding.recovery_signature.bytes[7] ^= 1;
  CHECK(is_no_merge_code(encode(forged)));
  forged = sample_merge();
  forged.founding.charter.founder = Person(2).key();
  CHECK(is_no_merge_code(encode(forged)));
}

TEST_CASE("merge code: more keys, or a longer or dirty name, than there may be are refused") {
  MergeCode wrong = sample_merge();
  for (int i = 0; i < 3; ++i) wrong.members.push_back(wrong.members.front());
  CHECK(is_no_merge_code(encode(wrong)));
  wrong = sample_merge();
  wrong.label = std::string(101, 'x');
  CHECK(is_no_merge_code(encode(wrong)));
  wrong.label = "Øst\nVest";
  CHECK(is_no_merge_code(encode(wrong)));
  wrong = sample_merge();
  wrong.members.front().address = "aarhus\x1b[2J:7420";
  CHECK(is_no_merge_code(encode(wrong)));
}

TEST_CASE("merge code: whatever is altered in it, also with a right check, has other words") {
  const Hash words = comparison_words(sample_merge());
  MergeCode altered = sample_merge();
  altered.members[0].transport = numbered<TransportKey>(0x97);
  CHECK(comparison_words(altered) != words);
  altered = sample_merge();
  altered.members[0].address = "andet.example.dk:7420";
  CHECK(comparison_words(altered) != words);
  altered = sample_merge();
  altered.label = "Vest";
  CHECK(comparison_words(altered) != words);
  altered = sample_merge();
  altered.founding = Founding(2, 201).operation;
  CHECK(comparison_words(altered) != words);
}
