#include "protocol/wire/bundle.h"

#include <algorithm>

#include "protocol/base/hash.h"
#include "protocol/base/limits.h"

namespace budstikke {
namespace {

constexpr std::string_view kBundleMark = "budstikke bundle";
constexpr std::uint8_t kBundleVersion = 1;
constexpr std::uint8_t kOpeningType = 24;
constexpr std::uint8_t kEndType = 25;
constexpr std::size_t kBeforeKeysBytes = 16 + 1 + SealingKey::kSize + 2;
constexpr std::size_t kLengthBytes = 4;
static_assert(kBundleMark.size() == 16);
static_assert(kMaxMembers <= UINT16_MAX, "every member of a network may be a recipient");

void write_unsigned(Bytes& out, const BundleOpening& opening) {
  ByteWriter writer(out);
  writer.u8(kOpeningType);
  writer.raw(opening.writer);
  writer.u64(static_cast<std::uint64_t>(opening.created.ms));
  writer.raw(opening.holds.network);
  writer.raw(opening.holds.membership);
  writer.raw(opening.holds.vector);
  writer.raw(opening.holds.state);
}

void write_unsigned(Bytes& out, const BundleEnd& end) {
  ByteWriter writer(out);
  writer.u8(kEndType);
  writer.u64(end.frames);
}

Hash hash_of_envelope(View envelope) { return hash(Domain::Derived, {envelope, view_of("bundle envelope")}); }
Hash hash_after(const Hash& before, View frame) { return hash(Domain::Derived, {before.view(), frame, view_of("bundle frame")}); }

Error bundle_cut_short() { return Error{Code::Malformed, "the bundle is cut short: its end is missing"}; }
Error bundle_changed() { return Error{Code::Malformed, "the bundle was changed or damaged after it was written"}; }

}  // namespace

Bytes encode(const BundleOpening& opening) {
  Bytes out;
  write_unsigned(out, opening);
  ByteWriter(out).raw(opening.signature);
  return out;
}

Bytes encode(const BundleEnd& end) {
  Bytes out;
  write_unsigned(out, end);
  ByteWriter(out).raw(end.signature);
  return out;
}

Result<BundleOpening> decode_opening(View frame) {
  ByteReader reader(frame);
  BundleOpening opening;
  if (reader.u8() != kOpeningType) reader.fail();
  opening.writer = reader.fixed<MemberKey>();
  const std::uint64_t created = reader.u64();
  if (created > INT64_MAX) reader.fail();
  opening.created = WallTime{static_cast<std::int64_t>(created)};
  opening.holds.network = reader.fixed<NetworkId>();
  opening.holds.membership = reader.fixed<DigestTag>();
  opening.holds.vector = reader.fixed<DigestTag>();
  opening.holds.state = reader.fixed<DigestTag>();
  opening.signature = reader.fixed<Signature>();
  if (!reader.done()) return Error{Code::Malformed, "a bundle that does not begin with its opening"};
  return opening;
}

Result<BundleEnd> decode_end(View frame) {
  ByteReader reader(frame);
  BundleEnd end;
  if (reader.u8() != kEndType) reader.fail();
  end.frames = reader.u64();
  end.signature = reader.fixed<Signature>();
  if (!reader.done()) return Error{Code::Malformed, "a bundle whose end is none"};
  return end;
}

bool is_bundle_end(View frame) { return !frame.empty() && frame.front() == kEndType; }

Bytes opening_message(const BundleOpening& opening, const Hash& envelope) {
  Bytes message;
  write_unsigned(message, opening);
  ByteWriter(message).raw(envelope);
  return message;
}

Bytes end_message(const BundleEnd& end, const Hash& before) {
  Bytes message;
  write_unsigned(message, end);
  ByteWriter(message).raw(before);
  return message;
}

// --- Writing ---------------------------------------------------------------------------------------------------------

BundleSealer::BundleSealer(const std::vector<SealingKey>& recipients, Random& random) {
  const ContentKey content = random.fixed<ContentKey>();
  const SealingPair ephemeral = SealingPair::from_secret(random.fixed<Seed>());
  Bytes keys;
  for (const SealingKey& recipient : recipients) {
    const std::optional<SealedKey> sealed = seal_key(content, ephemeral, recipient);
    if (!sealed || recipients_ == kMaxMembers) continue;
    ByteWriter(keys).raw(*sealed);
    ++recipients_;
  }
  const StreamHeader header = random.fixed<StreamHeader>();
  ByteWriter writer(envelope_);
  writer.raw(view_of(kBundleMark));
  writer.u8(kBundleVersion);
  writer.raw(ephemeral.public_key);
  writer.u16(static_cast<std::uint16_t>(recipients_));
  writer.raw(keys);
  writer.raw(header);
  before_ = hash_of_envelope(envelope_);
  stream_.emplace(content, header);
}

void BundleSealer::add(View frame, bool last, Bytes& out) {
  require(!frame.empty() && frame.size() <= kMaxFrameBytes, "a bundle's frame is one that fits a link");
  const Bytes sealed = stream_->seal(frame, last);
  ByteWriter writer(out);
  writer.u32(static_cast<std::uint32_t>(sealed.size()));
  writer.raw(sealed);
  if (last) writer.u32(0);
  before_ = hash_after(before_, frame);
  ++frames_;
}

// --- Reading ---------------------------------------------------------------------------------------------------------

void BundleOpener::feed(View bytes) {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ = 0;
  ByteWriter(buffer_).raw(bytes);
}

Result<BundleOpener::Step> BundleOpener::next() { return place_ == Place::Between ? begin() : piece(); }

Result<BundleOpener::Step> BundleOpener::begin() {
  if (left().empty()) return Step{};
  const View mark = left().first(std::min(left().size(), kBundleMark.size()));
  if (!same_bytes(mark, view_of(kBundleMark.substr(0, mark.size())))) {
    return Error{Code::Malformed, sections_ == 0 ? "this is no bundle" : bundle_changed().text};
  }
  if (left().size() < kBeforeKeysBytes) return Step{};
  ByteReader reader(left().subspan(kBundleMark.size()));
  if (const std::uint8_t version = reader.u8(); version != kBundleVersion) {
    return Error{Code::Malformed,
                 "a bundle of version " + std::to_string(version) + ", which this program does not know: it may be newer"};
  }
  const auto ephemeral = reader.fixed<SealingKey>();
  const std::size_t count = reader.u16();
  if (count == 0 || count > kMaxMembers) return bundle_changed();
  const std::size_t size = kBeforeKeysBytes + count * SealedKey::kSize + StreamHeader::kSize;
  if (left().size() < size) return Step{};
  const std::optional<KeyOpener> opener = KeyOpener::of(ephemeral, own_);
  if (!opener) return bundle_changed();
  std::optional<ContentKey> content;
  for (std::size_t i = 0; i < count; ++i) {
    const auto sealed = reader.fixed<SealedKey>();
    if (!content) content = opener->open(sealed);
  }
  const auto header = reader.fixed<StreamHeader>();
  after_ = hash_of_envelope(left().first(size));
  at_ += size;
  ++sections_;
  frames_ = 0;
  place_ = content ? Place::Within : Place::Passing;
  if (content) stream_.emplace(*content, header);
  return Step{content ? What::Begun : What::Foreign};
}

Result<BundleOpener::Step> BundleOpener::piece() {
  for (;;) {
    ByteReader reader(left());
    const std::size_t size = reader.u32();
    if (reader.failed()) return Step{};
    if (size == 0) {
      if (place_ == Place::Within) return bundle_cut_short();
      at_ += kLengthBytes;
      const bool was_read = place_ == Place::Finished;
      place_ = Place::Between;
      stream_.reset();
      return was_read ? Result<Step>(Step{What::Ended}) : begin();
    }
    if (place_ == Place::Finished || size <= kPieceOverhead || size > kMaxFrameBytes + kPieceOverhead) return bundle_changed();
    if (reader.left() < size) return Step{};
    at_ += kLengthBytes + size;
    if (place_ == Place::Passing) continue;
    std::optional<SealedStream::Opened> opened = stream_->open(reader.raw(size));
    if (!opened) return bundle_changed();
    before_ = after_;
    after_ = hash_after(before_, opened->piece);
    ++frames_;
    if (opened->last) place_ = Place::Finished;
    return Step{What::Frame, std::move(opened->piece)};
  }
}

Status BundleOpener::finish() const {
  if (place_ != Place::Between || !left().empty()) return bundle_cut_short();
  if (sections_ == 0) return Error{Code::Malformed, "this is no bundle: the file is empty"};
  return done();
}

}  // namespace budstikke
