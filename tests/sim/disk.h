// A machine's disk: the store in memory, with what can happen to disks, and with a list of the entries that are durably on it.
//
// Shape        Commits fail as they do on real disks: an error says nothing about whether the commit happened. After one, every
//              call fails until the process has started again.
// Invariants   held() is what a look at the rows would find, kept beside them: judges must not ask the ledger what it holds.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "protocol/base/random.h"
#include "protocol/node/rows.h"
#include "tests/support/memory_storage.h"

namespace budstikke::sim {

// One entry's row, as it lies on a disk.
struct HeldEntry {
  EntryId id;
  LogNumber log;
  Seq seq;
  EntryNumber previous;
};

class Disk final : public Storage {
 public:
  Result<std::optional<View>> get(Table table, View key) const override;
  Status scan(Table table, View from, const std::function<bool(View key, View payload)>& each,
              const std::function<void(View key)>& damaged = {}) const override;
  Status put(Table table, View key, View payload) override;
  Status erase(Table table, View key) override;
  Status commit() override;
  void rollback() override;
  bool has_uncommitted() const override { return rows_.has_uncommitted(); }
  void shred() override { rows_.shred(); }
  bool shred_due() const override { return rows_.shred_due(); }
  void use_reserve() override { rows_.use_reserve(); }

  // --- What can happen to it.
  enum class Outcome : std::uint8_t { Undone, Done };
  void fail_next_commit(std::optional<Outcome> outcome) { next_failure_ = outcome; }  // nullopt: it shall not, after all
  std::optional<Outcome> failed() const { return failed_; }  // how the last commit failed; nullopt when it did not
  void fill(bool full) { rows_.fill_disk(full); }
  void fail_next_shred() { rows_.fail_shreds(1); }
  bool damage_a_row(Random& random);  // of those the store keeps once; false when there is none
  bool is_damaged() const;            // some row fails its checksum
  void crash();                       // the process ended; what was not committed is gone
  // Leaves out what cannot be read and marks the store, as store/salvage.h does; how many rows were left out.
  Result<std::size_t> salvage();
  // An empty store that knows these networks, as daemon/recovery.h begins it.
  Status begin_anew(const std::vector<NetworkRow>& networks, Incarnation incarnation);

  // A copy of what is committed, kept elsewhere.
  struct Copy {
    tests::MemoryStorage rows;
    std::map<EntryNumber, HeldEntry> held;
  };
  Copy copy() const;
  void put_back(const Copy& copy);

  // --- What is durably on it.
  const std::map<EntryNumber, HeldEntry>& held() const { return held_; }
  bool holds(const EntryId& id) const { return ids_.contains(id); }
  bool holds(const EntryPrefix& id) const;
  // The numbers of the entries that the last commit brought.
  const std::vector<EntryNumber>& fresh() const { return fresh_; }
  std::optional<LogRow> log(LogNumber number) const;
  std::optional<Bytes> entry(EntryNumber number) const;  // the row's payload
  const tests::MemoryStorage& rows() const { return rows_; }

 private:
  void take_pending();
  void count_ids();

  tests::MemoryStorage rows_;
  std::map<EntryNumber, HeldEntry> held_;
  std::map<EntryId, std::size_t> ids_;                       // how many rows hold it
  std::map<EntryNumber, std::optional<HeldEntry>> pending_;  // nullopt: erased
  std::vector<EntryNumber> fresh_;
  std::optional<Outcome> next_failure_;
  std::optional<Outcome> failed_;
  std::optional<Error> stopped_;
};

}  // namespace budstikke::sim
