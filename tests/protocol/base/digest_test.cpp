#include "protocol/base/digest.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

// The slow twin: a number of 32 bytes, added to and subtracted from as on paper, from the last byte.
struct PaperNumber {
  std::array<int, 32> digits{};
  void add(const Hash& element, int sign) {
    int carry = 0;
    for (std::size_t i = 32; i-- > 0;) {
      const int sum = digits[i] + sign * element.bytes[i] + carry;
      digits[i] = (sum + 512) % 256;
      carry = (sum + 512) / 256 - 2;
    }
  }
  Hash value() const {
    Hash hash;
    for (std::size_t i = 0; i < 32; ++i) hash.bytes[i] = static_cast<std::uint8_t>(digits[i]);
    return hash;
  }
};

Hash random_element(Random& random) {
  Hash element = random.fixed<Hash>();
  const std::uint64_t shape = random.below(4);  // many carries and borrows
  if (shape == 0) element.bytes.fill(0xFF);
  if (shape == 1) std::fill(element.bytes.begin() + 8, element.bytes.end(), std::uint8_t{0xFF});
  if (shape == 2) element = numbered<Hash>(0, 1);
  return element;
}

}  // namespace

TEST_CASE("digest: of nothing is zero, of one element the element") {
  CHECK(SetDigest().value().is_zero());
  SetDigest digest;
  digest.add(numbered<Hash>(9, 4));
  CHECK(digest.value() == numbered<Hash>(9, 4));
  digest.remove(numbered<Hash>(9, 4));
  CHECK(digest == SetDigest());
}

TEST_CASE("digest: a carry and a borrow run through all bytes") {
  SetDigest digest;
  digest.remove(numbered<Hash>(0, 1));
  CHECK(digest.value() == numbered<Hash>(0xFF));
  digest.add(numbered<Hash>(0, 1));
  CHECK(digest.value().is_zero());
}

TEST_CASE("digest: additions and removals in any order give what paper arithmetic gives") {
  CHECK(rc::check("twin", [](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    std::vector<std::pair<Hash, int>> steps;
    for (std::uint64_t i = random.below(40); i > 0; --i)
      steps.emplace_back(random_element(random), random.below(2) == 0 ? 1 : -1);
    SetDigest first, second;
    PaperNumber paper;
    for (const auto& [element, sign] : steps) {
      sign > 0 ? first.add(element) : first.remove(element);
      paper.add(element, sign);
      RC_ASSERT(first.value() == paper.value());
    }
    shuffle(steps, random);
    for (const auto& [element, sign] : steps) sign > 0 ? second.add(element) : second.remove(element);
    RC_ASSERT(first == second);
    RC_ASSERT(SetDigest::from(first.value()) == first);
  }));
}

TEST_CASE("digest: the sum of two digests is the digest of both sets") {
  CHECK(rc::check("union", [](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    SetDigest left, right, both;
    for (std::uint64_t i = random.below(20); i > 0; --i) {
      const Hash element = random_element(random);
      (random.below(2) == 0 ? left : right).add(element);
      both.add(element);
    }
    left.add(right);
    RC_ASSERT(left == both);
  }));
}
