#include "protocol/wire/recovery.h"

#include "protocol/base/hash.h"
#include "protocol/base/text.h"

namespace budstikke {
namespace {

constexpr std::string_view kHandedStart = "BUDR1-";
constexpr std::size_t kPaperCheck = 3;
constexpr std::size_t kHandedCheck = 4;
constexpr std::size_t kPaperLetters = (Seed::kSize + kPaperCheck) * 8 / 5;
static_assert((Seed::kSize + kPaperCheck) * 8 % 5 == 0, "whole letters");
constexpr std::size_t kGroup = 4;
static_assert(kPaperLetters % kGroup == 0, "whole groups");
constexpr std::size_t kMostLetters = 1024;  // of either: more is no such text

Bytes recovery_check(View body, std::size_t size) {
  const Hash digest = hash(Domain::Derived, {body, view_of("recovery check")});
  return bytes_of(digest.view().first(size));
}

// The letters alone, upper case; empty when there are far too many.
std::string letters_of(std::string_view text) {
  std::string letters;
  for (char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '-') continue;
    if (letters.size() == kMostLetters) return {};
    letters += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  return letters;
}

// The body before a check that is right.
std::optional<Bytes> checked(std::string_view letters, std::size_t check) {
  const std::size_t size = letters.size() * 5 / 8;
  std::optional<Bytes> bytes = bytes_of_base32(letters, size);
  if (!bytes || size < check) return std::nullopt;
  const View body = View(*bytes).first(size - check);
  if (!same_bytes(recovery_check(body, check), View(*bytes).last(check))) return std::nullopt;
  bytes->resize(size - check);
  return bytes;
}

}  // namespace

std::string paper_of(const Seed& recovery_key) {
  Bytes body = bytes_of(recovery_key);
  const Bytes check = recovery_check(recovery_key, kPaperCheck);
  ByteWriter(body).raw(check);
  const std::string letters = base32_of(body);
  std::string text;
  for (std::size_t i = 0; i < letters.size(); i += kGroup) {
    if (i > 0) text += ' ';
    text += letters.substr(i, kGroup);
  }
  return text;
}

Result<Seed> parse_paper(std::string_view text) {
  const std::string letters = letters_of(text);
  if (letters.size() != kPaperLetters) return Error{Code::Malformed, "a recovery key has 56 letters, in 14 groups of four"};
  const std::optional<Bytes> body = checked(letters, kPaperCheck);
  if (!body) return Error{Code::Malformed, "a letter of the recovery key is wrong"};
  return Seed::from(*body);
}

std::string encode(const HandedRecovery& handed) {
  Bytes body = bytes_of(handed.network);
  ByteWriter writer(body);
  writer.raw(encode(MembershipOperation(handed.recover)));
  const Bytes check = recovery_check(body, kHandedCheck);
  ByteWriter(body).raw(check);
  return std::string(kHandedStart) + base32_of(body);
}

Result<HandedRecovery> parse_handed_recovery(std::string_view text) {
  std::string letters = letters_of(text);
  const std::string start = letters_of(kHandedStart);
  if (!letters.starts_with(start)) return Error{Code::Malformed, "this is no recovery: one starts with BUDR1-"};
  letters.erase(0, start.size());
  const std::optional<Bytes> body = checked(letters, kHandedCheck);
  if (!body || body->size() < NetworkId::kSize) {
    return Error{Code::Malformed, "the recovery has a letter too few, too many or wrong"};
  }
  HandedRecovery handed;
  handed.network = NetworkId::from(View(*body).first(NetworkId::kSize));
  Result<MembershipOperation> operation = parse_membership(View(*body).subspan(NetworkId::kSize));
  const auto* recover = operation ? std::get_if<RecoverOperation>(&*operation) : nullptr;
  if (recover == nullptr) return Error{Code::Malformed, "the recovery was made by a newer or another program"};
  handed.recover = *recover;
  return handed;
}

}  // namespace budstikke
