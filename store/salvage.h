// Makes the best of a damaged store. For whoever has found one by LmdbStorage::open() or inspect().
//
// Shape        Every row that can be read goes into a new store, which then takes the place of the damaged one; its format and
//              its id stay. Rows that are damaged, or that no way leads to, are left out and counted; when there are any, Meta
//              "rebuild" tells the layers above. The damaged file does not stay: it may hold what is to be erased.
// Why a child  LMDB trusts its pages, and a damaged one may end the process that reads it. So salvage() runs in a child process
//              of the caller's, with a SalvageWatch in memory that both share. When the child dies, avoid_last_step() tells
//              the next one how far to go, and it takes what lies before and behind the place; so the deaths are few.
//              A file that ends before its last page is lengthened by a hole; whoever gives up cuts it again.
// Errors       salvage(): Damaged: not even the tables can be opened; nothing can be had. Full, Io: nothing was changed.
//              begin_empty(): Full, Io: nothing was changed.
#pragma once

#include <array>
#include <span>

#include "store/lmdb_storage.h"

namespace budstikke::store {

// How far a walk over a store's rows has come, and how far it may go. Plain numbers, to lie in memory of two processes.
struct SalvageWatch {
  static constexpr std::size_t kWays = 3;  // of one table: its rows, its copies, and its rows from the last one back
  static constexpr std::size_t kTables = 16;
  static constexpr std::uint64_t kNoEnd = ~std::uint64_t{0};

  SalvageWatch() {
    for (auto& table : most_steps) table.fill(kNoEnd);
  }
  bool may_step(std::size_t table, std::size_t way) {
    last_table = table;
    last_way = way;
    if (steps[table][way] >= most_steps[table][way]) return false;
    ++steps[table][way];
    return true;
  }
  // After a death: the step on which it came is not taken again. False when there was none, so that nothing can be avoided.
  bool avoid_last_step() {
    if (last_table >= kTables || steps[last_table][last_way] == 0) return false;
    most_steps[last_table][last_way] = steps[last_table][last_way] - 1;
    for (auto& table : steps) table.fill(0);
    last_table = kTables;
    return true;
  }

  std::array<std::array<std::uint64_t, kWays>, kTables> steps{}, most_steps;
  std::size_t last_table = kTables, last_way = 0;
};

struct Salvaged {
  std::uint64_t rows = 0;
  std::uint64_t left_out = 0;  // at least so many
};

// Nobody may have the store open. The one who calls it in a child process may put it in place from the parent.
Result<Salvaged> salvage(const std::filesystem::path& dir, const StorageOptions& options, SalvageWatch& watch);
// Lets what salvage() made take the place of the damaged file.
Status put_salvaged_in_place(const std::filesystem::path& dir);

// Puts a new store that holds only `rows` and Meta "rebuild" in the place of whatever is there; options.new_store_id is its id.
struct NewRow {
  Table table;
  Bytes key, payload;
};
Status begin_empty(const std::filesystem::path& dir, const StorageOptions& options, std::span<const NewRow> rows);

}  // namespace budstikke::store
