// The fold: from a record's operations to its state. Any order, any duplication, the same state.
//
// How it decides, from skeletons alone:
//   1. An operation is valid when the write table permits it (rights.h). A record is shared for good once its owner has
//      validly raised a flag on it.
//   2. A valid operation overwrites what it names, if the reference counts: same field and matching classes (writes and flags
//      overwrite each other; takes and adds overwrite adds; answers overwrite answers of the same council; retracts overwrite
//      comments of the same council; restores overwrite removes). Where what it names is void, it also overwrites what that
//      operation named, and so on. A void operation overwrites nothing. References to operations that have not arrived wait.
//   3. What is valid and not overwritten is live. Removes overwrite nothing: the record is hidden while there are live removes
//      and every live write, flag and add is named by one of them. Erases and redactions overwrite nothing and are never
//      overwritten; what they reach is for erasure.h. A record with a live erase is hidden. Receipts only tell.
//
// Shape        RecordState is what the store keeps of a record; local numbers in it are not part of the canonical state.
// Determinism  canonical_state() is a function of the set of operations alone.
// Cost         apply() is linear in the live operations and handles everything but the rare: an operation that was awaited,
//              a reference to something that is not live, a first flag that makes void operations valid. For these it
//              changes nothing and returns false, and the caller folds the record's whole history anew.
// Source       Multi-value registers and add-wins sets as in Shapiro et al., "A comprehensive study of CRDTs" (2011), with
//              observed-remove by operation id; validity that can change and removes that name what they saw are our own.
#pragma once

#include <functional>

#include "protocol/base/time.h"
#include "protocol/records/rights.h"

namespace budstikke {

// Where a live operation comes from.
struct Source {
  EntryPrefix entry;
  std::uint8_t change = 0;
  Hash leaf;
  WallTime stamp;
  EntryNumber number;  // local
  LogNumber log;       // local; leads to the author's standing
  friend bool operator==(const Source&, const Source&) = default;
};

struct LiveOperation {
  std::uint32_t source = 0;  // index into sources
  std::uint8_t position = 0;
  std::uint8_t field = 0;
  OperationClass operation_class{};
  std::vector<OperationId> names = {};  // of a remove: the operations it saw; of a redaction: the changes it reaches
  friend bool operator==(const LiveOperation&, const LiveOperation&) = default;
};

// The newest change of a record; each entry links to the one before, so the whole history can be walked.
struct ChangeLink {
  EntryNumber entry;
  std::uint8_t change = 0;
  friend bool operator==(const ChangeLink&, const ChangeLink&) = default;
};

struct RecordState {
  RecordKey key;
  std::vector<Source> sources;  // of live operations only
  std::vector<LiveOperation> live;
  std::vector<OperationId> awaited;  // named by valid operations, not arrived; sorted
  std::uint32_t voids = 0;           // operations that count for nothing now
  bool ever_shared = false;
  ChangeLink newest;
  std::uint32_t changes = 0;  // length of the history

  OperationId id_of(const LiveOperation& operation) const {
    const Source& source = sources[operation.source];
    return {source.entry, source.change, operation.position};
  }
  bool is_hidden() const;     // removed or erased
  bool is_erased() const;     // by a live erase: for good, and whatever is still written to it
  bool has_removes() const;   // removed or brought back by a concurrent edit
  bool may_conflict() const;  // some register has several live writes; whether their values differ is for view.h
};

// One change of the record's history.
struct FoldChange {
  Source source;
  std::optional<Standing> author;  // nullopt: everything in it is void, as its author is no member or it lies past a cut
  Skeleton skeleton;
  std::optional<CouncilId> council = {};  // for whom a member wrote what does not count; so that its answers are still known
                                          // as its council's

  std::optional<CouncilId> written_for() const { return author ? std::optional(author->council) : council; }
};
using StandingOf = std::function<std::optional<Standing>(LogNumber)>;

// The state of a record whose whole history is `changes` (any order; repeats count once). Leaves `newest` and `changes` zero:
// they are the store's.
RecordState fold(const RecordKey& key, std::span<const FoldChange> changes);

// Adds one change that is not part of the state yet. False: nothing was changed, fold anew.
bool apply(RecordState& state, const FoldChange& change, const StandingOf& standing_of);

// Whether a live operation of this class keeps what it names.
bool keeps_names(OperationClass operation_class);

// What the state digest hashes: the live operations by id, each with field, class, full operation id and its change's leaf.
Bytes canonical_state(const RecordState& state);
Hash state_hash(const RecordId& id, const RecordState& state);

}  // namespace budstikke
