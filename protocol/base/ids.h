// The identifiers of the protocol, each a type of its own so that they cannot be swapped.
//
// Shape        Fixed<Tag, N> is N raw bytes, ordered as unsigned bytes; all zeroes means "none" where a layout says so.
//              Numbers that are local to one store (rows are keyed by them, nothing outside ever sees one) are Number<Tag>.
// Cost         Plain values: copying and comparing are memcpy and memcmp.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>

#include "protocol/base/bytes.h"

namespace budstikke {

template <class Tag, std::size_t N>
struct Fixed {
  static constexpr std::size_t kSize = N;
  std::array<std::uint8_t, N> bytes{};

  View view() const { return {bytes.data(), N}; }
  operator View() const { return view(); }
  bool is_zero() const {
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
  }
  static Fixed from(View raw) {  // raw must hold exactly N bytes; anything else gives zeroes
    Fixed value;
    if (raw.size() == N) std::memcpy(value.bytes.data(), raw.data(), N);
    return value;
  }
  friend bool operator==(const Fixed& a, const Fixed& b) { return std::memcmp(a.bytes.data(), b.bytes.data(), N) == 0; }
  friend std::strong_ordering operator<=>(const Fixed& a, const Fixed& b) {
    return std::memcmp(a.bytes.data(), b.bytes.data(), N) <=> 0;
  }
};

// Hashes an identifier for unordered containers. Identifiers are hashes themselves, but a peer may choose some of their
// bytes, so unordered containers of them must stay bounded by what one batch or one membership holds.
struct FixedHash {
  template <class Tag, std::size_t N>
  std::size_t operator()(const Fixed<Tag, N>& id) const {
    std::size_t value;
    static_assert(N >= sizeof value);
    std::memcpy(&value, id.bytes.data(), sizeof value);
    return value;
  }
};

using Hash = Fixed<struct HashTag, 32>;
using NetworkId = Fixed<struct NetworkIdTag, 32>;        // hash of the charter
using CouncilId = Fixed<struct CouncilIdTag, 32>;        // hash of the council's first member key
using MemberKey = Fixed<struct MemberKeyTag, 32>;        // Ed25519 public key of an identity
using TransportKey = Fixed<struct TransportKeyTag, 32>;  // X25519 public key of a CURVE link
using EntryId = Fixed<struct EntryIdTag, 32>;            // hash of the entry's header
using RecordId = Fixed<struct RecordIdTag, 32>;          // hash of council, kind and nonce
using Nonce = Fixed<struct NonceTag, 16>;
using Salt = Fixed<struct SaltTag, 16>;
using Signature = Fixed<struct SignatureTag, 64>;
using StoreId = Fixed<struct StoreIdTag, 16>;          // random, new whenever a store is made or restored
using EntryPrefix = Fixed<struct EntryPrefixTag, 16>;  // the first 16 bytes of an entry id

template <class Tag>
struct Number {
  std::uint64_t value = 0;  // 0 means "none"; rows start at 1
  explicit operator bool() const { return value != 0; }
  friend auto operator<=>(const Number&, const Number&) = default;
};
using NetworkNumber = Number<struct NetworkNumberTag>;
using LogNumber = Number<struct LogNumberTag>;
using EntryNumber = Number<struct EntryNumberTag>;
using RecordNumber = Number<struct RecordNumberTag>;

struct Incarnation {  // random 64 bits; a copied or restored store opens a new one
  std::uint64_t value = 0;
  friend auto operator<=>(const Incarnation&, const Incarnation&) = default;
};
struct Seq {  // position of an entry in its log, from 1
  std::uint64_t value = 0;
  friend auto operator<=>(const Seq&, const Seq&) = default;
};

inline EntryPrefix prefix_of(const EntryId& id) { return EntryPrefix::from(id.view().first(16)); }

}  // namespace budstikke
