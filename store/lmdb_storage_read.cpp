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
  Snapshot(std::shared_ptr<Environment> env, MDB_txn* txn) : env_(std::move(env)), txn_(txn) {}
  Result<std::optional<View>> get(Table table, View key) const override { return get_row(*env_, txn_.get(), table, key); }
  Status scan(Table table, View from, const std::function<bool(View, View)>& each,
              const std::function<void(View)>& damaged) const override {
    return scan_rows(*env_, txn_.get(), table, from, each, damaged);
  }

 private:
  std::shared_ptr<Environment> env_;  // before txn_, so that it goes after it
  TxnGuard txn_;
};

}  // namespace

Result<MDB_txn*> LmdbStorage::read_txn() const {
  if (stopped_) return *stopped_;
  if (writer_ != nullptr) return writer_;
  if (reader_live_) return reader_;
  const int rc = reader_ == nullptr ? mdb_txn_begin(env_->get(), nullptr, MDB_RDONLY, &reader_) : mdb_txn_renew(reader_);
  if (rc != 0) return read_error(rc, "cannot begin to read");
  reader_live_ = true;
  return reader_;
}

Result<std::optional<View>> LmdbStorage::get(Table table, View key) const {
  Result<MDB_txn*> txn = read_txn();
  if (!txn) return txn.error();
  if (table == Table::RecordIds) {
    if (const PendingRows::Row* row = pending_->find(key)) {
      return row->erased ? std::optional<View>{} : std::optional<View>{row->value()};
    }
  }
  Result<std::optional<View>> row = get_row(*env_, *txn, table, key);
  if (!row) refresh_reader();
  return row;
}

// LMDB refuses everything in a transaction that met a senseless page; the next read shall have its own chance.
void LmdbStorage::refresh_reader() const {
  if (!reader_live_ || scans_ != 0) return;
  mdb_txn_reset(reader_);  // views stay good: what they point to is not written over before a commit
  reader_live_ = false;
}

Status LmdbStorage::scan(Table table, View from, const std::function<bool(View, View)>& each,
                         const std::function<void(View)>& damaged) const {
  Result<MDB_txn*> txn = read_txn();
  if (!txn) return txn.error();
  ++scans_;
  Status result = table == Table::RecordIds && !pending_->empty() ? scan_pending(*txn, from, each, damaged)
                                                                  : scan_rows(*env_, *txn, table, from, each, damaged);
  --scans_;
  if (!result) refresh_reader();
  return result;
}

// Merges the rows on disk with those that wait: where both have a key, the waiting one counts.
Status LmdbStorage::scan_pending(MDB_txn* txn, View from, const std::function<bool(View, View)>& each,
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
  Status result = scan_rows(
      *env_, txn, Table::RecordIds, from,
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
  MDB_txn* txn = nullptr;
  const int rc = mdb_txn_begin(env_->get(), nullptr, MDB_RDONLY, &txn);
  if (rc != 0) return read_error(rc, "cannot begin to read");
  return std::unique_ptr<StorageReader>(std::make_unique<Snapshot>(env_, txn));
}

}  // namespace budstikke::store
