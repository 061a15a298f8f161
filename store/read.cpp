#include "store/read.h"

#include "store/row.h"

namespace budstikke::store {

Result<std::optional<View>> get_row(const Environment& env, MDB_txn* txn, Table table, View key) {
  if (Status fits = check_key(key); !fits) return fits.error();
  MDB_val name = to_val(key), value;
  const int rc = mdb_get(txn, env.table(table), &name, &value);
  if (rc == MDB_NOTFOUND) return std::optional<View>{};
  if (rc != 0) return read_error(rc, "cannot read a row");
  if (!env.can_be_read(value)) return Error{Code::Damaged, "a stored row lies outside the file"};
  Result<View> payload = decode_row(table, key, to_view(value));
  if (!payload) return payload.error();
  return std::optional<View>{*payload};
}

Status scan_rows(const Environment& env, MDB_txn* txn, Table table, View from, const std::function<bool(View, View)>& each,
                 const std::function<void(View)>& damaged) {
  if (from.size() > kMaxKeyBytes) return check_key(from);
  MDB_cursor* opened = nullptr;
  int rc = mdb_cursor_open(txn, env.table(table), &opened);
  if (rc != 0) return read_error(rc, "cannot scan a table");
  const CursorGuard cursor(opened);
  MDB_val key = to_val(from), value;
  for (rc = mdb_cursor_get(cursor.get(), &key, &value, from.empty() ? MDB_FIRST : MDB_SET_RANGE); rc == 0;
       rc = mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT)) {
    if (!env.can_be_read(key) || key.mv_size > kMaxKeyBytes) {
      if (damaged) damaged({});
      continue;
    }
    const Result<View> payload =
        env.can_be_read(value) ? decode_row(table, to_view(key), to_view(value)) : Error{Code::Damaged, "outside the file"};
    if (!payload) {
      if (damaged) damaged(to_view(key));
    } else if (!each(to_view(key), *payload)) {
      return done();
    }
  }
  if (rc != MDB_NOTFOUND) return read_error(rc, "cannot scan a table");
  return done();
}

}  // namespace budstikke::store
