// The reader of a backup. The input is taken as the whole file, and as its items, put into one part with the hash it must have,
// since a fuzzer cannot guess that.
#include <algorithm>

#include "daemon/backup_file.h"
#include "protocol/base/hash.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;
using namespace budstikke::daemon;

namespace {

// True when it is whole: then written again it is a backup with the same items.
bool read(View file) {
  std::size_t at = 0;
  BackupReader reader([&](std::span<std::uint8_t> into) -> Result<std::size_t> {
    const std::size_t size = std::min(into.size(), file.size() - at);
    std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(at), size, into.begin());
    at += size;
    return size;
  });
  std::uint64_t rows = 0;
  bool ended = false;
  for (bool first = true;; first = false) {
    Result<std::optional<BackupItem>> item = reader.next();
    if (!item) {
      require(item.error().code == Code::Damaged || item.error().code == Code::Conflict, "a refusal says why");
      return false;
    }
    if (!*item) break;
    require(!ended, "nothing comes after the end");
    require(std::holds_alternative<Value>(**item) == first, "what a backup says of itself comes first, once");
    if (const auto* part = std::get_if<BackupFileItem>(&**item))
      require(part->bytes.size() <= kMostBackupFileBytes, "a file has its bound");
    if (const auto* row = std::get_if<BackupRowItem>(&**item)) {
      ++rows;
      require(!row->key.empty() && row->key.size() <= 64, "a row's key has its bounds");
      require(static_cast<std::uint8_t>(row->table) >= 1 && static_cast<std::uint8_t>(row->table) <= kTableCount,
              "a row has a table");
    }
    if (const auto* end = std::get_if<BackupEndItem>(&**item)) {
      require(end->rows == rows, "rows are counted");
      ended = true;
    }
  }
  require(ended, "a whole backup has an end");
  require(at == file.size(), "a whole backup ends with its file");
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View input(data, size);
  (void)read(input);
  if (size > kBackupChunkBytes) return 0;
  Bytes file = bytes_of(view_of(kBackupMagic));
  file.push_back(1);
  const Hash before = hash(Domain::Derived, file);
  const std::uint8_t last = 1;
  ByteWriter writer(file);
  writer.u32(static_cast<std::uint32_t>(size));
  writer.u8(last);
  writer.raw(input);
  writer.raw(hash(Domain::Derived, {before.view(), View(&last, 1), input}));
  if (read(file)) fuzz::accepted();
  return 0;
}
