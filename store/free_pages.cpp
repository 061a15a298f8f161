#include "store/free_pages.h"

#include <cstring>
namespace budstikke::store {
namespace {

constexpr MDB_dbi kFreeTable = 0;  // LMDB's own table: transaction number → count, then so many page numbers

Status pages_of_row(View row, const std::function<void(std::size_t)>& each) {
  std::size_t count = 0;
  if (row.size() >= sizeof count) std::memcpy(&count, row.data(), sizeof count);
  if (row.size() < sizeof count || count > row.size() / sizeof count - 1)
    return Error{Code::Damaged, "the list of free pages makes no sense"};
  for (std::size_t i = 1; i <= count; ++i) {
    std::size_t page = 0;
    std::memcpy(&page, row.data() + i * sizeof page, sizeof page);
    each(page);
  }
  return done();
}

}  // namespace

Status for_each_free_page(const Environment& env, const std::function<void(std::size_t)>& each) {
  MDB_txn* begun = nullptr;
  int rc = mdb_txn_begin(env.get(), nullptr, MDB_RDONLY, &begun);
  if (rc != 0) return read_error(rc, "cannot read the list of free pages");
  const TxnGuard txn(begun);
  MDB_cursor* opened = nullptr;
  rc = mdb_cursor_open(txn.get(), kFreeTable, &opened);
  if (rc != 0) return read_error(rc, "cannot read the list of free pages");
  const CursorGuard cursor(opened);
  MDB_val key, value;
  for (rc = mdb_cursor_get(cursor.get(), &key, &value, MDB_FIRST); rc == 0;
       rc = mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT)) {
    if (!env.can_be_read(value)) return Error{Code::Damaged, "the list of free pages makes no sense"};
    if (Status sound = pages_of_row(to_view(value), each); !sound) return sound;
  }
  if (rc != MDB_NOTFOUND) return read_error(rc, "cannot read the list of free pages");
  return done();
}

}  // namespace budstikke::store
