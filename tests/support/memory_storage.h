// Storage in memory: the slow, obvious twin of the store on disk, and the store of every test that needs none.
//
// Shape        One ordered map per table; an undo list takes back what was not committed.
// Invariants   Answers exactly as store::LmdbStorage does, bounds of keys and payloads and failed commits included.
// Errors       Only those that a test asks for by the fault hooks; counts start at 1 with the next call.
#pragma once

#include <array>
#include <map>
#include <set>
#include <vector>

#include "protocol/node/storage.h"

namespace budstikke::tests {

class MemoryStorage final : public Storage {
 public:
  Result<std::optional<View>> get(Table table, View key) const override;
  Status scan(Table table, View from, const std::function<bool(View key, View payload)>& each,
              const std::function<void(View key)>& damaged = {}) const override;
  Status put(Table table, View key, View payload) override;
  Status erase(Table table, View key) override;
  Status commit() override;
  void rollback() override;
  bool has_uncommitted() const override { return changed_ || shred_asked_; }
  void shred() override { shred_asked_ = true; }
  bool shred_due() const override { return shred_due_; }
  void use_reserve() override { reserve_asked_ = true; }

  // Faults. Full takes what is uncommitted and leaves the storage usable after a rollback; Io stops it for good.
  void fail_put(int nth, Code code) { put_fault_ = {nth, code}; }        // the nth put() or erase() from now
  void fail_commit(int nth, Code code) { commit_fault_ = {nth, code}; }  // the nth commit() from now that has something to do
  void fail_shreds(int times) { shreds_to_fail_ = times; }               // the next so many; the commits that ask for them stand
  // While the disk is full, every commit that puts something is refused as Full, but for a small one after use_reserve().
  void fill_disk(bool full) { disk_full_ = full; }
  void damage(Table table, View key);  // the row now fails its checksum, until it is put again or erased
  // As if the process had died and started again: what was not committed is gone, and so are the faults.
  void crash();
  std::uint64_t commits() const { return commits_; }  // that had something to do and were done
  std::uint64_t shreds() const { return shreds_; }    // that were asked for, committed and done
  std::size_t rows(Table table) const;

 private:
  struct Less {
    using is_transparent = void;
    bool operator()(View a, View b) const { return text_of(a) < text_of(b); }
  };
  struct Row {
    Bytes payload;
    bool damaged = false;
  };
  using Rows = std::map<Bytes, Row, Less>;
  struct Undo {
    Table table;
    Bytes key;
    std::optional<Row> before;
  };
  struct Fault {
    int left = 0;  // 0: none
    Code code = Code::Io;
    bool strikes() { return left > 0 && --left == 0; }
  };

  Rows& rows_of(Table table) { return tables_[static_cast<std::size_t>(table) - 1]; }
  const Rows& rows_of(Table table) const { return tables_[static_cast<std::size_t>(table) - 1]; }
  Status begin_change(View key);
  void remember(Table table, View key);
  void undo();
  void forget_undo();

  std::array<Rows, kTableCount> tables_;
  std::vector<Undo> undo_;
  bool changed_ = false;
  mutable int scans_ = 0;
  std::uint64_t commits_ = 0;
  std::uint64_t put_bytes_ = 0;  // since the last commit
  std::uint64_t shreds_ = 0;
  int shreds_to_fail_ = 0;
  bool shred_asked_ = false;    // for the next commit
  bool shred_due_ = false;      // committed, and not done yet
  bool reserve_asked_ = false;  // for the next commit
  bool disk_full_ = false;
  Fault put_fault_;
  Fault commit_fault_;
  std::optional<Error> lost_;     // until rollback()
  std::optional<Error> stopped_;  // for good
};

}  // namespace budstikke::tests
