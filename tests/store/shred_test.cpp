// What was erased or overwritten is nowhere in the folder once a shred() was committed, and a kill at any step changes nothing.
#include <lmdb.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "protocol/base/random.h"
#include "store/salvage.h"
#include "tests/store/in_child.h"
#include "tests/store/opened.h"
#include "tests/store/raw.h"
#include "tests/store/system_calls.h"
#include "tests/support/sanitized.h"

using namespace budstikke;
using namespace budstikke::store;
using namespace budstikke::tests;
namespace fs = std::filesystem;

namespace {

// A text to look for, that stands in a value once, and that nothing else can hold by chance.
std::string secret_of(std::uint64_t number) {
  return "fortroligt-" + std::to_string(number) + "-" + std::to_string(number * 7919);
}

// A value of `size` bytes that has the secret at its beginning, in its middle and at its end.
Bytes secret_value(std::uint64_t number, std::size_t size) {
  std::string text(size, static_cast<char>('a' + number % 20));
  const std::string secret = secret_of(number) + ";";
  for (std::size_t at : {std::size_t{0}, size / 2, size}) {
    text.replace(std::min(at, size - std::min(size, secret.size())), secret.size(), secret);
  }
  return bytes_of(view_of(text));
}

// Every file in the folder, whatever its name, as it lies on the disk.
std::string all_bytes(const fs::path& dir) {
  std::string all;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file()) all += read_file(entry.path());
  }
  return all;
}

std::size_t secrets_in(const std::string& bytes) {
  std::size_t found = 0;
  for (std::size_t at = bytes.find("fortroligt-"); at != std::string::npos; at = bytes.find("fortroligt-", at + 1)) ++found;
  return found;
}

constexpr std::size_t kSizes[] = {40, 200, 1900, 2100, 3000, 4000, 4100, 9000, 30'000};

// A store in which secrets were put, overwritten, moved by splits and erased, in many commits, beside rows that stay. None is
// left in a row.
void make_secret_store(const fs::path& dir) {
  const auto store = must_open(dir);
  Random random = Random::from_number(7);
  for (std::uint64_t i = 1; i <= 400; ++i) {
    const std::size_t size = kSizes[i % std::size(kSizes)];
    REQUIRE(store->put(Table::Entries, number_key(i), secret_value(i, size)).ok());
    REQUIRE(store->put(Table::RecordIds, payload_of(i, 40), secret_value(i, 60)).ok());  // random keys split pages
    REQUIRE(store->put(Table::Local, view_of("kept"), secret_value(i, 100 + random.below(3000))).ok());
    if (i % 7 == 0) REQUIRE(store->commit().ok());
  }
  for (std::uint64_t i = 1; i <= 400; ++i) {
    if (i % 3 == 0) {
      REQUIRE(store->put(Table::Entries, number_key(i), payload_of(i, 50 + random.below(5000))).ok());
    } else {
      REQUIRE(store->erase(Table::Entries, number_key(i)).ok());
    }
    REQUIRE(store->put(Table::RecordIds, payload_of(i, 40), number_key(i)).ok());
    if (i % 11 == 0) REQUIRE(store->commit().ok());
  }
  REQUIRE(store->put(Table::Local, view_of("kept"), view_of("public")).ok());
  REQUIRE(store->commit().ok());
}

// All rows of the tables that make_secret_store() fills, in order.
std::string all_rows(const StorageReader& reader) {
  std::string text;
  for (Table table : {Table::Entries, Table::RecordIds, Table::Local}) {
    REQUIRE(reader
                .scan(table, {},
                      [&](View key, View payload) {
                        text.append(text_of(key)).append(text_of(payload));
                        return true;
                      })
                .ok());
  }
  return text;
}

int shred_now(const fs::path& dir) {
  auto opened = open_store(dir);
  if (!opened) return 1;
  (*opened)->shred();
  if (!(*opened)->commit().ok()) return 2;
  return (*opened)->shred_due() ? 3 : 0;
}

}  // namespace

TEST_CASE("shred: nothing of what was erased or overwritten is left in any file of the folder") {
  const TempHome home;
  make_secret_store(home.path());
  const std::string before = all_bytes(home.path());
  REQUIRE(secrets_in(before) > 100);  // else this test would hold nothing
  auto store = must_open(home.path());
  const std::string rows = all_rows(*store);
  REQUIRE(secrets_in(rows) == 0);
  store->shred();
  CHECK(store->has_uncommitted());
  REQUIRE(store->commit().ok());
  CHECK_FALSE(store->shred_due());
  CHECK_FALSE(store->shred_trouble());
  CHECK_FALSE(store->has_uncommitted());
  CHECK(secrets_in(all_bytes(home.path())) == 0);
  CHECK_FALSE(fs::exists(home.path() / "new"));
  CHECK(all_rows(*store) == rows);
  CHECK(store->inspect()->clean());
  CHECK(text_at(*store, Table::Meta, kShredKey) == "nothing");
  CHECK(fs::file_size(data_file(home.path())) < before.size());
  CHECK((fs::status(data_file(home.path())).permissions() & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none);
  CHECK(store->check_file().ok());
  REQUIRE(store->put(Table::Local, view_of("after"), view_of("goes on")).ok());
  REQUIRE(store->commit().ok());
  store.reset();
  CHECK(text_at(*must_open(home.path()), Table::Local, "after") == "goes on");
}

TEST_CASE("shred: what is erased in the same commit is gone with it, and what lives is there with all its bytes") {
  const TempHome home;
  auto store = must_open(home.path());
  for (std::uint64_t i = 1; i <= 90; ++i) {
    REQUIRE(store->put(Table::Entries, number_key(i), secret_value(i, kSizes[i % std::size(kSizes)])).ok());
  }
  REQUIRE(store->commit().ok());
  for (std::uint64_t i = 2; i <= 90; i += 2) REQUIRE(store->erase(Table::Entries, number_key(i)).ok());
  store->shred();
  REQUIRE(store->commit().ok());
  const std::string bytes = all_bytes(home.path());
  for (std::uint64_t i = 1; i <= 90; ++i) {
    CAPTURE(i);
    CHECK((bytes.find(secret_of(i) + ";") != std::string::npos) == (i % 2 == 1));
    const Result<std::optional<View>> row = store->get(Table::Entries, number_key(i));
    REQUIRE(row.ok());
    REQUIRE(row->has_value() == (i % 2 == 1));
    if (*row) CHECK(same_bytes(**row, secret_value(i, kSizes[i % std::size(kSizes)])));
  }
}

TEST_CASE("shred: a store that is written anew in many transactions keeps every row and nothing else") {
  constexpr std::uint64_t kMany = 40'000;
  const TempHome home;
  auto store = must_open(home.path());
  for (std::uint64_t i = 1; i <= kMany; ++i) {
    REQUIRE(store->put(Table::Entries, number_key(i), i % 2 == 0 ? payload_of(i, 400) : secret_value(i, 400)).ok());
    REQUIRE(store->put(Table::RecordIds, payload_of(i, 40), number_key(i)).ok());
    if (i % 10'000 == 0) REQUIRE(store->commit().ok());
  }
  for (std::uint64_t i = 1; i <= kMany; i += 2) REQUIRE(store->put(Table::Entries, number_key(i), payload_of(i, 300)).ok());
  store->shred();
  REQUIRE(store->commit().ok());
  CHECK_FALSE(store->shred_due());
  CHECK(secrets_in(all_bytes(home.path())) == 0);
  std::uint64_t right = 0;
  for (std::uint64_t i = 1; i <= kMany; ++i) {
    const Result<std::optional<View>> row = store->get(Table::Entries, number_key(i));
    right += row && *row && same_bytes(**row, payload_of(i, i % 2 == 0 ? 400 : 300)) ? 1 : 0;
    const Result<std::optional<View>> id = store->get(Table::RecordIds, payload_of(i, 40));
    right += id && *id && same_bytes(**id, number_key(i)) ? 1 : 0;
  }
  CHECK(right == 2 * kMany);
  CHECK(store->inspect()->sound == 2 * kMany + 4);
}

TEST_CASE("shred: without it erased text stays in the file, also when LMDB's own compacting copy makes a new one") {
  const TempHome home, copy;
  {
    // Rows with long values leave pages with their text to the next transaction, which puts short ones on them.
    const auto store = must_open(home.path());
    for (std::uint64_t round = 0; round < 30; ++round) {
      for (std::uint64_t i = 1; i <= 20; ++i) {
        const std::uint64_t number = round * 100 + i;
        REQUIRE(store->put(Table::Entries, number_key(i), secret_value(number, 3900)).ok());
        REQUIRE(store->put(Table::Local, number_key(i), secret_value(number, 300)).ok());
      }
      REQUIRE(store->commit().ok());
      for (std::uint64_t i = 1; i <= 20; ++i) {
        REQUIRE(store->put(Table::Entries, number_key(i), payload_of(i, 2100)).ok());
        REQUIRE(store->put(Table::Local, number_key(i), payload_of(i, 60)).ok());
      }
      REQUIRE(store->commit().ok());
    }
    for (std::uint64_t i = 1; i <= 20; ++i) {
      REQUIRE(same_bytes(**store->get(Table::Entries, number_key(i)), payload_of(i, 2100)));
      REQUIRE(same_bytes(**store->get(Table::Local, number_key(i)), payload_of(i, 60)));
    }
  }
  CHECK(secrets_in(all_bytes(home.path())) > 0);
  MDB_env* env = nullptr;
  REQUIRE(mdb_env_create(&env) == 0);
  REQUIRE(mdb_env_set_mapsize(env, 256 * 1024 * 1024) == 0);
  REQUIRE(mdb_env_open(env, home.path().c_str(), MDB_NOTLS, 0600) == 0);
  REQUIRE(mdb_env_copy2(env, copy.path().c_str(), MDB_CP_COMPACT) == 0);
  mdb_env_close(env);
  const std::size_t survived = secrets_in(all_bytes(copy.path()));
  MESSAGE(survived << " pieces of erased text survived LMDB's compacting copy");
  CHECK(survived > 0);  // the reason for store/rewrite.h; should this fail, LMDB has changed
  REQUIRE(shred_now(home.path()) == 0);
  CHECK(secrets_in(all_bytes(home.path())) == 0);
}

TEST_CASE("shred: a kill at any system call of a rewrite loses no row, and opening takes it up before anything can be read") {
  const TempHome home;
  make_secret_store(home.path());
  const fs::path file = data_file(home.path());
  const std::string whole = read_file(file);
  const std::string rows = all_rows(*must_open(home.path()));
  std::uint64_t steps = 0, taken_up = 0;
  for (std::uint64_t step = 1;; step += one_in(7)) {
    CAPTURE(step);
    write_file(file, whole);
    fs::remove_all(home.path() / "new");
    const int ended = in_child([&] {
      plan_system_calls({step});
      return shred_now(home.path());
    });
    if (ended == 0) break;
    REQUIRE(ended == 128 + SIGKILL);
    steps = step;
    // How far did it come? Once its mark is committed, opening must finish it.
    const auto store = must_open(home.path());
    CHECK_FALSE(fs::exists(home.path() / "new"));
    CHECK_FALSE(store->shred_due());
    CHECK(all_rows(*store) == rows);
    CHECK(store->inspect()->clean());
    const bool gone = secrets_in(all_bytes(home.path())) == 0;
    CHECK((gone || taken_up == 0));  // once gone for a step, then for all later ones
    taken_up += gone ? 1 : 0;
  }
  MESSAGE(steps << " kills, " << taken_up << " of them after the mark was committed");
  CHECK(steps > 10 / one_in(2));
  CHECK(taken_up > 8 / one_in(9));
}

TEST_CASE("shred: a kill at any system call of the opening that takes it up is taken up again") {
  const TempHome home;
  make_secret_store(home.path());
  const fs::path file = data_file(home.path());
  const std::string rows = all_rows(*must_open(home.path()));
  REQUIRE(in_child([&] {
            plan_system_calls({1, 0, 0, "rename"});
            return shred_now(home.path());
          }) == 128 + SIGKILL);
  const std::string due = read_file(file);
  for (std::uint64_t step = 1;; step += one_in(7)) {
    CAPTURE(step);
    write_file(file, due);
    const int ended = in_child([&] {
      plan_system_calls({step});
      return open_store(home.path()).ok() ? 0 : 1;
    });
    const auto store = must_open(home.path());
    CHECK(all_rows(*store) == rows);
    CHECK(secrets_in(all_bytes(home.path())) == 0);
    if (ended == 0) break;
    REQUIRE(ended == 128 + SIGKILL);
  }
}

TEST_CASE("shred: a system call that fails leaves the commit standing, the rewrite due and no half copy, or stops the store") {
  const TempHome home;
  make_secret_store(home.path());
  const fs::path file = data_file(home.path());
  const std::string whole = read_file(file);
  const std::string rows = all_rows(*must_open(home.path()));
  std::set<int> outcomes;
  for (int error : {EIO, ENOSPC}) {
    for (std::uint64_t step = 1;; step += one_in(7)) {
      CAPTURE(step);
      write_file(file, whole);
      fs::remove_all(home.path() / "new");
      const int outcome = in_child([&] {
        auto opened = open_store(home.path());
        if (!opened) return 1;
        LmdbStorage& store = **opened;
        plan_system_calls({0, step, error});
        store.shred();
        const Status committed = store.commit();
        const bool failed = counted_system_calls() >= step;
        plan_system_calls({});
        if (!failed) return 10;             // there were no so many calls
        if (!committed) return 11;          // the commit itself, or the opening afterwards: the process ends
        if (!store.shred_due()) return 12;  // the call did not matter, such as one of cleaning up
        if (!store.shred_trouble()) return 2;
        if (!store.check_file().ok()) return 3;
        store.shred();  // and with the disk well again
        if (!store.commit().ok() || store.shred_due()) return 4;
        return 13;
      });
      REQUIRE(outcome >= 10);
      outcomes.insert(outcome);
      const auto store = must_open(home.path());
      CHECK_FALSE(store->shred_due());
      CHECK(all_rows(*store) == rows);
      if (outcome == 12 || outcome == 13) CHECK(secrets_in(all_bytes(home.path())) == 0);
      if (outcome == 10) break;
    }
  }
  CHECK(outcomes.contains(11));
  CHECK(outcomes.contains(13));
}

TEST_CASE("shred: without room for a copy, or while a snapshot is held, the commit stands and the rewrite stays due") {
  const TempHome home;
  make_secret_store(home.path());
  StorageOptions no_room = small_options();
  no_room.reserve_bytes = ~std::uint64_t{0} / 2;
  {
    auto store = must_open(home.path(), no_room);
    REQUIRE(store->put(Table::Local, view_of("kept"), view_of("still public")).ok());
    store->use_reserve();
    store->shred();
    REQUIRE(store->commit().ok());
    CHECK(store->shred_due());
    REQUIRE(store->shred_trouble());
    CHECK(store->shred_trouble()->code == Code::Full);
    CHECK(text_at(*store, Table::Local, "kept") == "still public");
  }
  {
    auto store = must_open(home.path(), no_room);  // opens all the same: what is there can be read
    CHECK(store->shred_due());
    CHECK_FALSE(store->warnings().empty());
    CHECK(text_at(*store, Table::Local, "kept") == "still public");
    CHECK(secrets_in(all_bytes(home.path())) > 0);
  }
  auto store = must_open(home.path());
  CHECK_FALSE(store->shred_due());
  CHECK(secrets_in(all_bytes(home.path())) == 0);
  Result<std::unique_ptr<StorageReader>> snapshot = store->snapshot();
  REQUIRE(snapshot.ok());
  REQUIRE(store->erase(Table::Local, view_of("kept")).ok());
  store->shred();
  REQUIRE(store->commit().ok());
  CHECK(store->shred_due());
  CHECK(store->shred_trouble()->code == Code::Conflict);
  CHECK(text_at(**snapshot, Table::Local, "kept") == "still public");
  snapshot->reset();
  store->shred();
  REQUIRE(store->commit().ok());
  CHECK_FALSE(store->shred_due());
  CHECK_FALSE(store->shred_trouble());
  CHECK(all_bytes(home.path()).find("still public") == std::string::npos);
}

TEST_CASE("shred: a rollback forgets that it was asked for") {
  const TempHome home;
  auto store = must_open(home.path());
  store->shred();
  store->rollback();
  CHECK_FALSE(store->has_uncommitted());
  const auto before = fs::last_write_time(data_file(home.path()));
  REQUIRE(store->commit().ok());
  CHECK(fs::last_write_time(data_file(home.path())) == before);
  CHECK_FALSE(store->shred_due());
}

TEST_CASE("shred: a new file that may be gone after a power cut stops the store, since what is written to it would be too") {
  const TempHome home;
  make_secret_store(home.path());
  const std::string rows = all_rows(*must_open(home.path()));
  auto store = must_open(home.path());
  store->shred();
  plan_system_calls({0, 1, EIO, "fsync"});  // of the folder, after the rename
  const Status committed = store->commit();
  CHECK(counted_system_calls() == 1);
  plan_system_calls({});
  REQUIRE_FALSE(committed.ok());
  CHECK(committed.error().code == Code::Io);
  CHECK_FALSE(store->put(Table::Local, view_of("kept"), view_of("later")).ok());
  store.reset();
  CHECK(all_rows(*must_open(home.path())) == rows);
}

TEST_CASE("shred: with a damaged row the store stops, opens as damaged, and a salvage leaves nothing of what was erased") {
  const TempHome home;
  make_secret_store(home.path());
  with_raw(home.path(), [](MDB_txn* txn) { raw_damage(txn, "entries", number_key(300)); });
  {
    auto store = must_open(home.path());
    store->shred();
    const Status committed = store->commit();
    REQUIRE_FALSE(committed.ok());
    CHECK(committed.error().code == Code::Damaged);
    CHECK_FALSE(store->put(Table::Local, view_of("kept"), view_of("later")).ok());
  }
  CHECK_FALSE(fs::exists(home.path() / "new"));
  const auto refused = open_store(home.path());
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Code::Damaged);
  SalvageWatch watch;
  const Result<Salvaged> salvaged = salvage(home.path(), small_options(), watch);
  REQUIRE(salvaged.ok());
  CHECK(salvaged->left_out == 1);
  REQUIRE(put_salvaged_in_place(home.path()).ok());
  const auto store = must_open(home.path());
  CHECK_FALSE(store->shred_due());
  CHECK(text_at(*store, Table::Meta, kRebuildKey) == "\1");
  CHECK(store->inspect()->clean());
  CHECK(secrets_in(all_bytes(home.path())) == 0);
}
