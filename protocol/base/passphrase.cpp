#include "protocol/base/passphrase.h"

#include <sodium.h>

#include "protocol/base/result.h"

namespace budstikke {

static_assert(PassphraseSalt::kSize == crypto_pwhash_argon2id_SALTBYTES);
static_assert(BoxNonce::kSize == crypto_secretbox_NONCEBYTES && Seed::kSize == crypto_secretbox_KEYBYTES);
static_assert(Box::kSize == Seed::kSize + crypto_secretbox_MACBYTES);

std::optional<Seed> stretch(std::string_view passphrase, const PassphraseSalt& salt, const StretchCost& cost) {
  Seed key;
  const int rc = crypto_pwhash_argon2id(key.bytes.data(), Seed::kSize, passphrase.data(), passphrase.size(), salt.bytes.data(),
                                        cost.passes, std::size_t{cost.memory_kib} * 1024, crypto_pwhash_argon2id_ALG_ARGON2ID13);
  return rc == 0 ? std::optional(key) : std::nullopt;
}

Box seal_box(const Seed& secret, const Seed& key, const BoxNonce& nonce) {
  Box box;
  const int rc = crypto_secretbox_easy(box.bytes.data(), secret.bytes.data(), Seed::kSize, nonce.bytes.data(), key.bytes.data());
  require(rc == 0, "sealing a box");
  return box;
}

std::optional<Seed> open_box(const Box& box, const Seed& key, const BoxNonce& nonce) {
  Seed secret;
  const int rc =
      crypto_secretbox_open_easy(secret.bytes.data(), box.bytes.data(), Box::kSize, nonce.bytes.data(), key.bytes.data());
  return rc == 0 ? std::optional(secret) : std::nullopt;
}

void wipe(Seed& secret) { sodium_memzero(secret.bytes.data(), Seed::kSize); }

void wipe(std::string& secret) {
  sodium_memzero(secret.data(), secret.size());
  secret.clear();
}

}  // namespace budstikke
