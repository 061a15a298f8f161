// What a node holds: networks, logs, entries and records in the store, with their digests kept as they change.
//
// Shape        Logs and memberships are few and live in memory; entries and records are read from the store when needed.
// Invariants   Everything one entry changes (entry, record states, indexes, tips, digests) is put before the call returns and
//              becomes durable together at the next commit(). Tips, digests and counters are written by commit() itself.
// Errors       Io, Full or Damaged from the store: the caller stops the node; nothing is half-applied on disk, since nothing
//              was committed.
// Cost         append(): three rows per one-change entry (entry, record, and the record's id when it is new).
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>

#include "protocol/log/branches.h"
#include "protocol/membership/membership.h"
#include "protocol/node/quota.h"
#include "protocol/node/rows.h"
#include "protocol/records/erasure.h"
#include "protocol/records/file.h"
#include "protocol/records/history.h"
#include "protocol/records/view.h"
#include "protocol/wire/messages.h"

namespace budstikke {

// What counts of a log when not all of it does: the way from its start to one entry, or as many of its branches as may count.
struct Limit {
  std::vector<StoredTip> tips;                     // that entry, or the ends of these branches; none when nothing counts
  std::optional<std::set<EntryNumber>> path = {};  // what counts up to that entry, in a log that has forked
  std::set<EntryNumber> left_out = {};             // the entries of all other branches; empty when it is for an entry
  friend bool operator==(const Limit& a, const Limit& b) { return a.tips == b.tips; }
};

// From where on entries of a log have a role that its author was given; those up to there have the one that it had before.
struct RolePart {
  RoleSince since;
  std::optional<EntryNumber> end = {};            // the entry that `since` names, once it is here; until then all have the role
  std::optional<std::set<EntryNumber>> way = {};  // to that entry, in a log that has forked

  bool has(Seq seq, EntryNumber number) const {
    if (!end) return true;
    return way ? !way->contains(number) : seq > since.after.seq;
  }
  friend bool operator==(const RolePart& a, const RolePart& b) { return a.since == b.since && a.end == b.end; }
};

struct Log {
  LogNumber number;
  LogRow row;  // with the tips of all that is stored
  // From the membership, in the role in which the author was admitted; nullopt while it is no member.
  std::optional<Standing> author;
  std::vector<RolePart> roles = {};  // that it was given later, of a data log, the last first
  std::optional<Tip> cut;            // where removals let it end; nullopt: none concerns it
  std::optional<Limit> limit;        // by its cut, else by kMaxTips; nullopt: everything stored counts
  // Entries that are here and that nothing leads to, since one before them was lost, by seq; attached again once it is here.
  std::map<Seq, std::vector<EntryNumber>> orphans;
  std::map<EntryId, Signature> endings;  // signatures of tips among them
  std::optional<Hash> in_vector;         // its element of the vector digest
  bool dirty = false;                    // tips changed since the vector digests were brought up to date
  bool unsaved = false;                  // its row must be put by the next commit
  bool grew = false;                     // since it was last looked whether orphans follow something

  // The tips of what counts: what peers are told of, sent and compared with.
  const std::vector<StoredTip>& tips() const { return limit ? limit->tips : row.tips; }
  bool counts(Seq seq, EntryNumber number_of_entry) const {
    if (!limit) return true;
    if (!limit->left_out.empty()) return !limit->left_out.contains(number_of_entry);
    if (limit->path) return limit->path->contains(number_of_entry);
    return !limit->tips.empty() && seq <= limit->tips.front().head.seq;
  }
  // For whom and in which role an entry was written, whether it counts or not.
  std::optional<Standing> written_as(Seq seq, EntryNumber number_of_entry) const {
    const auto at =
        std::find_if(roles.begin(), roles.end(), [&](const RolePart& part) { return part.has(seq, number_of_entry); });
    if (!author || at == roles.end()) return author;
    return Standing{author->council, at->since.role};
  }
  bool is_orphan(Seq seq, EntryNumber number_of_entry) const {
    const auto at = orphans.find(seq);
    return at != orphans.end() && std::find(at->second.begin(), at->second.end(), number_of_entry) != at->second.end();
  }
};

struct Network {
  // Keys that are trusted without being mentioned in the membership: enough to find all others through.
  static constexpr std::size_t kMaxRemembered = 32;

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
  std::uint64_t missing = 0;        // changes whose values are wanted: not here, and not erased
  bool membership_changed = false;  // operations were added since settle()
  bool limits_changed = false;      // a log that has a limit grew since settle()
  bool has_orphans = false;         // some log of it has
  std::set<RecordNumber> stale;     // records to be folded anew; until then the state digest is pending
  std::map<OperationId, ErasureRow> erasures;
  std::set<NetworkId> united;  // with which it is one, without itself; see membership/unions.h
  bool decided = false;        // who is a member was decided anew, here or in one of these, and the node has not looked
  std::map<TransportKey, FormerKey> former_keys;  // of members; see Node::retire_former_keys()
  std::set<RecordNumber> noted;                   // records that may read otherwise, once Ledger::note_changes() was called
  bool noted_all = false;                         // more than are noted
  Quotas quotas;                                  // what has been written by whom, as far as that is not long ago
  EntryNumber withheld;  // values of entries up to this one are given to nobody until a peer was met; see Ledger::withhold()

  Hash state_digest() const;
  bool is_pending() const { return !stale.empty(); }
  bool is_retired(const TransportKey& key) const;  // a former key that carries no links any more
  // The members whose key it is, or was before and is not retired, and that were not removed; and who has left, while it owes
  // what its leave keeps.
  std::vector<const Member*> linked_by(const TransportKey& key) const;
  // Whether links with this key carry the network: a member's that was not removed; or one that the ticket named, or
  // Node::remember(), and of which the membership here says nothing: it may not be here yet, or not any more.
  bool trusts(const TransportKey& key) const;
  // True once the founder's membership log is here.
  bool is_bootstrapped() const { return membership.founder() != nullptr; }
};

class Ledger {
 public:
  // `incarnation` is used when the store is new. Rebuilds when that is due.
  static Result<std::unique_ptr<Ledger>> load(Storage& storage, Incarnation incarnation, const MemberKey& own = {},
                                              const std::function<Signature(const EntryId&)>& sign = {});

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
  // Whether another branch, which leaves the log at `place` with this entry, would be among those that count. About 1 µs for each
  // entry behind the log's first fork.
  Result<bool> would_count(const Log& log, const Place& place, const EntryId& first) const;

  // --- Checking (ledger_check.cpp) and making anew (ledger_rebuild.cpp).
  struct Check {
    std::uint64_t entries = 0, records = 0;
    bool vector_ok = true, state_ok = true;
    std::vector<std::string> differences;  // what a person can pass on: logs and records by id, at most kMaxDifferences
  };
  // Computes everything that is derived from the entries of a network once more and compares; changes nothing. About 10 µs an
  // entry.
  Result<Check> check(const Network& network) const;
  // Makes everything that is derived anew from the entries that are here: records, indexes, digests. Of a log with an entry that
  // cannot be read, what follows it becomes orphaned: the log ends before, peers are asked for the rest, and nothing that is
  // here is lost. `own` signs the end of this node's own logs. May be killed at any time and called again. About 10 µs an entry.
  Status rebuild(const MemberKey& own, const std::function<Signature(const EntryId&)>& sign);
  static constexpr std::string_view kRebuildKey = "rebuild";  // of Table::Meta: rebuild() is due, or was interrupted
  static constexpr std::size_t kMaxDifferences = 100;

  // --- Agreement.
  // The records of one bucket in order of id, each with its state's hash; `each` returns false to stop.
  Status each_in_bucket(const Network& network, std::uint8_t bucket,
                        const std::function<bool(const RecordId&, const Hash&)>& each) const;
  // Folds one record anew from its history; true when what was stored differed, which is mended now.
  Result<bool> mend_record(Network& network, RecordNumber number);
  // Sums a bucket anew; true when what was stored differed, which is mended now.
  Result<bool> mend_bucket(Network& network, std::uint8_t bucket);

  // --- What members are known to hold (ledger_agreed.cpp).
  // What this node and the member last agreed on. A hint for what to send first: whoever acts on it finds out by the digests
  // whether it was right. So it may be lost, and is never ahead of what is committed: it is put by a later commit.
  Result<std::optional<AgreedRow>> agreed(const Network& network, const MemberKey& member) const;
  // Remembers that the member holds what is here now, under this level. Put by the next commit, whatever that is for.
  AgreedRow note_agreed(const Network& network, const MemberKey& member, const StoreId& store, const DigestTag& level);
  bool has_unsaved_agreements() const { return !unsaved_agreements_.empty(); }
  // What came after an entry, of what counts: for whom that was the last one.
  struct News {
    struct Part {
      LogId log;
      // Where the log ended then; seq 0 when nothing of it was here. When the news are not little, a checkpoint before that
      // will do, and of a log that has forked there is none.
      Tip before;
    };
    std::vector<Part> logs;  // membership logs first
    bool is_little = true;   // at most `most` bytes of bodies, and no branches
  };
  // Cost: a step for each log; one row for each new entry as long as it is little, then one for each checkpoint of such a log.
  Result<News> news_since(const Network& network, EntryNumber last, std::size_t most) const;

  // --- Writing.
  // Appends one verified entry after `place`. `signature` covers it when it is a checkpoint or the end of its run.
  // Returns the new place. Membership operations are collected; call settle() after the last entry of a run.
  Result<Place> append(Network& network, Log& log, const Place& place, const Head& head, const EntryView& entry,
                       const std::optional<Signature>& signature);
  // Decides the membership anew if operations were added; true when they were. Where this changes what counts of a log, or
  // for which council and in which role, the records it touches become stale, in the same transaction, so that the state
  // follows from the set of entries alone. A few are folded anew at once, more by refold().
  Result<bool> settle(Network& network);
  // Folds up to `most` stale records anew.
  Status refold(Network& network, std::size_t most);
  // The wall clock, for when erasures are due. Before each input.
  void set_time(WallTime now) { now_ = now; }

  // Whose quota an entry of this log counts towards.
  static Quotas::Holder quota_holder(const Network& network, const LogId& log);

  // --- Erasing. See records/erasure.h.
  // Destroys the values that erasures reach and that are due, about `most` of them; true when there were any. The caller sees to
  // it that the commit shreds.
  Result<bool> destroy_due(Network& network, std::size_t most);
  // Erasures that are carried out here and that this incarnation has given no receipt for.
  std::vector<OperationId> unreceipted(const Network& network) const;
  Status note_receipts(Network& network, std::span<const OperationId> erasures);
  struct Awaited {
    WallTime due;           // when destroy_due() is next to be called; the end of time when nothing waits
    WallTime last;          // when the last that waits is due; the start of time when nothing does
    bool receipts = false;  // whether unreceipted() has any
  };
  const Awaited& awaited() const;

  // --- Values that are wanted.
  struct MissingValue {
    ChangeLink change;
    LogId log;
    Seq seq;
    EntryId entry;
    RecordNumber record;
    bool is_content = false;  // of a file
  };
  // Changes whenever more are missing: who has asked for all may ask again.
  std::uint64_t missing_epoch() const { return missing_epoch_; }
  // Up to `most` of them after `after`, in order of arrival.
  Result<std::vector<MissingValue>> missing_values(const Network& network, ChangeLink after, std::size_t most) const;
  // What is here of the values of a change, for a peer that wants them.
  Result<ValuesAnswer> values_for_peer(const Network& network, const AskedValues& asked) const;
  // Puts values where they are missing, if they are the right ones; true when they were.
  Result<bool> fill(Network& network, const ChangeLink& change, View values);

  // --- Contents of files (ledger_contents.cpp). See records/file.h.
  // Whether those that are not here are wanted, or only those that somebody asks for; over restarts. Walks all records when it is
  // not as it was.
  Status fetch_contents(bool always);
  bool fetches_contents() const { return fetches_contents_; }
  // How many of a part's chunks are here; reads their rows, and not what they hold.
  Result<std::size_t> chunks_here(const RecordState& part) const;
  // A person wants what this part of a file holds.
  Status want_contents(Network& network, const RecordState& part);
  // A peer asked for values that are not here: if they are of a file, the part is wanted from now on. True when it was not
  // before.
  Result<bool> want_content(Network& network, const AskedValues& asked);
  // The chunks of a part, in the order of its state, until `each` returns false; nullopt for one that is not
  // here.
  Status each_chunk(const RecordState& part, const std::function<bool(const Source&, std::optional<Chunk>)>& each) const;
  // Over the membership logs of the network and of those that are one with it: what its records' state depends on.
  Hash membership_digest(const Network& network) const;
  // Brings the vector digests up to date with the tips; commit() does so too. Call before reading them.
  void refresh_vectors();
  Status commit();

  Incarnation incarnation() const { return counters_.incarnation; }
  Status renew_incarnation(Incarnation incarnation);
  // Of a store that was put back or copied: peers may have erased what is here. Its values go to nobody, neither in runs nor when
  // asked for, until release(); what is written or fetched from now on does. Over restarts, too.
  Status withhold();
  Status release(Network& network);
  // What is known of this former key of a member, over restarts as well.
  Status note_former_key(Network& network, const TransportKey& key, const FormerKey& former);
  // Whether an entry of the own membership log was written since then.
  Result<bool> wrote_since_withheld(const Network& network, const MemberKey& own, const EntryId& entry) const;
  std::uint64_t uncommitted_entries() const { return uncommitted_entries_; }
  std::uint64_t uncommitted_bytes() const { return uncommitted_bytes_; }
  bool has_uncommitted() const { return dirty_ || storage_.has_uncommitted(); }

  // --- What changes, for whoever keeps something of its own that is made from records.
  // From now on records that may read otherwise than before are noted with their networks: at most kMostNoted, and beyond only
  // that there are more. They may not be committed yet.
  static constexpr std::size_t kMostNoted = 10'000;
  void note_changes() { noting_ = true; }
  struct Noted {
    std::set<RecordNumber> records;
    bool all = false;
  };
  Noted take_noted(Network& network);

  // --- Reading.
  const StorageReader& reader() const { return storage_; }
  Storage& storage() { return storage_; }
  Result<std::optional<RecordNumber>> find_record(const Network& network, const RecordId& id) const;
  Result<std::optional<RecordState>> record(RecordNumber number) const;
  // `now`: of a past state, the record's state of today, whose erasures hide what they reach at any time.
  Result<RecordView> view(const RecordState& state, const RecordState* now = nullptr) const;
  // Of its author, in the role in which it was admitted: for whoever asks for the council.
  std::optional<Standing> standing_of(LogNumber log) const;
  // In the role in which an operation was written; nullopt when its entry cannot be read, which a check reports.
  std::optional<Standing> standing_of(const Source& source) const;
  // Visits the network's records in order of arrival until `each` returns false.
  Status each_record(const Network& network, const std::function<bool(RecordNumber, const RecordState&)>& each) const;
  // Visits the network's records about which people have something to decide, until `each` returns false: those that may have
  // a field in conflict, and those that an edit brought back after a remove.
  Status each_conflicted(const Network& network, const std::function<bool(RecordNumber, const RecordState&)>& each) const;

  // --- History (ledger_history.cpp).
  // Up to `limit` changes of a record, newest first; `after` continues a page. Malformed when that mark is not the record's.
  Result<HistoryPage> history(RecordNumber number, const RecordState& now, const std::optional<HistoryMark>& after,
                              std::size_t limit) const;
  // The record as its authors' clocks had it by `time`: the fold over the changes with no later stamp.
  Result<RecordState> state_at(const RecordState& now, WallTime time) const;

  // One change of a record as a page of its history has it. What it wrote over is looked for among the kLookedBack changes that
  // came before it.
  static constexpr std::size_t kLookedBack = 1'024;
  Result<PastChange> past_change(const RecordState& now, const ChangeLink& link) const;

  // Visits the changes that came here after a place, as far as they count now, in order of arrival, until `each` returns false.
  // What comes to count only later, as when its author is readmitted, arrives then, once more if it did before.
  // At most `most` entries are looked at. Gives the place where the next look goes on: newest_arrival() when all were looked at.
  struct ArrivalMark {
    EntryNumber entry;          // the last one that was looked at: its number, or one that was given when it came to count
    std::uint16_t changes = 0;  // so many of it were, when it was not looked through
    friend bool operator==(const ArrivalMark&, const ArrivalMark&) = default;
  };
  struct Arrived {
    const Network& network;
    RecordNumber record;
    ChangeLink link;
    WallTime stamp;
    bool is_first = false;  // of what came here of its record
    ArrivalMark mark;       // behind it
  };
  Result<ArrivalMark> each_arrived(const ArrivalMark& after, std::size_t most,
                                   const std::function<bool(const Arrived&)>& each) const;
  ArrivalMark newest_arrival() const { return {EntryNumber{counters_.entries}, 0}; }

  // Visits every change of a record, newest arrival first, until `each` returns false. Values that an erasure reaches are not
  // given, also while they are not destroyed yet.
  Status each_change(const RecordState& now, const std::function<bool(const ChangeRecord&)>& each) const;

  // --- Who asked for an erasure, and who has carried it out (ledger_receipts.cpp).
  struct Asked {
    RecordKey record;
    bool whole = false;  // the record with all that is still to come, or only the changes that are named
    bool at_once = false;
    std::size_t changes = 0;  // that a redaction names
    MemberKey member;
    std::optional<CouncilId> council;
    WallTime when;  // by its author's clock
  };
  // nullopt when the record holds no such erasure any more.
  Result<std::optional<Asked>> asked(const ErasureRow& row, const OperationId& erasure) const;
  struct LastWritten {
    Incarnation incarnation;
    WallTime when;
  };
  // Where each member last wrote, of what counts of its data logs.
  std::map<MemberKey, LastWritten> last_written(const Network& network) const;
  // Who has carried these erasures out, and when they said so. Only what a member says in the incarnation it last wrote in
  // counts: a store that was restored owes its receipts anew. Of a council's record the newest kMostReceiptChanges changes are
  // looked at.
  using Receipts = std::map<OperationId, std::map<MemberKey, WallTime>>;
  Result<Receipts> receipts(const Network& network, std::span<const OperationId> erasures) const;

  // The run after `seq` on the way to `tip`: bodies in order, with the place where it ends and that end's signature.
  struct StoredRun {
    Seq first;
    std::vector<Bytes> bodies;
    std::vector<EntryNumber> numbers;  // of the entries, in the same order
    EntryId end;
    Signature signature;
  };
  Result<std::optional<StoredRun>> next_run(const Log& log, Seq after, const StoredTip& tip) const;
  // Takes out of the run the values that an erasure reaches and that are not destroyed here yet.
  Status withhold_erased(const Network& network, const Log& log, StoredRun& run) const;
  // Takes the contents of files out: whoever wants them asks.
  Status withhold_contents(const Log& log, StoredRun& run) const;

 private:
  explicit Ledger(Storage& storage) : storage_(storage) {}
  Result<bool> learnt_since() const;
  Status load_networks();
  Status load_logs();
  Status load_memberships();
  Status load_membership_log(Network& network, const Log& log, EntryNumber last);
  Status load_buckets();
  Status load_stale();
  Status load_erasures();
  Status load_withheld();
  Status load_former_keys();
  Status load_quotas();
  Status load_contents();
  // ledger_rebuild.cpp
  Status clear_derived();
  Status replay();
  Status replay_entry(EntryNumber number);
  // ledger_orphans.cpp
  Status find_orphans(const MemberKey& own, const std::function<Signature(const EntryId&)>& sign);
  Status end_before_hole(Network& network, Log& log, std::map<Seq, std::vector<EntryNumber>> rows, const MemberKey& own,
                         const std::function<Signature(const EntryId&)>& sign);
  Status reattach(Network& network);
  Result<bool> reattach(Network& network, Log& log);
  Result<bool> attach(Network& network, Log& log, const Place& place, EntryNumber first,
                      const std::map<EntryNumber, std::vector<EntryNumber>>& after);
  Status drop_orphan(Log& log, Seq seq, EntryNumber orphan);
  Status put_endings(const Log& log);
  Status load_orphans();
  bool is_whole(EntryNumber tip) const;
  // ledger_agreed.cpp
  Status put_agreements();
  Status forget_agreements();
  Result<bool> step_back(EntryNumber from, EntryNumber last, std::size_t& left, Tip& before) const;
  Result<Tip> checkpoint_before(const Log& log, EntryNumber last) const;
  // ledger_check.cpp
  Status check_log(const Network& network, const Log& log, Check& found) const;
  Status check_lists(const Network& network, const std::set<RecordNumber>& asking, const std::set<Bytes>& wanted,
                     Check& found) const;
  // ledger_standing.cpp
  Status renew_standings(Network& network, bool queue);
  std::vector<Network*> unite(const Network* decided);
  Result<std::optional<Limit>> limit_of(const Network& network, const Log& log) const;
  Result<std::vector<RolePart>> roles_of(const Network& network, const Log& log) const;
  Status follow_roles(Network& network, Log& log, const Place& place, const EntryId& appended);
  Result<std::optional<StoredTip>> signed_tip(const Network& network, const Log& log, const Tip& cut) const;
  Result<std::set<EntryNumber>> way_to(EntryNumber end) const;
  struct LateRange {
    Seq first, last;
  };
  Status make_stale(Network& network, const Log& before, const Log& log, std::uint64_t from);
  Status put_late(const Log& log, const LateRange& range);
  Status make_stale(Network& network, const EntryRow& row);
  std::optional<Standing> standing_at(const Log& log, Seq seq, EntryNumber number, std::uint8_t version) const;
  void leave_vector(Network& network, Log& log);
  Result<RecordState> fold_anew(const RecordState& old) const;
  Result<std::vector<FoldChange>> history_of(ChangeLink newest) const;
  void take_membership(Network& network, const Log& log, const EntryId& id, const EntryId& previous, WallTime stamp,
                       const EntryView& entry);
  // ledger_forks.cpp
  struct Offshoot {
    Place place;
    EntryId first;
  };
  struct Branches {
    std::vector<Branch> branches;            // first those that end in the log's tips, in their order; then one more, if asked
    std::vector<EntryNumber> first_entries;  // of each; zero for the one more
    std::size_t start = 0;
  };
  Result<Branches> branches_of(const Log& log, const std::optional<Offshoot>& one_more) const;
  Result<std::optional<Limit>> limit_by_branches(const Log& log) const;
  void follow_branch(Network& network, Log& log, const Place& place, const StoredTip& next);
  Status leave_out_branches(Network& network);
  Status make_stale_between(Network& network, const std::optional<Limit>& before, const std::optional<Limit>& now);
  // ledger_erase.cpp
  Status note_erasures(Network& network, RecordNumber number, const RecordState& old, const RecordState& now);
  // Left: content that is fetched when wanted; it is wanted if Table::Missing has it. Absent: erased, or of what does not count.
  enum class Held { Here, Wanted, Left, Absent };
  Status each_value(const RecordState& state,
                    const std::function<Status(const ChangeLink&, Held, const std::vector<Reached>&)>& each) const;
  Status revisit_values(Network& network, const RecordState& state);
  Status set_missing(Network& network, const ChangeLink& change, bool missing);
  bool is_due(const Network& network, const std::vector<Reached>& reached) const;
  WallTime due_of(const Network& network, const Reached& reached) const;
  Result<bool> destroy(Network& network, const OperationId& erasure, ErasureRow& row, std::size_t& left);
  Result<bool> forget_import(const Network& network, const RecordId& id);
  std::vector<Reached> reaching_change(const RecordState& state, const Source& source) const;
  Status expect(Network& network, const std::vector<Reached>& reached);
  Status put_erasure(const Network& network, const OperationId& id, const ErasureRow& row);
  Status rewrite_values(const ChangeLink& change, std::optional<View> values);
  // A record that the entry being appended touches.
  struct Touched {
    RecordNumber number;
    RecordId id;
    RecordState state;
    RecordState before;            // what the store holds of it now
    std::optional<Hash> old_hash;  // what the bucket holds of it now
    ChangeLink newest;             // runs ahead of state.newest while links are made
    bool fold_due = false;         // `state` waits for its history to be folded anew
  };
  Result<Touched> touched_by_number(RecordNumber number) const;
  Result<std::size_t> touch(Network& network, std::vector<Touched>& touched, const RecordKey& key);
  Status append_records(Network& network, Log& log, EntryNumber number, const Head& head, const EntryView& entry, EntryRow& row);
  Status put_record(Network& network, Touched& touched);
  void note(Network& network, RecordNumber number);
  Result<FoldChange> change_at(const ChangeLink& link, ChangeLink& earlier) const;
  void replace_tip(Network& network, Log& log, const Place& place, const StoredTip& next);
  Result<EntryRow> entry_row(EntryNumber number) const;
  EntryNumber withheld_of(NetworkNumber number) const;
  std::optional<Value::Array> values_at(const RecordState& state, const Source& source) const;
  Result<ChangeRecord> change_record(const RecordState& now, const ChangeLink& link) const;
  Status find_receipts(const RecordState& council_record, const std::map<MemberKey, LastWritten>& last, std::size_t members,
                       Receipts& found) const;
  Result<EntryNumber> ancestor(EntryNumber from, Seq seq) const;
  Result<Place> place_of(EntryNumber number) const;
  Result<std::vector<EntryNumber>> run_ends_after(const Log& log, Seq seq) const;

  Storage& storage_;
  CountersRow counters_;
  std::map<std::pair<NetworkNumber, MemberKey>, AgreedRow> unsaved_agreements_;
  std::map<NetworkId, Network> networks_;
  std::unordered_map<std::uint64_t, Log*> logs_by_number_;
  std::uint64_t uncommitted_entries_ = 0;
  std::uint64_t uncommitted_bytes_ = 0;
  bool dirty_ = false;
  WallTime now_;
  std::uint64_t missing_epoch_ = 1;
  mutable std::optional<Awaited> awaited_;  // until an erasure changes
  bool rebuilding_ = false;
  bool noting_ = false;
  bool model_written_ = false;
  bool fetches_contents_ = true;
  Bytes scratch_;
};

}  // namespace budstikke
