// Reading rows within any transaction, with every byte checked before it is believed. Internal to store/.
//
// Shape        Plain functions read what lies in a table. The others read a row's copy (tables.h) where the row itself is damaged
//              or lost, so that whoever reads does not notice, and note it for those who write. A watch, where one is given, is
//              asked before every step; where it says no, the way ends as at a senseless page.
// Errors       As Storage has them. A row whose place makes no sense (outside the file, a key too long) is Damaged like one whose
//              checksum fails; when LMDB itself finds its pages senseless, a scan ends there with Damaged.
#pragma once

#include <set>

#include "store/environment.h"
#include "store/salvage.h"

namespace budstikke::store {

Result<std::optional<View>> get_plain_row(const Environment& env, MDB_txn* txn, Table table, View key);
Status scan_plain_rows(const Environment& env, MDB_txn* txn, Table table, View from, const std::function<bool(View, View)>& each,
                       const std::function<void(View)>& damaged, SalvageWatch* watch = nullptr);
// The sound rows from the last one back, until `each` returns false or a senseless page ends the way.
Status scan_plain_rows_back(const Environment& env, MDB_txn* txn, Table table, const std::function<bool(View, View)>& each,
                            SalvageWatch* watch);

// Rows and copies are read in transactions of their own, of the same commit, since LMDB refuses everything in a transaction that
// met a senseless page. A writer has but one.
struct ReadTxns {
  MDB_txn* rows = nullptr;
  MDB_txn* copies = nullptr;
};

// The rows of which only one of two was sound.
class Rescues {
 public:
  static constexpr std::size_t kMostNoted = 1024;  // those beyond are met again

  void note(Table table, View key) {
    ++count_;
    if (noted_.size() < kMostNoted) noted_.emplace(table, bytes_of(key));
  }
  std::uint64_t count() const { return count_; }
  std::set<std::pair<Table, Bytes>> take() { return std::exchange(noted_, {}); }
  bool empty() const { return noted_.empty(); }

 private:
  std::uint64_t count_ = 0;
  std::set<std::pair<Table, Bytes>> noted_;
};

Result<std::optional<View>> get_row(const Environment& env, const ReadTxns& txns, Table table, View key, Rescues& rescues);
Status scan_rows(const Environment& env, const ReadTxns& txns, Table table, View from,
                 const std::function<bool(View, View)>& each, const std::function<void(View)>& damaged, Rescues& rescues,
                 SalvageWatch* watch = nullptr);

}  // namespace budstikke::store
