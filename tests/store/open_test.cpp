#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>

#include <filesystem>

#include "store/file_system.h"
#include "store/row.h"
#include "tests/store/opened.h"

using namespace budstikke;
using namespace budstikke::store;
using namespace budstikke::tests;
namespace fs = std::filesystem;

namespace {

// Writes one row of the table "meta" as another program might.
void write_meta(const fs::path& dir, std::string_view name, View payload, bool checksum = true) {
  MDB_env* env = nullptr;
  MDB_txn* txn = nullptr;
  MDB_dbi table;
  REQUIRE(mdb_env_create(&env) == 0);
  REQUIRE(mdb_env_set_maxdbs(env, 16) == 0);
  REQUIRE(mdb_env_open(env, dir.c_str(), 0, 0600) == 0);
  REQUIRE(mdb_txn_begin(env, nullptr, 0, &txn) == 0);
  REQUIRE(mdb_dbi_open(txn, "meta", MDB_CREATE, &table) == 0);
  Bytes row;
  encode_row(Table::Meta, view_of(name), payload, row);
  if (!checksum) row.back() ^= 1;
  Bytes key_bytes = bytes_of(view_of(name));
  MDB_val key{key_bytes.size(), key_bytes.data()}, value{row.size(), row.data()};
  REQUIRE(mdb_put(txn, table, &key, &value, 0) == 0);
  REQUIRE(mdb_txn_commit(txn) == 0);
  mdb_env_close(env);
}

Bytes format_number(std::uint8_t number) { return {0, 0, 0, number}; }

Error refusal(const fs::path& dir, const StorageOptions& options = small_options()) {
  const auto opened = open_store(dir, options);
  REQUIRE_FALSE(opened.ok());
  return opened.error();
}

}  // namespace

TEST_CASE("open: a new store has format, id and private files, and is found again") {
  const TempHome home;
  const fs::path dir = home.path() / "store";
  {
    const auto store = must_open(dir);
    CHECK(store->store_id() == small_options().new_store_id);
    CHECK(text_at(*store, Table::Meta, "format") == std::string("\0\0\0\2", 4));
    CHECK(text_at(*store, Table::Meta, "store-id") == "sixteen letters!");
    CHECK(fs::status(dir).permissions() == fs::perms::owner_all);
    CHECK((fs::status(data_file(dir)).permissions() & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none);
    CHECK_FALSE(fs::exists(dir / "new"));
    CHECK(store->check_file().ok());
    CHECK(store->maintain().ok());
    CHECK(store->warnings().empty() == (file_system_of(dir)->kind == FileSystemKind::Local));
  }
  StorageOptions other = small_options();
  other.create = false;
  other.new_store_id = StoreId::from(view_of("another id......"));
  CHECK(must_open(dir, other)->store_id() == small_options().new_store_id);
}

TEST_CASE("open: a missing store is refused when none may be made, and nothing is made") {
  const TempHome home;
  StorageOptions options = small_options();
  options.create = false;
  CHECK(refusal(home.path() / "store", options).code == Code::NotFound);
  CHECK(refusal(home.path(), options).code == Code::NotFound);
  CHECK(fs::is_empty(home.path()));
}

TEST_CASE("open: a new store without an id is refused") {
  const TempHome home;
  StorageOptions options = small_options();
  options.new_store_id = {};
  CHECK(refusal(home.path(), options).code == Code::Invalid);
  CHECK(fs::is_empty(home.path()));
}

TEST_CASE("open: a file in place of the folder is refused") {
  const TempHome home;
  write_file(home.path() / "store", "");
  CHECK(refusal(home.path() / "store").code == Code::NotFound);
}

TEST_CASE("open: a second open in the same process is refused, also by another path") {
  const TempHome home;
  fs::create_directory_symlink(home.path(), home.path() / "link");
  {
    const auto store = must_open(home.path());
    CHECK(refusal(home.path()).code == Code::Conflict);
    CHECK(refusal(home.path() / "link").code == Code::Conflict);
    CHECK(text_at(*store, Table::Meta, "store-id") == "sixteen letters!");
  }
  must_open(home.path() / "link");
}

TEST_CASE("open: a newer format is refused with both numbers, before its other tables are looked for") {
  const TempHome home;
  write_meta(home.path(), "format", format_number(7));
  const Error error = refusal(home.path());
  CHECK(error.code == Code::Conflict);
  CHECK(error.text ==
        "the store has format 7, and this program knows formats up to 2: install the version that wrote it, or a later one");
}

TEST_CASE("open: format zero, a format of the wrong length, a damaged format and a lacking id are refused") {
  for (const Bytes& format : {format_number(0), Bytes{1}, Bytes{}, Bytes{0, 0, 0, 1, 0}}) {
    const TempHome home;
    write_meta(home.path(), "format", format);
    CHECK(refusal(home.path()).code == Code::Damaged);
  }
  const TempHome damaged;
  write_meta(damaged.path(), "format", format_number(1), false);
  CHECK(refusal(damaged.path()).text == "stored row fails its checksum");
  const TempHome nameless;
  write_meta(nameless.path(), "format", format_number(1));
  CHECK(refusal(nameless.path()).text.find("store-id") != std::string::npos);
  write_meta(nameless.path(), "store-id", view_of("short"));
  CHECK(refusal(nameless.path()).code == Code::Damaged);
  write_meta(nameless.path(), "store-id", view_of("sixteen letters!"));
  CHECK(refusal(nameless.path()).text.find("lacks its table networks") != std::string::npos);
}

TEST_CASE("open: an LMDB file of somebody else and a file that is none are refused and left alone") {
  const TempHome other;
  MDB_env* env = nullptr;
  REQUIRE(mdb_env_create(&env) == 0);
  REQUIRE(mdb_env_open(env, other.path().c_str(), 0, 0600) == 0);
  mdb_env_close(env);
  CHECK(refusal(other.path()).code == Code::Damaged);
  for (const std::string& content :
       {std::string(), std::string(100, 'x'), std::string(100'000, 'x'), std::string(100'000, '\0')}) {
    const TempHome home;
    write_file(data_file(home.path()), content);
    CHECK(refusal(home.path()).code == Code::Damaged);
    CHECK(read_file(data_file(home.path())) == content);
  }
}

TEST_CASE("open: a store that cannot be looked for is refused, and none is made in its place") {
  const TempHome home;
  fs::create_symlink("data.mdb", data_file(home.path()));  // leads to itself
  const auto refused = open_store(home.path());
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Code::Io);
  CHECK(fs::is_symlink(data_file(home.path())));
}

TEST_CASE("open: a creation that was cut short is begun again") {
  const TempHome home;
  fs::create_directory(home.path() / "new");
  write_file(home.path() / "new" / "data.mdb", "half a st");
  must_open(home.path());
  CHECK_FALSE(fs::exists(home.path() / "new"));
}

TEST_CASE("open: no file of the store is inherited by programs that are started") {
  const TempHome home;
  const auto store = must_open(home.path());
  int seen = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // the folder's own descriptor
    const fs::path target = fs::read_symlink(entry.path(), gone);
    if (gone || target.string().rfind(home.path().string(), 0) != 0) continue;
    ++seen;
    CHECK((::fcntl(std::stoi(entry.path().filename().string()), F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK(seen >= 2);
}

TEST_CASE("open: closing leaves no descriptor open") {
  const TempHome home;
  const auto count = [] { return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()); };
  must_open(home.path());
  const auto before = count();
  for (int i = 0; i < 10; ++i) must_open(home.path());
  CHECK(count() == before);
}

TEST_CASE("file system: network, FUSE and shared folders are told from disks, and memory from both") {
  CHECK(describe_file_system(0xef53).kind == FileSystemKind::Local);      // ext4
  CHECK(describe_file_system(0x58465342).kind == FileSystemKind::Local);  // XFS
  CHECK(describe_file_system(0x9123683e).kind == FileSystemKind::Local);  // Btrfs
  for (unsigned long magic : {0x6969UL, 0x517bUL, 0xff534d42UL, 0xfe534d42UL, 0x65735546UL, 0x01021997UL, 0x00c36400UL}) {
    CHECK(describe_file_system(magic).kind == FileSystemKind::Remote);
  }
  CHECK(describe_file_system(0xffffffffff534d42UL).name == "CIFS");  // where f_type is a signed 32-bit number
  CHECK(describe_file_system(0x01021994).kind == FileSystemKind::Temporary);
  CHECK(describe_file_system(0x794c7630).name == "overlay");
  CHECK_FALSE(file_system_of("/no/such/folder").ok());
  CHECK_FALSE(free_bytes_of("/no/such/folder").ok());
  CHECK_FALSE(sync_directory("/no/such/folder").ok());
}

TEST_CASE("open: a file system in memory is taken with a warning, or refused when it must last") {
  if (file_system_of("/dev/shm")->kind != FileSystemKind::Temporary) return;
  std::string pattern = "/dev/shm/bs-XXXXXX";
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  StorageOptions options = small_options();
  options.accept_temporary_file_system = false;
  CHECK(refusal(pattern, options).code == Code::Conflict);
  CHECK(fs::is_empty(pattern));
  CHECK(must_open(pattern)->warnings().size() == 1);
  fs::remove_all(pattern);
}

TEST_CASE("open: /proc and other places that cannot hold a store are refused with the reason") {
  StorageOptions options = small_options();
  CHECK_FALSE(open_store("/proc/budstikke", options).ok());
}
