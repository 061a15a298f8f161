// LmdbStorage: what only looks at the store as a whole.
#include <algorithm>

#include "store/environment.h"
#include "store/free_pages.h"
#include "store/read.h"

namespace budstikke::store {

Result<Inspection> LmdbStorage::inspect(Table table) const {
  if (stopped_) return *stopped_;
  MDB_txn* begun = nullptr;
  int rc = mdb_txn_begin(env_->get(), nullptr, MDB_RDONLY, &begun);
  if (rc != 0) return read_error(rc, "cannot begin to read");
  const TxnGuard txn(begun);
  MDB_stat counted;
  rc = mdb_stat(txn.get(), env_->table(table), &counted);
  if (rc != 0) return read_error(rc, "cannot ask for a table");
  Inspection found;
  Bytes last;
  std::uint64_t disordered = 0;
  std::uint64_t unreachable = 0;
  const Result<std::uint64_t> bytes = env_->file_bytes();
  if (!bytes) return bytes.error();
  SalvageWatch watch;  // damaged pages can lead in circles: no table has more rows than fit the file
  for (auto& of_table : watch.most_steps) of_table.fill(*bytes / kRowOverheadBytes + 1);
  const auto met = [&](View key) {
    if (!last.empty() && text_of(key) <= text_of(last)) ++disordered;
    last.assign(key.begin(), key.end());
  };
  const Status walked = scan_plain_rows(
      *env_, txn.get(), table, {},
      [&](View key, View payload) {
        met(key);
        const Result<std::optional<View>> searched = get_plain_row(*env_, txn.get(), table, key);
        if (!searched || !*searched || (*searched)->data() != payload.data()) ++unreachable;
        ++found.sound;
        return true;
      },
      [&](View key) {
        met(key);
        ++found.damaged;
      },
      &watch);
  if (!walked && walked.error().code != Code::Damaged) return walked.error();
  const std::uint64_t seen = found.sound + found.damaged;
  found.lost =
      std::max({disordered, unreachable, seen > counted.ms_entries ? seen - counted.ms_entries : counted.ms_entries - seen});
  if (!walked && found.lost == 0) found.lost = 1;
  return found;
}

Result<Inspection> LmdbStorage::inspect() const {
  Inspection sum;
  for (std::uint8_t table = 1; table <= kStoredTableCount; ++table) {
    const Result<Inspection> part = inspect(static_cast<Table>(table));
    if (!part) return part.error();
    sum.sound += part->sound;
    sum.damaged += part->damaged;
    sum.lost += part->lost;
  }
  return sum;
}

Result<StorageStats> LmdbStorage::stats() const {
  if (stopped_) return *stopped_;
  StorageStats stats;
  stats.format = env_->format();
  const Result<std::uint64_t> bytes = env_->file_bytes();
  if (!bytes) return bytes.error();
  stats.file_bytes = *bytes;
  MDB_stat whole;
  if (const int rc = mdb_env_stat(env_->get(), &whole); rc != 0) return read_error(rc, "cannot ask the store");
  std::uint64_t free_pages = 0;
  if (Status listed = for_each_free_page(*env_, [&](std::size_t) { ++free_pages; }); !listed) return listed.error();
  stats.free_bytes = free_pages * whole.ms_psize;
  MDB_txn* begun = nullptr;
  int rc = mdb_txn_begin(env_->get(), nullptr, MDB_RDONLY, &begun);
  if (rc != 0) return read_error(rc, "cannot begin to read");
  const TxnGuard txn(begun);
  for (std::uint8_t table = 1; table <= kTableCount; ++table) {
    MDB_stat part;
    rc = mdb_stat(txn.get(), env_->table(static_cast<Table>(table)), &part);
    if (rc != 0) return read_error(rc, "cannot ask for a table");
    stats.rows[table - std::size_t{1}] = part.ms_entries;
  }
  return stats;
}

const StoreId& LmdbStorage::store_id() const { return env_->store_id(); }

std::uint64_t LmdbStorage::bytes_on_disk() const {
  const Result<std::uint64_t> bytes = env_ == nullptr ? Error{Code::Io, "the store is closed"} : env_->file_bytes();
  return bytes ? *bytes : 0;
}

}  // namespace budstikke::store
