// A backup while the node runs: the home's files and what the store held at one commit, as one stream (backup_file.h). Whoever
// asked for it takes it piece by piece and writes it where they may: the node itself may be another user, confined to its home.
//
// How          A thread of its own reads a snapshot of the store, so that the node goes on; what is committed meanwhile is
//              not in it. It waits while kMostWaiting bytes were not taken.
// Errors       Io, Damaged: as the store says; nothing of what was taken is a backup then, as it lacks its end.
// Threads      Made, taken from and destroyed on one; destroying it stops it and waits.
// Cost         While it runs, pages that are freed are not used again: the store's file grows by what is written meanwhile, and
//              shred() and reopen() are put off (lmdb_storage.h).
#pragma once

#include <condition_variable>
#include <mutex>
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

struct BackupPiece {
  Bytes data;
  std::optional<BackupDone> done;  // nothing follows
};

class Backup {
 public:
  static constexpr std::size_t kMostWaiting = 4 * kBackupChunkBytes;

  // `about` is what the file says of itself.
  static Result<std::unique_ptr<Backup>> begin(const Home& home, const store::LmdbStorage& storage, Value about);
  ~Backup();
  Backup(const Backup&) = delete;
  Backup& operator=(const Backup&) = delete;
  // What comes next of the file, at most so many bytes; none when nothing is there yet.
  Result<BackupPiece> take(std::size_t most);
  std::uint64_t taken() const { return taken_; }

 private:
  Backup() = default;
  Result<BackupDone> write(const std::stop_token& stop);
  Status write_rows(BackupWriter& writer, BackupDone& done) const;
  Status put(View bytes, const std::stop_token& stop);

  Value about_;
  std::vector<BackupFileItem> files_;
  std::unique_ptr<StorageReader> rows_;
  std::uint64_t taken_ = 0;
  std::mutex mutex_;  // of what follows
  std::condition_variable_any room_;
  Bytes waiting_;
  std::size_t waiting_from_ = 0;  // what stands before it was taken
  std::optional<Result<BackupDone>> result_;
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
