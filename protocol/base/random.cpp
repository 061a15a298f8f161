#include "protocol/base/random.h"

#include <sodium.h>

namespace budstikke {

Random::Random(const Seed& seed) : key_(seed) {}

Random Random::from_number(std::uint64_t number) {
  Seed seed;
  for (int i = 0; i < 8; ++i) seed.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(number >> (8 * i));
  return Random(seed);
}

void Random::refill() {
  std::uint8_t nonce[crypto_stream_chacha20_NONCEBYTES] = {};
  for (int i = 0; i < 8; ++i) nonce[i] = static_cast<std::uint8_t>(counter_ >> (8 * i));
  ++counter_;
  crypto_stream_chacha20(pool_.data(), pool_.size(), nonce, key_.bytes.data());
  used_ = 0;
}

void Random::fill(std::span<std::uint8_t> out) {
  for (std::uint8_t& byte : out) {
    if (used_ == pool_.size()) refill();
    byte = pool_[used_];
    pool_[used_++] = 0;  // a byte handed out is forgotten here
  }
}

std::uint64_t Random::u64() {
  std::uint8_t raw[8];
  fill(raw);
  std::uint64_t value = 0;
  for (std::uint8_t byte : raw) value = value << 8 | byte;
  return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
  if (bound == 0) return 0;
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;  // the largest multiple: no value is favoured
  for (;;) {
    std::uint64_t value = u64();
    if (value < limit) return value % bound;
  }
}

}  // namespace budstikke
