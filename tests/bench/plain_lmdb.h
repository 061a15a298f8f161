// LMDB by itself, with the flags of our store and none of its rules: what a store on it costs at least.
#pragma once

#include <array>

#include "protocol/base/bytes.h"
#include "tests/support/home.h"

struct MDB_env;
struct MDB_txn;

namespace budstikke::bench {

class PlainLmdb {
 public:
  PlainLmdb();
  ~PlainLmdb();
  PlainLmdb(const PlainLmdb&) = delete;
  PlainLmdb& operator=(const PlainLmdb&) = delete;

  void begin();
  void commit();  // durable when it returns
  void put(std::size_t table, View key, View row) { put(table, key, row, false); }
  void append(std::size_t table, View key, View row) { put(table, key, row, true); }  // the key is the greatest so far

 private:
  void put(std::size_t table, View key, View row, bool last);
  tests::TempHome folder_;
  MDB_env* env_ = nullptr;
  MDB_txn* txn_ = nullptr;
  std::array<unsigned, 3> tables_{};
};

Bytes number_key(std::uint64_t number);

}  // namespace budstikke::bench
