#include "protocol/base/hash.h"

#include <doctest/doctest.h>

#include <set>

#include "protocol/base/checksum.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr Domain kDomains[] = {Domain::Charter, Domain::Council, Domain::Record, Domain::Header, Domain::Values,  Domain::Leaf,
                               Domain::Root,    Domain::State,   Domain::Tip,    Domain::Signed, Domain::Derived, Domain::Words};
constexpr std::string_view kDomainNames[] = {"charter", "council", "record", "header", "values",  "leaf",
                                             "root",    "state",   "tip",    "signed", "derived", "words"};

}  // namespace

TEST_CASE("hash: the digest of \"budstikke\" in every domain is golden") {
  for (std::size_t i = 0; i < std::size(kDomains); ++i) {
    CHECK_MESSAGE(bytes_of(hash(kDomains[i], view_of("budstikke"))) ==
                      golden("base.hex", "hash of \"budstikke\" as " + std::string(kDomainNames[i])),
                  kDomainNames[i]);
  }
}

TEST_CASE("hash: no two domains give the same digest of the same bytes") {
  std::set<Hash> digests;
  for (Domain domain : kDomains) {
    digests.insert(hash(domain, View{}));
    digests.insert(hash(domain, view_of("x")));
  }
  CHECK(digests.size() == 2 * std::size(kDomains));
}

TEST_CASE("hash: the parts are hashed one after another, whatever their bounds") {
  const Hash whole = hash(Domain::Leaf, view_of("abcdef"));
  CHECK(hash(Domain::Leaf, {view_of("abc"), view_of("def")}) == whole);
  CHECK(hash(Domain::Leaf, {view_of(""), view_of("abcdef"), View{}}) == whole);
  CHECK(hash(Domain::Leaf, {view_of("a"), view_of("bcde"), view_of("f")}) == whole);
  CHECK(hash(Domain::Leaf, {}) == hash(Domain::Leaf, View{}));
  const Bytes large(100'000, 7);
  CHECK(hash(Domain::Leaf, {View(large).first(777), View(large).subspan(777)}) == hash(Domain::Leaf, View(large)));
}

TEST_CASE("checksum: the keyed hash is SipHash-2-4, by its authors' example") {
  std::array<std::uint8_t, 16> key;
  for (std::size_t i = 0; i < 16; ++i) key[i] = static_cast<std::uint8_t>(i);
  CHECK(keyed_hash(key, hex("000102030405060708090a0b0c0d0e")) == 0xA129CA6149BE45E5);
}

TEST_CASE("checksum: table, key, version and payload all count") {
  const std::uint64_t sum = row_checksum(1, view_of("key"), 1, view_of("payload"));
  CHECK(sum == row_checksum(1, view_of("key"), 1, view_of("payload")));
  CHECK(sum != row_checksum(2, view_of("key"), 1, view_of("payload")));
  CHECK(sum != row_checksum(1, view_of("kez"), 1, view_of("payload")));
  CHECK(sum != row_checksum(1, view_of("key"), 2, view_of("payload")));
  CHECK(sum != row_checksum(1, view_of("key"), 1, view_of("payloae")));
  CHECK(row_checksum(1, view_of("keyp"), 1, view_of("ayload")) != sum);
}
