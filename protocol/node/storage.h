// What the node needs of a store. `protocol/` owns this interface; LMDB is one implementation (store/), memory another.
//
// Shape        A handful of tables of rows, each a key and a payload of bytes. Keys are ordered as unsigned bytes and at most
//              64 bytes long. What rows mean is in rows.h; that each carries a checksum bound to its table and key is the
//              store's business and invisible here.
// Invariants   Reads see this object's own uncommitted writes. Nothing is durable before commit() returned done.
//              After a failed commit() the object must not be used any more: the process stops and starts again.
// Errors       Damaged: the row's checksum does not hold; the caller reports it and treats the row as absent for answers.
//              Io, Full: stop; Full leaves everything committed readable.
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
};
inline constexpr std::uint8_t kTableCount = 9;

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
  // Forgets everything put and erased since the last commit.
  virtual void rollback() = 0;
  virtual bool has_uncommitted() const = 0;
};

}  // namespace budstikke
