#include "protocol/base/signature.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "protocol/base/text.h"
#include "tests/support/builders.h"
#include "tests/support/sanitized.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr Purpose kPurposes[] = {Purpose::Entry, Purpose::Charter, Purpose::Certificate, Purpose::Admission, Purpose::Hello};
constexpr std::string_view kPurposeNames[] = {"entry", "charter", "certificate", "admission", "hello"};

// The order L of the base point, least significant byte first as in a signature's second half.
constexpr std::string_view kOrder = "edd3f55c1a631258d69cf7a2def9de14 00000000000000000000000000000010";

// The points of small order, and encodings of them that are not canonical.
constexpr std::string_view kSmallOrder[] = {
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};

// Adds L to the scalar of a signature: the same scalar modulo L, which a careless check accepts.
Signature with_order_added(Signature signature) {
  const Bytes order = hex(kOrder);
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += signature.bytes[32 + i] + unsigned{order[i]};
    signature.bytes[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  return signature;
}

}  // namespace

TEST_CASE("signature: keys and signatures of person 1 are golden for every purpose") {
  const Person person(1);
  CHECK(bytes_of(person.key()) == golden("base.hex", "public key of the seed of 32 bytes 01"));
  CHECK(bytes_of(person.transport.public_key) == golden("base.hex", "transport key of the secret of 31 bytes 01 and 63"));
  for (std::size_t i = 0; i < std::size(kPurposes); ++i) {
    CHECK_MESSAGE(bytes_of(person.identity.sign(kPurposes[i], view_of("message"))) ==
                      golden("base.hex", "signature of \"message\" as " + std::string(kPurposeNames[i])),
                  kPurposeNames[i]);
  }
}

TEST_CASE("signature: what was signed verifies, for that purpose, key and message only") {
  const Person person(1), other(2);
  for (Purpose purpose : kPurposes) {
    const Signature signature = person.identity.sign(purpose, view_of("message"));
    for (Purpose claimed : kPurposes) CHECK(verify(person.key(), claimed, view_of("message"), signature) == (claimed == purpose));
    CHECK_FALSE(verify(other.key(), purpose, view_of("message"), signature));
    CHECK_FALSE(verify(person.key(), purpose, view_of("messagf"), signature));
    CHECK_FALSE(verify(person.key(), purpose, view_of("message "), signature));
    CHECK_FALSE(verify(person.key(), purpose, {}, signature));
  }
  CHECK(verify(person.key(), Purpose::Entry, {}, person.identity.sign(Purpose::Entry, {})));
}

TEST_CASE("signature: the purpose cannot be moved into the message") {
  const Person person(1);
  const Signature signature = person.identity.sign(Purpose::Entry, hex("02aabb"));
  CHECK_FALSE(verify(person.key(), Purpose::Charter, hex("aabb"), signature));
  CHECK_FALSE(verify(person.key(), Purpose::Charter, hex("01aabb"), signature));
}

TEST_CASE("signature: no flipped bit of signature, key or message is accepted") {
  const Person person(3);
  const Bytes message = hex("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
  const Signature signature = person.identity.sign(Purpose::Entry, message);
  REQUIRE(verify(person.key(), Purpose::Entry, message, signature));
  int accepted = 0;
  for (std::size_t bit = 0; bit < 512; ++bit) {
    const auto flip = [bit](auto bytes) {
      bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1u << bit % 8);
      return bytes;
    };
    Signature bent = signature;
    bent.bytes = flip(bent.bytes);
    accepted += verify(person.key(), Purpose::Entry, message, bent) ? 1 : 0;
    if (bit >= 256) continue;
    MemberKey key = person.key();
    key.bytes = flip(key.bytes);
    accepted += verify(key, Purpose::Entry, message, signature) ? 1 : 0;
    accepted += verify(person.key(), Purpose::Entry, flip(message), signature) ? 1 : 0;
  }
  CHECK(accepted == 0);
}

TEST_CASE("signature: a scalar with the order added is refused") {
  for (std::uint8_t number = 1; number < 50; ++number) {
    const Person person(number);
    const Signature signature = person.identity.sign(Purpose::Entry, view_of("message"));
    const Signature malleated = with_order_added(signature);
    REQUIRE(malleated != signature);
    CHECK_FALSE(verify(person.key(), Purpose::Entry, view_of("message"), malleated));
  }
}

TEST_CASE("signature: keys and points of small order are refused, whatever is signed") {
  int accepted = 0;
  for (std::string_view key : kSmallOrder) {
    for (std::string_view point : kSmallOrder) {
      Signature signature;  // with scalar 0, [0]B = R + [h]A holds for one message in eight at least
      const Bytes bytes = hex(point);
      std::copy(bytes.begin(), bytes.end(), signature.bytes.begin());
      for (std::uint8_t message = 0; message < 64; ++message) {
        accepted += verify(MemberKey::from(hex(key)), Purpose::Entry, View(&message, 1), signature) ? 1 : 0;
      }
    }
  }
  CHECK(accepted == 0);
}

TEST_CASE("signature: a good key's signature with a point of small order is refused") {
  const Person person(1);
  for (std::string_view point : kSmallOrder) {
    Signature signature = person.identity.sign(Purpose::Entry, view_of("message"));
    const Bytes bytes = hex(point);
    std::copy(bytes.begin(), bytes.end(), signature.bytes.begin());
    CHECK_FALSE(verify(person.key(), Purpose::Entry, view_of("message"), signature));
  }
}

TEST_CASE("signature: random bytes are never accepted") {
  CHECK(rc::check("noise", [](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    RC_ASSERT_FALSE(verify(random.fixed<MemberKey>(), Purpose::Entry, view_of("x"), random.fixed<Signature>()));
    RC_ASSERT_FALSE(verify(Person(1).key(), Purpose::Entry, view_of("x"), random.fixed<Signature>()));
  }));
}

TEST_CASE("signature: of a hundred thousand forgeries of seven kinds none is accepted" * doctest::skip(kSanitized)) {
  constexpr int kForgeries = 100'000, kHonest = 2'000;
  const Person person(1), other(2);
  Random random = Random::from_number(7);
  const auto rate = [](std::chrono::steady_clock::time_point begin, int count) {
    return static_cast<int>(count / std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  };
  int accepted = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kForgeries; ++i) {
    const Hash message = random.fixed<Hash>();
    Signature signature = person.identity.sign(Purpose::Entry, message);
    MemberKey key = person.key();
    switch (i % 7) {
      case 0:
        signature = random.fixed<Signature>();
        break;
      case 1: {  // one bit
        const std::uint64_t bit = random.below(512);
        signature.bytes[bit / 8] = static_cast<std::uint8_t>(signature.bytes[bit / 8] ^ 1u << bit % 8);
        break;
      }
      case 2:
        signature = with_order_added(signature);
        break;
      case 3:  // a point of small order, as R and as the key
        std::copy_n(hex(kSmallOrder[random.below(std::size(kSmallOrder))]).begin(), 32, signature.bytes.begin());
        break;
      case 4:
        key = MemberKey::from(hex(kSmallOrder[random.below(std::size(kSmallOrder))]));
        break;
      case 5:  // cut off, and filled up
        std::fill(signature.bytes.begin() + static_cast<std::ptrdiff_t>(random.below(60)), signature.bytes.end(),
                  static_cast<std::uint8_t>(0));
        break;
      default:  // another's, another purpose's, another message's
        signature =
            random.below(2) == 0 ? other.identity.sign(Purpose::Entry, message) : person.identity.sign(Purpose::Hello, message);
    }
    accepted += verify(key, Purpose::Entry, message, signature) ? 1 : 0;
  }
  const int forged = rate(begin, kForgeries);
  CHECK(accepted == 0);
  const Signature good = person.identity.sign(Purpose::Entry, view_of("message"));
  const auto honest_begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kHonest; ++i) REQUIRE(verify(person.key(), Purpose::Entry, view_of("message"), good));
  MESSAGE(kForgeries, " forgeries, ", accepted, " accepted; ", forged, " made and refused a second, ",
          rate(honest_begin, kHonest), " honest ones verified a second");
}
