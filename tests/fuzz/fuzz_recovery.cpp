// The decoders of recovery keys on paper, of recoveries that are handed on, and of merge codes. As with tickets the input is taken
// as a text, and as the bytes before a check, to which the right one is put.
#include "protocol/base/hash.h"
#include "protocol/base/text.h"
#include "protocol/wire/merge_code.h"
#include "protocol/wire/recovery.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;

namespace {

// What people may have done to the text: blanks, line breaks, hyphens, small letters, I and L for 1, O for 0.
std::string canonical(std::string_view text) {
  std::string letters;
  for (char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != '-') letters += c;
  }
  return letters;
}

void check_paper(std::string_view text) {
  const Result<Seed> key = parse_paper(text);
  if (!key) return;
  fuzz::accepted();
  require(canonical(paper_of(*key)) == base32_letters(canonical(text)), "an accepted key is written as the same letters");
}

void check_handed(std::string_view text) {
  const Result<HandedRecovery> handed = parse_handed_recovery(text);
  if (!handed) return;
  fuzz::accepted();
  const std::size_t start = std::string_view("BUDR1").size();
  require(canonical(encode(*handed)).substr(start) == base32_letters(std::string_view(canonical(text)).substr(start)),
          "an accepted recovery is written as the same letters");
  require(handed->recover.number > 0, "an accepted recovery has a number");
}

void check_merge(std::string_view text) {
  const Result<MergeCode> code = parse_merge_code(text);
  if (!code) return;
  fuzz::accepted();
  const std::size_t start = std::string_view("BUDM1").size();
  require(canonical(encode(*code)).substr(start) == base32_letters(std::string_view(canonical(text)).substr(start)),
          "an accepted merge code is written as the same letters");
}

std::string with_check(View body, std::size_t size, std::string_view of = "recovery check") {
  Bytes bytes = bytes_of(body);
  const Hash digest = hash(Domain::Derived, {body, view_of(of)});
  ByteWriter(bytes).raw(digest.view().first(size));
  return base32_of(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View input(data, size);
  check_paper(text_of(input));
  check_handed(text_of(input));
  check_paper(with_check(input, 3));
  check_handed("BUDR1-" + with_check(input, 4));
  check_merge(text_of(input));
  check_merge("BUDM1-" + with_check(input, 4, "merge check"));
  return 0;
}
