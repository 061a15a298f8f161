#include "store/lmdb_storage.h"

#include "protocol/base/random.h"
#include "store/row.h"
#include "tests/store/opened.h"
#include "tests/support/process.h"
#include "tests/support/sanitized.h"

using namespace budstikke;
using namespace budstikke::store;
using namespace budstikke::tests;
namespace fs = std::filesystem;

namespace {

std::string all_of(const StorageReader& reader, Table table, std::string_view from = {}) {
  std::string text;
  const Status scanned = reader.scan(table, view_of(from), [&](View key, View payload) {
    text += std::string(text_of(key)) + "=" + std::string(text_of(payload)) + " ";
    return true;
  });
  return scanned ? text : "error: " + scanned.error().text;
}

}  // namespace

TEST_CASE("storage: what is put can be read before and after the commit, and after opening again") {
  const TempHome home;
  for (Table table : {Table::Logs, Table::Entries, Table::RecordIds}) {
    auto store = must_open(home.path());
    const std::uint64_t bytes = store->uncommitted_bytes();
    CHECK(bytes == 0);
    REQUIRE(store->put(table, view_of("b"), view_of("two")).ok());
    REQUIRE(store->put(table, view_of("a"), view_of("one")).ok());
    CHECK(store->uncommitted_bytes() == 8);
    CHECK(store->has_uncommitted());
    CHECK(all_of(*store, table) == "a=one b=two ");
    REQUIRE(store->commit().ok());
    CHECK_FALSE(store->has_uncommitted());
    CHECK(store->uncommitted_bytes() == 0);
    CHECK(all_of(*store, table) == "a=one b=two ");
    CHECK(all_of(*store, table, "aa") == "b=two ");
    REQUIRE(store->put(table, view_of("a"), view_of("ONE AND MORE")).ok());
    REQUIRE(store->erase(table, view_of("b")).ok());
    REQUIRE(store->erase(table, view_of("never there")).ok());
    CHECK(text_at(*store, table, "b") == "nothing");
    store->rollback();
    CHECK(all_of(*store, table) == "a=one b=two ");
    REQUIRE(store->erase(table, view_of("a")).ok());
    REQUIRE(store->commit().ok());
    store.reset();
    CHECK(all_of(*must_open(home.path()), table) == "b=two ");
  }
}

TEST_CASE("storage: what was not committed is gone when the store is closed") {
  const TempHome home;
  auto store = must_open(home.path());
  REQUIRE(store->put(Table::Local, view_of("a"), view_of("one")).ok());
  REQUIRE(store->put(Table::RecordIds, view_of("a"), view_of("one")).ok());
  store.reset();
  store = must_open(home.path());
  CHECK(text_at(*store, Table::Local, "a") == "nothing");
  CHECK(text_at(*store, Table::RecordIds, "a") == "nothing");
}

TEST_CASE("storage: keys and payloads out of bounds are refused and change nothing") {
  const TempHome home;
  const auto store = must_open(home.path());
  const std::string longest(kMaxKeyBytes, 'k'), too_long(kMaxKeyBytes + 1, 'k');
  for (Table table : {Table::Logs, Table::RecordIds}) {
    CHECK(store->put(table, {}, view_of("x")).error().code == Code::Invalid);
    CHECK(store->put(table, view_of(too_long), view_of("x")).error().code == Code::TooLarge);
    CHECK(store->erase(table, {}).error().code == Code::Invalid);
    CHECK(store->get(table, {}).error().code == Code::Invalid);
    CHECK(store->get(table, view_of(too_long)).error().code == Code::TooLarge);
    CHECK(store->scan(table, view_of(too_long), [](View, View) { return true; }).error().code == Code::TooLarge);
    CHECK(store->put(table, view_of("k"), Bytes(kMaxPayloadBytes + 1)).error().code == Code::TooLarge);
    CHECK_FALSE(store->has_uncommitted());
    CHECK(store->put(table, view_of(longest), {}).ok());
    CHECK(text_at(*store, table, longest).empty());
    store->rollback();
  }
}

TEST_CASE("storage: a payload that lies in the store itself may be put under another key") {
  const TempHome home;
  const auto store = must_open(home.path());
  for (Table table : {Table::Logs, Table::RecordIds}) {
    const std::string text(40, 'p');
    REQUIRE(store->put(table, view_of("m"), view_of(text)).ok());
    for (char key = 'l'; key > 'a'; --key) {  // each before the one it is copied from, so that the page shifts
      const std::string before(1, static_cast<char>(key + 1)), now(1, key);
      REQUIRE(store->put(table, view_of(now), **store->get(table, view_of(before))).ok());
    }
    REQUIRE(store->commit().ok());
    for (char key = 'm'; key > 'a'; --key) CHECK(text_at(*store, table, std::string(1, key)) == text);
  }
}

TEST_CASE("storage: views stay good over any number of reads") {
  const TempHome home;
  const auto store = must_open(home.path());
  for (std::uint64_t i = 0; i < 500; ++i) REQUIRE(store->put(Table::Entries, number_key(i), payload_of(i)).ok());
  for (bool committed : {false, true}) {
    if (committed) REQUIRE(store->commit().ok());
    std::vector<View> views;
    for (std::uint64_t i = 0; i < 500; ++i) views.push_back(**store->get(Table::Entries, number_key(i)));
    for (std::uint64_t i = 0; i < 500; ++i) CHECK(same_bytes(views[i], payload_of(i)));
  }
}

TEST_CASE("storage: more waiting record ids than a batch holds are all there, newest first in effect") {
  const TempHome home;
  const auto store = must_open(home.path());
  Random random = Random::from_number(7);
  std::vector<RecordId> ids;
  for (std::size_t i = 0; i < kBatchEntries + 1000; ++i) {
    ids.push_back(random.fixed<RecordId>());
    REQUIRE(store->put(Table::RecordIds, ids.back(), number_key(i)).ok());
  }
  REQUIRE(store->put(Table::RecordIds, ids[0], number_key(77)).ok());  // is on its page by now
  REQUIRE(store->erase(Table::RecordIds, ids[1]).ok());
  for (bool committed : {false, true}) {
    if (committed) REQUIRE(store->commit().ok());
    CHECK(same_bytes(**store->get(Table::RecordIds, ids[0]), number_key(77)));
    CHECK_FALSE(store->get(Table::RecordIds, ids[1])->has_value());
    CHECK(same_bytes(**store->get(Table::RecordIds, ids.back()), number_key(ids.size() - 1)));
    std::size_t rows = 0;
    Bytes last;
    REQUIRE(store
                ->scan(Table::RecordIds, {},
                       [&](View key, View) {
                         CHECK(text_of(key) > text_of(last));
                         last = bytes_of(key);
                         return ++rows > 0;
                       })
                .ok());
    CHECK(rows == ids.size() - 1);
  }
  CHECK(store->inspect()->clean());
}

TEST_CASE("storage: a scan ends when it is told to, over waiting rows too") {
  const TempHome home;
  const auto store = must_open(home.path());
  for (std::string_view key : {"b", "d", "f"}) REQUIRE(store->put(Table::RecordIds, view_of(key), view_of("disk")).ok());
  REQUIRE(store->commit().ok());
  for (std::string_view key : {"a", "d", "g"}) REQUIRE(store->put(Table::RecordIds, view_of(key), view_of("waits")).ok());
  REQUIRE(store->erase(Table::RecordIds, view_of("f")).ok());
  CHECK(all_of(*store, Table::RecordIds) == "a=waits b=disk d=waits g=waits ");
  CHECK(all_of(*store, Table::RecordIds, "c") == "d=waits g=waits ");
  for (int limit = 1; limit <= 4; ++limit) {
    int rows = 0;
    REQUIRE(store->scan(Table::RecordIds, {}, [&](View, View) { return ++rows < limit; }).ok());
    CHECK(rows == limit);
  }
}

TEST_CASE("snapshot: it reads what was committed when it was made, and may outlive the storage") {
  const TempHome home;
  auto store = must_open(home.path());
  REQUIRE(store->put(Table::Logs, view_of("a"), view_of("one")).ok());
  REQUIRE(store->put(Table::RecordIds, view_of("a"), view_of("one")).ok());
  const auto before = store->snapshot();
  REQUIRE(before.ok());
  REQUIRE(store->commit().ok());
  REQUIRE(store->put(Table::Logs, view_of("a"), view_of("two")).ok());
  const auto after = store->snapshot();
  REQUIRE(after.ok());
  CHECK(text_at(**before, Table::Logs, "a") == "nothing");
  CHECK(text_at(**after, Table::Logs, "a") == "one");
  CHECK(all_of(**after, Table::RecordIds) == "a=one ");
  CHECK(text_at(*store, Table::Logs, "a") == "two");
  store->rollback();
  CHECK(store->reopen().error().code == Code::Conflict);
  store.reset();
  CHECK(open_store(home.path()).error().code == Code::Conflict);  // the snapshot still holds the file
  CHECK(text_at(**after, Table::Logs, "a") == "one");
}

TEST_CASE("reopen: refused while something is uncommitted, and gives back the memory of a large transaction") {
  const TempHome home;
  const auto store = must_open(home.path());
  for (std::uint64_t i = 1; i <= 40'000; ++i) REQUIRE(store->put(Table::Entries, number_key(i), payload_of(1)).ok());
  CHECK(store->reopen().error().code == Code::Conflict);
  REQUIRE(store->commit().ok());
  const std::uint64_t before = anonymous_memory_of(::getpid());
  REQUIRE(store->reopen().ok());
  const std::uint64_t after = anonymous_memory_of(::getpid());
  MESSAGE("anonymous memory: " << before / 1024 << " KiB before, " << after / 1024 << " KiB after reopen()");
  CHECK(same_bytes(**store->get(Table::Entries, number_key(40'000)), payload_of(1)));
  REQUIRE(store->put(Table::Entries, number_key(40'001), payload_of(2)).ok());
  REQUIRE(store->commit().ok());
  if (!kSanitized) CHECK(after + 5'000'000 < before);  // a sanitizer keeps freed memory on purpose
}

TEST_CASE("stats: rows, format and bytes are those of the file") {
  const TempHome home;
  const auto store = must_open(home.path());
  for (std::uint64_t i = 1; i <= 1000; ++i) REQUIRE(store->put(Table::Entries, number_key(i), payload_of(i)).ok());
  REQUIRE(store->commit().ok());
  for (std::uint64_t i = 1; i <= 990; ++i) REQUIRE(store->erase(Table::Entries, number_key(i)).ok());
  REQUIRE(store->commit().ok());
  const Result<StorageStats> stats = store->stats();
  REQUIRE(stats.ok());
  CHECK(stats->rows_of(Table::Entries) == 10);
  CHECK(stats->rows_of(Table::Meta) == 2);
  CHECK(stats->rows_of(Table::Logs) == 0);
  CHECK(stats->format == kStoreFormat);
  CHECK(stats->file_bytes == fs::file_size(data_file(home.path())));
  CHECK(stats->file_bytes == store->bytes_on_disk());
  CHECK(stats->free_bytes > stats->file_bytes / 2);
  CHECK(store->inspect()->sound == 14);
}

TEST_CASE("check_file: a file that is removed, replaced or cut behind our back is noticed") {
  const TempHome home;
  const fs::path file = data_file(home.path());
  const auto store = must_open(home.path());
  REQUIRE(store->put(Table::Local, view_of("a"), payload_of(1, 100'000)).ok());
  REQUIRE(store->commit().ok());
  REQUIRE(store->check_file().ok());
  fs::copy_file(file, home.path() / "copy");
  fs::rename(file, home.path() / "moved");
  CHECK(store->check_file().error().code == Code::Io);
  fs::rename(home.path() / "copy", file);
  CHECK(store->check_file().error().text == "the store's file was replaced by another");
  fs::rename(home.path() / "moved", file);
  CHECK(store->check_file().ok());
  fs::resize_file(file, fs::file_size(file) - 4096);
  CHECK(store->check_file().error().text == "the store's file is truncated");
}
