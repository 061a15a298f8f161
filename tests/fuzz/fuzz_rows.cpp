// The decoder of stored rows. Input: table (1 byte) ‖ length of the key (1 byte) ‖ key ‖ the stored bytes.
//
// A fuzzer cannot guess a checksum, so the input is also taken as a row's parts: what is encoded must decode to the same
// payload; under another key or table, with one bit changed, with a key that is too long or of another version it must not.
#include "protocol/base/checksum.h"
#include "store/row.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;
using namespace budstikke::store;

namespace {

void check_accepted(Table table, View key, View stored, View payload) {
  Bytes again;
  encode_row(table, key, payload, again);
  require(same_bytes(again, stored), "an accepted row is what encoding its payload gives");
}

void check_encoded(Table table, View key, View payload) {
  Bytes stored;
  encode_row(table, key, payload, stored);
  const Result<View> decoded = decode_row(table, key, stored);
  require(decoded.ok() && same_bytes(*decoded, payload), "an encoded row decodes to its payload");
  Bytes other_key = bytes_of(key);
  other_key[0] ^= 1;
  require(!decode_row(table, other_key, stored).ok(), "a row under another key is refused");
  require(!decode_row(static_cast<Table>(static_cast<std::uint8_t>(table) ^ 16), key, stored).ok(),
          "a row of another table is refused");
  Bytes other_version{kRowVersion + 1};
  ByteWriter(other_version).raw(payload);
  const std::uint64_t sum = row_checksum(static_cast<std::uint8_t>(table), key, other_version[0], payload);
  for (int i = 0; i < 8; ++i) other_version.push_back(static_cast<std::uint8_t>(sum >> (8 * i)));
  require(!decode_row(table, key, other_version).ok(), "a row of another version is refused");
  const std::size_t bit = (payload.size() * 31 + key.size() * 7) % (stored.size() * 8);
  stored[bit / 8] = static_cast<std::uint8_t>(stored[bit / 8] ^ 1U << bit % 8);
  require(!decode_row(table, key, stored).ok(), "a changed row is refused");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader reader(View(data, size));
  const auto table = static_cast<Table>(reader.u8());
  const View key = reader.raw(reader.u8());
  if (reader.failed()) return 0;
  const View stored = reader.rest();
  const Result<View> payload = decode_row(table, key, stored);
  if (payload) {
    fuzz::accepted();
    check_accepted(table, key, stored, *payload);
  }
  if (key.size() > kMaxStoredKeyBytes) {
    Bytes row;
    encode_row(table, key, stored, row);
    require(!decode_row(table, key, row).ok(), "a row with a key that is too long is refused");
  }
  if (check_key(key)) check_encoded(table, key, stored);
  return 0;
}
