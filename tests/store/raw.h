// The store's file as LMDB alone sees it, for tests that do what no program of ours would.
#pragma once

#include <lmdb.h>

#include "store/row.h"
#include "tests/store/opened.h"

namespace budstikke::tests {

// Calls `body` with a write transaction over the file and commits.
template <class Body>
void with_raw(const std::filesystem::path& dir, Body body) {
  MDB_env* env = nullptr;
  MDB_txn* txn = nullptr;
  REQUIRE(mdb_env_create(&env) == 0);
  REQUIRE(mdb_env_set_maxdbs(env, 32) == 0);
  REQUIRE(mdb_env_set_mapsize(env, 256 * 1024 * 1024) == 0);
  REQUIRE(mdb_env_open(env, dir.c_str(), MDB_NOTLS, 0600) == 0);
  REQUIRE(mdb_txn_begin(env, nullptr, 0, &txn) == 0);
  body(txn);
  REQUIRE(mdb_txn_commit(txn) == 0);
  mdb_env_close(env);
}

inline MDB_dbi raw_table(MDB_txn* txn, const char* name) {
  MDB_dbi table = 0;
  REQUIRE(mdb_dbi_open(txn, name, 0, &table) == 0);
  return table;
}

inline void raw_put(MDB_txn* txn, const char* name, Table table, View key, View payload) {
  Bytes row;
  store::encode_row(table, key, payload, row);
  MDB_val at{key.size(), const_cast<std::uint8_t*>(key.data())}, value{row.size(), row.data()};
  REQUIRE(mdb_put(txn, raw_table(txn, name), &at, &value, 0) == 0);
}

inline void raw_erase(MDB_txn* txn, const char* name, View key) {
  MDB_val at{key.size(), const_cast<std::uint8_t*>(key.data())};
  REQUIRE(mdb_del(txn, raw_table(txn, name), &at, nullptr) == 0);
}

// Flips a bit of what lies under a key, so that its checksum fails.
inline void raw_damage(MDB_txn* txn, const char* name, View key) {
  MDB_val at{key.size(), const_cast<std::uint8_t*>(key.data())}, value;
  REQUIRE(mdb_get(txn, raw_table(txn, name), &at, &value) == 0);
  Bytes row(static_cast<const std::uint8_t*>(value.mv_data), static_cast<const std::uint8_t*>(value.mv_data) + value.mv_size);
  row[row.size() / 2] ^= 4;
  value = {row.size(), row.data()};
  REQUIRE(mdb_put(txn, raw_table(txn, name), &at, &value, 0) == 0);
}

inline Bytes raw_copy_key(Table table, std::string_view key) {
  Bytes bytes{static_cast<std::uint8_t>(table)};
  bytes.insert(bytes.end(), key.begin(), key.end());
  return bytes;
}

}  // namespace budstikke::tests
