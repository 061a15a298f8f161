#include "tests/support/memory_storage.h"

#include "store/row.h"

namespace budstikke::tests {

using store::check_key;
using store::check_payload;

Result<std::optional<View>> MemoryStorage::get(Table table, View key) const {
  if (stopped_) return *stopped_;
  if (Status fits = check_key(key); !fits) return fits.error();
  const Rows& rows = rows_of(table);
  const auto found = rows.find(key);
  if (found == rows.end()) return std::optional<View>{};
  if (found->second.damaged) return Error{Code::Damaged, "stored row fails its checksum"};
  return std::optional<View>{found->second.payload};
}

Status MemoryStorage::scan(Table table, View from, const std::function<bool(View, View)>& each,
                           const std::function<void(View)>& damaged) const {
  if (stopped_) return *stopped_;
  if (!from.empty()) {
    if (Status fits = check_key(from); !fits) return fits;
  }
  ++scans_;
  const Rows& rows = rows_of(table);
  bool wanted = true;
  for (auto row = rows.lower_bound(from); wanted && row != rows.end(); ++row) {
    if (!row->second.damaged) {
      wanted = each(row->first, row->second.payload);
    } else if (damaged) {
      damaged(row->first);
    }
  }
  --scans_;
  return done();
}

Status MemoryStorage::put(Table table, View key, View payload) {
  if (Status fits = check_payload(payload); !fits) return fits;
  if (Status begun = begin_change(key); !begun) return begun;
  put_bytes_ += key.size() + payload.size();
  Row row{bytes_of(payload), false};  // before anything moves: it may lie in this storage
  const Bytes own_key = bytes_of(key);
  remember(table, own_key);
  rows_of(table).insert_or_assign(own_key, std::move(row));
  return done();
}

Status MemoryStorage::erase(Table table, View key) {
  if (Status begun = begin_change(key); !begun) return begun;
  const Bytes own_key = bytes_of(key);
  remember(table, own_key);
  rows_of(table).erase(own_key);
  return done();
}

Status MemoryStorage::commit() {
  require(scans_ == 0, "the store was changed during a scan");
  if (stopped_) return *stopped_;
  if (lost_) return *lost_;
  if (!changed_ && !shred_asked_) {
    reserve_asked_ = false;
    return done();
  }
  const bool may_use_reserve = reserve_asked_ && put_bytes_ <= kReserveCommitBytes;
  if (disk_full_ && put_bytes_ > 0 && !may_use_reserve) {
    undo();
    return Error{Code::Full, "the disk is full"};
  }
  if (commit_fault_.strikes()) {
    undo();
    const Error error{commit_fault_.code, "a fault that the test asked for"};
    if (error.code != Code::Full) stopped_ = error;
    return error;
  }
  shred_due_ = shred_due_ || shred_asked_;
  if (shred_asked_ && shreds_to_fail_ > 0) {
    --shreds_to_fail_;
  } else if (shred_asked_) {
    shred_due_ = false;
    ++shreds_;
  }
  forget_undo();
  ++commits_;
  return done();
}

void MemoryStorage::rollback() {
  require(scans_ == 0, "the store was changed during a scan");
  lost_.reset();
  undo();
}

void MemoryStorage::damage(Table table, View key) {
  const auto found = rows_of(table).find(key);
  require(found != rows_of(table).end(), "damage(): there is no such row");
  found->second.damaged = true;
}

void MemoryStorage::crash() {
  undo();
  lost_.reset();
  stopped_.reset();
  put_fault_ = {};
  commit_fault_ = {};
  shreds_to_fail_ = 0;
  if (shred_due_) ++shreds_;  // taken up before anything can be read
  shred_due_ = false;
}

std::size_t MemoryStorage::rows(Table table) const { return rows_of(table).size(); }

Status MemoryStorage::begin_change(View key) {
  require(scans_ == 0, "the store was changed during a scan");
  if (stopped_) return *stopped_;
  if (lost_) return *lost_;
  if (Status fits = check_key(key); !fits) return fits;
  if (put_fault_.strikes()) {
    undo();
    changed_ = true;
    lost_ = Error{put_fault_.code, "a fault that the test asked for"};
    return *lost_;
  }
  changed_ = true;
  return done();
}

void MemoryStorage::remember(Table table, View key) {
  const auto found = rows_of(table).find(key);
  undo_.push_back(
      {table, bytes_of(key), found == rows_of(table).end() ? std::optional<Row>{} : std::optional<Row>{found->second}});
}

void MemoryStorage::undo() {
  for (auto step = undo_.rbegin(); step != undo_.rend(); ++step) {
    if (step->before) {
      rows_of(step->table).insert_or_assign(step->key, std::move(*step->before));
    } else {
      rows_of(step->table).erase(step->key);
    }
  }
  forget_undo();
}

void MemoryStorage::forget_undo() {
  undo_.clear();
  changed_ = shred_asked_ = reserve_asked_ = false;
  put_bytes_ = 0;
}

}  // namespace budstikke::tests
