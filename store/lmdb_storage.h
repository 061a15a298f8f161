// The store on disk: Storage over LMDB, with checksummed rows and durable commits.
//
// Shape        One folder with data.mdb (and LMDB's lock.mdb). Tables, rows and their checksums: FORMAT.md beside this file.
// Invariants   commit() returns done only after the data is on the disk. A row that is read is as it was written, or Damaged.
//              One object per folder in a process; that one process per folder opens it is the caller's care (it locks the home).
// Errors       put(), erase(): Invalid or TooLarge for a key or payload out of bounds, which changes nothing. Full or Io when
//              LMDB fails: everything uncommitted is gone, and put(), erase() and commit() repeat the error until rollback().
//              commit(): Full: everything uncommitted is gone, all that was committed can be read, and after space was freed
//              writing works again. Io: nothing is known about what the disk holds; every further call fails, the process must
//              end and check the store when it starts again (a second attempt would succeed without the data being there).
//              get(), scan(): Damaged when LMDB's own pages make no sense. A damaged page may also end the process: run
//              inspect() in a child process where that matters.
// Threads      One for the storage. A snapshot may be used on another, by one thread at a time.
//              shred(): the commit() that follows writes the whole store anew once it is durable, beside the old one; an opening
//              makes up for one that was cut short before anything can be read. Damaged rows end both with Damaged (salvage.h).
// Cost         Measured on the machine the project was begun on. Three rows an entry (an entry of 250 bytes, a record of 290, a
//              record id), 16,384 entries a commit: 3 µs an entry with its share of the commit in a store of 100,000 entries, 7
//              in one of a million, where every record id meets a page of its own. A commit of one entry: 0.3 ms. get(): 0.5
//              to 1.7 µs. An open transaction keeps its changed pages in memory, and LMDB keeps them for the next (22 MB after
//              100,000 entries, 64 MB after a million): reopen() gives them back.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/limits.h"
#include "protocol/node/place.h"
#include "protocol/node/storage.h"

struct MDB_txn;

namespace budstikke::store {

inline constexpr std::uint32_t kStoreFormat = 2;
inline constexpr std::string_view kFormatKey = "format";  // rows of Table::Meta that open() writes and reads
using budstikke::kStoreIdKey;
inline constexpr std::string_view kShredKey = "shred";      // there while a shred() was committed and is not done
inline constexpr std::string_view kRebuildKey = "rebuild";  // there when rows are missing: what is derived must be made anew

struct StorageOptions {
  std::uint64_t map_bytes = std::uint64_t{64} << 30;  // address space, not memory; the file can never grow past it
  // A commit that adds something is refused as Full when less would be left on the disk, so that a full disk is met before
  // LMDB writes, and removing still works.
  std::uint64_t reserve_bytes = 16 * 1024 * 1024;
  bool create = true;                        // false: NotFound when there is no store, for a home that must have one
  StoreId new_store_id{};                    // random, for a store that is created; zero is refused then
  bool accept_temporary_file_system = true;  // tmpfs, overlay: accepted with a warning, or refused
};

struct StorageStats {
  std::uint64_t file_bytes = 0;  // length of data.mdb; it never shrinks
  std::uint64_t free_bytes = 0;  // of it in pages that the next commits use again
  std::uint32_t format = 0;
  std::array<std::uint64_t, kTableCount> rows{};  // committed rows, by table number less 1

  std::uint64_t rows_of(Table table) const { return rows[static_cast<std::size_t>(table) - 1]; }
};

// What a walk over every row found. `lost` are rows (at least so many) whose checksum cannot speak for them, since get() does not
// find them: LMDB counts them but the walk did not meet them, or met them out of order or where no search leads. Their key or a
// page above them is damaged, and get() answers that there is no such row.
struct Inspection {
  std::uint64_t sound = 0;
  std::uint64_t damaged = 0;
  std::uint64_t lost = 0;
  bool clean() const { return damaged == 0 && lost == 0; }
};

class Environment;
class PendingRows;
class Rescues;
struct ReadTxns;

class LmdbStorage final : public Storage {
 public:
  // Opens the store in `dir`, or makes one. NotFound, Conflict (open already in this process, written by a newer version,
  // on a network or FUSE file system), Damaged (truncated, or no store of ours), Io, Full.
  static Result<std::unique_ptr<LmdbStorage>> open(const std::filesystem::path& dir, const StorageOptions& options);
  ~LmdbStorage() override;
  LmdbStorage(const LmdbStorage&) = delete;
  LmdbStorage& operator=(const LmdbStorage&) = delete;

  Result<std::optional<View>> get(Table table, View key) const override;
  // Nothing may be put, erased, committed or rolled back from within the callbacks.
  Status scan(Table table, View from, const std::function<bool(View key, View payload)>& each,
              const std::function<void(View key)>& damaged = {}) const override;
  Status put(Table table, View key, View payload) override;
  Status erase(Table table, View key) override;
  Status commit() override;
  void rollback() override;
  bool has_uncommitted() const override { return changed_ || shred_asked_; }
  void shred() override { shred_asked_ = true; }
  bool shred_due() const override { return shred_due_; }
  void use_reserve() override { reserve_asked_ = true; }
  // Why the last rewrite that shred() asked for was not done, for the log; nullopt when none is due.
  const std::optional<Error>& shred_trouble() const { return shred_trouble_; }

  // Reads what is committed now, whatever is put or committed later. To be kept for a second at most: the file cannot use
  // pages again that a snapshot may still read. A View from it is valid until it goes; it may outlive the storage.
  Result<std::unique_ptr<StorageReader>> snapshot() const;

  // Closes and opens the file, which gives back the memory of large transactions. Conflict while something is uncommitted
  // or a snapshot is held; after any other error the storage must not be used any more.
  Status reopen();
  // Every 60 s: frees the reader slots of processes that died, which would make the file grow.
  Status maintain();
  // Every 10 s: Io when the file was removed, replaced or cut behind our back; stop then, since what is written would be lost.
  Status check_file() const;
  // Walks every committed row of one table, or the whole store. About 1 µs a row.
  Result<Inspection> inspect(Table table) const;
  Result<Inspection> inspect() const;

  // How often, since the storage was opened, a row that follows from nothing else (tables.h) was read from its copy, or was found
  // to have none. The next commit writes such a row again; what this counts is worth a warning, since the disk may be failing.
  std::uint64_t rescued() const;

  // As it was last committed: a layer above that puts Meta "store-id" gives the store another one.
  const StoreId& store_id() const;
  std::uint64_t bytes_on_disk() const;                            // 0 when the file cannot be asked
  std::uint64_t uncommitted_bytes() const { return put_bytes_; }  // keys and payloads put since the last commit
  // What must be free on the disk for the last commit that was refused as Full; 0 when none was.
  std::uint64_t bytes_wanted() const { return bytes_wanted_; }
  Result<StorageStats> stats() const;
  const std::vector<std::string>& warnings() const { return warnings_; }  // of open(), for the log

 private:
  LmdbStorage(std::filesystem::path dir, const StorageOptions& options);
  Result<ReadTxns> read_txns() const;
  void reset_readers() const;
  void refresh_reader() const;
  Status begin_change(View key);
  Status put_row(Table table, View key, View payload);
  Status flush_pending();
  Status write_rescued();
  bool goes_last(Table table, View key);
  Status room_for_commit();
  Error lose(Error error);  // forgets what is uncommitted and keeps the error until rollback()
  Error stop(Error error);  // keeps the error for good
  void end_transactions();
  void forget_changes();
  void forget_change_marks();
  Status finish_shred();
  Status reopen_environment();
  Status scan_pending(const ReadTxns& txns, View from, const std::function<bool(View, View)>& each,
                      const std::function<void(View)>& damaged) const;

  std::filesystem::path dir_;
  StorageOptions options_;
  std::vector<std::string> warnings_;
  std::shared_ptr<Environment> env_;
  MDB_txn* writer_ = nullptr;          // open from the first change to commit or rollback
  mutable MDB_txn* reader_ = nullptr;  // reset whenever a change begins, so it never holds pages back from a writer
  mutable MDB_txn* copies_reader_ = nullptr;
  mutable bool reader_live_ = false;
  std::unique_ptr<Rescues> rescues_;
  mutable int scans_ = 0;
  std::unique_ptr<PendingRows> pending_;  // of Table::RecordIds
  // Per table of the interface, a key that no key of the table is greater than; empty: not known, or an empty table.
  std::array<Bytes, kTableCount> last_keys_;
  std::array<bool, kTableCount> last_known_{};
  Bytes row_, copy_;  // the row being written, and its copy; they keep their capacity
  std::uint64_t put_bytes_ = 0;
  std::uint64_t bytes_wanted_ = 0;
  bool changed_ = false;
  bool shred_asked_ = false;              // for the next commit
  bool shred_due_ = false;                // committed, and not done yet
  bool reserve_asked_ = false;            // for the next commit
  std::optional<StoreId> next_store_id_;  // put, and not committed yet
  std::optional<Error> shred_trouble_;
  std::optional<Error> lost_;     // until rollback()
  std::optional<Error> stopped_;  // for good
};

}  // namespace budstikke::store
