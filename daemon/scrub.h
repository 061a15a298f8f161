// Looks at every row of the store in turn, a few at a time, so that rot is found while other nodes still have what was there,
// also in what nobody reads.
//
// Cost         kRowsPerStep rows a step, about 1 µs each when they are in memory. A step every 10 s looks at 15 million rows in
//              a week, which is a store of four million entries; a smaller one is looked at more often. It begins anew with the
//              process.
// Errors       Damaged: a row cannot be read, or rows cannot be found; what to do is up to the caller. Io. A row that has a sound
//              copy is no error: reading it is enough for the store to mend it (store/tables.h).
#pragma once

#include "store/lmdb_storage.h"

namespace budstikke::daemon {

class Scrub {
 public:
  static constexpr std::size_t kRowsPerStep = 256;

  Status step(const store::LmdbStorage& storage);
  std::uint64_t rounds() const { return rounds_; }  // how often all rows were looked at

 private:
  std::uint64_t rounds_ = 0;
  std::uint8_t table_ = 1;
  Bytes from_;  // the last row that was looked at; empty at the table's beginning
};

}  // namespace budstikke::daemon
