// Rows of one table that wait in memory for the commit, for a table whose keys are random.
//
// Why          A random insert into a large tree touches a page of its own; sorted, neighbours share the descent and the page.
// Shape        Rows in order of their first appearance, found through an open-addressing index by a keyed hash, since
//              peers choose what record ids are made of. An erased row stays, marked, to hide the one on disk.
// Invariants   Views of keys and payloads hold until the next set(), erase() or clear().
// Cost         About 0.1 µs a set() or find(); about 100 bytes a row and 16 bytes of index.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "store/row.h"

namespace budstikke::store {

class PendingRows {
 public:
  struct Row {
    std::array<std::uint8_t, kMaxKeyBytes> key_bytes;
    std::uint8_t key_size;
    bool erased;
    std::string payload;  // short payloads, the usual ones, lie within the string object itself
    View key() const { return {key_bytes.data(), key_size}; }
    View value() const { return view_of(payload); }
  };

  explicit PendingRows(const std::array<std::uint8_t, 16>& secret) : secret_(secret) {}
  void set(View key, View payload);  // key: 1 to kMaxKeyBytes
  void erase(View key);
  const Row* find(View key) const;
  std::vector<const Row*> sorted() const;  // by key
  std::size_t size() const { return rows_.size(); }
  bool empty() const { return rows_.empty(); }
  void clear();

 private:
  std::size_t slot_of(View key) const;  // where the key stands in slots_, or the free slot where it would
  Row& row_for(View key);
  void grow();

  std::array<std::uint8_t, 16> secret_;
  std::vector<Row> rows_;
  std::vector<std::uint32_t> slots_;  // 0: free; else position in rows_ plus 1. A power of two, at most half full.
};

}  // namespace budstikke::store
