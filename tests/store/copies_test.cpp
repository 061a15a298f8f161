// Rows that follow from nothing else are written twice, and no damage to either place loses one.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "protocol/base/random.h"
#include "store/salvage.h"
#include "tests/store/in_child.h"
#include "tests/store/raw.h"
#include "tests/support/sanitized.h"

using namespace budstikke;
using namespace budstikke::store;
using namespace budstikke::tests;
namespace fs = std::filesystem;

namespace {

constexpr Table kCopied[] = {Table::Meta, Table::Networks, Table::Logs, Table::Local, Table::Erasures};
constexpr std::uint64_t kCopiedRows = 150;  // a table: several pages, and a page above them

std::string key_of_row(std::uint64_t number) { return "uerstattelig-" + std::to_string(1000 + number); }
Bytes payload_of_row(Table table, std::uint64_t number) {
  return payload_of(number * 16 + static_cast<std::uint8_t>(table), 120);
}

void make_copied_store(const fs::path& dir) {
  const auto store = must_open(dir);
  for (Table table : kCopied) {
    for (std::uint64_t i = 0; i < kCopiedRows; ++i)
      REQUIRE(store->put(table, view_of(key_of_row(i)), payload_of_row(table, i)).ok());
  }
  REQUIRE(store->commit().ok());
}

// How many of the rows are not read as they were put, by get() and by scan().
std::uint64_t not_right(const StorageReader& reader) {
  std::uint64_t wrong = 0;
  for (Table table : kCopied) {
    std::uint64_t met = 0;
    std::string last;
    const Status scanned = reader.scan(table, view_of("uerstattelig-"), [&](View key, View payload) {
      const std::uint64_t number = met++;
      wrong += text_of(key) == key_of_row(number) && same_bytes(payload, payload_of_row(table, number)) ? 0 : 1;
      return true;
    });
    wrong += scanned && met == kCopiedRows ? 0 : 1;
    for (std::uint64_t i = 0; i < kCopiedRows; ++i) {
      const Result<std::optional<View>> row = reader.get(table, view_of(key_of_row(i)));
      wrong += row && *row && same_bytes(**row, payload_of_row(table, i)) ? 0 : 1;
    }
  }
  return wrong;
}

constexpr std::size_t kPage = 4096;

// Pages that hold keys of these rows: leaves and the pages above them, of the tables and of their copies.
std::vector<std::size_t> pages_of_rows(const fs::path& dir) {
  const std::string bytes = read_file(data_file(dir));
  std::vector<std::size_t> pages;
  for (std::size_t page = 2; page < bytes.size() / kPage; ++page) {
    if (bytes.substr(page * kPage, kPage).find("uerstattelig-") != std::string::npos) pages.push_back(page);
  }
  return pages;
}

template <class Body>
int in_quiet_child(Body body) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    for (int signal : {SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGILL}) std::signal(signal, SIG_DFL);  // not the test program's
    ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);                                        // LMDB's asserts
    ::alarm(60);
    ::_exit(body());
  }
  int ended = 0;
  REQUIRE(::waitpid(child, &ended, 0) == child);
  return WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
}

// Memory that a child's steps are seen in after its death.
struct Shared {
  Shared()
      : watch(*new (::mmap(nullptr, sizeof(SalvageWatch), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
                  SalvageWatch) {}
  ~Shared() { ::munmap(&watch, sizeof(SalvageWatch)); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  SalvageWatch& watch;
};

enum class Outcome { Read, Salvaged, Lost };

// Reads everything of the store with its one flipped bit; where that is not possible, salvages it and reads again.
Outcome outcome_of(const fs::path& dir, std::uint64_t& deaths) {
  StorageOptions options = small_options();
  options.create = false;
  const int read = in_quiet_child([&] {
    const auto opened = open_store(dir, options);
    return opened ? not_right(**opened) == 0 && not_right(**(*opened)->snapshot()) == 0 ? 0 : 1 : 2;
  });
  if (read == 0) return Outcome::Read;
  Shared shared;
  for (int attempt = 0; attempt < 50; ++attempt) {
    const int salvaged = in_quiet_child([&] { return salvage(dir, options, shared.watch).ok() ? 0 : 1; });
    if (salvaged == 0) {
      REQUIRE(put_salvaged_in_place(dir).ok());
      const auto store = must_open(dir, options);
      return not_right(*store) == 0 && store->inspect()->clean() ? Outcome::Salvaged : Outcome::Lost;
    }
    if (salvaged < 128) return Outcome::Lost;
    ++deaths;
    if (!shared.watch.avoid_last_step()) return Outcome::Lost;
  }
  return Outcome::Lost;
}

void flip_each(const fs::path& dir, const std::string& what, const std::vector<std::uint64_t>& bits) {
  const std::string whole = read_file(data_file(dir));
  std::uint64_t read = 0, salvaged = 0, lost = 0, deaths = 0;
  for (std::uint64_t bit : bits) {
    CAPTURE(bit);
    flip(data_file(dir), bit);
    const Outcome outcome = outcome_of(dir, deaths);
    read += outcome == Outcome::Read ? 1 : 0;
    salvaged += outcome == Outcome::Salvaged ? 1 : 0;
    lost += outcome == Outcome::Lost ? 1 : 0;
    CHECK(outcome != Outcome::Lost);
    write_file(data_file(dir), whole);
  }
  MESSAGE(what << ": " << bits.size() << " flips: " << read << " with every row read, " << salvaged
               << " with every row salvaged (" << deaths << " dead children), " << lost << " with a row lost");
}

}  // namespace

TEST_CASE("copies: no flipped bit on a page of rows that follow from nothing else loses one") {
  const TempHome home;
  make_copied_store(home.path());
  REQUIRE(not_right(*must_open(home.path())) == 0);
  const std::vector<std::size_t> pages = pages_of_rows(home.path());
  REQUIRE(pages.size() > 40);
  Random random = Random::from_number(20261125);
  std::vector<std::uint64_t> anywhere, heads;
  for (std::uint64_t i = 0; i < 300; i += one_in(10))
    anywhere.push_back(pages[random.below(pages.size())] * kPage * 8 + random.below(kPage * 8));
  // Page number, flags, bounds and the first places of rows: what LMDB goes by.
  for (std::uint64_t i = 0; i < 300; i += one_in(10))
    heads.push_back(pages[random.below(pages.size())] * kPage * 8 + random.below(48 * 8));
  flip_each(home.path(), "anywhere", anywhere);
  flip_each(home.path(), "heads of pages", heads);
}

TEST_CASE("copies: a row that is damaged or gone is read from its copy, said so, and written again by the next commit") {
  for (bool gone : {false, true}) {
    CAPTURE(gone);
    const TempHome home;
    make_copied_store(home.path());
    with_raw(home.path(), [&](MDB_txn* txn) {
      for (std::uint64_t i : {3, 4, 77}) {
        if (gone) {
          raw_erase(txn, "logs", view_of(key_of_row(i)));
        } else {
          raw_damage(txn, "logs", view_of(key_of_row(i)));
        }
      }
      raw_damage(txn, "copies", raw_copy_key(Table::Networks, key_of_row(9)));
      raw_erase(txn, "copies", raw_copy_key(Table::Local, key_of_row(10)));
    });
    {
      auto store = must_open(home.path());
      const Result<Inspection> found = store->inspect();
      CHECK((found->damaged == (gone ? 1 : 4)));
      CHECK(not_right(*store) == 0);
      CHECK(not_right(**store->snapshot()) == 0);
      CHECK(store->rescued() >= 5);
      REQUIRE(store->put(Table::Records, number_key(1), view_of("any change")).ok());
      CHECK(not_right(*store) == 0);  // in the open transaction, too
      REQUIRE(store->commit().ok());
      CHECK(store->inspect()->clean());
    }
    const auto store = must_open(home.path());
    CHECK(not_right(*store) == 0);
    CHECK(store->rescued() == 0);
    CHECK(store->inspect()->sound == 2 * 5 * kCopiedRows + 4 + 1);
  }
}

TEST_CASE("copies: a row and its copy that are both damaged are Damaged, not absent, and a scan names the key") {
  const TempHome home;
  make_copied_store(home.path());
  with_raw(home.path(), [&](MDB_txn* txn) {
    raw_damage(txn, "local", view_of(key_of_row(5)));
    raw_damage(txn, "copies", raw_copy_key(Table::Local, key_of_row(5)));
    raw_erase(txn, "erasures", view_of(key_of_row(6)));
    raw_damage(txn, "copies", raw_copy_key(Table::Erasures, key_of_row(6)));
  });
  const auto store = must_open(home.path());
  CHECK(store->get(Table::Local, view_of(key_of_row(5))).error().code == Code::Damaged);
  CHECK(store->get(Table::Erasures, view_of(key_of_row(6))).error().code == Code::Damaged);
  CHECK(text_at(*store, Table::Local, "never there") == "nothing");
  std::uint64_t sound = 0;
  std::vector<std::string> damaged;
  REQUIRE(store
              ->scan(
                  Table::Local, {}, [&](View, View) { return ++sound > 0; },
                  [&](View key) { damaged.push_back(std::string(text_of(key))); })
              .ok());
  CHECK(sound == kCopiedRows - 1);
  CHECK(damaged == std::vector<std::string>{key_of_row(5)});
}

TEST_CASE("copies: what is erased is erased in both places, and so is what a rollback forgets") {
  const TempHome home;
  auto store = must_open(home.path());
  REQUIRE(store->put(Table::Local, view_of("a"), view_of("x")).ok());
  REQUIRE(store->commit().ok());
  REQUIRE(store->put(Table::Local, view_of("b"), view_of("y")).ok());
  REQUIRE(store->erase(Table::Local, view_of("a")).ok());
  store->rollback();
  CHECK(text_at(*store, Table::Local, "a") == "x");
  CHECK(text_at(*store, Table::Local, "b") == "nothing");
  REQUIRE(store->erase(Table::Local, view_of("a")).ok());
  REQUIRE(store->commit().ok());
  CHECK(text_at(*store, Table::Local, "a") == "nothing");
  CHECK(store->rescued() == 0);
  CHECK(store->inspect()->sound == 4);
}

TEST_CASE("copies: a damaged row of the store's format or id is read from its copy when the store is opened") {
  for (std::string_view name : {kFormatKey, kStoreIdKey}) {
    const TempHome home;
    make_copied_store(home.path());
    with_raw(home.path(), [&](MDB_txn* txn) { raw_damage(txn, "meta", view_of(name)); });
    const auto store = must_open(home.path());
    CHECK(store->store_id() == small_options().new_store_id);
    CHECK(store->stats()->format == kStoreFormat);
    CHECK(not_right(*store) == 0);  // every table is the one it is taken for
    REQUIRE(store->put(Table::Networks, number_key(1), view_of("a network")).ok());
    REQUIRE(store->commit().ok());
    CHECK(text_at(*store, Table::Meta, std::string_view("\0\0\0\0\0\0\0\1", 8)) == "nothing");
    CHECK(text_at(*store, Table::Networks, std::string_view("\0\0\0\0\0\0\0\1", 8)) == "a network");
  }
}
