// Bit rot: a flipped bit anywhere in the file gives Damaged or the right answer, never a wrong one. LMDB's own pages carry no
// checksum, so a flip there may hide rows or end the process; inspect() must notice the first, and a child process bears the
// second.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "protocol/base/random.h"
#include "tests/store/in_child.h"
#include "tests/store/opened.h"
#include "tests/support/sanitized.h"

using namespace budstikke;
using namespace budstikke::store;
using namespace budstikke::tests;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kRows = 600;

Bytes id_key(std::uint64_t number) { return payload_of(number + 1'000'000, 40); }
std::size_t size_of_row(std::uint64_t number) { return number % 100 == 0 ? 9000 : 60 + number % 200; }

void make_store(const fs::path& dir) {
  const auto store = must_open(dir);
  for (std::uint64_t i = 1; i <= kRows; ++i) {
    REQUIRE(store->put(Table::Entries, number_key(i), payload_of(i, size_of_row(i))).ok());
    REQUIRE(store->put(Table::RecordIds, id_key(i), number_key(i)).ok());
    if (i % 200 == 0) REQUIRE(store->commit().ok());
  }
  REQUIRE(store->commit().ok());
}

struct Counts {
  std::uint64_t flips, refused, sound, damaged, hidden, unnoticed, wrong, crashed;
};

enum class Answer { Right, Damaged, Absent, Wrong };

Answer answer(const Result<std::optional<View>>& row, View expected) {
  if (!row) return row.error().code == Code::Damaged ? Answer::Damaged : Answer::Wrong;
  if (!*row) return Answer::Absent;
  return same_bytes(**row, expected) ? Answer::Right : Answer::Wrong;
}

// Scans a table; every row it gives must be one that was put. Only Damaged may end it early.
bool scan_is_right(const StorageReader& reader, Table table) {
  bool right = true;
  const Status scanned = reader.scan(
      table, {},
      [&](View key, View payload) {
        ByteReader number(table == Table::Entries ? key : payload);
        const std::uint64_t i = number.u64();
        const bool entry = table == Table::Entries;
        right = right && number.done() && i >= 1 && i <= kRows && same_bytes(key, entry ? number_key(i) : id_key(i)) &&
                same_bytes(payload, entry ? payload_of(i, size_of_row(i)) : number_key(i));
        return right;
      },
      [](View) {});
  return right && (scanned.ok() || scanned.error().code == Code::Damaged);
}

// Reads everything of a store with one flipped bit and adds to the counts what came of it.
void read_damaged(const fs::path& dir, Counts& counts) {
  StorageOptions options = small_options();
  options.create = false;
  const auto opened = open_store(dir, options);
  if (!opened) {
    ++counts.refused;
    return;
  }
  const LmdbStorage& store = **opened;
  bool any_damaged = false, any_absent = false;
  for (std::uint64_t i = 1; i <= kRows; ++i) {
    for (Answer got : {answer(store.get(Table::Entries, number_key(i)), payload_of(i, size_of_row(i))),
                       answer(store.get(Table::RecordIds, id_key(i)), number_key(i))}) {
      any_damaged = any_damaged || got == Answer::Damaged;
      any_absent = any_absent || got == Answer::Absent;
      if (got == Answer::Wrong) ++counts.wrong;
    }
  }
  if (!scan_is_right(store, Table::Entries) || !scan_is_right(store, Table::RecordIds)) ++counts.wrong;
  const Result<Inspection> found = store.inspect();
  const bool noticed = !found.ok() || !found->clean();
  if (any_absent) ++counts.hidden;
  if (any_absent && !noticed) ++counts.unnoticed;
  if (any_damaged && !any_absent) ++counts.damaged;
  if (!any_damaged && !any_absent) ++counts.sound;
}

// Runs the flips in child processes that share the counts; one that dies is followed by another from the next flip on.
Counts run_flips(const fs::path& dir, const std::vector<std::uint64_t>& bits) {
  void* shared = ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(shared != MAP_FAILED);
  Counts& counts = *new (shared) Counts{};
  while (counts.flips < bits.size()) {
    const std::uint64_t before = counts.flips;
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      for (int signal : {SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGILL}) std::signal(signal, SIG_DFL);  // not the test program's
      const int quiet = ::open("/dev/null", O_WRONLY);
      ::dup2(quiet, STDERR_FILENO);  // LMDB's asserts
      while (counts.flips < bits.size()) {
        const std::uint64_t bit = bits[counts.flips++];
        ::alarm(20);  // a circle of pages would otherwise hang the test
        flip(data_file(dir), bit);
        read_damaged(dir, counts);
        flip(data_file(dir), bit);
      }
      ::_exit(0);
    }
    int ended = 0;
    REQUIRE(::waitpid(child, &ended, 0) == child);
    if (WIFEXITED(ended) && WEXITSTATUS(ended) == 0) continue;
    REQUIRE(WEXITSTATUS(ended) != kHelpless);
    REQUIRE(counts.flips > before);
    ++counts.crashed;
    flip(data_file(dir), bits[counts.flips - 1]);
  }
  const Counts result = counts;
  ::munmap(shared, sizeof(Counts));
  return result;
}

void check(const std::string& what, const Counts& counts) {
  MESSAGE(what << ": " << counts.flips << " flips: " << counts.sound << " harmless, " << counts.damaged << " damaged rows, "
               << counts.refused << " refused at open, " << counts.hidden << " hid rows (" << counts.unnoticed
               << " unnoticed by inspect), " << counts.crashed << " ended the child, " << counts.wrong << " wrong answers");
  CHECK(counts.wrong == 0);
  CHECK(counts.unnoticed == 0);
}

}  // namespace

TEST_CASE("damage: a flipped bit anywhere gives Damaged or the right answer, and what it hides is noticed") {
  const TempHome home;
  make_store(home.path());
  Random random = Random::from_number(20260728);
  const std::uint64_t all = fs::file_size(data_file(home.path())) * 8;
  std::vector<std::uint64_t> bits;
  for (std::uint64_t i = 0; i < 1500; i += one_in(10)) bits.push_back(random.below(all));
  check("whole file", run_flips(home.path(), bits));
}

TEST_CASE("damage: every flipped bit of the two head pages is refused or harmless") {
  const TempHome home;
  make_store(home.path());
  std::vector<std::uint64_t> bits;
  for (std::uint64_t page : {0, 1}) {
    for (std::uint64_t bit = 0; bit < 152 * 8; bit += one_in(11)) bits.push_back(page * 4096 * 8 + bit);
  }
  check("head pages", run_flips(home.path(), bits));
}

TEST_CASE("damage: a truncated file is refused, wherever it is cut, and left as it was") {
  const TempHome home;
  make_store(home.path());
  const fs::path file = data_file(home.path());
  const std::string whole = read_file(file);
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4095}, std::size_t{4096}, std::size_t{8191},
                           std::size_t{8192}, whole.size() / 2, whole.size() - 4096, whole.size() - 1}) {
    write_file(file, whole.substr(0, size));
    const auto opened = open_store(home.path());
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == Code::Damaged);
    CHECK(fs::file_size(file) == size);
  }
  write_file(file, whole);
  CHECK(must_open(home.path())->inspect()->clean());
}

TEST_CASE("damage: a file that ends before its last page is whole when those pages are free") {
  const TempHome home;
  const fs::path file = data_file(home.path());
  {
    const auto store = must_open(home.path());
    for (std::uint64_t i = 1; i <= 300; ++i) REQUIRE(store->put(Table::Entries, number_key(i), payload_of(i)).ok());
    REQUIRE(store->commit().ok());
    for (std::uint64_t i = 1; i <= 290; ++i) REQUIRE(store->erase(Table::Entries, number_key(i)).ok());
    REQUIRE(store->commit().ok());
    REQUIRE(store->put(Table::Local, view_of("a"), view_of("b")).ok());
    REQUIRE(store->commit().ok());
    // Pages taken at the end of the file and given back in the same transaction are never written.
    REQUIRE(store->put(Table::Local, view_of("large"), payload_of(1, 2'000'000)).ok());
    REQUIRE(store->erase(Table::Local, view_of("large")).ok());
    REQUIRE(store->commit().ok());
    CHECK(store->check_file().ok());
    CHECK(fs::file_size(file) < 1'000'000);
  }
  const auto store = must_open(home.path());
  CHECK(fs::file_size(file) > 1'000'000);
  CHECK(store->inspect()->clean());
  CHECK(same_bytes(**store->get(Table::Entries, number_key(300)), payload_of(300)));
}
