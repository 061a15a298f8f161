#include "protocol/base/checksum.h"

#include <sodium.h>

#include <algorithm>

#include "protocol/base/result.h"

namespace budstikke {
namespace {

using SipKey = std::array<std::uint8_t, crypto_shorthash_siphash24_KEYBYTES>;
using SipOutput = std::array<std::uint8_t, crypto_shorthash_siphash24_BYTES>;
static_assert(SipKey{}.size() == 16 && SipOutput{}.size() == 8);

SipOutput siphash(const SipKey& key, View message) {
  SipOutput output;
  crypto_shorthash_siphash24(output.data(), message.data(), message.size(), key.data());
  return output;
}

std::uint64_t little_endian(const SipOutput& bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

}  // namespace

std::uint64_t row_checksum(std::uint8_t table, View key, std::uint8_t version, View payload) {
  require(key.size() <= 255, "the key of a row has at most 255 bytes");
  const SipKey payload_key{'b', 'u', 'd', 's', 't', 'i', 'k', 'k', 'e', ' ', 'r', 'o', 'w', ' ', table, version};
  const SipOutput inner = siphash(payload_key, payload);
  SipKey key_key{0, 0, 0, 0, 0, 0, 0, 0, 'r', 'o', 'w', ' ', 'k', 'e', 'y', static_cast<std::uint8_t>(key.size())};
  std::copy(inner.begin(), inner.end(), key_key.begin());
  return little_endian(siphash(key_key, key));
}

std::uint64_t keyed_hash(const std::array<std::uint8_t, 16>& secret, View bytes) { return little_endian(siphash(secret, bytes)); }

}  // namespace budstikke
