#include "store/row.h"

#include <doctest/doctest.h>

#include "protocol/base/checksum.h"

using namespace budstikke;
using namespace budstikke::store;

namespace {

std::string hex(View bytes) {
  std::string text;
  for (std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

Bytes encoded(Table table, std::string_view key, std::string_view payload) {
  Bytes stored;
  encode_row(table, view_of(key), view_of(payload), stored);
  return stored;
}

bool decodes(Table table, std::string_view key, View stored) {
  const Result<View> payload = decode_row(table, view_of(key), stored);
  if (!payload) CHECK(payload.error().code == Code::Damaged);
  return payload.ok();
}

}  // namespace

TEST_CASE("row: golden bytes are those of FORMAT.md") {
  CHECK(hex(encoded(Table::Meta, "format", std::string_view("\0\0\0\1", 4))) == "010000000184b00ff7392ac14d");
  CHECK(hex(encoded(Table::Meta, "store-id", "sixteen letters!")) == "017369787465656e206c65747465727321ae933ba2b5a12016");
  CHECK(hex(encoded(Table::Local, "a", "")) == "01cbc2b9af61ee9309");
}

TEST_CASE("checksum: keyed hash is SipHash-2-4 as its authors print it") {
  std::array<std::uint8_t, 16> secret;
  Bytes message;
  for (std::uint8_t i = 0; i < 16; ++i) secret[i] = i;
  for (std::uint8_t i = 0; i < 15; ++i) message.push_back(i);
  CHECK(keyed_hash(secret, message) == 0xa129ca6149be45e5);  // appendix A of the paper
}

TEST_CASE("row: a row decodes to its payload, also an empty one") {
  for (const std::string& payload : {std::string(), std::string("x"), std::string(100'000, 'y')}) {
    const Bytes stored = encoded(Table::Entries, "key", payload);
    const Result<View> back = decode_row(Table::Entries, view_of("key"), stored);
    REQUIRE(back.ok());
    CHECK(text_of(*back) == payload);
    CHECK(stored.size() == payload.size() + kRowOverheadBytes);
  }
}

TEST_CASE("row: every changed bit is noticed") {
  const Bytes stored = encoded(Table::Records, "key", "the payload of a row");
  for (std::size_t bit = 0; bit < 8 * stored.size(); ++bit) {
    Bytes changed = stored;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
    CHECK_FALSE(decodes(Table::Records, "key", changed));
  }
}

TEST_CASE("row: a row under another key, in another table or cut short is refused") {
  const Bytes stored = encoded(Table::Records, "key", "payload");
  CHECK(decodes(Table::Records, "key", stored));
  CHECK_FALSE(decodes(Table::Records, "kez", stored));
  CHECK_FALSE(decodes(Table::Records, "ke", stored));
  CHECK_FALSE(decodes(Table::Records, "", stored));
  CHECK_FALSE(decodes(Table::Records, std::string(65, 'k'), stored));
  CHECK_FALSE(decodes(Table::Entries, "key", stored));
  for (std::size_t size = 0; size < stored.size(); ++size) CHECK_FALSE(decodes(Table::Records, "key", View(stored).first(size)));
}

TEST_CASE("row: an unknown row version is refused even with the right checksum") {
  Bytes stored = encoded(Table::Records, "key", "payload");
  stored[0] = 2;
  const std::uint64_t sum = row_checksum(static_cast<std::uint8_t>(Table::Records), view_of("key"), 2, view_of("payload"));
  for (std::size_t i = 0; i < 8; ++i) stored[stored.size() - 8 + i] = static_cast<std::uint8_t>(sum >> (8 * i));
  const Result<View> payload = decode_row(Table::Records, view_of("key"), stored);
  REQUIRE_FALSE(payload.ok());
  CHECK(payload.error().text == "stored row has an unknown version");
}
