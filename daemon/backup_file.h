// The file that a backup is: everything a home needs to be made again on another machine. As secret as the home itself, since it
// holds the node's keys.
//
// Shape        "budstikke backup\n" 17 · version 1 (= 1) · chunks
//                chunk   length 4 (≤ 1 MiB) · last 1 (0, 1) · bytes · hash 32
//                hash    H(Derived, hash before ‖ last ‖ bytes); before the first: H(Derived, the file's first 18 bytes)
//              The chunks' bytes, joined, are items, each with its type in front:
//                1 about   length 4 · canonical msgpack: a map of texts and numbers, for people and for what may be read
//                2 file    length 1 · name · length 4 · bytes         "config.toml", "config.d/…", "networks", "keys/…"
//                3 row     table 1 · length 1 · key · length 4 · payload
//                4 end     rows 8 · rows that could not be read 8     always the last
//              Rows, not LMDB's pages: they are what was live at one commit, with nothing of what was erased before, any machine
//              can read them, and no file from outside is ever opened as a database.
// Invariants   What is altered, left out, cut short or added is noticed, wherever it stands: each chunk's hash covers all that
//              comes before it. That guards against broken disks and wrong files, not against whoever can write the file: they
//              could as well write the home.
// Errors       Reading: Damaged: not whole, or no backup. Conflict: of a later version. Io: the disk's own.
// Cost         Memory for a chunk or a row, and hashing (about 2 ns a byte).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "protocol/base/value.h"
#include "protocol/node/storage.h"
#include "protocol/wire/restore.h"

namespace budstikke::daemon {

inline constexpr std::size_t kBackupChunkBytes = 1024 * 1024;
inline constexpr std::size_t kMostBackupFileBytes = 1024 * 1024;  // of one file of the home

class BackupWriter {
 public:
  using Sink = std::function<Status(View)>;
  explicit BackupWriter(Sink sink) : sink_(std::move(sink)) {}
  Status begin(const Value& about);
  Status file(std::string_view name, View bytes);
  Status row(Table table, View key, View payload);
  Status end(std::uint64_t rows, std::uint64_t left_out);

 private:
  Status flush(bool last);
  Status flush_full();
  Sink sink_;
  Bytes chunk_;
  Bytes before_;  // the hash that the next one covers
};

struct BackupFileItem {
  std::string name;
  Bytes bytes;
};
struct BackupRowItem {
  Table table;
  Bytes key, payload;
};
struct BackupEndItem {
  std::uint64_t rows = 0, left_out = 0;
};
using BackupItem = std::variant<Value, BackupFileItem, BackupRowItem, BackupEndItem>;

class BackupReader {
 public:
  // Reads at most so many bytes; fewer only at the end of the file.
  using Source = std::function<Result<std::size_t>(std::span<std::uint8_t>)>;
  explicit BackupReader(Source source) : source_(std::move(source)) {}
  // The about item comes first, the end item last; nullopt after it.
  Result<std::optional<BackupItem>> next();

 private:
  Status open();
  Status need(std::size_t bytes);
  Status read_chunk();
  Status fill(std::span<std::uint8_t> bytes);
  Result<View> take(std::size_t bytes);
  Result<std::uint64_t> number(std::size_t bytes);
  Result<BackupItem> read_item(std::uint8_t type);
  Source source_;
  Bytes before_;
  Bytes buffer_;  // of the chunks read so far, from at_ on not taken yet
  std::size_t at_ = 0;
  bool last_ = false;  // no chunk follows
  bool opened_ = false;
  bool ended_ = false;
  std::uint64_t rows_ = 0;
};

}  // namespace budstikke::daemon
