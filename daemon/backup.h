// A backup while the node runs: the home's files and what the store held at one commit, written into one file (backup_file.h).
//
// How          A thread of its own reads a snapshot of the store, so that the node goes on; what is committed meanwhile is
//              not in it. The file is written beside its name, synced and renamed, so that it is whole or not there; mode 0600.
// Invariants   Nothing is overwritten but an earlier backup, and that only when asked for.
// Errors       Told by done(): Conflict: the name is taken. Io, Full: as the system says; no part of it is left behind.
// Threads      Made, asked and destroyed on one; destroying it stops it and waits.
// Cost         While it runs, pages that are freed are not used again: the store's file grows by what is written meanwhile, and
//              shred() and reopen() are put off (lmdb_storage.h).
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "daemon/backup_file.h"
#include "daemon/home.h"
#include "store/lmdb_storage.h"

namespace budstikke::daemon {

struct BackupDone {
  std::uint64_t bytes = 0;
  std::uint64_t rows = 0;
  std::uint64_t left_out = 0;  // rows that could not be read
};

class Backup {
 public:
  // `about` is what the file says of itself. Conflict: the file is within the home, or there already and not to be replaced.
  static Result<std::unique_ptr<Backup>> begin(const Home& home, const store::LmdbStorage& storage,
                                               const std::filesystem::path& file, bool replace, Value about);
  ~Backup();
  Backup(const Backup&) = delete;
  Backup& operator=(const Backup&) = delete;
  // nullptr while it is being written.
  const Result<BackupDone>* done() const { return finished_.load(std::memory_order_acquire) ? &*result_ : nullptr; }
  const std::filesystem::path& file() const { return file_; }

 private:
  explicit Backup(std::filesystem::path file) : file_(std::move(file)) {}
  Result<BackupDone> write(const std::stop_token& stop) const;
  Status write_rows(BackupWriter& writer, const std::stop_token& stop, BackupDone& done) const;

  std::filesystem::path file_;
  bool replace_ = false;
  Value about_;
  std::vector<BackupFileItem> files_;
  std::unique_ptr<StorageReader> rows_;
  std::optional<Result<BackupDone>> result_;
  std::atomic<bool> finished_ = false;
  std::jthread thread_;  // last: it uses the rest
};

// What the home knows of its last backup: when it was finished, and where it was written to.
struct LastBackup {
  std::string at;    // RFC 3339, UTC
  std::string file;  // its path
};
std::optional<LastBackup> last_backup(const Home& home);
Status note_backup(const Home& home, const LastBackup& last);

// Rows of Table::Meta that belong to the file they lie in, and not to what it holds.
bool is_of_file(Table table, View key);

}  // namespace budstikke::daemon
