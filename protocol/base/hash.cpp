#include "protocol/base/hash.h"

#include <sodium.h>

#include <iterator>

#include "protocol/base/result.h"

namespace budstikke {
namespace {

// Exactly 16 bytes each; written out in PROTOCOL.md.
constexpr const char* kPersonal[] = {
    "budstikke charte", "budstikke counci", "budstikke record", "budstikke header", "budstikke values", "budstikke leaf  ",
    "budstikke root  ", "budstikke state ", "budstikke tip   ", "budstikke signed", "budstikke derive", "budstikke words ",
};
static_assert(std::size(kPersonal) == static_cast<std::size_t>(Domain::Words) + 1);

// Chooses the fast code for this processor, before main() and before any thread: without it libsodium uses its slowest.
const bool kReady = sodium_init() >= 0;

const unsigned char* personal(Domain domain) {
  return reinterpret_cast<const unsigned char*>(kPersonal[static_cast<std::size_t>(domain)]);
}

}  // namespace

Hash hash(Domain domain, std::initializer_list<View> parts) {
  Hash digest;
  require(kReady, "libsodium cannot be initialised");
  if (parts.size() == 1) {
    const View& only = *parts.begin();
    int rc = crypto_generichash_blake2b_salt_personal(digest.bytes.data(), Hash::kSize, only.data(), only.size(), nullptr, 0,
                                                      nullptr, personal(domain));
    require(rc == 0, "blake2b");
    return digest;
  }
  crypto_generichash_blake2b_state state;
  int rc = crypto_generichash_blake2b_init_salt_personal(&state, nullptr, 0, Hash::kSize, nullptr, personal(domain));
  for (const View& part : parts) rc |= crypto_generichash_blake2b_update(&state, part.data(), part.size());
  rc |= crypto_generichash_blake2b_final(&state, digest.bytes.data(), Hash::kSize);
  require(rc == 0, "blake2b");
  return digest;
}

}  // namespace budstikke
