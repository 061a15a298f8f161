// The tables as LMDB knows them: those of the interface, and one that only the store itself knows. Internal to store/.
//
// Why          Some rows follow from nothing else: lose a log's tips and the entries behind them cannot be found, lose a network
//              and nobody knows whom to ask. Each is written twice, the second time in Copies, in the same transaction; the two
//              lie on different pages, so that one damaged page takes one of them at most.
#pragma once

#include <array>
#include <cstring>

#include "store/row.h"

namespace budstikke::store {

inline constexpr Table kCopies = static_cast<Table>(14);  // table ‖ key → the payload of that row
inline constexpr std::uint8_t kStoredTableCount = 14;
static_assert(kTableCount < static_cast<std::uint8_t>(kCopies), "a new table of the interface gets the next number after Copies");

inline constexpr std::array<const char*, kStoredTableCount> kTableNames = {
    "meta",    "networks", "logs",     "checkpoints", "entries", "records",   "record-ids",
    "buckets", "local",    "erasures", "missing",     "stale",   "conflicts", "copies"};
inline constexpr std::uint8_t kFirstTablesOfFormat2 = 10;  // this one and those after it

constexpr bool has_copy(Table table) {
  return table == Table::Meta || table == Table::Networks || table == Table::Logs || table == Table::Local ||
         table == Table::Erasures;
}

// The key of a row's copy.
class CopyKey {
 public:
  CopyKey(Table table, View key) : size_(key.size() + 1) {
    require(key.size() <= kMaxKeyBytes, "copy of a row: length of the key");
    bytes_[0] = static_cast<std::uint8_t>(table);
    if (!key.empty()) std::memcpy(bytes_.data() + 1, key.data(), key.size());
  }
  View view() const { return {bytes_.data(), size_}; }

 private:
  std::array<std::uint8_t, kMaxStoredKeyBytes> bytes_;
  std::size_t size_;
};

inline constexpr std::size_t table_index(Table table) { return static_cast<std::size_t>(table) - 1; }

}  // namespace budstikke::store
