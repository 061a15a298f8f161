// The file that a backup is: whole, or refused.
#include "daemon/backup_file.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace budstikke;
using namespace budstikke::daemon;

namespace {

Bytes written(std::size_t rows, std::size_t payload_bytes = 40) {
  Bytes file;
  BackupWriter writer([&](View bytes) {
    file.insert(file.end(), bytes.begin(), bytes.end());
    return done();
  });
  Value about;
  about.set("council", "Ærø Integrationsråd");
  REQUIRE(writer.begin(about));
  REQUIRE(writer.file("config.toml", view_of("[council]\n")));
  for (std::size_t i = 0; i < rows; ++i) {
    const Bytes key{static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
    REQUIRE(writer.row(Table::Entries, key, Bytes(payload_bytes, static_cast<std::uint8_t>(i))));
  }
  REQUIRE(writer.end(rows, 3));
  return file;
}

BackupReader reader_of(const Bytes& file, std::size_t& at) {
  return BackupReader([&file, &at](std::span<std::uint8_t> into) -> Result<std::size_t> {
    const std::size_t size = std::min(into.size(), file.size() - at);
    std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(at), size, into.begin());
    at += size;
    return size;
  });
}

// "2 files, 5 rows, 3 left out", or the error's code.
std::string read(const Bytes& file) {
  std::size_t at = 0, files = 0, rows = 0;
  BackupReader reader = reader_of(file, at);
  for (;;) {
    Result<std::optional<BackupItem>> item = reader.next();
    if (!item) return item.error().code == Code::Damaged ? "damaged" : item.error().code == Code::Conflict ? "newer" : "other";
    if (!*item) return "no end";
    files += std::holds_alternative<BackupFileItem>(**item) ? 1 : 0;
    rows += std::holds_alternative<BackupRowItem>(**item) ? 1 : 0;
    if (const auto* end = std::get_if<BackupEndItem>(&**item)) {
      const Result<std::optional<BackupItem>> more = reader.next();
      REQUIRE(more.ok());
      CHECK_FALSE(more->has_value());
      return std::to_string(files) + " files, " + std::to_string(rows) + " rows, " + std::to_string(end->left_out) + " left out";
    }
  }
}

}  // namespace

TEST_CASE("backup file: what was written is read, of none or of many parts") {
  CHECK(read(written(0)) == "1 files, 0 rows, 3 left out");
  CHECK(read(written(5)) == "1 files, 5 rows, 3 left out");
  CHECK(read(written(300, 16'000)) == "1 files, 300 rows, 3 left out");             // 4.8 MB: five parts
  CHECK(read(written(2, 3 * kBackupChunkBytes)) == "1 files, 2 rows, 3 left out");  // a row of several parts
}

TEST_CASE("backup file: any changed byte is noticed") {
  const Bytes whole = written(5);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    CAPTURE(at);
    Bytes changed = whole;
    changed[at] ^= 0x20;
    const std::string outcome = read(changed);
    CHECK((outcome == "damaged" || (outcome == "newer" && at == kBackupMagic.size())));
  }
}

TEST_CASE("backup file: one that ends early, or goes on behind its end, is damaged") {
  const Bytes whole = written(5);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(read(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))) == "damaged");
  }
  Bytes longer = whole;
  longer.push_back(0);
  CHECK(read(longer) == "damaged");
}

TEST_CASE("backup file: parts that are left out or change places are noticed") {
  const Bytes whole = written(300, 16'000);
  const std::size_t first = kBackupMagic.size() + 1, part = 4 + 1 + kBackupChunkBytes + 32;
  REQUIRE(whole.size() > first + 3 * part);
  Bytes without = whole;
  without.erase(without.begin() + static_cast<std::ptrdiff_t>(first + part),
                without.begin() + static_cast<std::ptrdiff_t>(first + 2 * part));
  CHECK(read(without) == "damaged");
  Bytes swapped = whole;
  std::swap_ranges(swapped.begin() + static_cast<std::ptrdiff_t>(first),
                   swapped.begin() + static_cast<std::ptrdiff_t>(first + part),
                   swapped.begin() + static_cast<std::ptrdiff_t>(first + part));
  CHECK(read(swapped) == "damaged");
}

TEST_CASE("backup file: any other file is refused") {
  CHECK(read({}) == "damaged");
  CHECK(read(bytes_of(view_of("budstikke networks\n\1"))) == "damaged");
  CHECK(read(Bytes(100'000, 0xff)) == "damaged");
}
