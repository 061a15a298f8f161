#include "tests/bench/plain_lmdb.h"

#include <lmdb.h>

#include <stdexcept>
#include <string>

namespace budstikke::bench {
namespace {

void lmdb_must(int rc, const char* what) {
  if (rc != 0) throw std::runtime_error(std::string(what) + ": " + mdb_strerror(rc));
}

}  // namespace

PlainLmdb::PlainLmdb() {
  lmdb_must(mdb_env_create(&env_), "mdb_env_create");
  mdb_env_set_maxdbs(env_, static_cast<MDB_dbi>(tables_.size()));
  mdb_env_set_mapsize(env_, std::size_t{64} << 30);
  lmdb_must(mdb_env_open(env_, folder_.path().c_str(), MDB_NOTLS, 0600), "mdb_env_open");
  begin();
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    lmdb_must(mdb_dbi_open(txn_, std::to_string(i).c_str(), MDB_CREATE, &tables_[i]), "mdb_dbi_open");
  }
  commit();
}

PlainLmdb::~PlainLmdb() { mdb_env_close(env_); }

void PlainLmdb::begin() { lmdb_must(mdb_txn_begin(env_, nullptr, 0, &txn_), "mdb_txn_begin"); }

void PlainLmdb::commit() { lmdb_must(mdb_txn_commit(txn_), "mdb_txn_commit"); }

void PlainLmdb::put(std::size_t table, View key, View row, bool last) {
  MDB_val name{key.size(), const_cast<std::uint8_t*>(key.data())};
  MDB_val value{row.size(), const_cast<std::uint8_t*>(row.data())};
  lmdb_must(mdb_put(txn_, tables_[table], &name, &value, last ? MDB_APPEND : 0), "mdb_put");
}

Bytes number_key(std::uint64_t number) {
  Bytes key;
  ByteWriter(key).u64(number);
  return key;
}

}  // namespace budstikke::bench
