#include "daemon/api/watch_mark.h"

#include "protocol/base/text.h"

namespace budstikke::daemon {
namespace {

constexpr std::size_t kWatchMarkBytes = StoreId::kSize + 18;

}  // namespace

std::string text_of(const WatchMark& mark) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.raw(mark.store);
  writer.u64(static_cast<std::uint64_t>(mark.time.ms));
  writer.u64(mark.at.entry.value << 1U | (mark.again ? 1U : 0U));
  writer.u16(mark.at.changes);
  return base32_of(bytes);
}

std::optional<WatchMark> parse_watch_mark(const std::string& text) {
  const std::optional<Bytes> bytes = bytes_of_base32(text, kWatchMarkBytes);
  if (!bytes) return std::nullopt;
  ByteReader reader(*bytes);
  WatchMark mark;
  mark.store = reader.fixed<StoreId>();
  mark.time.ms = static_cast<std::int64_t>(reader.u64());
  const std::uint64_t entry = reader.u64();
  mark.at = {EntryNumber{entry >> 1U}, reader.u16()};
  mark.again = (entry & 1U) != 0;
  if (!reader.done() || mark.time.ms < 0) return std::nullopt;
  return mark;
}

}  // namespace budstikke::daemon
