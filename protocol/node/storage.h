// What the node needs of a store. `protocol/` owns this interface; LMDB is one implementation (store/), memory another.
//
// Shape        A handful of tables of rows, each a key and a payload of bytes. Keys are ordered as unsigned bytes and at most
//              64 bytes long. What rows mean is in rows.h; that each carries a checksum bound to its table and key is the
//              store's business and invisible here.
// Invariants   Reads see this object's own uncommitted writes. Nothing is durable before commit() returned done.
//              After a commit() that failed with Io the object must not be used any more: the process stops and starts again.
// Errors       Damaged: the row's checksum does not hold; the caller reports it and treats the row as absent for answers.
//              Io: stop. Full: everything uncommitted is gone, everything committed can be read, and with room writing goes on.
// Threads      One. A View from get() or scan() is valid until the next call of a non-const member.
// Cost         get(): one descent. put(): one insert; tables with random keys are buffered and written sorted by commit().
#pragma once

#include <functional>
#include <optional>

#include "protocol/base/bytes.h"
#include "protocol/base/result.h"

namespace budstikke {

enum class Table : std::uint8_t {
  Meta = 1,         // name → singletons: format, store id, counters
  Networks = 2,     // network number → charter and label
  Logs = 3,         // log number → log, tips
  Checkpoints = 4,  // log, seq, entry number → signature
  Entries = 5,      // entry number → entry; appended
  Records = 6,      // record number → folded state; appended, then rewritten in place
  RecordIds = 7,    // network number, record id → record number; random keys
  Buckets = 8,      // network number, bucket → state digest of the bucket
  Local = 9,        // what is never replicated: import baselines, ticket labels
  Erasures = 10,    // network number, operation id → what is to be destroyed
  Missing = 11,     // network number, entry number, change → nothing: values that are wanted
  Stale = 12,       // network number, record number → nothing: records to be folded anew
  Conflicts = 13,   // network number, record number → nothing: records that may be in conflict
};
inline constexpr std::uint8_t kTableCount = 13;

class StorageReader {
 public:
  virtual ~StorageReader() = default;
  // The row's payload, nullopt when there is none.
  virtual Result<std::optional<View>> get(Table table, View key) const = 0;
  // Calls `each` with every row whose key is >= `from`, in key order, until it returns false or the table ends. Rows that
  // are damaged are passed to `damaged` (key only) and skipped.
  virtual Status scan(Table table, View from, const std::function<bool(View key, View payload)>& each,
                      const std::function<void(View key)>& damaged = {}) const = 0;
};

class Storage : public StorageReader {
 public:
  virtual Status put(Table table, View key, View payload) = 0;
  virtual Status erase(Table table, View key) = 0;
  // Makes everything put and erased since the last commit durable, all or nothing. Does nothing when nothing changed.
  virtual Status commit() = 0;
  // Forgets everything put and erased since the last commit, and a shred() and use_reserve() since then.
  virtual void rollback() = 0;
  virtual bool has_uncommitted() const = 0;

  // The next commit() leaves nothing of what was erased or overwritten, now or earlier, in any file of the store. It does so
  // even when nothing else changed. That may fail without the commit failing (no room for a second copy, a reader in the
  // way): then commit() returns done, since what was put is durable, and shred_due() stays true, also over a restart, until
  // a later shred() and commit() made up for it. So a receipt is given only once shred_due() is false.
  virtual void shred() = 0;
  virtual bool shred_due() const = 0;
  // The next commit(), if it puts at most kReserveCommitBytes, may use the room that is kept free on a disk that is full, so
  // that what frees room or must not wait (an erasure) can always be written.
  virtual void use_reserve() = 0;
  static constexpr std::uint64_t kReserveCommitBytes = 1024 * 1024;
};

}  // namespace budstikke
