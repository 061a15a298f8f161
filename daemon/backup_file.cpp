#include "daemon/backup_file.h"

#include <algorithm>

#include "protocol/base/hash.h"
#include "protocol/base/pack.h"

namespace budstikke::daemon {
namespace {

constexpr std::uint8_t kBackupVersion = 1;
enum BackupItemType : std::uint8_t { kAboutItem = 1, kFileItem, kRowItem, kEndItem };
constexpr std::size_t kMostAboutBytes = 64 * 1024;
constexpr std::size_t kMostRowKey = 64;                    // as the store's
constexpr std::size_t kMostRowPayload = 16 * 1024 * 1024;  // as the store's

Error no_backup(const char* why) { return Error{Code::Damaged, std::string("the backup is damaged, or none: ") + why}; }

Bytes first_bytes() {
  Bytes bytes = bytes_of(view_of(kBackupMagic));
  bytes.push_back(kBackupVersion);
  return bytes;
}

Bytes chunk_hash(View before, bool last, View bytes) {
  const std::uint8_t flag = last ? 1 : 0;
  return bytes_of(hash(Domain::Derived, {before, View(&flag, 1), bytes}));
}

}  // namespace

// --- Writing ---------------------------------------------------------------------------------------------------------

Status BackupWriter::begin(const Value& about) {
  const Bytes first = first_bytes();
  before_ = bytes_of(hash(Domain::Derived, first));
  if (Status status = sink_(first); !status) return status;
  const Bytes packed = pack(about);
  ByteWriter writer(chunk_);
  writer.u8(kAboutItem);
  writer.u32(static_cast<std::uint32_t>(packed.size()));
  writer.raw(packed);
  return flush_full();
}

Status BackupWriter::file(std::string_view name, View bytes) {
  ByteWriter writer(chunk_);
  writer.u8(kFileItem);
  writer.u8(static_cast<std::uint8_t>(name.size()));
  writer.raw(view_of(name));
  writer.u32(static_cast<std::uint32_t>(bytes.size()));
  writer.raw(bytes);
  return flush_full();
}

Status BackupWriter::row(Table table, View key, View payload) {
  ByteWriter writer(chunk_);
  writer.u8(kRowItem);
  writer.u8(static_cast<std::uint8_t>(table));
  writer.u8(static_cast<std::uint8_t>(key.size()));
  writer.raw(key);
  writer.u32(static_cast<std::uint32_t>(payload.size()));
  writer.raw(payload);
  return flush_full();
}

Status BackupWriter::end(std::uint64_t rows, std::uint64_t left_out) {
  ByteWriter writer(chunk_);
  writer.u8(kEndItem);
  writer.u64(rows);
  writer.u64(left_out);
  if (Status status = flush_full(); !status) return status;
  return flush(true);
}

Status BackupWriter::flush_full() {
  while (chunk_.size() > kBackupChunkBytes) {  // not a full one that may be the last
    if (Status status = flush(false); !status) return status;
  }
  return done();
}

Status BackupWriter::flush(bool last) {
  const std::size_t size = std::min(chunk_.size(), kBackupChunkBytes);
  const View bytes = View(chunk_).first(size);
  before_ = chunk_hash(before_, last, bytes);
  Bytes out;
  out.reserve(size + 64);
  ByteWriter writer(out);
  writer.u32(static_cast<std::uint32_t>(size));
  writer.u8(last ? 1 : 0);
  writer.raw(bytes);
  writer.raw(before_);
  chunk_.erase(chunk_.begin(), chunk_.begin() + static_cast<std::ptrdiff_t>(size));
  return sink_(out);
}

// --- Reading ---------------------------------------------------------------------------------------------------------

Status BackupReader::fill(std::span<std::uint8_t> bytes) {
  const Result<std::size_t> got = source_(bytes);
  if (!got) return got.error();
  return *got == bytes.size() ? done() : Status(no_backup("it ends too early"));
}

Status BackupReader::open() {
  Bytes first(kBackupMagic.size() + 1);
  if (Status status = fill(first); !status) return status;
  if (budstikke::text_of(View(first).first(kBackupMagic.size())) != kBackupMagic) return no_backup("it does not begin as one");
  if (first.back() > kBackupVersion) return Error{Code::Conflict, "the backup was written by a later version of the program"};
  if (first.back() != kBackupVersion) return no_backup("its version makes no sense");
  before_ = bytes_of(hash(Domain::Derived, first));
  opened_ = true;
  return done();
}

Status BackupReader::read_chunk() {
  std::array<std::uint8_t, 5> head;
  if (Status status = fill(head); !status) return status;
  ByteReader reader{View(head)};
  const std::size_t size = reader.u32();
  const std::uint8_t last = reader.u8();
  if (size > kBackupChunkBytes || last > 1 || (size == 0 && last == 0)) return no_backup("a part of an impossible length");
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(std::exchange(at_, 0)));
  const std::size_t old = buffer_.size();
  buffer_.resize(old + size);
  const std::span<std::uint8_t> bytes = std::span(buffer_).subspan(old);
  if (Status status = fill(bytes); !status) return status;
  Bytes sum(Hash::kSize);
  if (Status status = fill(sum); !status) return status;
  before_ = chunk_hash(before_, last == 1, bytes);
  if (sum != before_) return no_backup("a part does not have its hash");
  last_ = last == 1;
  return done();
}

Status BackupReader::need(std::size_t bytes) {
  while (buffer_.size() - at_ < bytes) {
    if (last_) return no_backup("an item that is cut short");
    if (Status status = read_chunk(); !status) return status;
  }
  return done();
}

Result<View> BackupReader::take(std::size_t bytes) {
  if (Status status = need(bytes); !status) return status.error();
  const View taken = View(buffer_).subspan(at_, bytes);
  at_ += bytes;
  return taken;
}

Result<std::uint64_t> BackupReader::number(std::size_t bytes) {
  const Result<View> raw = take(bytes);
  if (!raw) return raw.error();
  std::uint64_t value = 0;
  for (std::uint8_t byte : *raw) value = value << 8 | byte;
  return value;
}

Result<BackupItem> BackupReader::read_item(std::uint8_t type) {
  const auto bytes_after = [&](std::size_t width, std::size_t most) -> Result<Bytes> {
    const Result<std::uint64_t> size = number(width);
    if (!size) return size.error();
    if (*size > most) return no_backup("an item that is too long");
    const Result<View> bytes = take(static_cast<std::size_t>(*size));
    if (!bytes) return bytes.error();
    return bytes_of(*bytes);
  };
  if (type == kAboutItem) {
    const Result<Bytes> packed = bytes_after(4, kMostAboutBytes);
    if (!packed) return packed.error();
    Result<Value> about = unpack(*packed);
    if (!about || about->if_map() == nullptr) return no_backup("what it says of itself cannot be read");
    return BackupItem(std::move(*about));
  }
  if (type == kFileItem) {
    const Result<Bytes> name = bytes_after(1, 255);
    Result<Bytes> bytes = name ? bytes_after(4, kMostBackupFileBytes) : name;
    if (!bytes) return bytes.error();
    return BackupItem(BackupFileItem{std::string(budstikke::text_of(*name)), std::move(*bytes)});
  }
  if (type == kRowItem) {
    const Result<std::uint64_t> table = number(1);
    if (!table) return table.error();
    if (*table < 1 || *table > kTableCount) return no_backup("a row of no table");
    Result<Bytes> key = bytes_after(1, kMostRowKey);
    Result<Bytes> payload = key ? bytes_after(4, kMostRowPayload) : key;
    if (!payload) return payload.error();
    if (key->empty()) return no_backup("a row without a key");
    ++rows_;
    return BackupItem(BackupRowItem{static_cast<Table>(*table), std::move(*key), std::move(*payload)});
  }
  if (type != kEndItem) return no_backup("an item of no kind");
  const Result<std::uint64_t> rows = number(8);
  const Result<std::uint64_t> left_out = rows ? number(8) : rows;
  if (!left_out) return left_out.error();
  if (*rows != rows_) return no_backup("rows are missing");
  return BackupItem(BackupEndItem{*rows, *left_out});
}

Result<std::optional<BackupItem>> BackupReader::next() {
  if (ended_) return std::optional<BackupItem>{};
  const bool is_first = !opened_;
  if (is_first) {
    if (Status status = open(); !status) return status.error();
  }
  const Result<std::uint64_t> type = number(1);
  if (!type) return type.error();
  if ((*type == kAboutItem) != is_first) return no_backup("its items are out of order");
  Result<BackupItem> item = read_item(static_cast<std::uint8_t>(*type));
  if (!item) return item.error();
  if (*type == kEndItem) {
    std::uint8_t more = 0;
    const Result<std::size_t> behind = source_(std::span(&more, 1));
    if (!behind) return behind.error();
    if (at_ != buffer_.size() || !last_ || *behind != 0) return no_backup("something stands behind its end");
    ended_ = true;
  }
  return std::optional<BackupItem>(std::move(*item));
}

}  // namespace budstikke::daemon
