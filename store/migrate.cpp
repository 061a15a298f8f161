#include "store/migrate.h"

#include "store/read.h"

namespace budstikke::store {
namespace {

constexpr std::uint64_t kStepRows = 16'384;
constexpr std::uint64_t kStepBytes = 8 * 1024 * 1024;
constexpr std::string_view kProgressKey = "migration";  // in Meta: transaction 8 · table 1 · the last key that was copied

// How far an earlier start came.
struct Progress {
  std::uint8_t table = 1;
  Bytes key;  // empty: at the table's beginning
};

int put_stored(Environment& env, MDB_txn* txn, Table table, View key, View payload) {
  Bytes row;
  encode_row(table, key, payload, row);
  MDB_val name = to_val(key), value = to_val(row);
  return mdb_put(txn, env.table(table), &name, &value, 0);
}

// nullopt when there is none, or when something was written since.
Result<std::optional<Progress>> read_progress(const Environment& env) {
  MDB_envinfo info;
  if (mdb_env_info(env.get(), &info) != 0) return Error{Code::Io, "cannot ask the store"};
  MDB_txn* begun = nullptr;
  if (const int rc = mdb_txn_begin(env.get(), nullptr, MDB_RDONLY, &begun); rc != 0)
    return read_error(rc, "cannot begin to read");
  const TxnGuard txn(begun);
  const Result<std::optional<View>> row = get_plain_row(env, txn.get(), Table::Meta, view_of(kProgressKey));
  if (!row && row.error().code != Code::Damaged) return row.error();
  if (!row || !*row) return std::optional<Progress>{};
  ByteReader reader(**row);
  const bool last_written = reader.u64() == info.me_last_txnid;
  Progress progress;
  progress.table = reader.u8();
  progress.key = bytes_of(reader.rest());
  if (!reader.done() || !last_written) return std::optional<Progress>{};
  return std::optional<Progress>{std::move(progress)};
}

// Ends a step: says how far it came, and commits.
Status end_step(Environment& env, TxnGuard& txn, const Progress& at) {
  Bytes row;
  ByteWriter writer(row);
  writer.u64(mdb_txn_id(txn.get()));
  writer.u8(at.table);
  writer.raw(at.key);
  int rc = put_stored(env, txn.get(), Table::Meta, view_of(kProgressKey), row);
  if (rc == 0) rc = txn.commit();
  if (rc != 0) return write_error(rc, "cannot bring the store to the new format");
  env.note_commit();
  return done();
}

Status begin_again(Environment& env) {
  MDB_txn* begun = nullptr;
  int rc = mdb_txn_begin(env.get(), nullptr, 0, &begun);
  if (rc != 0) return write_error(rc, "cannot begin to bring the store to the new format");
  TxnGuard txn(begun);
  rc = mdb_drop(txn.get(), env.table(kCopies), 0);
  if (rc != 0) return write_error(rc, "cannot bring the store to the new format");
  return end_step(env, txn, Progress{});
}

// One step: copies rows from `at` on, and moves it.
Status copy_some(Environment& env, Progress& at) {
  MDB_txn* begun = nullptr;
  int rc = mdb_txn_begin(env.get(), nullptr, MDB_RDONLY, &begun);
  if (rc != 0) return read_error(rc, "cannot begin to read");
  const TxnGuard reader(begun);  // of its own: a senseless page must not end the step
  rc = mdb_txn_begin(env.get(), nullptr, 0, &begun);
  if (rc != 0) return write_error(rc, "cannot begin to bring the store to the new format");
  TxnGuard writer(begun);
  const auto table = static_cast<Table>(at.table);
  std::uint64_t rows = 0, bytes = 0;
  bool ended = true;
  const Status scanned = scan_plain_rows(env, reader.get(), table, at.key,
                                         [&](View key, View payload) {
                                           if (table == Table::Meta && text_of(key) == kProgressKey) return true;
                                           if (same_bytes(key, at.key)) return true;  // the last one of the step before
                                           rc = put_stored(env, writer.get(), kCopies, CopyKey(table, key).view(), payload);
                                           at.key = bytes_of(key);
                                           bytes += payload.size();
                                           ended = rc == 0 && ++rows < kStepRows && bytes < kStepBytes;
                                           return ended;
                                         },
                                         {});
  if (rc != 0) return write_error(rc, "cannot bring the store to the new format");
  if (!scanned && scanned.error().code != Code::Damaged) return scanned;
  if (ended) at = Progress{static_cast<std::uint8_t>(at.table + 1), {}};
  return end_step(env, writer, at);
}

Status raise_format(Environment& env) {
  MDB_txn* begun = nullptr;
  int rc = mdb_txn_begin(env.get(), nullptr, 0, &begun);
  if (rc != 0) return write_error(rc, "cannot begin to bring the store to the new format");
  TxnGuard txn(begun);
  Bytes format;
  ByteWriter(format).u32(kStoreFormat);
  const std::pair<std::string_view, Bytes> rows[] = {{kRebuildKey, Bytes{1}}, {kFormatKey, format}};
  for (const auto& [name, payload] : rows) {
    if (rc == 0) rc = put_stored(env, txn.get(), Table::Meta, view_of(name), payload);
    if (rc == 0) rc = put_stored(env, txn.get(), kCopies, CopyKey(Table::Meta, view_of(name)).view(), payload);
  }
  MDB_val progress = to_val(view_of(kProgressKey));
  if (rc == 0) rc = mdb_del(txn.get(), env.table(Table::Meta), &progress, nullptr);
  if (rc == 0) rc = txn.commit();
  if (rc != 0) return write_error(rc, "cannot bring the store to the new format");
  env.note_commit();
  return done();
}

}  // namespace

Status migrate(Environment& env) {
  if (env.format() == kStoreFormat) return done();
  Result<std::optional<Progress>> known = read_progress(env);
  if (!known) return known.error();
  Progress at;
  if (*known) {
    at = std::move(**known);
  } else if (Status begun = begin_again(env); !begun) {
    return begun;
  }
  while (at.table <= kTableCount) {
    if (!has_copy(static_cast<Table>(at.table))) {
      ++at.table;
    } else if (Status step = copy_some(env, at); !step) {
      return step;
    }
  }
  return raise_format(env);
}

}  // namespace budstikke::store
