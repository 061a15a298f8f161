#include "protocol/base/content_hash.h"

#include <sodium.h>

#include "protocol/base/result.h"

namespace budstikke {
namespace {

crypto_generichash_blake2b_state* blake2b(std::uint8_t* state) {
  return reinterpret_cast<crypto_generichash_blake2b_state*>(state);
}

}  // namespace

ContentHasher::ContentHasher() {
  static_assert(sizeof(crypto_generichash_blake2b_state) <= sizeof(state_));
  require(crypto_generichash_blake2b_init(blake2b(state_.data()), nullptr, 0, Hash::kSize) == 0, "blake2b");
}

void ContentHasher::add(View bytes) {
  require(crypto_generichash_blake2b_update(blake2b(state_.data()), bytes.data(), bytes.size()) == 0, "blake2b");
}

Hash ContentHasher::finish() {
  Hash digest;
  require(crypto_generichash_blake2b_final(blake2b(state_.data()), digest.bytes.data(), Hash::kSize) == 0, "blake2b");
  return digest;
}

Hash content_hash(View content) {
  ContentHasher hasher;
  hasher.add(content);
  return hasher.finish();
}

}  // namespace budstikke
