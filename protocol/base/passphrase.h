// What a passphrase seals: small secrets, so that a file that is copied or stolen says nothing without it.
//
// How          A key is stretched from the passphrase and a salt by Argon2id, at a cost that is kept beside what it seals; a box
//              seals a secret of 32 bytes under a key and a nonce.
// Errors       stretch(): nullopt when the machine has not the memory that the cost asks for. open_box(): nullopt for another
//              key, or what is not what was sealed; nothing tells the two apart.
// Determinism  Functions of what they are given; who calls draws salts and nonces, each nonce for one box only.
// Cost         With the limits of limits.h about half a second and 128 MiB for each stretch().
// Source       Argon2id of RFC 9106; libsodium's secretbox (XSalsa20-Poly1305).
#pragma once

#include <optional>
#include <string_view>

#include "protocol/base/signature.h"

namespace budstikke {

using PassphraseSalt = Fixed<struct PassphraseSaltTag, 16>;
using BoxNonce = Fixed<struct BoxNonceTag, 24>;
using Box = Fixed<struct BoxTag, 48>;  // 32 bytes and a tag of 16

struct StretchCost {
  std::uint32_t passes = 0;
  std::uint32_t memory_kib = 0;
  friend bool operator==(const StretchCost&, const StretchCost&) = default;
};

std::optional<Seed> stretch(std::string_view passphrase, const PassphraseSalt& salt, const StretchCost& cost);
Box seal_box(const Seed& secret, const Seed& key, const BoxNonce& nonce);
std::optional<Seed> open_box(const Box& box, const Seed& key, const BoxNonce& nonce);

// Overwrites a secret that is of no use any more, also where the compiler sees nobody read it again.
void wipe(Seed& secret);
void wipe(std::string& secret);

}  // namespace budstikke
