// A store of an older format is brought to the present one, whenever the program is killed meanwhile.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "protocol/base/text.h"
#include "protocol/node/ledger.h"
#include "store/tables.h"
#include "tests/store/raw.h"
#include "tests/store/system_calls.h"
#include "tests/support/sanitized.h"

using namespace budstikke;
using namespace budstikke::store;
using namespace budstikke::tests;
namespace fs = std::filesystem;

namespace {

constexpr Table kOldTables[] = {Table::Meta,    Table::Networks,  Table::Logs,    Table::Checkpoints, Table::Entries,
                                Table::Records, Table::RecordIds, Table::Buckets, Table::Local};

void lay_out_format_1(const fs::path& dir) {
  fs::copy_file(fs::path(BUDSTIKKE_SOURCE_DIR) / "tests/store/fixtures/format-1.mdb", data_file(dir),
                fs::copy_options::overwrite_existing);
}

// Every row of the tables of format 1, read by LMDB alone, but for the store's own in Meta.
std::string raw_rows(const fs::path& dir) {
  std::string text;
  with_raw(dir, [&](MDB_txn* txn) {
    for (Table table : kOldTables) {
      MDB_cursor* cursor = nullptr;
      REQUIRE(mdb_cursor_open(txn, raw_table(txn, kTableNames[table_index(table)]), &cursor) == 0);
      MDB_val key, value;
      while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        const std::string name(static_cast<const char*>(key.mv_data), key.mv_size);
        if (table == Table::Meta && (name == kFormatKey || name == kRebuildKey || name == "migration")) continue;
        text += name + "=" + std::string(static_cast<const char*>(value.mv_data), value.mv_size) + "\n";
      }
      mdb_cursor_close(cursor);
    }
  });
  return text;
}

// Makes a store that is of format 1 in everything, with many rows of which copies are to be made.
void make_large_format_1(const fs::path& dir, std::uint64_t rows) {
  {
    const auto store = must_open(dir);
    for (std::uint64_t i = 1; i <= rows; ++i) REQUIRE(store->put(Table::Local, number_key(i), payload_of(i, 30)).ok());
    REQUIRE(store->put(Table::Logs, view_of("log"), view_of("tips")).ok());
    REQUIRE(store->commit().ok());
  }
  with_raw(dir, [&](MDB_txn* txn) {
    for (std::size_t i = kFirstTablesOfFormat2 - 1; i < kStoredTableCount; ++i) {
      REQUIRE(mdb_drop(txn, raw_table(txn, kTableNames[i]), 1) == 0);
    }
    raw_put(txn, "meta", Table::Meta, view_of(kFormatKey), Bytes{0, 0, 0, 1});
  });
}

// Opens the store in a child that is killed at its `step`th system call; false when it came to its end.
bool is_killed_at(const fs::path& dir, std::uint64_t step) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    plan_system_calls({step});
    ::_exit(open_store(dir).ok() ? 0 : 1);
  }
  int ended = 0;
  REQUIRE(::waitpid(child, &ended, 0) == child);
  if (WIFSIGNALED(ended)) return true;
  REQUIRE(WEXITSTATUS(ended) == 0);
  return false;
}

// Of every row that has a copy, the copy is what is read when the row is damaged.
void check_copies(const fs::path& dir) {
  std::map<std::pair<Table, Bytes>, Bytes> rows;
  {
    const auto store = must_open(dir);
    for (Table table : kOldTables) {
      if (!has_copy(table)) continue;
      REQUIRE(store
                  ->scan(table, {},
                         [&](View key, View payload) {
                           rows.emplace_hint(rows.end(), std::pair(table, bytes_of(key)), bytes_of(payload));
                           return true;
                         })
                  .ok());
    }
    CHECK(store->rescued() == 0);
    CHECK(store->inspect()->clean());
  }
  with_raw(dir, [&](MDB_txn* txn) {
    for (const auto& [at, payload] : rows) raw_damage(txn, kTableNames[table_index(at.first)], at.second);
  });
  const auto store = must_open(dir);
  std::size_t right = 0;
  for (const auto& [at, payload] : rows) {
    const Result<std::optional<View>> row = store->get(at.first, at.second);
    right += row && *row && same_bytes(**row, payload) ? 1 : 0;
  }
  CHECK(right == rows.size());
}

}  // namespace

TEST_CASE("migration: a store of format 1 opens with every row, its copies, and the mark that derived rows must be made anew") {
  const TempHome home;
  lay_out_format_1(home.path());
  const std::string before = raw_rows(home.path());
  REQUIRE(before.size() > 10'000);
  {
    const auto store = must_open(home.path());
    CHECK(store->stats()->format == kStoreFormat);
    CHECK(text_at(*store, Table::Meta, kFormatKey) == std::string("\0\0\0\2", 4));
    CHECK(text_at(*store, Table::Meta, kRebuildKey) == "\1");
    CHECK(text_at(*store, Table::Meta, "migration") == "nothing");
    CHECK(store->stats()->rows_of(Table::Erasures) == 0);
  }
  CHECK(raw_rows(home.path()) == before);
  check_copies(home.path());
}

TEST_CASE("migration: the node above loads a store of format 1 with the digests that its own program told") {
  const TempHome home;
  lay_out_format_1(home.path());
  const auto store = must_open(home.path());
  Result<std::unique_ptr<Ledger>> ledger = Ledger::load(*store, Incarnation{1});
  REQUIRE(ledger.ok());
  REQUIRE((*ledger)->networks().size() == 1);
  (*ledger)->refresh_vectors();
  const Network& network = (*ledger)->networks().begin()->second;
  CHECK(network.records == 14);
  CHECK(network.entries == 20);
  CHECK(network.missing == 0);
  CHECK(hex_of(network.data_vector.value()) == "3c35992e74e8540248edae765c4cac3e7b7275380fe61dd32e7fbb2373c2bfbf");
  CHECK(hex_of(network.state_digest()) == "d7e1f158c6efbb9fb5ebec08a1ef8437d5b5898a79dd0615f0284bb6c87acafb");
  CHECK(hex_of(network.membership_vector.value()) == "1bc92ca28ef6486c0061884b44d79e1a0005162adabdd94270b82b60ea71625c");
}

TEST_CASE("migration: killed at any system call, again and again, it goes on and comes to the same") {
  const TempHome home, other;
  lay_out_format_1(home.path());
  const std::string before = raw_rows(home.path());
  std::uint64_t kills = 0;
  for (std::uint64_t step = 1; is_killed_at(home.path(), step); ++step) {  // each start comes a little further than the last
    ++kills;
    CHECK(raw_rows(home.path()) == before);
    if (step > 1) continue;
    lay_out_format_1(other.path());  // and each kill on its own, from the beginning
    for (std::uint64_t at = 1;; ++at) {
      lay_out_format_1(other.path());
      if (!is_killed_at(other.path(), at)) break;
      const auto store = must_open(other.path());
      CHECK(text_at(*store, Table::Meta, kRebuildKey) == "\1");
      CHECK(store->inspect()->clean());
    }
    check_copies(other.path());
  }
  CHECK(kills > 5);
  check_copies(home.path());
}

TEST_CASE("migration: a large store is brought over in steps, and what another program wrote between two of them is copied too" *
          doctest::skip(kSanitized)) {
  const TempHome home;
  make_large_format_1(home.path(), 20'000);
  const std::string whole = read_file(data_file(home.path()));
  std::uint64_t tried = 0;
  for (std::uint64_t step = 4;; step += 3) {
    write_file(data_file(home.path()), whole);
    if (!is_killed_at(home.path(), step)) break;
    bool raised = false;
    with_raw(home.path(), [&](MDB_txn* txn) {  // as the program of format 1 would: it knows nothing of copies
      MDB_val key{kFormatKey.size(), const_cast<char*>(kFormatKey.data())}, value;
      REQUIRE(mdb_get(txn, raw_table(txn, "meta"), &key, &value) == 0);
      raised = static_cast<const char*>(value.mv_data)[4] == 2;
      if (raised) return;
      raw_put(txn, "logs", Table::Logs, view_of("log"), view_of("later tips"));
      raw_put(txn, "local", Table::Local, number_key(7), view_of("later"));
    });
    if (raised) break;
    ++tried;
    check_copies(home.path());
    CHECK(text_at(*must_open(home.path()), Table::Logs, "log") == "later tips");
    CHECK(same_bytes(**must_open(home.path())->get(Table::Local, number_key(7)), view_of("later")));
  }
  CHECK(tried >= 3);
}

TEST_CASE("migration: rows of which each is larger than a step are brought over") {
  const TempHome home;
  make_large_format_1(home.path(), 10);
  with_raw(home.path(), [](MDB_txn* txn) {
    for (std::uint64_t i : {1, 2, 3}) raw_put(txn, "local", Table::Local, number_key(i), payload_of(i, 9 * 1024 * 1024));
  });
  const auto store = must_open(home.path());
  CHECK(store->stats()->format == kStoreFormat);
  CHECK(store->inspect()->clean());
}

TEST_CASE("migration: a disk that is full at any of its writes refuses it and leaves a whole store of one format or the other") {
  const TempHome home;
  lay_out_format_1(home.path());
  const std::string before = raw_rows(home.path());
  std::uint64_t refused = 0;
  for (std::uint64_t step = 1;; ++step) {
    CAPTURE(step);
    lay_out_format_1(home.path());
    plan_system_calls({0, step, ENOSPC});
    const auto opened = open_store(home.path());
    const bool failed = counted_system_calls() >= step;
    plan_system_calls({});
    if (!failed) break;
    if (!opened) {
      CHECK(opened.error().code == Code::Full);
      ++refused;
    }
    CHECK(raw_rows(home.path()) == before);
  }
  CHECK(refused > 5);
  check_copies(home.path());
}
