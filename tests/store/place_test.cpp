// Where a store's file lies, and that a file which the store writes anew itself is no copy.
#include "store/place.h"

#include "tests/store/opened.h"

using namespace budstikke;
using namespace budstikke::tests;
namespace fs = std::filesystem;

namespace {

struct NotedStore {
  TempHome temporary;
  fs::path dir = temporary.path() / "store";
  NotedStore() {
    auto storage = must_open(dir);
    note(*storage, dir);
  }
  static void note(store::LmdbStorage& storage, const fs::path& dir) {
    const Result<StorePlace> place = store::place_of_file(data_file(dir));
    REQUIRE(place.ok());
    REQUIRE(storage.put(Table::Meta, view_of(kPlaceKey), encode(*place)).ok());
    REQUIRE(storage.commit().ok());
  }
  static bool has_moved(const fs::path& dir) {
    const auto storage = must_open(dir);
    const auto row = storage->get(Table::Meta, view_of(kPlaceKey));
    REQUIRE((row && *row));
    return budstikke::has_moved(*parse_place(**row), *store::place_of_file(data_file(dir)));
  }
  static void shred(const fs::path& dir) {
    auto storage = must_open(dir);
    storage->shred();
    REQUIRE(storage->commit().ok());
    REQUIRE_FALSE(storage->shred_due());
  }
};

}  // namespace

TEST_CASE("place: of a file that stays is the same, after a rename of its folder too") {
  NotedStore noted;
  const StorePlace before = *store::place_of_file(data_file(noted.dir));
  CHECK(before.inode != 0);
  fs::rename(noted.dir, noted.temporary.path() / "renamed");
  CHECK(*store::place_of_file(data_file(noted.temporary.path() / "renamed")) == before);
  CHECK_FALSE(NotedStore::has_moved(noted.temporary.path() / "renamed"));
  CHECK_FALSE(store::place_of_file(data_file(noted.dir)).ok());
}

TEST_CASE("place: a store that is written anew notes the place of its new file") {
  NotedStore noted;
  const std::uint64_t inode = store::place_of_file(data_file(noted.dir))->inode;
  NotedStore::shred(noted.dir);
  CHECK(store::place_of_file(data_file(noted.dir))->inode != inode);
  CHECK_FALSE(NotedStore::has_moved(noted.dir));
}

TEST_CASE("place: a copy stays one when it is written anew before anybody looked") {
  NotedStore noted;
  const fs::path copy = noted.temporary.path() / "copy";
  fs::copy(noted.dir, copy);
  CHECK(NotedStore::has_moved(copy));
  NotedStore::shred(copy);
  CHECK(NotedStore::has_moved(copy));
}

TEST_CASE("store id: another one that a layer above puts is the store's after the commit, over a rewrite and a start") {
  NotedStore noted;
  const StoreId other = StoreId::from(view_of("another sixteen!"));
  {
    auto storage = must_open(noted.dir);
    const StoreId before = storage->store_id();
    REQUIRE(storage->put(Table::Meta, view_of(kStoreIdKey), other).ok());
    CHECK(storage->store_id() == before);
    storage->rollback();
    REQUIRE(storage->put(Table::Local, Bytes{1}, Bytes{1}).ok());
    REQUIRE(storage->commit().ok());
    CHECK(storage->store_id() == before);
    CHECK(storage->put(Table::Meta, view_of(kStoreIdKey), Bytes(15)).error().code == Code::Invalid);
    storage->rollback();
    REQUIRE(storage->put(Table::Meta, view_of(kStoreIdKey), other).ok());
    REQUIRE(storage->commit().ok());
    CHECK(storage->store_id() == other);
  }
  NotedStore::shred(noted.dir);
  CHECK(must_open(noted.dir)->store_id() == other);
}
