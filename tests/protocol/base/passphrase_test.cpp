#include "protocol/base/passphrase.h"

#include <doctest/doctest.h>

#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr StretchCost kSmallCost{1, 8};

std::optional<Seed> stretched(std::string_view passphrase, std::uint8_t salt, const StretchCost& cost = kSmallCost) {
  return stretch(passphrase, numbered<PassphraseSalt>(salt), cost);
}

}  // namespace

TEST_CASE("passphrase: the stretched key hangs on every letter, the salt and the cost") {
  const std::optional<Seed> key = stretched("ni violette elefanter", 1);
  REQUIRE(key.has_value());
  CHECK(stretched("ni violette elefanter", 1) == key);
  CHECK(stretched("ni violette elefante", 1) != key);
  CHECK(stretched("Ni violette elefanter", 1) != key);
  CHECK(stretched(std::string_view("ni violette elefanter\0", 22), 1) != key);
  CHECK(stretched("ni violette elefanter", 2) != key);
  CHECK(stretched("ni violette elefanter", 1, {2, 8}) != key);
  CHECK(stretched("ni violette elefanter", 1, {1, 16}) != key);
}

TEST_CASE("passphrase: a box opens under its key and nonce, and whole") {
  const Seed secret = numbered<Seed>(9), key = numbered<Seed>(7);
  const auto nonce = numbered<BoxNonce>(5);
  const Box box = seal_box(secret, key, nonce);
  CHECK(open_box(box, key, nonce) == secret);
  CHECK_FALSE(open_box(box, numbered<Seed>(8), nonce).has_value());
  CHECK_FALSE(open_box(box, key, numbered<BoxNonce>(6)).has_value());
  for (std::size_t at = 0; at < Box::kSize; ++at) {
    Box flipped = box;
    flipped.bytes[at] ^= 1;
    CHECK_FALSE(open_box(flipped, key, nonce).has_value());
  }
}

TEST_CASE("passphrase: what is wiped is gone") {
  Seed secret = numbered<Seed>(9);
  wipe(secret);
  CHECK(secret == Seed{});
  std::string text = "ni violette elefanter";
  wipe(text);
  CHECK(text.empty());
}
