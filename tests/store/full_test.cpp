#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/store/in_child.h"
#include "tests/store/opened.h"

using namespace budstikke;
using namespace budstikke::store;
using namespace budstikke::tests;
namespace fs = std::filesystem;

namespace {

struct Fill {
  std::uint64_t committed = 0;  // rows
  Code refused = Code::Io;
  bool in_commit = false;
};

// Puts rows, ten to a commit, until something is refused.
Fill fill(Storage& storage) {
  Fill result;
  for (std::uint64_t i = 1; i < 1'000'000; ++i) {
    if (Status put = storage.put(Table::Entries, number_key(i), payload_of(i, 1000)); !put) {
      result.refused = put.error().code;
      return result;
    }
    if (i % 10 != 0) continue;
    if (Status committed = storage.commit(); !committed) {
      result.refused = committed.error().code;
      result.in_commit = true;
      return result;
    }
    result.committed = i;
  }
  return result;
}

// Every committed row is right, and none behind them is there.
bool reads_right(const StorageReader& reader, std::uint64_t committed) {
  for (std::uint64_t i = 1; i <= committed; ++i) {
    const Result<std::optional<View>> row = reader.get(Table::Entries, number_key(i));
    if (!row || !*row || !same_bytes(**row, payload_of(i, 1000))) return false;
  }
  const Result<std::optional<View>> next = reader.get(Table::Entries, number_key(committed + 1));
  return next.ok() && !next->has_value();
}

constexpr int kNotPermitted = 77;

// A disk of 2 MiB that only this process sees and that goes with it.
bool mount_small_disk(const fs::path& dir) {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", dir.c_str(), "tmpfs", 0, "size=2m,mode=700") == 0;
}

int fill_small_disk(const fs::path& dir, std::uint64_t reserve, bool clean) {
  if (!mount_small_disk(dir)) return kNotPermitted;
  StorageOptions options = small_options();
  options.reserve_bytes = reserve;
  auto opened = open_store(dir, options);
  if (!opened) return 1;
  const Fill result = fill(**opened);
  if (!result.in_commit || result.committed < 300) return 2;
  if (clean) {
    if (result.refused != Code::Full || (*opened)->has_uncommitted()) return 3;
    if (!reads_right(**opened, result.committed)) return 4;
    for (std::uint64_t i = 1; i <= 100; ++i) {  // removing needs pages too, which the reserve holds
      if (!(*opened)->erase(Table::Entries, number_key(i)).ok()) return 5;
    }
    if (!(*opened)->commit().ok()) return 6;
    if ((*opened)->put(Table::Local, view_of("a"), payload_of(1, 12'000)).ok() && (*opened)->commit().ok()) return 7;
    if (::mount("tmpfs", dir.c_str(), "tmpfs", MS_REMOUNT, "size=16m") != 0) return 8;
    if (!(*opened)->put(Table::Local, view_of("a"), view_of("b")).ok() || !(*opened)->commit().ok()) return 9;
    return (*opened)->inspect()->clean() ? 0 : 10;
  }
  opened->reset();
  opened = open_store(dir, options);
  return opened.ok() && reads_right(**opened, result.committed) && (*opened)->inspect()->clean() ? 0 : 11;
}

}  // namespace

TEST_CASE("full: a full map gives Full, keeps what is committed, and says so until the rollback") {
  const TempHome home;
  StorageOptions options = small_options();
  options.map_bytes = 1024 * 1024;
  auto store = must_open(home.path(), options);
  const Fill result = fill(*store);
  CHECK(result.refused == Code::Full);
  REQUIRE(result.committed > 100);
  if (!result.in_commit) {
    CHECK(store->has_uncommitted());
    CHECK(store->put(Table::Local, view_of("a"), view_of("b")).error().code == Code::Full);
    CHECK(store->erase(Table::Local, view_of("a")).error().code == Code::Full);
    CHECK(store->commit().error().code == Code::Full);
  }
  CHECK(reads_right(*store, result.committed));
  store->rollback();
  CHECK_FALSE(store->has_uncommitted());
  CHECK(reads_right(*store, result.committed));
  CHECK(store->inspect()->clean());
  store.reset();
  CHECK(reads_right(*must_open(home.path()), result.committed));  // with room again
}

TEST_CASE("full: a commit that would leave less than the reserve is refused, and the next may succeed") {
  const TempHome home;
  must_open(home.path());
  StorageOptions options = small_options();
  options.reserve_bytes = ~std::uint64_t{0} / 2;
  auto store = must_open(home.path(), options);
  REQUIRE(store->put(Table::Local, view_of("a"), view_of("b")).ok());
  CHECK(store->commit().error().code == Code::Full);
  CHECK_FALSE(store->has_uncommitted());
  CHECK(text_at(*store, Table::Local, "a") == "nothing");
  REQUIRE(store->erase(Table::Local, view_of("a")).ok());
  CHECK(store->commit().ok());  // removing is never refused
}

TEST_CASE("full: a small commit may use the reserve when it asks for it, a large one may not, and asking lasts for one commit") {
  const TempHome home;
  must_open(home.path());
  StorageOptions options = small_options();
  options.reserve_bytes = ~std::uint64_t{0} / 2;
  auto store = must_open(home.path(), options);
  REQUIRE(store->put(Table::Local, view_of("a"), view_of("b")).ok());
  store->use_reserve();
  CHECK(store->commit().ok());
  REQUIRE(store->put(Table::Local, view_of("c"), view_of("d")).ok());
  CHECK(store->commit().error().code == Code::Full);
  REQUIRE(store->put(Table::Local, view_of("c"), Bytes(Storage::kReserveCommitBytes)).ok());
  store->use_reserve();
  CHECK(store->commit().error().code == Code::Full);
  store->use_reserve();
  store->rollback();
  REQUIRE(store->put(Table::Local, view_of("c"), view_of("d")).ok());
  CHECK(store->commit().error().code == Code::Full);
  CHECK(text_at(*store, Table::Local, "a") == "b");
}

TEST_CASE("full: a disk that fills up, with and without a reserve, loses nothing that was committed") {
  const TempHome home;
  const int with_reserve = in_child([&] { return fill_small_disk(home.path(), 128 * 1024, true); });
  const int without = in_child([&] { return fill_small_disk(home.path(), 0, false); });
  if (with_reserve == kNotPermitted) {
    MESSAGE("not run: mounting a small disk needs more rights than this user has");
    return;
  }
  CHECK(with_reserve == 0);
  CHECK(without == 0);
}

TEST_CASE("full: a file size limit in mid-commit stops cleanly and loses nothing that was committed") {
  const TempHome home;
  std::uint64_t committed = 0;
  const int ended = in_child([&] {
    auto opened = open_store(home.path());
    const rlimit limit{600'000, 600'000};
    if (!opened || ::setrlimit(RLIMIT_FSIZE, &limit) != 0 || std::signal(SIGXFSZ, SIG_IGN) == SIG_ERR) return 1;
    const Fill result = fill(**opened);
    if (result.refused == Code::Full && !reads_right(**opened, result.committed)) return 2;
    if (result.refused != Code::Full && result.refused != Code::Io) return 3;
    // Whatever follows an Io is refused: what the disk holds is not known.
    if (result.refused == Code::Io && (*opened)->put(Table::Local, view_of("a"), view_of("b")).ok()) return 4;
    if (result.refused == Code::Io && (*opened)->get(Table::Meta, view_of(kFormatKey)).ok()) return 5;
    if (result.refused == Code::Io && ((*opened)->snapshot().ok() || (*opened)->reopen().ok() || (*opened)->stats().ok()))
      return 6;
    return result.committed / 10 < 100 ? static_cast<int>(100 + result.committed / 10) : 7;
  });
  REQUIRE(ended >= 100);
  committed = static_cast<std::uint64_t>(ended - 100) * 10;
  CHECK(committed > 100);
  CHECK(reads_right(*must_open(home.path()), committed));
}
