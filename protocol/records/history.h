// A record's history as people read it: who wrote what when, operation by operation, and what has become of each.
//
// Shape        One PastChange per change, with a PastOperation for each of its operations. What an operation wrote over is given
//              by value, up to kPastValuesBytes in one change; the rest is counted.
// Invariants   What has become of an operation follows from the record's state of today and from rights.h, as the fold has it:
//              an operation is live exactly when it is among the live ones of the state, and void exactly when its author had
//              no right to it. So one change can be told without reading the others, whatever the length of the history.
// Errors       A value that is not here is said to be missing, one that is here and not canonical to be unreadable; neither
//              hides the operation. parse_history_mark: Malformed for anything that encode() does not give.
// Cost         Linear in the operations of the change and in the state's live operations.
#pragma once

#include "protocol/records/fold.h"

namespace budstikke {

// What has become of an operation.
enum class Fate : std::uint8_t {
  Live,         // it stands
  Overwritten,  // something valid was written over it, or took it back
  Acted,        // a take, a retraction or a restore: it only acts on others and never stands itself
  Void,         // it counts for nothing
};

// Why an operation is void.
enum class VoidReason : std::uint8_t {
  None,
  NotMember,     // its author is no member of the network
  NoRole,        // the author's role does not permit it
  NotOwner,      // only the record's owner may do it
  NotShared,     // the record is another council's and was never shared
  UnknownClass,  // of a later version, which this one does not understand: the operation's class or the whole entry
  AfterCut,      // its author was removed from the network, and only what it wrote before still counts
};

// Whether a value is to be had.
enum class Presence : std::uint8_t {
  None,        // operations of this class carry no value
  Here,        // in `value`
  Missing,     // not here: not fetched yet
  Erased,      // an erasure reaches it
  Unreadable,  // its author wrote what is no canonical value
  Unknown,     // the operation itself has not arrived, or lies further back than was looked
};

struct PastValue {
  Presence presence = Presence::None;
  Value value = {};
  friend bool operator==(const PastValue&, const PastValue&) = default;
};

struct PastOperation {
  OperationId id;
  std::uint8_t field = 0;
  OperationClass operation_class{};
  Fate fate = Fate::Live;
  VoidReason reason = VoidReason::None;
  PastValue written;
  std::vector<PastValue> old = {};  // what it wrote over or took away, in the order it names them; equal ones once
  std::uint32_t old_left_out = 0;   // further ones, left out for their size
};

// Where a page of history ends. Opaque to whoever pages; the order is newest first by (stamp, seq, entry, change).
struct HistoryMark {
  ChangeLink segment;  // the newest change of the part of the chain that is being read
  WallTime stamp;
  Seq seq;
  EntryPrefix entry;
  std::uint8_t change = 0;
  friend bool operator==(const HistoryMark&, const HistoryMark&) = default;
};
Bytes encode(const HistoryMark& mark);  // 42 bytes
Result<HistoryMark> parse_history_mark(View bytes);

struct PastChange {
  WallTime stamp;
  MemberKey member;
  std::optional<CouncilId> council;  // nullopt: its author is no member
  std::vector<PastOperation> operations;
  HistoryMark mark;  // the page that follows this change
};

struct HistoryPage {
  std::vector<PastChange> changes;  // newest first
  std::optional<HistoryMark> next;  // nullopt: there is nothing older
};

// What past_of() is told of a change beside what the fold is told.
struct ChangeRecord {
  FoldChange change;
  MemberKey member;
  Presence presence = Presence::Missing;  // of its values: Here, Missing, Erased or Unreadable
  Value::Array values = {};               // one for each operation when Here
  bool after_cut = false;                 // its author was removed, and its log ends before it
  bool newer = false;                     // it is in an entry of a later version
};

inline constexpr std::size_t kPastValuesBytes = 64 * 1024;  // of old values in one change: a page of them fits a reply

// Reads the value that an operation wrote; Unknown when it is none of this field.
using PastValueOf = std::function<PastValue(const OperationId&, std::uint8_t field)>;

// The change as it looks today, in a record whose state is `now`.
PastChange past_of(const RecordState& now, const ChangeRecord& record, const PastValueOf& value_of);

// What an operation of the class carries, given what was written beside it: flags have theirs in the class.
PastValue written_by(OperationClass operation_class, const ChangeRecord& record, std::size_t position);

// Why an operation is void; None when it is valid.
VoidReason void_reason(const RecordKey& record, std::uint8_t field, OperationClass operation_class,
                       const std::optional<Standing>& author, bool ever_shared);

}  // namespace budstikke
