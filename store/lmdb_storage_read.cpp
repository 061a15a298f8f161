// LmdbStorage: reading. A read transaction stays open between changes: nobody else writes, so it keeps nothing from being used
// again.
#include <algorithm>

#include "store/environment.h"
#include "store/pending_rows.h"
#include "store/read.h"

namespace budstikke::store {
namespace {

// A read transaction of its own, over what was committed when it was made.
class Snapshot final : public StorageReader {
 public:
  Snapshot(std::shared_ptr<Environment> env, const ReadTxns& txns)
      : env_(std::move(env)), rows_(txns.rows), copies_(txns.copies) {}
  Result<std::optional<View>> get(Table table, View key) const override {
    return get_row(*env_, {rows_.get(), copies_.get()}, table, key, rescues_);
  }
  Status scan(Table table, View from, const std::function<bool(View, View)>& each,
              const std::function<void(View)>& damaged) const override {
    return scan_rows(*env_, {rows_.get(), copies_.get()}, table, from, each, damaged, rescues_);
  }

 private:
  std::shared_ptr<Environment> env_;  // before the transactions, so that it goes after them
  TxnGuard rows_, copies_;
  mutable Rescues rescues_;  // it writes nothing: the storage finds them itself
};

}  // namespace

Result<ReadTxns> LmdbStorage::read_txns() const {
  if (stopped_) return *stopped_;
  if (writer_ != nullptr) return ReadTxns{writer_, writer_};
  if (reader_live_) return ReadTxns{reader_, copies_reader_};
  for (MDB_txn** reader : {&reader_, &copies_reader_}) {
    const int rc = *reader == nullptr ? mdb_txn_begin(env_->get(), nullptr, MDB_RDONLY, reader) : mdb_txn_renew(*reader);
    if (rc == 0) continue;
    if (reader == &copies_reader_) mdb_txn_reset(reader_);
    return read_error(rc, "cannot begin to read");
  }
  reader_live_ = true;
  return ReadTxns{reader_, copies_reader_};
}

void LmdbStorage::reset_readers() const {
  if (!reader_live_) return;
  mdb_txn_reset(reader_);
  mdb_txn_reset(copies_reader_);
  reader_live_ = false;
}

Result<std::optional<View>> LmdbStorage::get(Table table, View key) const {
  Result<ReadTxns> txns = read_txns();
  if (!txns) return txns.error();
  if (table == Table::RecordIds) {
    if (const PendingRows::Row* row = pending_->find(key)) {
      return row->erased ? std::optional<View>{} : std::optional<View>{row->value()};
    }
  }
  Result<std::optional<View>> row = get_row(*env_, *txns, table, key, *rescues_);
  if (!row || !rescues_->empty()) refresh_reader();
  return row;
}

// LMDB refuses everything in a transaction that met a senseless page; the next read shall have its own chance.
void LmdbStorage::refresh_reader() const {
  if (scans_ == 0) reset_readers();  // views stay good: what they point to is not written over before a commit
}

Status LmdbStorage::scan(Table table, View from, const std::function<bool(View, View)>& each,
                         const std::function<void(View)>& damaged) const {
  Result<ReadTxns> txns = read_txns();
  if (!txns) return txns.error();
  ++scans_;
  Status result = table == Table::RecordIds && !pending_->empty()
                      ? scan_pending(*txns, from, each, damaged)
                      : scan_rows(*env_, *txns, table, from, each, damaged, *rescues_);
  --scans_;
  if (!result || !rescues_->empty()) refresh_reader();
  return result;
}

// Merges the rows on disk with those that wait: where both have a key, the waiting one counts.
Status LmdbStorage::scan_pending(const ReadTxns& txns, View from, const std::function<bool(View, View)>& each,
                                 const std::function<void(View)>& damaged) const {
  const std::vector<const PendingRows::Row*> waiting = pending_->sorted();
  auto next = std::find_if(waiting.begin(), waiting.end(), [&](const auto* row) { return text_of(row->key()) >= text_of(from); });
  bool wanted = true;
  const auto pass = [&](const PendingRows::Row& row) { wanted = wanted && (row.erased || each(row.key(), row.value())); };
  // Passes on what waits up to `key`; true when the row on disk is hidden by one that waits, or nothing more is wanted.
  const auto up_to = [&](View key) {
    while (wanted && next != waiting.end() && text_of((*next)->key()) < text_of(key)) pass(**next++);
    if (!wanted) return true;
    if (next == waiting.end() || !same_bytes((*next)->key(), key)) return false;
    pass(**next++);
    return true;
  };
  Status result = scan_plain_rows(
      *env_, txns.rows, Table::RecordIds, from,
      [&](View key, View payload) {
        if (!up_to(key)) wanted = each(key, payload);
        return wanted;
      },
      [&](View key) {
        if (!up_to(key) && damaged) damaged(key);
      });
  if (!result) return result;
  while (wanted && next != waiting.end()) pass(**next++);
  return done();
}

Result<std::unique_ptr<StorageReader>> LmdbStorage::snapshot() const {
  if (stopped_) return *stopped_;
  ReadTxns txns;
  int rc = mdb_txn_begin(env_->get(), nullptr, MDB_RDONLY, &txns.rows);
  if (rc != 0) return read_error(rc, "cannot begin to read");
  rc = mdb_txn_begin(env_->get(), nullptr, MDB_RDONLY, &txns.copies);
  if (rc == 0) return std::unique_ptr<StorageReader>(std::make_unique<Snapshot>(env_, txns));
  mdb_txn_abort(txns.rows);
  return read_error(rc, "cannot begin to read");
}

std::uint64_t LmdbStorage::rescued() const { return rescues_->count(); }

}  // namespace budstikke::store
