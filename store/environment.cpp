#include "store/environment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <set>

#include "store/free_pages.h"
#include "store/migrate.h"
#include "store/row.h"

namespace budstikke::store {
namespace {

namespace fs = std::filesystem;
using Place = std::pair<std::uint64_t, std::uint64_t>;

constexpr unsigned kMaxReaders = 512;
constexpr const char* kTruncated = "the store's file is truncated";

std::mutex places_mutex;
std::set<Place>& open_places() {
  static std::set<Place> places;
  return places;
}

Result<Place> place_of(const fs::path& dir) {
  struct stat info {};
  if (::stat(dir.c_str(), &info) != 0) return system_error(errno, "cannot find the folder " + dir.string());
  return Place{info.st_dev, info.st_ino};
}

bool says_damaged(int code) {
  return code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND || code == MDB_INVALID || code == MDB_VERSION_MISMATCH ||
         code == MDB_CURSOR_FULL || code == MDB_INCOMPATIBLE || code == MDB_BAD_VALSIZE || code == MDB_BAD_TXN;
}

// LMDB has two head pages and goes by the one with the higher transaction number. A flipped bit there would make it go back
// one commit, or on to a state that never was, without a word. But transaction n is always written to page n mod 2, so that the
// two numbers differ by one and each fits its page. A wrong page size would end the process.
Status check_head(const fs::path& file) {
  constexpr off_t kPageSizeAt = 40, kTxnNumberAt = 144;  // of LMDB's data version 1 with 64 bits, the machine's byte order
  std::uint32_t page_bytes = 0;
  std::uint64_t number[2] = {0, 0};
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return system_error(errno, "cannot open the store's file");
  bool whole = ::pread(fd, &page_bytes, sizeof page_bytes, kPageSizeAt) == sizeof page_bytes;
  for (int page = 0; page < 2; ++page) {
    const off_t at = static_cast<off_t>(page_bytes) * page + kTxnNumberAt;
    whole = whole && ::pread(fd, &number[page], sizeof number[page], at) == sizeof number[page];
  }
  ::close(fd);
  if (!whole) return Error{Code::Damaged, kTruncated, file.string()};
  const bool follow = (number[0] == number[1] + 1 || number[1] == number[0] + 1) && number[0] % 2 == 0;
  const bool possible = page_bytes >= 4096 && page_bytes <= 65536 && std::has_single_bit(page_bytes);
  if (!follow || !possible) return Error{Code::Damaged, "the store's head pages are damaged, or it is no store", file.string()};
  return done();
}

std::string with_reason(const std::string& what, int code) { return what + ": " + mdb_strerror(code); }

}  // namespace

Error read_error(int code, const std::string& what) {
  return Error{says_damaged(code) ? Code::Damaged : Code::Io, with_reason(what, code)};
}

Error write_error(int code, const std::string& what) {
  if (code == MDB_MAP_FULL) return Error{Code::Full, with_reason(what, code)};
  if (code > 0) return system_error(code, what);
  return Error{Code::Io, with_reason(what, code)};
}

Environment::Environment(fs::path dir, Place place) : dir_(std::move(dir)), place_(place) {}

Environment::~Environment() {
  if (env_ != nullptr) mdb_env_close(env_);
  const std::lock_guard lock(places_mutex);
  open_places().erase(place_);
}

Result<std::shared_ptr<Environment>> Environment::claim(const fs::path& dir) {
  Result<Place> place = place_of(dir);
  if (!place) return place.error();
  const std::lock_guard lock(places_mutex);
  if (!open_places().insert(*place).second)
    return Error{Code::Conflict, "the store is already open in this process", dir.string()};
  return std::shared_ptr<Environment>(new Environment(dir, *place));
}

Result<std::shared_ptr<Environment>> Environment::open(const fs::path& dir, const StorageOptions& options, ShortFile short_file) {
  std::error_code failed;  // what cannot be looked for is not absent: a new store would take its place
  const bool is_there = fs::exists(dir / kFile, failed);
  if (failed) return system_error(failed.value(), "cannot look for the store in " + dir.string());
  if (!is_there) return Error{Code::NotFound, "there is no store in the folder", dir.string()};
  Result<std::shared_ptr<Environment>> env = claim(dir);
  if (!env) return env;
  if (Status opened = (*env)->open_file(options); !opened) return opened.error();
  if (Status mapped = (*env)->find_map(); !mapped) return mapped.error();
  if (Status whole = (*env)->check_length(options, short_file); !whole) return whole.error();
  if (Status readers = (*env)->check_readers(); !readers) return readers.error();
  if (Status tables = (*env)->open_tables(); !tables) return tables.error();
  if (Status migrated = migrate(**env); !migrated) return migrated.error();
  (*env)->format_ = kStoreFormat;
  if (Status removed = remove_leftovers(dir); !removed) return removed.error();
  return env;
}

Status Environment::create(const fs::path& dir, const StorageOptions& options) {
  if (options.new_store_id.is_zero()) return Error{Code::Invalid, "a new store needs a store id"};
  {
    const Result<std::shared_ptr<Environment>> env = make_fresh(dir, options);
    if (!env) return env.error();
  }
  if (Status placed = put_in_place(dir); !placed) return placed;
  return sync_directory(fs::absolute(dir).lexically_normal().parent_path());
}

Result<std::shared_ptr<Environment>> Environment::make_fresh(const fs::path& dir, const StorageOptions& options) {
  const fs::path fresh = dir / kFreshFolder;
  if (Status removed = remove_leftovers(dir); !removed) return removed.error();
  std::error_code failed;
  fs::create_directory(fresh, failed);
  if (!failed) fs::permissions(fresh, fs::perms::owner_all, failed);
  if (failed) return system_error(failed.value(), "cannot make the folder " + fresh.string());
  Result<std::shared_ptr<Environment>> env = claim(fresh);
  if (!env) return env.error();
  if (Status opened = (*env)->open_file(options); !opened) return opened.error();
  if (Status created = (*env)->create_tables(options); !created) return created.error();
  return env;
}

Status Environment::put_in_place(const fs::path& dir) {
  std::error_code failed;
  fs::rename(dir / kFreshFolder / kFile, dir / kFile, failed);
  if (failed) return system_error(failed.value(), "cannot put the new store in its place");
  return sync_directory(dir);  // what is left of new/ goes at the next opening
}

Status Environment::remove_leftovers(const fs::path& dir) {
  std::error_code failed;
  fs::remove_all(dir / kFreshFolder, failed);
  if (failed) return system_error(failed.value(), "cannot remove the folder " + (dir / kFreshFolder).string());
  return done();
}

Status Environment::open_file(const StorageOptions& options) {
  int rc = mdb_env_create(&env_);
  if (rc == 0) rc = mdb_env_set_mapsize(env_, options.map_bytes);
  if (rc == 0) rc = mdb_env_set_maxreaders(env_, kMaxReaders);
  if (rc == 0) rc = mdb_env_set_maxdbs(env_, kStoredTableCount);
  if (rc != 0) return write_error(rc, "cannot set up the store");
  std::error_code failed;
  const bool fresh = !fs::exists(dir_ / kFile, failed);
  if (Status sound = fresh ? done() : check_head(dir_ / kFile); !sound) return sound;
  rc = mdb_env_open(env_, dir_.c_str(), MDB_NOTLS, 0600);
  if (says_damaged(rc)) return read_error(rc, "the store's file is truncated or not a store");
  if (rc != 0) return write_error(rc, "cannot open the store");
  mdb_filehandle_t fd = -1;
  rc = mdb_env_get_fd(env_, &fd);  // LMDB opens this one so that children would inherit it
  const int flags = rc == 0 ? ::fcntl(fd, F_GETFD) : -1;
  if (flags < 0 || ::fcntl(fd, F_SETFD, flags | FD_CLOEXEC) != 0) return system_error(errno, "cannot set up the store's file");
  return done();
}

Status Environment::create_tables(const StorageOptions& options) {
  MDB_txn* begun = nullptr;
  int rc = mdb_txn_begin(env_, nullptr, 0, &begun);
  if (rc != 0) return write_error(rc, "cannot begin to write a new store");
  TxnGuard txn(begun);
  for (std::size_t i = 0; i < kStoredTableCount && rc == 0; ++i)
    rc = mdb_dbi_open(txn.get(), kTableNames[i], MDB_CREATE, &tables_[i]);
  const auto write = [&](std::string_view name, View payload) {
    const CopyKey copy(Table::Meta, view_of(name));
    for (Table into : {Table::Meta, kCopies}) {
      const View key_bytes = into == kCopies ? copy.view() : view_of(name);
      Bytes row;
      encode_row(into, key_bytes, payload, row);
      MDB_val key = to_val(key_bytes), value = to_val(row);
      if (const int put = mdb_put(txn.get(), table(into), &key, &value, 0); put != 0) return put;
    }
    return 0;
  };
  Bytes format;
  ByteWriter(format).u32(kStoreFormat);
  if (rc == 0) rc = write(kFormatKey, format);
  if (rc == 0) rc = write(kStoreIdKey, options.new_store_id);
  if (rc == 0) rc = txn.commit();
  if (rc != 0) return write_error(rc, "cannot write a new store");
  return done();
}

Status Environment::open_tables() {
  if (Status known = read_identity(); !known) return known;  // before tables that another format may not have
  MDB_txn* begun = nullptr;
  int rc = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &begun);
  if (rc != 0) return read_error(rc, "cannot read the store");
  TxnGuard txn(begun);
  rc = mdb_dbi_open(txn.get(), kTableNames[0], 0, &tables_[0]);
  if (rc != 0) return Error{Code::Damaged, with_reason("the file is no store of ours", rc), dir_.string()};
  for (std::size_t i = 1; i < kStoredTableCount; ++i) {
    rc = mdb_dbi_open(txn.get(), kTableNames[i], 0, &tables_[i]);
    if (rc == MDB_NOTFOUND && i + 1 >= kFirstTablesOfFormat2) break;  // a store of before they were: they are made below
    if (rc != 0) return Error{Code::Damaged, with_reason(std::string("the store lacks its table ") + kTableNames[i], rc)};
  }
  const bool lacks_new = rc == MDB_NOTFOUND;
  rc = txn.commit();  // a handle opened in a transaction that is not committed would be closed with it
  if (rc != 0) return read_error(rc, "cannot open the store's tables");
  return lacks_new ? make_new_tables() : done();
}

Status Environment::make_new_tables() {
  MDB_txn* begun = nullptr;
  int rc = mdb_txn_begin(env_, nullptr, 0, &begun);
  if (rc != 0) return write_error(rc, "cannot begin to make new tables");
  TxnGuard txn(begun);
  for (std::size_t i = kFirstTablesOfFormat2 - 1; i < kStoredTableCount && rc == 0; ++i) {
    rc = mdb_dbi_open(txn.get(), kTableNames[i], MDB_CREATE, &tables_[i]);
  }
  if (rc == 0) rc = txn.commit();
  if (rc != 0) return write_error(rc, "cannot make new tables");
  return done();
}

// Each place in a transaction of its own, one after the other: a senseless page spoils its transaction, and two that are open
// must not both open tables. A store of format 1 has no copies.
Result<Bytes> Environment::identity_row(std::string_view name) {
  std::optional<Error> failed;
  for (Table place : {Table::Meta, kCopies}) {
    MDB_txn* begun = nullptr;
    int rc = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &begun);
    if (rc != 0) return read_error(rc, "cannot read the store");
    const TxnGuard txn(begun);  // closes the table with it
    MDB_dbi opened = 0;
    rc = mdb_dbi_open(txn.get(), kTableNames[table_index(place)], 0, &opened);
    if (rc != 0) {
      if (!failed) failed = Error{Code::Damaged, with_reason("the file is no store of ours", rc), dir_.string()};
      continue;
    }
    const CopyKey copy_key(Table::Meta, view_of(name));
    const View key = place == kCopies ? copy_key.view() : view_of(name);
    MDB_val at = to_val(key), value;
    rc = mdb_get(txn.get(), opened, &at, &value);
    const Result<View> row = rc != 0 ? Error{Code::Damaged, with_reason("the store lacks its row " + std::string(name), rc)}
                             : can_be_read(value) ? decode_row(place, key, to_view(value))
                                                  : Error{Code::Damaged, "a stored row lies outside the file"};
    if (row) return bytes_of(*row);
    if (!failed) failed = row.error();
  }
  return *failed;
}

Status Environment::read_identity() {
  const Result<Bytes> format = identity_row(kFormatKey);
  if (!format) return format.error();
  ByteReader reader(*format);
  format_ = reader.u32();
  if (!reader.done() || format_ == 0) return Error{Code::Damaged, "the store's format makes no sense"};
  if (format_ > kStoreFormat) {
    return Error{Code::Conflict, "the store has format " + std::to_string(format_) + ", and this program knows formats up to " +
                                     std::to_string(kStoreFormat) + ": install the version that wrote it, or a later one"};
  }
  const Result<Bytes> id = identity_row(kStoreIdKey);
  if (!id) return id.error();
  if (id->size() != StoreId::kSize) return Error{Code::Damaged, "the store's id makes no sense"};
  store_id_ = StoreId::from(*id);
  return done();
}

// A file that ends before its last page is whole only if everything behind its end is free (free_pages.h). It is lengthened
// first, by a hole: reading behind the end of a mapped file would kill the process.
Status Environment::check_length(const StorageOptions& options, ShortFile short_file) {
  mdb_filehandle_t fd = -1;
  MDB_envinfo info;
  MDB_stat stat;
  Result<std::uint64_t> length = file_bytes();
  if (!length) return length.error();
  if (mdb_env_get_fd(env_, &fd) != 0 || mdb_env_info(env_, &info) != 0 || mdb_env_stat(env_, &stat) != 0) {
    return Error{Code::Io, "cannot ask the store"};
  }
  const std::uint64_t first = *length / stat.ms_psize, last = info.me_last_pgno;
  file_bytes_ = *length;
  if (first > last) return done();
  if (last >= options.map_bytes / stat.ms_psize) return Error{Code::Damaged, kTruncated, dir_.string()};
  file_bytes_ = (last + 1) * stat.ms_psize;
  if (::ftruncate(fd, static_cast<off_t>(file_bytes_.load())) != 0)
    return system_error(errno, "cannot lengthen the store's file");
  if (short_file == ShortFile::Lengthened) return done();
  std::uint64_t free = 0;
  const Status listed = for_each_free_page(*this, [&](std::size_t page) { free += page >= first && page <= last ? 1 : 0; });
  if (listed && free == last + 1 - first) return done();
  if (::ftruncate(fd, static_cast<off_t>(*length)) != 0) return system_error(errno, "cannot leave the store's file as it was");
  return Error{Code::Damaged, kTruncated, dir_.string()};
}

Status Environment::check_file() const {
  mdb_filehandle_t fd = -1;
  struct stat held {
  }, named{};
  if (mdb_env_get_fd(env_, &fd) != 0 || ::fstat(fd, &held) != 0) return system_error(errno, "cannot ask for the store's file");
  if (::stat((dir_ / kFile).c_str(), &named) != 0) return system_error(errno, "the store's file is gone from its folder");
  if (held.st_dev != named.st_dev || held.st_ino != named.st_ino) {
    return Error{Code::Io, "the store's file was replaced by another", dir_.string()};
  }
  if (static_cast<std::uint64_t>(held.st_size) < file_bytes_) return Error{Code::Io, kTruncated, dir_.string()};
  return done();
}

void Environment::note_commit() {
  if (Result<std::uint64_t> now = file_bytes(); now) file_bytes_ = *now;
}

// LMDB does not tell where it mapped the file, but the kernel does.
Status Environment::find_map() {
  mdb_filehandle_t fd = -1;
  struct stat info {};
  if (mdb_env_get_fd(env_, &fd) != 0 || ::fstat(fd, &info) != 0) return system_error(errno, "cannot ask for the store's file");
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0, end = 0, offset = 0, inode = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx r--s %lx %*s %lu", &begin, &end, &offset, &inode) != 4) continue;
    if (inode != info.st_ino || offset != 0) continue;
    map_begin_ = begin;
    map_end_ = end;
    return done();
  }
  return Error{Code::Io, "cannot find where the store's file is mapped: is /proc there?"};
}

bool Environment::can_be_read(const MDB_val& bytes) const {
  constexpr std::size_t kMostBytes = kMaxPayloadBytes + kRowOverheadBytes;
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes.mv_data);
  if (begin < map_begin_ || begin >= map_end_) return bytes.mv_size <= kMostBytes;
  const std::uintptr_t end = begin + bytes.mv_size;
  if (end < begin || end > map_end_) return false;
  if (end - map_begin_ <= file_bytes_.load(std::memory_order_relaxed)) return true;
  const Result<std::uint64_t> now = file_bytes();  // a very large transaction writes some of its pages before its commit
  return now && end - map_begin_ <= *now;
}

Status Environment::check_readers() const {
  int dead = 0;
  const int rc = mdb_reader_check(env_, &dead);
  if (rc != 0) return write_error(rc, "cannot check the store's readers");
  return done();
}

Result<std::uint64_t> Environment::file_bytes() const {
  mdb_filehandle_t fd = -1;
  struct stat info {};
  if (mdb_env_get_fd(env_, &fd) != 0 || ::fstat(fd, &info) != 0) return system_error(errno, "cannot ask for the store's file");
  return static_cast<std::uint64_t>(info.st_size);
}

}  // namespace budstikke::store
