// The checksum that every stored row carries, bound to its table and key, and the keyed hash of hash tables.
//
// Shape        64 bits. Two calls of SipHash-2-4, both over bytes that already lie together, so nothing is copied:
//                inner = SipHash(key = "budstikke row " ‖ table ‖ version, message = payload)
//                sum   = SipHash(key = inner ‖ "row key" ‖ length of the key, message = the row's key)
//              with ‖ joining bytes, table, version and length one byte each, and inner as the 8 bytes SipHash puts out.
//              A payload moved to another table, key or row version fails as surely as a changed one.
// Why          It guards against bit rot and misplaced writes, not against people: whoever can write the file can compute it,
//              and what people must not change is held by hash chains and signatures. A cryptographic hash would cost 0.3 to
//              0.6 µs a row where this costs 0.02 to 0.17; a CRC finds as much, but needs a library or tables of our own.
// Determinism  A function of its arguments, the same on every machine.
// Cost         About 1 ns per byte and 40 ns a call. No allocation.
// Source       Aumasson and Bernstein, "SipHash: a fast short-input PRF"; libsodium. Example bytes in store/FORMAT.md.
#pragma once

#include <array>

#include "protocol/base/bytes.h"

namespace budstikke {

// `key` has at most 255 bytes. The number is SipHash's output read as little-endian.
std::uint64_t row_checksum(std::uint8_t table, View key, std::uint8_t version, View payload);

// A hash for tables in memory whose keys others may choose: without knowing `secret` nobody can make keys that collide.
std::uint64_t keyed_hash(const std::array<std::uint8_t, 16>& secret, View bytes);

}  // namespace budstikke
