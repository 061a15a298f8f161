// What a node holds: networks, logs, entries and records in the store, with their digests kept as they change.
//
// Shape        Logs and memberships are few and live in memory; entries and records are read from the store when needed.
// Invariants   Everything one entry changes (entry, record states, indexes, tips, digests) is put before the call returns and
//              becomes durable together at the next commit(). Tips, digests and counters are written by commit() itself.
// Errors       Io, Full or Damaged from the store: the caller stops the node; nothing is half-applied on disk, since nothing
//              was committed.
// Cost         append(): three rows per one-change entry (entry, record, and the record's id when it is new).
#pragma once

#include <array>
#include <map>
#include <memory>
#include <unordered_map>

#include "protocol/membership/membership.h"
#include "protocol/node/rows.h"
#include "protocol/records/view.h"

namespace budstikke {

struct Log {
  LogNumber number;
  LogRow row;
  std::optional<Standing> author;  // from the membership; nullopt while the author is no member
  bool dirty = false;              // tips changed since the vector digests were brought up to date
  bool unsaved = false;            // its row must be put by the next commit
};

struct Network {
  Network(NetworkNumber network_number, NetworkRow network_row)
      : number(network_number), row(std::move(network_row)), membership(row.id) {}
  NetworkNumber number;
  NetworkRow row;
  Membership membership;
  FoundOperation founding;
  SetDigest membership_vector;         // over the tips of membership logs
  SetDigest data_vector;               // over the tips of data logs
  std::array<SetDigest, 256> buckets;  // state digest by the first byte of the record id
  std::array<bool, 256> dirty_buckets{};
  std::map<LogId, Log> logs;
  std::uint64_t records = 0;
  std::uint64_t entries = 0;
  std::uint64_t missing = 0;        // changes whose values are not here
  bool membership_changed = false;  // operations were added since settle()

  Hash state_digest() const;
  // True once the founder's membership log is here, so that peers can be told from strangers.
  bool is_bootstrapped() const { return membership.founder() != nullptr; }
};

class Ledger {
 public:
  // `incarnation` is used when the store is new.
  static Result<std::unique_ptr<Ledger>> load(Storage& storage, Incarnation incarnation);

  // --- Networks.
  std::map<NetworkId, Network>& networks() { return networks_; }
  const std::map<NetworkId, Network>& networks() const { return networks_; }
  Network* find_network(const NetworkId& id);
  Result<Network*> add_network(NetworkRow row);
  Status rewrite_network(Network& network);  // after its row was changed

  // --- Logs.
  Log* find_log(Network& network, const LogId& id);
  Result<Log*> open_log(Network& network, const LogId& id);  // finds or makes
  // The head at `seq` with which an entry of `log` may continue; several when the log forked. Seq 0 gives the empty head.
  struct Place {
    Head head;
    EntryNumber number;
  };
  Result<std::vector<Place>> places_at(const Log& log, Seq seq) const;
  Result<bool> holds(const Log& log, Seq seq, const EntryId& id) const;

  // --- Writing.
  // Appends one verified entry after `place`. `signature` covers it when it is a checkpoint or the end of its run.
  // Returns the new place. Membership operations are collected; call settle() after the last entry of a run.
  Result<Place> append(Network& network, Log& log, const Place& place, const Head& head, const EntryView& entry,
                       const std::optional<Signature>& signature);
  // Decides the membership anew if operations were added; true when they were. Where it changes the council or role in which
  // a log was folded, every record of the network is folded anew, so that the state follows from the set of entries alone.
  Result<bool> settle(Network& network);
  // Brings the vector digests up to date with the tips; commit() does so too. Call before reading them.
  void refresh_vectors();
  Status commit();

  Incarnation incarnation() const { return counters_.incarnation; }
  void renew_incarnation(Incarnation incarnation);
  std::uint64_t uncommitted_entries() const { return uncommitted_entries_; }
  std::uint64_t uncommitted_bytes() const { return uncommitted_bytes_; }
  bool has_uncommitted() const { return dirty_ || storage_.has_uncommitted(); }

  // --- Reading.
  const StorageReader& reader() const { return storage_; }
  Storage& storage() { return storage_; }
  Result<std::optional<RecordNumber>> find_record(const Network& network, const RecordId& id) const;
  Result<std::optional<RecordState>> record(RecordNumber number) const;
  Result<RecordView> view(const RecordState& state) const;
  // Visits the network's records in order of arrival until `each` returns false.
  Status each_record(const Network& network, const std::function<bool(RecordNumber, const RecordState&)>& each) const;
  // The run after `seq` on the way to `tip`: bodies in order, with the place where it ends and that end's signature.
  struct StoredRun {
    Seq first;
    std::vector<Bytes> bodies;
    EntryId end;
    Signature signature;
  };
  Result<std::optional<StoredRun>> next_run(const Log& log, Seq after, const StoredTip& tip) const;

 private:
  explicit Ledger(Storage& storage) : storage_(storage) {}
  Status load_networks();
  Status load_logs();
  Status load_memberships();
  Status load_buckets();
  bool renew_standings(Network& network);
  Status refold(Network& network);
  Result<std::vector<FoldChange>> history_of(ChangeLink newest) const;
  void take_membership(Network& network, const Log& log, const EntryId& id, WallTime stamp, const EntryView& entry);
  // A record that the entry being appended touches.
  struct Touched {
    RecordNumber number;
    RecordId id;
    RecordState state;
    std::optional<Hash> old_hash;  // what the bucket holds of it now
    ChangeLink newest;             // runs ahead of state.newest while links are made
  };
  Result<std::size_t> touch(Network& network, std::vector<Touched>& touched, const RecordKey& key);
  Status append_records(Network& network, Log& log, EntryNumber number, const Head& head, const EntryView& entry, EntryRow& row);
  Status apply_change(const FoldChange& change, const ChangeLink& link, RecordState& state) const;
  Status put_record(Network& network, Touched& touched);
  Result<FoldChange> change_at(const ChangeLink& link, ChangeLink& earlier) const;
  void replace_tip(Network& network, Log& log, const Place& place, const StoredTip& next);
  Result<EntryRow> entry_row(EntryNumber number) const;
  std::optional<Value::Array> values_at(const Source& source) const;
  Result<EntryNumber> ancestor(EntryNumber from, Seq seq) const;
  Result<Place> place_of(EntryNumber number) const;
  Result<std::vector<EntryNumber>> run_ends_after(const Log& log, Seq seq) const;
  std::optional<Standing> standing_of(LogNumber log) const;

  Storage& storage_;
  CountersRow counters_;
  std::map<NetworkId, Network> networks_;
  std::unordered_map<std::uint64_t, const Log*> logs_by_number_;
  std::uint64_t uncommitted_entries_ = 0;
  std::uint64_t uncommitted_bytes_ = 0;
  bool dirty_ = false;
  Bytes scratch_;
};

}  // namespace budstikke
