#include "protocol/base/sealing.h"

#include <sodium.h>

#include "protocol/base/hash.h"
#include "protocol/base/result.h"

namespace budstikke {
namespace {

static_assert(SealedKey::kSize == ContentKey::kSize + crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(StreamHeader::kSize == crypto_secretstream_xchacha20poly1305_HEADERBYTES);
static_assert(kPieceOverhead == crypto_secretstream_xchacha20poly1305_ABYTES);

// Each key seals one message only, so the nonce may be the same always.
constexpr unsigned char kNoNonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES] = {};

std::optional<ContentKey> shared_key(const Seed& secret, const SealingKey& other, const SealingKey& ephemeral,
                                     const SealingKey& recipient) {
  Fixed<struct SharedPointTag, 32> point;
  if (crypto_scalarmult(point.bytes.data(), secret.bytes.data(), other.bytes.data()) != 0) return std::nullopt;
  const Hash key = hash(Domain::Derived, {point.view(), ephemeral.view(), recipient.view(), view_of("bundle key")});
  sodium_memzero(point.bytes.data(), point.bytes.size());
  return ContentKey::from(key.view());
}

}  // namespace

SealingPair SealingPair::from_secret(const Seed& secret) {
  const TransportPair pair = TransportPair::from_secret(secret);  // the same curve
  return {SealingKey::from(pair.public_key.view()), secret};
}

std::optional<SealedKey> seal_key(const ContentKey& content, const SealingPair& ephemeral, const SealingKey& recipient) {
  std::optional<ContentKey> key = shared_key(ephemeral.secret, recipient, ephemeral.public_key, recipient);
  if (!key) return std::nullopt;
  SealedKey sealed;
  const int rc = crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.bytes.data(), nullptr, content.bytes.data(), ContentKey::kSize,
                                                            nullptr, 0, nullptr, kNoNonce, key->bytes.data());
  require(rc == 0, "sealing a key");
  sodium_memzero(key->bytes.data(), ContentKey::kSize);
  return sealed;
}

std::optional<KeyOpener> KeyOpener::of(const SealingKey& ephemeral, const SealingPair& own) {
  const std::optional<ContentKey> key = shared_key(own.secret, ephemeral, ephemeral, own.public_key);
  if (!key) return std::nullopt;
  KeyOpener opener;
  opener.key_ = *key;
  return opener;
}

KeyOpener::~KeyOpener() { sodium_memzero(key_.bytes.data(), ContentKey::kSize); }

std::optional<ContentKey> KeyOpener::open(const SealedKey& sealed) const {
  ContentKey content;
  const int rc = crypto_aead_xchacha20poly1305_ietf_decrypt(content.bytes.data(), nullptr, nullptr, sealed.bytes.data(),
                                                            SealedKey::kSize, nullptr, 0, kNoNonce, key_.bytes.data());
  return rc == 0 ? std::optional(content) : std::nullopt;
}

struct SealedStream::State {
  crypto_secretstream_xchacha20poly1305_state stream;
  ~State() { sodium_memzero(&stream, sizeof stream); }
};

// Both directions begin in the same state. libsodium's init_push() draws the header itself; here whoever calls has drawn it.
SealedStream::SealedStream(const ContentKey& key, const StreamHeader& header) : state_(std::make_unique<State>()) {
  const int rc = crypto_secretstream_xchacha20poly1305_init_pull(&state_->stream, header.bytes.data(), key.bytes.data());
  require(rc == 0, "a stream's state");
}

SealedStream::~SealedStream() = default;
SealedStream::SealedStream(SealedStream&&) noexcept = default;
SealedStream& SealedStream::operator=(SealedStream&&) noexcept = default;

Bytes SealedStream::seal(View piece, bool last) {
  Bytes sealed(piece.size() + kPieceOverhead);
  const unsigned char tag =
      last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
  const int rc = crypto_secretstream_xchacha20poly1305_push(&state_->stream, sealed.data(), nullptr, piece.data(), piece.size(),
                                                            nullptr, 0, tag);
  require(rc == 0, "sealing a piece");
  return sealed;
}

std::optional<SealedStream::Opened> SealedStream::open(View sealed) {
  if (sealed.size() < kPieceOverhead) return std::nullopt;
  Opened opened;
  opened.piece.resize(sealed.size() - kPieceOverhead);
  unsigned char tag = 0;
  const int rc = crypto_secretstream_xchacha20poly1305_pull(&state_->stream, opened.piece.data(), nullptr, &tag, sealed.data(),
                                                            sealed.size(), nullptr, 0);
  if (rc != 0) return std::nullopt;
  opened.last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
  return opened;
}

}  // namespace budstikke
