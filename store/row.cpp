#include "store/row.h"

#include "protocol/base/checksum.h"

namespace budstikke::store {

void encode_row(Table table, View key, View payload, Bytes& out) {
  out.resize(payload.size() + kRowOverheadBytes);
  out[0] = kRowVersion;
  if (!payload.empty()) std::memcpy(out.data() + 1, payload.data(), payload.size());
  const std::uint64_t sum = row_checksum(static_cast<std::uint8_t>(table), key, kRowVersion, payload);
  for (std::size_t i = 0; i < 8; ++i) out[1 + payload.size() + i] = static_cast<std::uint8_t>(sum >> (8 * i));
}

Result<View> decode_row(Table table, View key, View stored) {
  if (stored.size() < kRowOverheadBytes) return Error{Code::Damaged, "stored row is too short"};
  if (key.size() > kMaxStoredKeyBytes) return Error{Code::Damaged, "stored row has a key of impossible length"};
  const View payload = stored.subspan(1, stored.size() - kRowOverheadBytes);
  std::uint64_t sum = 0;
  for (std::size_t i = 8; i-- > 0;) sum = sum << 8 | stored[1 + payload.size() + i];
  if (sum != row_checksum(static_cast<std::uint8_t>(table), key, stored[0], payload)) {
    return Error{Code::Damaged, "stored row fails its checksum"};
  }
  if (stored[0] != kRowVersion) return Error{Code::Damaged, "stored row has an unknown version"};
  return payload;
}

}  // namespace budstikke::store
