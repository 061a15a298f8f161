// One open LMDB environment: everything between "a folder" and "transactions may begin". Internal to store/.
//
// Shape        A folder with data.mdb and lock.mdb. Flags MDB_NOTLS only: durable commits, no writable map.
// Invariants   At most one per folder in a process (LMDB's locks silently fail otherwise). All tables are opened once, here,
//              and their handles live as long as the environment. A store that exists is complete: it is made in a folder
//              beside and renamed into place, so that an empty or short data.mdb is damage, never a new store.
// Errors       NotFound: no store there. Conflict: open already, written by a newer version, or on a file system that cannot
//              hold it. Damaged: truncated or not ours; move it aside and rebuild from peers. Io, Full.
// Threads      Opened, closed and written on one; each read transaction on one.
#pragma once

#include <lmdb.h>

#include <array>
#include <atomic>
#include <memory>

#include "store/file_system.h"
#include "store/lmdb_storage.h"
#include "store/tables.h"

namespace budstikke::store {

class Environment {
 public:
  // A file that ends before its last page is refused, or, to save what is in it, lengthened by a hole.
  static constexpr const char* kFile = "data.mdb";
  static constexpr const char* kFreshFolder = "new";
  enum class ShortFile : std::uint8_t { Refused, Lengthened };
  static Result<std::shared_ptr<Environment>> open(const std::filesystem::path& dir, const StorageOptions& options,
                                                   ShortFile short_file = ShortFile::Refused);
  static Status create(const std::filesystem::path& dir, const StorageOptions& options);
  // A store in the making lies in new/ beside data.mdb, whole but without rows but those of its identity; putting it in place is
  // one rename, and a sync of the folder: if that fails nobody knows which of the two a power cut would leave. Nobody may have
  // either open then. What is left of new/ is worth nothing, and an opening removes it.
  static Result<std::shared_ptr<Environment>> make_fresh(const std::filesystem::path& dir, const StorageOptions& options);
  static Status put_in_place(const std::filesystem::path& dir);
  static Status remove_leftovers(const std::filesystem::path& dir);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  MDB_env* get() const { return env_; }
  MDB_dbi table(Table table) const { return tables_[table_index(table)]; }
  std::uint32_t format() const { return format_; }
  const StoreId& store_id() const { return store_id_; }
  void set_store_id(const StoreId& id) { store_id_ = id; }  // after it was committed
  Status check_file() const;  // the open file is still the one at its path, and not shorter than it was after the last commit
  void note_commit();
  // Whether bytes that LMDB points to can be read at all: within the file, or in a changed page in memory. A damaged page may
  // claim a row of any length; what it claims is not believed before this and the checksum.
  bool can_be_read(const MDB_val& bytes) const;
  Status check_readers() const;  // frees the slots of readers that died
  Result<std::uint64_t> file_bytes() const;

 private:
  Environment(std::filesystem::path dir, std::pair<std::uint64_t, std::uint64_t> place);
  static Result<std::shared_ptr<Environment>> claim(const std::filesystem::path& dir);
  Status open_file(const StorageOptions& options);
  Status create_tables(const StorageOptions& options);
  Status open_tables();
  Status make_new_tables();
  Status read_identity();
  Result<Bytes> identity_row(std::string_view name);
  Status check_length(const StorageOptions& options, ShortFile short_file);
  Status find_map();

  std::filesystem::path dir_;
  std::pair<std::uint64_t, std::uint64_t> place_;  // device and inode of the folder, claimed for this process
  MDB_env* env_ = nullptr;
  std::array<MDB_dbi, kStoredTableCount> tables_{};
  std::uint32_t format_ = 0;
  StoreId store_id_;
  std::atomic<std::uint64_t> file_bytes_ = 0;  // after the last commit
  std::uintptr_t map_begin_ = 0;               // where the file is mapped
  std::uintptr_t map_end_ = 0;
};

// What an LMDB code means to a reader and to a writer: a page that makes no sense is Damaged for the one, and for the other
// a reason to stop.
Error read_error(int code, const std::string& what);
Error write_error(int code, const std::string& what);

inline MDB_val to_val(View bytes) { return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())}; }
inline View to_view(const MDB_val& value) { return {static_cast<const std::uint8_t*>(value.mv_data), value.mv_size}; }

// Ends a transaction that nobody ended. A read transaction is always ended so.
class TxnGuard {
 public:
  explicit TxnGuard(MDB_txn* txn) : txn_(txn) {}
  ~TxnGuard() {
    if (txn_ != nullptr) mdb_txn_abort(txn_);
  }
  TxnGuard(const TxnGuard&) = delete;
  TxnGuard& operator=(const TxnGuard&) = delete;
  MDB_txn* get() const { return txn_; }
  int commit() { return mdb_txn_commit(std::exchange(txn_, nullptr)); }

 private:
  MDB_txn* txn_;
};

class CursorGuard {
 public:
  explicit CursorGuard(MDB_cursor* cursor) : cursor_(cursor) {}
  ~CursorGuard() { mdb_cursor_close(cursor_); }
  CursorGuard(const CursorGuard&) = delete;
  CursorGuard& operator=(const CursorGuard&) = delete;
  MDB_cursor* get() const { return cursor_; }

 private:
  MDB_cursor* cursor_;
};

}  // namespace budstikke::store
