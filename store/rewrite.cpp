#include "store/rewrite.h"

#include <algorithm>

#include "store/free_pages.h"
#include "store/place.h"
#include "store/read.h"

namespace budstikke::store {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kBatchOfRows = 16'384;  // a transaction of the copy, and so its memory
constexpr std::uint64_t kBatchOfBytes = 8 * 1024 * 1024;

// The store being written: rows in the order of their keys, with their copies, in transactions of bounded size.
class CopyWriter {
 public:
  explicit CopyWriter(Environment& env) : env_(env) {  // which begins with the rows of its identity
    const CopyKey copy(Table::Meta, view_of(kStoreIdKey));
    last_[table_index(kCopies)] = bytes_of(copy.view());
    last_[table_index(Table::Meta)] = bytes_of(view_of(kStoreIdKey));
  }
  ~CopyWriter() {
    if (txn_ != nullptr) mdb_txn_abort(txn_);
  }
  CopyWriter(const CopyWriter&) = delete;
  CopyWriter& operator=(const CopyWriter&) = delete;

  Status put(Table table, View key, View payload) {
    if (txn_ == nullptr) {
      if (const int rc = mdb_txn_begin(env_.get(), nullptr, 0, &txn_); rc != 0) {
        txn_ = nullptr;
        return write_error(rc, "cannot begin to write the store anew");
      }
    }
    Result<bool> added = add(table, key, payload);
    if (!added) return added.error();
    if (*added && has_copy(table)) {
      if (Result<bool> copied = add(kCopies, CopyKey(table, key).view(), payload); !copied) return copied.error();
    }
    if (*added) ++rows_;
    return batch_rows_ < kBatchOfRows && batch_bytes_ < kBatchOfBytes ? done() : commit();
  }

  Status commit() {
    batch_rows_ = batch_bytes_ = 0;
    if (txn_ == nullptr) return done();
    const int rc = mdb_txn_commit(std::exchange(txn_, nullptr));
    return rc == 0 ? done() : write_error(rc, "cannot write the store anew");
  }
  std::uint64_t rows() const { return rows_; }

 private:
  // False when the row is there already: a damaged tree can lead to a page twice, or out of order.
  Result<bool> add(Table table, View key, View payload) {
    Bytes& last = last_[table_index(table)];
    const bool goes_last = text_of(key) > text_of(last);
    encode_row(table, key, payload, row_);
    MDB_val name = to_val(key), value = to_val(row_);
    const int rc = mdb_put(txn_, env_.table(table), &name, &value, goes_last ? MDB_APPEND : MDB_NOOVERWRITE);
    if (rc == MDB_KEYEXIST && !goes_last) return false;
    if (rc != 0) return write_error(rc, "cannot write the store anew");
    if (goes_last) last.assign(key.begin(), key.end());
    ++batch_rows_;
    batch_bytes_ += key.size() + row_.size();
    return true;
  }

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

// The file that is written takes the place of one that was not copied here: then neither was it. If the old one was, the new one
// must not hide it.
struct Places {
  StorePlace old, fresh;
  Bytes after(View noted) const {
    const Result<StorePlace> place = parse_place(noted);
    return place && !has_moved(*place, old) ? encode(fresh) : bytes_of(noted);
  }
};

// Two read transactions of the same commit, since nobody writes.
class Readers {
 public:
  static Result<std::unique_ptr<Readers>> begin(const Environment& env) {
    std::unique_ptr<Readers> readers(new Readers);
    for (MDB_txn** txn : {&readers->txns_.rows, &readers->txns_.copies}) {
      if (const int rc = mdb_txn_begin(env.get(), nullptr, MDB_RDONLY, txn); rc != 0)
        return read_error(rc, "cannot begin to read");
    }
    return readers;
  }
  ~Readers() {
    for (MDB_txn* txn : {txns_.rows, txns_.copies}) {
      if (txn != nullptr) mdb_txn_abort(txn);
    }
  }
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;
  const ReadTxns& txns() const { return txns_; }

 private:
  Readers() = default;
  ReadTxns txns_;
};

// Copies what can be read of a table, and gives how many of the rows that LMDB counts there were not met. Where a senseless page
// ends the way from the first row on, the way from the last row back finds those behind it.
Result<std::uint64_t> copy_table(const Environment& from, Table table, const Places& places, CopyWriter& to,
                                 SalvageWatch* watch) {
  Result<std::unique_ptr<Readers>> readers = Readers::begin(from);
  if (!readers) return readers.error();
  MDB_stat counted;
  const int rc = mdb_stat((*readers)->txns().rows, from.table(table), &counted);
  if (rc != 0) return read_error(rc, "cannot ask for a table");
  const std::uint64_t before = to.rows();
  std::uint64_t made_anew = 0;
  Status written = done();
  const auto take = [&](View key, View payload) {
    if (is_made_anew(table, key)) {
      ++made_anew;
    } else if (table == Table::Meta && text_of(key) == kPlaceKey) {
      written = to.put(table, key, places.after(payload));
    } else {
      written = to.put(table, key, payload);
    }
    return written.ok();
  };
  Rescues rescues;
  const Status scanned = scan_rows(from, (*readers)->txns(), table, {}, take, {}, rescues, watch);
  if (!written) return written.error();
  if (!scanned && scanned.error().code != Code::Damaged) return scanned.error();
  if (!scanned) {
    Result<std::unique_ptr<Readers>> again = Readers::begin(from);  // LMDB refuses everything in the other from now on
    if (!again) return again.error();
    const Status back = scan_plain_rows_back(from, (*again)->txns().rows, table, take, watch);
    if (!written) return written.error();
    if (!back && back.error().code != Code::Damaged) return back.error();
  }
  const std::uint64_t met = to.rows() - before + made_anew;
  const std::uint64_t unmet = counted.ms_entries > met ? counted.ms_entries - met : 0;
  return scanned ? unmet : std::max<std::uint64_t>(unmet, 1);
}

// The list of free pages is not believed, nor looked at, of a store that is damaged.
Status room_for_copy(const Environment& from, const fs::path& dir, const StorageOptions& options, bool sound) {
  MDB_stat whole;
  MDB_envinfo info;
  if (mdb_env_stat(from.get(), &whole) != 0 || mdb_env_info(from.get(), &info) != 0)
    return Error{Code::Io, "cannot ask the store"};
  std::uint64_t free_pages = 0;
  const Status listed = sound ? for_each_free_page(from, [&](std::size_t) { ++free_pages; }) : done();
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

Result<Rewritten> copy_all(const Environment& from, Environment& to, const fs::path& dir, SalvageWatch* watch) {
  Result<StorePlace> old = place_of_file(dir / Environment::kFile);
  Result<StorePlace> fresh = place_of_file(dir / Environment::kFreshFolder / Environment::kFile);
  if (!old || !fresh) return old ? fresh.error() : old.error();
  const Places places{*old, *fresh};
  CopyWriter writer(to);
  Rewritten result;
  for (std::uint8_t table = 1; table <= kTableCount; ++table) {  // copies are made anew with what they are copies of
    Result<std::uint64_t> left_out = copy_table(from, static_cast<Table>(table), places, writer, watch);
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

Result<Rewritten> write_anew(const Environment& from, const fs::path& dir, const StorageOptions& options, SalvageWatch* watch) {
  if (Status room = room_for_copy(from, dir, options, watch == nullptr); !room) return room.error();
  StorageOptions same = options;
  same.new_store_id = from.store_id();
  Result<Rewritten> copied = Rewritten{};
  {
    Result<std::shared_ptr<Environment>> to = Environment::make_fresh(dir, same);
    copied = to ? copy_all(from, **to, dir, watch) : Result<Rewritten>(to.error());
  }
  if (copied) return copied;
  if (Status removed = Environment::remove_leftovers(dir); !removed)
    return removed.error();  // else it would take the room that lacks
  return copied;
}

Status write_rows(Environment& to, std::span<const NewRow> rows) {
  CopyWriter writer(to);
  for (const NewRow& row : rows) {
    if (Status put = writer.put(row.table, row.key, row.payload); !put) return put;
  }
  if (Status marked = writer.put(Table::Meta, view_of(kRebuildKey), Bytes{1}); !marked) return marked;
  return writer.commit();
}

}  // namespace budstikke::store
