// Sealing: what lets a file be read by those it is for, and by nobody else.
//
// How          The content is encrypted once, under a random content key, as a stream of pieces. That key is sealed to each
//              recipient's sealing key, with one fresh ephemeral key for all: the key that seals it is
//              H(Derived, X25519(ephemeral, recipient) ‖ ephemeral key ‖ recipient's key ‖ "bundle key").
// Shape        A sealed key is 32 bytes and a tag of 16. A piece is its plaintext, one byte for its kind (the last one or not)
//              and a tag of 16.
// Invariants   Pieces are bound to their order: one that is changed, moved, repeated, or taken from another stream is refused,
//              and a stream without its last piece is seen to be cut short.
// Errors       nullopt: not for this key, or not what was sealed. Nothing tells the two apart, since nothing can.
// Determinism  A function of the keys and headers given; who calls draws them.
// Source       XChaCha20-Poly1305 and its secretstream (libsodium); sealing as libsodium's sealed boxes, with the content key in
//              place of the message so that the content is encrypted only once.
#pragma once

#include <memory>
#include <optional>

#include "protocol/base/signature.h"

namespace budstikke {

using SealingKey = Fixed<struct SealingKeyTag, 32>;  // X25519 public key that bundles are sealed to
using ContentKey = Fixed<struct ContentKeyTag, 32>;
using SealedKey = Fixed<struct SealedKeyTag, 48>;
using StreamHeader = Fixed<struct StreamHeaderTag, 24>;
inline constexpr std::size_t kPieceOverhead = 17;

struct SealingPair {
  SealingKey public_key;
  Seed secret;
  static SealingPair from_secret(const Seed& secret);
};

// nullopt for a key of small order, which is no one's: sealed to it, everybody could read.
std::optional<SealedKey> seal_key(const ContentKey& content, const SealingPair& ephemeral, const SealingKey& recipient);

// Tries sealed keys of one ephemeral key, with one multiplication for all of them.
class KeyOpener {
 public:
  // nullopt for an ephemeral key of small order.
  static std::optional<KeyOpener> of(const SealingKey& ephemeral, const SealingPair& own);
  ~KeyOpener();
  KeyOpener(const KeyOpener&) = default;
  KeyOpener& operator=(const KeyOpener&) = default;
  std::optional<ContentKey> open(const SealedKey& sealed) const;

 private:
  KeyOpener() = default;
  ContentKey key_;
};

// One direction of a stream. Wiped when it goes.
class SealedStream {
 public:
  SealedStream(const ContentKey& key, const StreamHeader& header);
  ~SealedStream();
  SealedStream(SealedStream&&) noexcept;
  SealedStream& operator=(SealedStream&&) noexcept;
  Bytes seal(View piece, bool last);
  struct Opened {
    Bytes piece;
    bool last = false;
  };
  std::optional<Opened> open(View sealed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace budstikke
