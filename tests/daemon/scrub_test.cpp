#include "daemon/scrub.h"

#include <doctest/doctest.h>

#include "store/tables.h"
#include "tests/store/raw.h"

using namespace budstikke;
using namespace budstikke::daemon;
using namespace budstikke::tests;

namespace {

constexpr std::uint64_t kEntries = 700;  // three steps, with the last in another table

void make_store(const std::filesystem::path& dir) {
  const auto storage = must_open(dir);
  for (std::uint64_t i = 1; i <= kEntries; ++i) REQUIRE(storage->put(Table::Entries, number_key(i), payload_of(i)).ok());
  for (std::uint64_t i = 1; i <= 10; ++i) REQUIRE(storage->put(Table::Local, number_key(i), payload_of(i)).ok());
  REQUIRE(storage->put(Table::Conflicts, number_key(1), {}).ok());
  REQUIRE(storage->commit().ok());
}

// The step that finds damage, from 1; 0: none of the first ten.
int found_at(const store::LmdbStorage& storage, Scrub& scrub) {
  for (int step = 1; step <= 10; ++step) {
    const Status sound = scrub.step(storage);
    if (sound) continue;
    CHECK(sound.error().code == Code::Damaged);
    return step;
  }
  return 0;
}

void damage(const std::filesystem::path& dir, Table table, View key) {
  with_raw(dir, [&](MDB_txn* txn) { raw_damage(txn, store::kTableNames[store::table_index(table)], key); });
}

}  // namespace

TEST_CASE("scrub: a damaged row is found wherever it lies, a few rows a step") {
  const TempHome home;
  for (const auto& [number, step] : {std::pair{1, 1}, {300, 2}, {700, 3}}) {
    CAPTURE(number);
    std::filesystem::remove(data_file(home.path()));
    make_store(home.path());
    damage(home.path(), Table::Entries, number_key(static_cast<std::uint64_t>(number)));
    Scrub scrub;
    CHECK(found_at(*must_open(home.path()), scrub) == step);
  }
}

TEST_CASE("scrub: a store that is well is looked at round after round, and damage that comes later is found in the next") {
  const TempHome home;
  make_store(home.path());
  damage(home.path(), Table::Local, number_key(3));  // of which there is a copy
  Scrub scrub;
  {
    const auto storage = must_open(home.path());
    CHECK(found_at(*storage, scrub) == 0);
    CHECK(storage->rescued() > 0);
    CHECK(scrub.rounds() == 3);  // of ten steps
  }
  damage(home.path(), Table::Conflicts, number_key(1));
  CHECK(found_at(*must_open(home.path()), scrub) > 0);
}
