#include "protocol/base/random.h"

#include <doctest/doctest.h>

#include <map>

#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

TEST_CASE("random: the bytes of seed 0 are ChaCha20's with key and nonce of zero") {
  Random random = Random::from_number(0);
  CHECK(bytes_of(random.fixed<Hash>()) == golden("base.hex", "random: first 32 bytes of number 0"));
}

TEST_CASE("random: a seed gives the same bytes on every machine, also past the first block drawn") {
  Random random = Random::from_number(20'270'101);
  Bytes bytes(600);
  random.fill(bytes);
  CHECK(Bytes(bytes.begin() + 496, bytes.begin() + 528) == golden("base.hex", "random: bytes 496 to 527 of number 20270101"));
}

TEST_CASE("random: how the bytes are asked for makes no difference") {
  Random whole = Random::from_number(5), parts = Random::from_number(5);
  Bytes all(1500), pieces(1500);
  whole.fill(all);
  for (std::size_t at = 0, size = 1; at < pieces.size(); at += size, size = size % 97 + 1) {
    parts.fill(std::span(pieces).subspan(at, std::min(size, pieces.size() - at)));
  }
  CHECK(all == pieces);
  Random number = Random::from_number(5);
  std::uint64_t first = 0;
  for (std::size_t i = 0; i < 8; ++i) first = first << 8 | all[i];
  CHECK(number.u64() == first);
}

TEST_CASE("random: below() stays below, meets every number, and 0 gives 0") {
  Random random = Random::from_number(1);
  CHECK(random.below(0) == 0);
  CHECK(random.below(1) == 0);
  std::map<std::uint64_t, int> counts;
  for (int i = 0; i < 7000; ++i) ++counts[random.below(7)];
  CHECK(counts.size() == 7);
  CHECK(counts.rbegin()->first == 6);
  for (const auto& [number, count] : counts) CHECK((count > 800 && count < 1200));  // a fixed seed: never by chance
  const std::uint64_t huge = UINT64_MAX - 1;
  for (int i = 0; i < 100; ++i) CHECK(random.below(huge) < huge);
}

TEST_CASE("random: other seeds give other bytes") {
  CHECK(Random::from_number(1).u64() != Random::from_number(2).u64());
  CHECK(Random(numbered<Seed>(1)).u64() != Random(numbered<Seed>(1, 2)).u64());
}
