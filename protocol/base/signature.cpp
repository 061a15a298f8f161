#include "protocol/base/signature.h"

#include <sodium.h>

#include "protocol/base/hash.h"
#include "protocol/base/result.h"

namespace budstikke {
namespace {

Hash signed_hash(Purpose purpose, View message) {
  const std::uint8_t tag[1] = {static_cast<std::uint8_t>(purpose)};
  return hash(Domain::Signed, {View(tag), message});
}

}  // namespace

SigningKey SigningKey::from_seed(const Seed& seed) {
  SigningKey key;
  int rc = crypto_sign_seed_keypair(key.public_.bytes.data(), key.secret_.bytes.data(), seed.bytes.data());
  require(rc == 0, "ed25519 key pair");
  return key;
}

SigningKey::~SigningKey() { sodium_memzero(secret_.bytes.data(), secret_.bytes.size()); }

Signature SigningKey::sign(Purpose purpose, View message) const {
  Signature signature;
  Hash digest = signed_hash(purpose, message);
  int rc = crypto_sign_detached(signature.bytes.data(), nullptr, digest.bytes.data(), Hash::kSize, secret_.bytes.data());
  require(rc == 0, "ed25519 sign");
  return signature;
}

bool verify(const MemberKey& key, Purpose purpose, View message, const Signature& signature) {
  Hash digest = signed_hash(purpose, message);
  return crypto_sign_verify_detached(signature.bytes.data(), digest.bytes.data(), Hash::kSize, key.bytes.data()) == 0;
}

TransportPair TransportPair::from_secret(const Seed& secret) {
  TransportPair pair;
  pair.secret = secret;
  int rc = crypto_scalarmult_base(pair.public_key.bytes.data(), secret.bytes.data());
  require(rc == 0, "x25519 public key");
  return pair;
}

}  // namespace budstikke
