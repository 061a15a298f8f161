#include "protocol/base/digest.h"

namespace budstikke {
namespace {

std::array<std::uint64_t, 4> limbs_of(const Hash& hash) {
  std::array<std::uint64_t, 4> limbs{};
  for (std::size_t i = 0; i < 32; ++i) {
    limbs[3 - i / 8] |= std::uint64_t{hash.bytes[i]} << (8 * (7 - i % 8));
  }
  return limbs;
}

void add_limbs(std::array<std::uint64_t, 4>& sum, const std::array<std::uint64_t, 4>& limbs) {
  unsigned carry = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::uint64_t partial = sum[i] + limbs[i];
    const unsigned first = partial < sum[i];
    sum[i] = partial + carry;
    carry = first | (sum[i] < partial);
  }
}

}  // namespace

void SetDigest::add(const Hash& element) { add_limbs(limbs_, limbs_of(element)); }

void SetDigest::remove(const Hash& element) {  // adds the two's complement
  std::array<std::uint64_t, 4> limbs = limbs_of(element);
  for (std::uint64_t& limb : limbs) limb = ~limb;
  add_limbs(limbs_, limbs);
  add_limbs(limbs_, {1, 0, 0, 0});
}

void SetDigest::add(const SetDigest& other) { add_limbs(limbs_, other.limbs_); }

Hash SetDigest::value() const {
  Hash hash;
  for (std::size_t i = 0; i < 32; ++i) hash.bytes[i] = static_cast<std::uint8_t>(limbs_[3 - i / 8] >> (8 * (7 - i % 8)));
  return hash;
}

SetDigest SetDigest::from(const Hash& value) {
  SetDigest digest;
  digest.limbs_ = limbs_of(value);
  return digest;
}

}  // namespace budstikke
