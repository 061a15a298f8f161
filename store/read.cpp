#include "store/read.h"

#include "store/row.h"

namespace budstikke::store {
namespace {

enum Way : std::size_t { kRows, kCopiesOfRows, kRowsFromBehind };

// One step of a cursor.
int step(MDB_cursor* cursor, MDB_val& key, MDB_val& value, MDB_cursor_op how, SalvageWatch* watch, Table table, Way way) {
  if (watch != nullptr && !watch->may_step(table_index(table), way)) return MDB_CORRUPTED;
  return mdb_cursor_get(cursor, &key, &value, how);
}

}  // namespace

Result<std::optional<View>> get_plain_row(const Environment& env, MDB_txn* txn, Table table, View key) {
  MDB_val name = to_val(key), value;
  const int rc = mdb_get(txn, env.table(table), &name, &value);
  if (rc == MDB_NOTFOUND) return std::optional<View>{};
  if (rc != 0) return read_error(rc, "cannot read a row");
  if (!env.can_be_read(value)) return Error{Code::Damaged, "a stored row lies outside the file"};
  Result<View> payload = decode_row(table, key, to_view(value));
  if (!payload) return payload.error();
  return std::optional<View>{*payload};
}

Status scan_plain_rows(const Environment& env, MDB_txn* txn, Table table, View from, const std::function<bool(View, View)>& each,
                       const std::function<void(View)>& damaged, SalvageWatch* watch) {
  if (from.size() > kMaxKeyBytes) return check_key(from);
  MDB_cursor* opened = nullptr;
  int rc = mdb_cursor_open(txn, env.table(table), &opened);
  if (rc != 0) return read_error(rc, "cannot scan a table");
  const CursorGuard cursor(opened);
  MDB_val key = to_val(from), value;
  for (rc = step(cursor.get(), key, value, from.empty() ? MDB_FIRST : MDB_SET_RANGE, watch, table, kRows); rc == 0;
       rc = step(cursor.get(), key, value, MDB_NEXT, watch, table, kRows)) {
    if (!env.can_be_read(key) || key.mv_size > kMaxStoredKeyBytes) {
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

Status scan_plain_rows_back(const Environment& env, MDB_txn* txn, Table table, const std::function<bool(View, View)>& each,
                            SalvageWatch* watch) {
  MDB_cursor* opened = nullptr;
  int rc = mdb_cursor_open(txn, env.table(table), &opened);
  if (rc != 0) return read_error(rc, "cannot scan a table");
  const CursorGuard cursor(opened);
  MDB_val key, value;
  for (rc = step(cursor.get(), key, value, MDB_LAST, watch, table, kRowsFromBehind); rc == 0;
       rc = step(cursor.get(), key, value, MDB_PREV, watch, table, kRowsFromBehind)) {
    if (!env.can_be_read(key) || key.mv_size > kMaxKeyBytes || !env.can_be_read(value)) continue;
    const Result<View> payload = decode_row(table, to_view(key), to_view(value));
    if (payload && !each(to_view(key), *payload)) return done();
  }
  if (rc != MDB_NOTFOUND) return read_error(rc, "cannot scan a table");
  return done();
}

namespace {

// The sound rows of a table that has copies, or of its copies, in the order of their keys: a row that a damaged page puts out of
// order is passed over, as one that is damaged.
class SoundRows {
 public:
  SoundRows(const Environment& env, MDB_txn* txn, Table table, Table lies_in, View from, SalvageWatch* watch)
      : env_(env), table_(table), lies_in_(lies_in), watch_(watch), last_(bytes_of(from)), from_(true) {
    MDB_cursor* opened = nullptr;
    const int rc = mdb_cursor_open(txn, env.table(lies_in), &opened);
    if (rc != 0) status_ = read_error(rc, "cannot scan a table");
    cursor_.reset(opened);
  }

  // Moves on to the next row; false when there is none.
  bool next() {
    while (status_ && move()) {
      if (!env_.can_be_read(name_) || name_.mv_size > kMaxStoredKeyBytes || name_.mv_size == 0) {
        damaged_.insert(Bytes{});
        continue;
      }
      const Result<View> row = env_.can_be_read(value_) ? decode_row(lies_in_, to_view(name_), to_view(value_))
                                                        : Error{Code::Damaged, "outside the file"};
      if (!row) {
        damaged_.insert(bytes_of(key()));
      } else if (lies_in_ == kCopies && to_view(name_)[0] != static_cast<std::uint8_t>(table_)) {
        if (to_view(name_)[0] > static_cast<std::uint8_t>(table_)) return false;
      } else if (from_ ? text_of(key()) >= text_of(last_) : text_of(key()) > text_of(last_)) {
        from_ = false;
        last_.assign(key().begin(), key().end());
        payload_ = *row;
        return true;
      }
    }
    return false;
  }
  View key() const { return to_view(name_).subspan(lies_in_ == kCopies ? 1 : 0); }
  View payload() const { return payload_; }
  const Status& status() const { return status_; }
  std::set<Bytes>& damaged() { return damaged_; }

 private:
  struct Close {
    void operator()(MDB_cursor* cursor) const { mdb_cursor_close(cursor); }
  };

  bool move() {
    int rc = 0;
    if (started_) {
      rc = move_cursor(MDB_NEXT);
    } else {
      const CopyKey copy(table_, last_);
      name_ = to_val(lies_in_ == kCopies ? copy.view() : View(last_));
      rc = move_cursor(name_.mv_size == 0 ? MDB_FIRST : MDB_SET_RANGE);
      started_ = true;
    }
    if (rc != 0 && rc != MDB_NOTFOUND) status_ = read_error(rc, "cannot scan a table");
    return rc == 0;
  }

  int move_cursor(MDB_cursor_op how) {
    return step(cursor_.get(), name_, value_, how, watch_, table_, lies_in_ == kCopies ? kCopiesOfRows : kRows);
  }

  const Environment& env_;
  const Table table_;
  const Table lies_in_;
  SalvageWatch* const watch_;
  Bytes last_;  // the last key given, or, at first, the one to begin at
  bool from_;   // nothing was given yet
  bool started_ = false;
  std::unique_ptr<MDB_cursor, Close> cursor_;
  MDB_val name_{}, value_{};
  View payload_;
  std::set<Bytes> damaged_;
  Status status_ = done();
};

}  // namespace

Result<std::optional<View>> get_row(const Environment& env, const ReadTxns& txns, Table table, View key, Rescues& rescues) {
  if (Status fits = check_key(key); !fits) return fits.error();
  Result<std::optional<View>> row = get_plain_row(env, txns.rows, table, key);
  if (!has_copy(table) || (row && *row) || (!row && row.error().code != Code::Damaged)) return row;
  Result<std::optional<View>> copy = get_plain_row(env, txns.copies, kCopies, CopyKey(table, key).view());
  if (copy && *copy) rescues.note(table, key);
  // Where a copy is or was, there was a row: if both are bad, it is not absent but damaged.
  return copy && !*copy ? row : copy;
}

Status scan_rows(const Environment& env, const ReadTxns& txns, Table table, View from,
                 const std::function<bool(View, View)>& each, const std::function<void(View)>& damaged, Rescues& rescues,
                 SalvageWatch* watch) {
  if (!has_copy(table)) return scan_plain_rows(env, txns.rows, table, from, each, damaged, watch);
  if (from.size() > kMaxKeyBytes) return check_key(from);
  SoundRows rows(env, txns.rows, table, table, from, watch), copies(env, txns.copies, table, kCopies, from, watch);
  bool row = rows.next(), copy = copies.next();
  std::size_t found_again = 0;  // rows that were lost under their key, and so may be among the damaged under another
  while (row || copy) {
    const int order = !row ? 1 : !copy ? -1 : text_of(rows.key()).compare(text_of(copies.key()));
    const SoundRows& from_here = order <= 0 ? rows : copies;
    if (order != 0) rescues.note(table, from_here.key());
    if (order > 0 && rows.damaged().erase(bytes_of(copies.key())) == 0) ++found_again;
    if (!each(from_here.key(), from_here.payload())) return done();
    if (order <= 0) row = rows.next();
    if (order >= 0) copy = copies.next();
  }
  if (!rows.status() && !copies.status()) return rows.status();
  if (damaged) {
    for (const Bytes& key : rows.damaged()) {
      if (found_again > 0) {
        --found_again;
      } else {
        damaged(key);
      }
    }
  }
  return done();
}

}  // namespace budstikke::store
