// The store on disk and its twin in memory, driven by the same random steps, must give the same answers.
#include <rapidcheck.h>

#include "tests/store/opened.h"
#include "tests/support/memory_storage.h"
#include "tests/support/sanitized.h"

using namespace budstikke;
using namespace budstikke::store;
using namespace budstikke::tests;

namespace {

struct Step {
  std::uint8_t what, table, key, size;
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << "{" << int{step.what} << "," << int{step.table} << "," << int{step.key} << "," << int{step.size} << "}";
}

rc::Gen<Step> any_step() {
  return rc::gen::build<Step>(rc::gen::set(&Step::what, rc::gen::inRange<std::uint8_t>(0, 34)),
                              rc::gen::set(&Step::table, rc::gen::element<std::uint8_t>(2, 5, 7, 7, 10)),
                              rc::gen::set(&Step::key), rc::gen::set(&Step::size));
}

// Keys of several lengths, many of them beginnings of others, a few out of bounds.
Bytes key_of(const Step& step) {
  if (step.key == 0) return {};
  if (step.key == 1) return Bytes(65, 'k');
  return Bytes(step.key % 5 == 0 ? 64 : 1 + step.key % 3, static_cast<std::uint8_t>(step.key / 16));
}

std::size_t size_of(const Step& step) { return step.size < 8 ? 0 : step.size < 224 ? step.size : step.size * std::size_t{60}; }

std::string said(const Status& status) {
  return status ? "done" : "error " + std::to_string(static_cast<int>(status.error().code));
}

std::string read(const StorageReader& reader, Table table, View key) {
  const Result<std::optional<View>> row = reader.get(table, key);
  if (!row) return "error " + std::to_string(static_cast<int>(row.error().code));
  return *row ? "row " + std::string(text_of(**row)) : "nothing";
}

std::string scanned(const StorageReader& reader, Table table, View from, std::size_t limit) {
  std::string text;
  std::size_t rows = 0;
  const Status status = reader.scan(table, from, [&](View key, View payload) {
    text.append(text_of(key)).append("=").append(text_of(payload)).append("\n");
    return ++rows < limit;
  });
  return text + said(status);
}

// What one step answers.
std::string take(Storage& storage, const Step& step) {
  const auto table = static_cast<Table>(step.table);
  const Bytes key = key_of(step);
  if (step.what < 12) return said(storage.put(table, key, payload_of(step.key + step.size, size_of(step))));
  if (step.what < 16) return said(storage.erase(table, key));
  if (step.what < 22) return read(storage, table, key);
  if (step.what < 26) return scanned(storage, table, key, 1 + step.size);
  if (step.what < 29) return said(storage.commit());
  if (step.what < 31) {
    storage.rollback();
    return "rolled back";
  }
  if (step.what == 31) return {};  // taken by the caller
  if (step.what == 32) {
    storage.use_reserve();
    return "reserve";
  }
  storage.shred();
  return "shred";
}

std::string everything(const StorageReader& reader) {
  std::string text;
  for (Table table : {Table::Networks, Table::Entries, Table::RecordIds, Table::Erasures})
    text += scanned(reader, table, {}, 1'000'000);
  return text;
}

}  // namespace

TEST_CASE("twin: the same random steps give the same answers on disk and in memory") {
  const auto same = rc::check("on disk as in memory", [] {
    const std::vector<Step> steps = *rc::gen::scale(kSanitized ? 1.0 : 3.0, rc::gen::container<std::vector<Step>>(any_step()));
    const TempHome home;
    MemoryStorage memory;
    auto disk = must_open(home.path());
    std::string committed = everything(memory);
    for (const Step& step : steps) {
      if (step.what == 31) {  // the process dies and starts again
        memory.crash();
        disk.reset();
        disk = must_open(home.path());
      }
      const std::string expected = take(memory, step);
      RC_ASSERT(take(*disk, step) == expected);
      RC_ASSERT(disk->has_uncommitted() == memory.has_uncommitted());
      if (!memory.has_uncommitted()) committed = everything(memory);
      RC_ASSERT(everything(**disk->snapshot()) == committed);
    }
    RC_ASSERT(everything(*disk) == everything(memory));
    disk->rollback();
    RC_ASSERT(disk->reopen().ok());
    RC_ASSERT(everything(*disk) == committed);
    const Result<Inspection> found = disk->inspect();
    RC_ASSERT(found.ok() && found->clean());
  });
  CHECK(same);
}

TEST_CASE("memory storage: a failed put takes everything uncommitted and says so until the rollback") {
  MemoryStorage memory;
  REQUIRE(memory.put(Table::Logs, view_of("a"), view_of("one")).ok());
  REQUIRE(memory.commit().ok());
  memory.fail_put(2, Code::Full);
  REQUIRE(memory.put(Table::Logs, view_of("b"), view_of("two")).ok());
  CHECK(memory.put(Table::Logs, view_of("c"), view_of("three")).error().code == Code::Full);
  CHECK(memory.put(Table::Logs, view_of("d"), view_of("four")).error().code == Code::Full);
  CHECK(memory.commit().error().code == Code::Full);
  CHECK(memory.has_uncommitted());
  CHECK(text_at(memory, Table::Logs, "a") == "one");
  CHECK(text_at(memory, Table::Logs, "b") == "nothing");
  memory.rollback();
  REQUIRE(memory.put(Table::Logs, view_of("c"), view_of("three")).ok());
  REQUIRE(memory.commit().ok());
  CHECK(memory.rows(Table::Logs) == 2);
  CHECK(memory.commits() == 2);
}

TEST_CASE("memory storage: a shred counts when it is committed, is forgotten by a rollback, and stays due while it fails") {
  MemoryStorage memory;
  memory.shred();
  CHECK(memory.has_uncommitted());
  memory.rollback();
  CHECK_FALSE(memory.has_uncommitted());
  REQUIRE(memory.commit().ok());
  CHECK(memory.shreds() == 0);
  memory.shred();
  REQUIRE(memory.commit().ok());
  CHECK(memory.shreds() == 1);
  memory.fail_shreds(2);
  REQUIRE(memory.put(Table::Erasures, view_of("a"), view_of("x")).ok());
  memory.shred();
  REQUIRE(memory.commit().ok());
  CHECK(memory.shred_due());
  CHECK(text_at(memory, Table::Erasures, "a") == "x");
  REQUIRE(memory.commit().ok());  // nothing asks for it
  memory.shred();
  REQUIRE(memory.commit().ok());
  CHECK(memory.shred_due());
  memory.shred();
  REQUIRE(memory.commit().ok());
  CHECK_FALSE(memory.shred_due());
  CHECK(memory.shreds() == 2);
  memory.fail_shreds(1);
  memory.shred();
  REQUIRE(memory.commit().ok());
  memory.crash();  // the next start makes up for it
  CHECK_FALSE(memory.shred_due());
  memory.shred();
  memory.crash();
  REQUIRE(memory.commit().ok());
  CHECK(memory.shreds() == 3);
}

TEST_CASE("memory storage: a full disk refuses what is put, but for a small commit that asked for the reserve") {
  MemoryStorage memory;
  memory.fill_disk(true);
  REQUIRE(memory.put(Table::Local, view_of("a"), view_of("x")).ok());
  CHECK(memory.commit().error().code == Code::Full);
  CHECK(text_at(memory, Table::Local, "a") == "nothing");
  REQUIRE(memory.put(Table::Local, view_of("a"), view_of("x")).ok());
  memory.use_reserve();
  CHECK(memory.commit().ok());
  REQUIRE(memory.put(Table::Local, view_of("b"), Bytes(Storage::kReserveCommitBytes)).ok());
  memory.use_reserve();
  CHECK(memory.commit().error().code == Code::Full);
  REQUIRE(memory.erase(Table::Local, view_of("a")).ok());
  CHECK(memory.commit().ok());
  memory.fill_disk(false);
  REQUIRE(memory.put(Table::Local, view_of("b"), view_of("y")).ok());
  CHECK(memory.commit().ok());
}

TEST_CASE("memory storage: a commit fails as asked; Io is for good until the process starts again") {
  MemoryStorage memory;
  memory.fail_commit(2, Code::Io);
  REQUIRE(memory.put(Table::Logs, view_of("a"), view_of("one")).ok());
  REQUIRE(memory.commit().ok());
  REQUIRE(memory.commit().ok());  // nothing to do: does not count
  REQUIRE(memory.put(Table::Logs, view_of("b"), view_of("two")).ok());
  CHECK(memory.commit().error().code == Code::Io);
  memory.rollback();
  CHECK(memory.put(Table::Logs, view_of("b"), view_of("two")).error().code == Code::Io);
  CHECK_FALSE(memory.get(Table::Logs, view_of("a")).ok());
  memory.crash();
  CHECK(text_at(memory, Table::Logs, "a") == "one");
  CHECK(text_at(memory, Table::Logs, "b") == "nothing");
  memory.fail_commit(1, Code::Full);
  REQUIRE(memory.put(Table::Logs, view_of("b"), view_of("two")).ok());
  CHECK(memory.commit().error().code == Code::Full);
  CHECK_FALSE(memory.has_uncommitted());
  REQUIRE(memory.put(Table::Logs, view_of("b"), view_of("two")).ok());
  CHECK(memory.commit().ok());
}

TEST_CASE("memory storage: a damaged row is Damaged, passed over by scans, and healed by a put") {
  MemoryStorage memory;
  for (std::string_view key : {"a", "b", "c"}) REQUIRE(memory.put(Table::Logs, view_of(key), view_of("x")).ok());
  REQUIRE(memory.commit().ok());
  memory.damage(Table::Logs, view_of("b"));
  CHECK(memory.get(Table::Logs, view_of("b")).error().code == Code::Damaged);
  std::string good, bad;
  REQUIRE(
      memory
          .scan(
              Table::Logs, {}, [&](View key, View) { return good += text_of(key), true; }, [&](View key) { bad += text_of(key); })
          .ok());
  CHECK(good == "ac");
  CHECK(bad == "b");
  REQUIRE(memory.put(Table::Logs, view_of("b"), view_of("y")).ok());
  CHECK(text_at(memory, Table::Logs, "b") == "y");
}
