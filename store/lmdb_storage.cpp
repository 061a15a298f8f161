#include "store/lmdb_storage.h"

#include <malloc.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>

#include "store/environment.h"
#include "store/free_pages.h"
#include "store/pending_rows.h"
#include "store/read.h"
#include "store/rewrite.h"
#include "store/row.h"

namespace budstikke::store {
namespace {

namespace fs = std::filesystem;

Result<FileSystem> suitable_file_system(const fs::path& dir, const StorageOptions& options) {
  Result<FileSystem> found = file_system_of(dir);
  if (!found || found->kind == FileSystemKind::Local) return found;
  if (found->kind == FileSystemKind::Remote) {
    return Error{Code::Conflict, "the store must lie on a disk of this machine, not on " + found->name, dir.string()};
  }
  if (!options.accept_temporary_file_system) {
    return Error{Code::Conflict, "the store must lie on a lasting disk, not on " + found->name, dir.string()};
  }
  return found;
}

}  // namespace

LmdbStorage::LmdbStorage(fs::path dir, const StorageOptions& options) : dir_(std::move(dir)), options_(options) {}

Result<std::unique_ptr<LmdbStorage>> LmdbStorage::open(const fs::path& dir, const StorageOptions& options) {
  std::error_code failed;
  if (!fs::exists(dir, failed) && options.create) {
    fs::create_directory(dir, failed);
    if (!failed) fs::permissions(dir, fs::perms::owner_all, failed);
    if (failed) return system_error(failed.value(), "cannot make the folder " + dir.string());
  }
  if (!fs::is_directory(dir, failed)) return Error{Code::NotFound, "there is no such folder", dir.string()};
  Result<FileSystem> file_system = suitable_file_system(dir, options);
  if (!file_system) return file_system.error();
  std::array<std::uint8_t, 16> secret;
  if (::getrandom(secret.data(), secret.size(), 0) != static_cast<ssize_t>(secret.size())) {
    return system_error(errno, "cannot draw random bytes");
  }
  Result<std::shared_ptr<Environment>> env = Environment::open(dir, options);
  if (!env && env.error().code == Code::NotFound && options.create) {
    if (Status created = Environment::create(dir, options); !created) return created.error();
    env = Environment::open(dir, options);
  }
  if (!env) return env.error();
  std::unique_ptr<LmdbStorage> storage(new LmdbStorage(dir, options));
  storage->env_ = std::move(*env);
  storage->pending_ = std::make_unique<PendingRows>(secret);
  storage->rescues_ = std::make_unique<Rescues>();
  Result<std::optional<View>> shred = storage->get(Table::Meta, view_of(kShredKey));
  if (!shred) return shred.error();
  storage->shred_due_ = shred->has_value();
  if (storage->shred_due_) {
    if (Status finished = storage->finish_shred(); !finished) return finished.error();
    if (storage->shred_trouble_) {
      storage->warnings_.push_back("what was erased still lies in the store's file: " + storage->shred_trouble_->text);
    }
  }
  if (file_system->kind == FileSystemKind::Temporary) {
    storage->warnings_.push_back("the store lies on " + file_system->name + " and may be gone after a restart");
  }
  return storage;
}

LmdbStorage::~LmdbStorage() { end_transactions(); }

Status LmdbStorage::begin_change(View key) {
  require(scans_ == 0, "the store was changed during a scan");
  if (stopped_) return *stopped_;
  if (lost_) return *lost_;
  if (Status fits = check_key(key); !fits) return fits;
  if (writer_ != nullptr) return done();
  reset_readers();
  const int rc = mdb_txn_begin(env_->get(), nullptr, 0, &writer_);
  if (rc != 0) {
    writer_ = nullptr;
    return stop(write_error(rc, "cannot begin to write"));
  }
  changed_ = true;
  return done();
}

Status LmdbStorage::put(Table table, View key, View payload) {
  if (Status fits = check_payload(payload); !fits) return fits;
  if (Status begun = begin_change(key); !begun) return begun;
  put_bytes_ += key.size() + payload.size();
  if (table == Table::Meta && text_of(key) == kStoreIdKey) {
    if (payload.size() != StoreId::kSize) return Error{Code::Invalid, "a store id has 16 bytes"};
    next_store_id_ = StoreId::from(payload);
  }
  if (table != Table::RecordIds) return put_row(table, key, payload);
  pending_->set(key, payload);
  return pending_->size() < kBatchEntries ? done() : flush_pending();
}

// Whether the key is greater than every key of the table, so that its place needs no search and its page is filled to the end.
bool LmdbStorage::goes_last(Table table, View key) {
  Bytes& last = last_keys_[table_index(table)];
  bool& known = last_known_[table_index(table)];
  if (!known) {
    MDB_cursor* opened = nullptr;
    if (mdb_cursor_open(writer_, env_->table(table), &opened) != 0) return false;
    const CursorGuard cursor(opened);
    MDB_val found, value;
    const int rc = mdb_cursor_get(cursor.get(), &found, &value, MDB_LAST);
    if (rc != MDB_NOTFOUND && (rc != 0 || found.mv_size > kMaxKeyBytes || !env_->can_be_read(found))) return false;
    last = rc == 0 ? bytes_of(to_view(found)) : Bytes{};
    known = true;
  }
  if (text_of(key) <= text_of(last)) return false;
  last.assign(key.begin(), key.end());
  return true;
}

// The row is put together outside the page and copied in once, since `key` and `payload` may themselves lie in a page of this
// transaction, which an insert moves about (MDB_RESERVE would save those 20 ns).
Status LmdbStorage::put_row(Table table, View key, View payload) {
  const CopyKey copy_key(table, key);
  const View own_key = copy_key.view().subspan(1);
  encode_row(table, own_key, payload, row_);  // both before anything moves: the payload may lie in this store
  if (has_copy(table)) encode_row(kCopies, copy_key.view(), payload, copy_);
  MDB_val name = to_val(own_key), value = to_val(row_);
  int rc = mdb_put(writer_, env_->table(table), &name, &value, goes_last(table, own_key) ? MDB_APPEND : 0);
  if (rc == 0 && has_copy(table)) {
    name = to_val(copy_key.view());
    value = to_val(copy_);
    rc = mdb_put(writer_, env_->table(kCopies), &name, &value, 0);
  }
  if (rc != 0) return lose(write_error(rc, "cannot put a row"));
  return done();
}

Status LmdbStorage::erase(Table table, View key) {
  if (Status begun = begin_change(key); !begun) return begun;
  if (table == Table::RecordIds) {
    pending_->erase(key);
    return pending_->size() < kBatchEntries ? done() : flush_pending();
  }
  const CopyKey copy_key(table, key);  // first: the key may lie in the row that goes
  const View own_key = copy_key.view().subspan(1);
  MDB_val name = to_val(own_key);
  int rc = mdb_del(writer_, env_->table(table), &name, nullptr);
  if ((rc == 0 || rc == MDB_NOTFOUND) && has_copy(table)) {
    name = to_val(copy_key.view());
    rc = mdb_del(writer_, env_->table(kCopies), &name, nullptr);
  }
  if (rc != 0 && rc != MDB_NOTFOUND) return lose(write_error(rc, "cannot erase a row"));
  return done();
}

// Rows that were read from their copies, or had none, are written again, both.
Status LmdbStorage::write_rescued() {
  for (const auto& [table, key] : rescues_->take()) {
    const Result<std::optional<View>> row = get(table, key);
    if (!row && row.error().code != Code::Damaged) return row.error();
    if (!row || !*row) continue;  // erased since, or put again in this transaction
    if (Status written = put_row(table, key, **row); !written) return written;
  }
  (void)rescues_->take();  // what these reads noted themselves
  return done();
}

Status LmdbStorage::flush_pending() {
  const std::vector<const PendingRows::Row*> rows = pending_->sorted();
  for (const PendingRows::Row* row : rows) {  // before the cursor is open: it need not survive removals
    if (!row->erased) continue;
    MDB_val name = to_val(row->key());
    const int rc = mdb_del(writer_, env_->table(Table::RecordIds), &name, nullptr);
    if (rc != 0 && rc != MDB_NOTFOUND) return lose(write_error(rc, "cannot erase a row"));
  }
  MDB_cursor* opened = nullptr;
  int rc = mdb_cursor_open(writer_, env_->table(Table::RecordIds), &opened);
  if (rc == 0) {
    const CursorGuard cursor(opened);  // stays near its last row, so that the next needs no descent
    for (auto row = rows.begin(); row != rows.end() && rc == 0; ++row) {
      if ((*row)->erased) continue;
      encode_row(Table::RecordIds, (*row)->key(), (*row)->value(), row_);
      MDB_val name = to_val((*row)->key()), value = to_val(row_);
      rc = mdb_cursor_put(cursor.get(), &name, &value, 0);
    }
  }
  if (rc != 0) return lose(write_error(rc, "cannot put a row"));
  pending_->clear();
  return done();
}

Status LmdbStorage::room_for_commit() {
  if (put_bytes_ == 0) return done();
  const Result<std::uint64_t> left = free_bytes_of(dir_);
  if (!left) return left.error();
  const bool may_use_reserve = reserve_asked_ && put_bytes_ <= kReserveCommitBytes;
  if (*left < (may_use_reserve ? 0 : options_.reserve_bytes) + put_bytes_) {
    bytes_wanted_ = options_.reserve_bytes + put_bytes_;
    return Error{Code::Full, "the disk is full", dir_.string()};
  }
  return done();
}

Status LmdbStorage::commit() {
  require(scans_ == 0, "the store was changed during a scan");
  if (stopped_) return *stopped_;
  if (lost_) return *lost_;
  if (shred_asked_ && !shred_due_) {  // so that a restart takes it up
    if (Status marked = put(Table::Meta, view_of(kShredKey), {}); !marked) return marked;
  }
  const bool shred_now = shred_asked_;
  if (writer_ == nullptr) {
    shred_asked_ = reserve_asked_ = false;
    return shred_now ? finish_shred() : done();
  }
  Status ready = flush_pending();
  if (ready) ready = write_rescued();
  if (ready) ready = room_for_commit();
  if (!ready) {
    rollback();
    return ready;
  }
  const int rc = mdb_txn_commit(std::exchange(writer_, nullptr));
  if (rc == 0) {
    shred_due_ = shred_due_ || shred_asked_;
    if (next_store_id_) env_->set_store_id(*next_store_id_);
    forget_change_marks();
    env_->note_commit();
    return shred_now ? finish_shred() : done();
  }
  Error failed = write_error(rc, "cannot commit");
  if (failed.code == Code::Full) bytes_wanted_ = options_.reserve_bytes + put_bytes_;
  forget_changes();
  // LMDB refuses to go on when it could not write its head page; then nobody knows which commit the next start will find.
  if (failed.code == Code::Full && !read_txns()) failed.code = Code::Io;
  if (failed.code != Code::Full) return stop(std::move(failed));
  return failed;
}

void LmdbStorage::rollback() {
  require(scans_ == 0, "the store was changed during a scan");
  lost_.reset();
  forget_changes();
}

void LmdbStorage::forget_changes() {
  if (writer_ != nullptr) mdb_txn_abort(std::exchange(writer_, nullptr));
  pending_->clear();
  last_known_.fill(false);
  forget_change_marks();
}

void LmdbStorage::forget_change_marks() {
  put_bytes_ = 0;
  changed_ = shred_asked_ = reserve_asked_ = false;
  next_store_id_.reset();
}

Error LmdbStorage::lose(Error error) {
  if (error.code == Code::Full) bytes_wanted_ = options_.reserve_bytes + put_bytes_;
  forget_changes();
  changed_ = true;
  lost_ = error;
  return error;
}

Error LmdbStorage::stop(Error error) {
  stopped_ = error;
  return error;
}

void LmdbStorage::end_transactions() {
  if (writer_ != nullptr) mdb_txn_abort(std::exchange(writer_, nullptr));
  for (MDB_txn** reader : {&reader_, &copies_reader_}) {
    if (*reader != nullptr) mdb_txn_abort(std::exchange(*reader, nullptr));
  }
  reader_live_ = false;
}

// What was committed stands, whatever comes of this. An error is a store that cannot be opened again afterwards, one whose new
// file may be gone after a power cut, with what would be written to it, and one with rows that are damaged: whoever uses it
// relies on them, so it is left as it is, to be salvaged by a start.
Status LmdbStorage::finish_shred() {
  const auto put_off = [&](Error why) {
    shred_trouble_ = std::move(why);
    return done();
  };
  if (env_.use_count() != 1) return put_off({Code::Conflict, "a snapshot of the store is held"});
  end_transactions();  // a reader would keep the pages of the last commit
  Result<Rewritten> rewritten = write_anew(*env_, dir_, options_);
  if (!rewritten) return put_off(rewritten.error());
  if (rewritten->left_out > 0) {
    if (Status removed = Environment::remove_leftovers(dir_); !removed) return stop(removed.error());
    return stop({Code::Damaged, std::to_string(rewritten->left_out) + " rows are damaged or cannot be found", dir_.string()});
  }
  env_.reset();
  // If it stays where it was, the old store is opened again, and with it its mark.
  const Status placed = Environment::put_in_place(dir_);
  if (Status opened = reopen_environment(); !opened) return opened;
  const Result<std::optional<View>> mark = get(Table::Meta, view_of(kShredKey));
  if (!mark) return stop(mark.error());
  shred_due_ = mark->has_value();
  if (shred_due_ && !placed) return put_off(placed.error());
  if (!placed) return stop(placed.error());
  shred_trouble_.reset();
  return done();
}

// --- Upkeep.

Status LmdbStorage::reopen() {
  if (stopped_) return *stopped_;
  if (changed_ || scans_ != 0) return Error{Code::Conflict, "the store cannot be reopened before a commit or a rollback"};
  if (env_.use_count() != 1) return Error{Code::Conflict, "the store cannot be reopened while a snapshot is held"};
  end_transactions();
  forget_changes();
  env_.reset();
  return reopen_environment();
}

Status LmdbStorage::reopen_environment() {
  ::malloc_trim(0);  // LMDB's pages are small allocations, which malloc would keep
  StorageOptions existing = options_;
  existing.create = false;
  last_known_.fill(false);
  Result<std::shared_ptr<Environment>> env = Environment::open(dir_, existing);
  if (!env) return stop(env.error());
  env_ = std::move(*env);
  return done();
}

Status LmdbStorage::maintain() {
  if (stopped_) return *stopped_;
  return env_->check_readers();
}

Status LmdbStorage::check_file() const {
  if (stopped_) return *stopped_;
  return env_->check_file();
}

}  // namespace budstikke::store
