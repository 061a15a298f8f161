// The bytes of one stored row: what stands between a payload and the disk.
//
// Shape        row version (1 byte) ‖ payload ‖ checksum (8 bytes, little-endian): row_checksum of protocol/base/checksum.h
//              over table, key, version and payload. Reader and writer share this header; FORMAT.md describes it.
// Errors       Damaged: too short, a checksum that does not hold, or a row version this program does not know (a newer
//              program also raises the store's format, which open() refuses, so here it can only be damage).
// Cost         One copy of the payload to encode, none to decode; the checksum costs 0.02 to 0.17 µs.
#pragma once

#include "protocol/node/storage.h"

namespace budstikke::store {

inline constexpr std::uint8_t kRowVersion = 1;
inline constexpr std::size_t kRowOverheadBytes = 1 + 8;
inline constexpr std::size_t kMaxKeyBytes = 64;                      // fixed-width keys; LMDB itself takes 511
inline constexpr std::size_t kMaxStoredKeyBytes = kMaxKeyBytes + 1;  // of a copy: the table's number before the key
// An entry has at most 48 KiB; a folded record with many conflicts has more. LMDB would take 4 GiB, but looks for as many
// pages in one piece, which takes it long in an old file.
inline constexpr std::size_t kMaxPayloadBytes = 16 * 1024 * 1024;

// Replaces `out` by the stored bytes of a row. `payload` must not lie in `out`.
void encode_row(Table table, View key, View payload, Bytes& out);

// The payload within `stored`.
Result<View> decode_row(Table table, View key, View stored);

// Whether a key or payload may be stored; the refusal is the same for every implementation of Storage.
inline Status check_key(View key) {
  if (key.empty()) return Error{Code::Invalid, "a stored row needs a key"};
  if (key.size() > kMaxKeyBytes) return Error{Code::TooLarge, "a stored row's key has at most 64 bytes"};
  return done();
}
inline Status check_payload(View payload) {
  if (payload.size() > kMaxPayloadBytes) return Error{Code::TooLarge, "a stored row's payload has at most 16 MiB"};
  return done();
}

}  // namespace budstikke::store
