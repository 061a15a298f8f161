#include "protocol/wire/merge_code.h"

#include "protocol/base/hash.h"
#include "protocol/base/text.h"

namespace budstikke {
namespace {

constexpr std::string_view kMergeStart = "BUDM1";
constexpr std::size_t kMergeCheck = 4;
constexpr std::size_t kMostMergeMembers = 4;
constexpr std::size_t kMostMergeLabel = 100;
constexpr std::size_t kMostMergeLetters = 4096;  // more is no such text

Bytes merge_body(const MergeCode& code) {
  Bytes body = encode(MembershipOperation(code.founding));
  ByteWriter writer(body);
  writer.u8(static_cast<std::uint8_t>(code.members.size()));
  for (const ReachableMember& member : code.members) {
    writer.raw(member.transport);
    writer.u8(static_cast<std::uint8_t>(member.address.size()));
    writer.raw(view_of(member.address));
  }
  writer.u8(static_cast<std::uint8_t>(code.label.size()));
  writer.raw(view_of(code.label));
  return body;
}

Bytes merge_check(View body) {
  const Hash digest = hash(Domain::Derived, {body, view_of("merge check")});
  return bytes_of(digest.view().first(kMergeCheck));
}

constexpr std::size_t kFoundingBytes = 1 + kCharterBytes + 64 + 32 + 64;

std::optional<MergeCode> parse_merge_body(View body) {
  if (body.size() < kFoundingBytes) return std::nullopt;
  MergeCode code;
  const Result<MembershipOperation> operation = parse_membership(body.first(kFoundingBytes));
  const auto* found = operation ? std::get_if<FoundOperation>(&*operation) : nullptr;
  if (found == nullptr) return std::nullopt;
  code.founding = *found;
  ByteReader reader(body.subspan(kFoundingBytes));
  const std::size_t count = reader.u8();
  if (count > kMostMergeMembers) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    ReachableMember member;
    member.transport = reader.fixed<TransportKey>();
    member.address = text_of(reader.raw(reader.u8()));
    if (!is_clean_text(member.address, false)) return std::nullopt;
    code.members.push_back(std::move(member));
  }
  code.label = text_of(reader.raw(reader.u8()));
  if (!reader.done() || !is_clean_text(code.label, false) || code.label.size() > kMostMergeLabel) return std::nullopt;
  return code;
}

}  // namespace

std::string encode(const MergeCode& code) {
  Bytes body = merge_body(code);
  const Bytes check = merge_check(body);
  ByteWriter(body).raw(check);
  return std::string(kMergeStart) + "-" + base32_of(body);
}

Result<MergeCode> parse_merge_code(std::string_view text) {
  std::string letters;
  for (char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '-') continue;
    if (letters.size() == kMostMergeLetters) break;  // its check cannot be right
    letters += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  if (!letters.starts_with(kMergeStart)) return Error{Code::Malformed, "this is no merge code: one starts with BUDM1-"};
  letters.erase(0, kMergeStart.size());
  const std::size_t size = letters.size() * 5 / 8;
  const std::optional<Bytes> bytes = bytes_of_base32(letters, size);
  if (!bytes || size < kMergeCheck) return Error{Code::Malformed, "the merge code has a letter too few, too many or wrong"};
  const View body = View(*bytes).first(size - kMergeCheck);
  if (!same_bytes(merge_check(body), View(*bytes).last(kMergeCheck))) {
    return Error{Code::Malformed, "the merge code has a letter too few, too many or wrong"};
  }
  std::optional<MergeCode> code = parse_merge_body(body);
  if (!code) return Error{Code::Malformed, "the merge code was made by a newer or another program"};
  if (!founding_holds(code->founding)) return Error{Code::Malformed, "the merge code is of a network that nobody founded so"};
  return std::move(*code);
}

Hash comparison_words(const MergeCode& code) { return hash(Domain::Words, View(merge_body(code))); }

}  // namespace budstikke
