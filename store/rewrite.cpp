#include "store/rewrite.h"

#include <algorithm>

#include "store/free_pages.h"
#include "store/read.h"

namespace budstikke::store {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kBatchOfRows = 16'384;  // a transaction of the copy, and so its memory
constexpr std::uint64_t kBatchOfBytes = 8 * 1024 * 1024;

// The store being written: rows in the order of their keys, in transactions of bounded size.
class Writer {
 public:
  explicit Writer(Environment& env) : env_(env) { last_[table_index(Table::Meta)] = bytes_of(view_of(kStoreIdKey)); }
  ~Writer() {
    if (txn_ != nullptr) mdb_txn_abort(txn_);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Status put(Table table, View key, View payload) {
    if (txn_ == nullptr) {
      if (const int rc = mdb_txn_begin(env_.get(), nullptr, 0, &txn_); rc != 0) {
        txn_ = nullptr;
        return write_error(rc, "cannot begin to write the store anew");
      }
    }
    // A damaged tree can lead to a page twice or out of order; those rows are sound and stay, but do not go last.
    Bytes& last = last_[table_index(table)];
    const bool goes_last = text_of(key) > text_of(last);
    encode_row(table, key, payload, row_);
    MDB_val name = to_val(key), value = to_val(row_);
    const int rc = mdb_put(txn_, env_.table(table), &name, &value, goes_last ? MDB_APPEND : MDB_NOOVERWRITE);
    if (rc == MDB_KEYEXIST && !goes_last) return done();
    if (rc != 0) return write_error(rc, "cannot write the store anew");
    if (goes_last) last.assign(key.begin(), key.end());
    ++rows_;
    ++batch_rows_;
    batch_bytes_ += key.size() + row_.size();
    return batch_rows_ < kBatchOfRows && batch_bytes_ < kBatchOfBytes ? done() : commit();
  }

  Status commit() {
    batch_rows_ = batch_bytes_ = 0;
    if (txn_ == nullptr) return done();
    if (const int rc = mdb_txn_commit(std::exchange(txn_, nullptr)); rc != 0)
      return write_error(rc, "cannot write the store anew");
    return done();
  }
  std::uint64_t rows() const { return rows_; }

 private:
  Environment& env_;
  MDB_txn* txn_ = nullptr;
  std::array<Bytes, kStoredTableCount> last_;
  Bytes row_;
  std::uint64_t rows_ = 0;
  std::uint64_t batch_rows_ = 0;
  std::uint64_t batch_bytes_ = 0;
};

// The rows of Table::Meta that are not copied: the store's identity is written when it is made, and the copy owes nothing.
bool is_made_anew(Table table, View key) {
  const std::string_view name = text_of(key);
  return table == Table::Meta && (name == kFormatKey || name == kStoreIdKey || name == kShredKey);
}

Result<std::uint64_t> copy_table(const Environment& from, MDB_txn* txn, Table table, Writer& to) {
  MDB_stat counted;
  if (const int rc = mdb_stat(txn, from.table(table), &counted); rc != 0) return read_error(rc, "cannot ask for a table");
  std::uint64_t met = 0;
  Status written = done();
  Status scanned = scan_rows(from, txn, table, {},
                             [&](View key, View payload) {
                               ++met;
                               if (!is_made_anew(table, key)) written = to.put(table, key, payload);
                               return written.ok();
                             },
                             {});
  if (!written) return written.error();
  if (!scanned && scanned.error().code != Code::Damaged) return scanned.error();
  return counted.ms_entries > met ? counted.ms_entries - met : 0;
}

Status room_for_copy(const Environment& from, const fs::path& dir, const StorageOptions& options) {
  MDB_stat whole;
  MDB_envinfo info;
  if (mdb_env_stat(from.get(), &whole) != 0 || mdb_env_info(from.get(), &info) != 0)
    return Error{Code::Io, "cannot ask the store"};
  std::uint64_t free_pages = 0;
  const Status listed = for_each_free_page(from, [&](std::size_t) { ++free_pages; });
  if (!listed && listed.error().code != Code::Damaged) return listed;
  const std::uint64_t pages = info.me_last_pgno + 1;
  const std::uint64_t live = (pages - std::min<std::uint64_t>(free_pages, pages)) * whole.ms_psize;
  const Result<std::uint64_t> left = free_bytes_of(dir);
  if (!left) return left.error();
  if (*left >= live + options.reserve_bytes) return done();
  return Error{
      Code::Full,
      "no room to write the store anew: " + std::to_string(live + options.reserve_bytes - *left) + " bytes more must be free",
      dir.string()};
}

Result<Rewritten> copy_all(const Environment& from, Environment& to) {
  MDB_txn* begun = nullptr;
  if (const int rc = mdb_txn_begin(from.get(), nullptr, MDB_RDONLY, &begun); rc != 0)
    return read_error(rc, "cannot begin to read");
  const TxnGuard txn(begun);
  Writer writer(to);
  Rewritten result;
  for (std::uint8_t table = 1; table <= kStoredTableCount; ++table) {
    Result<std::uint64_t> left_out = copy_table(from, txn.get(), static_cast<Table>(table), writer);
    if (!left_out) return left_out.error();
    result.left_out += *left_out;
  }
  if (result.left_out > 0) {
    if (Status marked = writer.put(Table::Meta, view_of(kRebuildKey), Bytes{1}); !marked) return marked.error();
  }
  if (Status committed = writer.commit(); !committed) return committed.error();
  result.rows = writer.rows();
  return result;
}

}  // namespace

Result<Rewritten> write_anew(const Environment& from, const fs::path& dir, const StorageOptions& options) {
  if (Status room = room_for_copy(from, dir, options); !room) return room.error();
  StorageOptions same = options;
  same.new_store_id = from.store_id();
  Result<Rewritten> copied = Rewritten{};
  {
    Result<std::shared_ptr<Environment>> to = Environment::make_fresh(dir, same);
    copied = to ? copy_all(from, **to) : Result<Rewritten>(to.error());
  }
  if (copied) return copied;
  if (Status removed = Environment::remove_leftovers(dir); !removed)
    return removed.error();  // else it would take the room that lacks
  return copied;
}

}  // namespace budstikke::store
