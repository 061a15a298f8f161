#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/base/random.h"
#include "tests/store/opened.h"

using namespace budstikke;
using namespace budstikke::store;
using namespace budstikke::tests;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kRowsPerCommit = 40;

// Rows of one batch, in an appended and in a random-keyed table.
Bytes random_key(std::uint64_t number) { return payload_of(number, 40); }

Status write_batch(Storage& storage, std::uint64_t batch) {
  for (std::uint64_t i = batch * kRowsPerCommit; i < (batch + 1) * kRowsPerCommit; ++i) {
    if (Status put = storage.put(Table::Entries, number_key(i + 1), payload_of(i)); !put) return put;
    if (Status put = storage.put(Table::RecordIds, random_key(i), number_key(i)); !put) return put;
  }
  return storage.commit();
}

// Commits batches and acknowledges each on the pipe, until it is killed.
[[noreturn]] void write_for_ever(const fs::path& dir, std::uint64_t first, int acknowledge) {
  auto opened = open_store(dir);
  if (!opened) ::_exit(3);
  for (std::uint64_t batch = first;; ++batch) {
    if (!write_batch(**opened, batch)) ::_exit(4);
    if (::write(acknowledge, &batch, sizeof batch) != sizeof batch) ::_exit(5);
  }
}

// Kills the writer right after a random number of acknowledgements; gives how many batches were acknowledged in all.
std::uint64_t kill_in_mid_commit(const fs::path& dir, std::uint64_t first, Random& random) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t writer = ::fork();
  REQUIRE(writer >= 0);
  if (writer == 0) write_for_ever(dir, first, ends[1]);
  ::close(ends[1]);
  std::uint64_t acknowledged = first, batch = 0;
  const std::uint64_t least = 1 + random.below(10);
  while (acknowledged < first + least && ::read(ends[0], &batch, sizeof batch) == sizeof batch) acknowledged = batch + 1;
  ::usleep(static_cast<useconds_t>(random.below(2000)));  // anywhere within the next commits
  ::kill(writer, SIGKILL);
  while (::read(ends[0], &batch, sizeof batch) == sizeof batch) acknowledged = batch + 1;
  ::close(ends[0]);
  int ended = 0;
  REQUIRE(::waitpid(writer, &ended, 0) == writer);
  CHECK(WIFSIGNALED(ended));
  return acknowledged;
}

}  // namespace

TEST_CASE("crash: after kill -9 in mid-commit every acknowledged row is there, and no half batch") {
  const TempHome home;
  Random random = Random::from_number(2026);
  std::uint64_t batches = 0;
  std::uint64_t unacknowledged = 0;
  for (int round = 0; round < 40; ++round) {
    const std::uint64_t acknowledged = kill_in_mid_commit(home.path(), batches, random);
    const auto store = must_open(home.path());
    const std::uint64_t rows = store->stats()->rows_of(Table::Entries);
    REQUIRE(rows % kRowsPerCommit == 0);
    batches = rows / kRowsPerCommit;
    REQUIRE(batches >= acknowledged);
    REQUIRE(batches <= acknowledged + 1);  // the one whose acknowledgement died with the writer
    unacknowledged += batches - acknowledged;
    REQUIRE(store->stats()->rows_of(Table::RecordIds) == rows);
    for (std::uint64_t i = 0; i < rows; ++i) {
      REQUIRE(same_bytes(**store->get(Table::Entries, number_key(i + 1)), payload_of(i)));
      REQUIRE(same_bytes(**store->get(Table::RecordIds, random_key(i)), number_key(i)));
    }
    REQUIRE(store->inspect()->clean());
  }
  MESSAGE("40 kills, " << batches << " commits, " << unacknowledged << " of them done but not yet acknowledged");
}

TEST_CASE("crash: kill -9 at any time of a creation leaves no store or a whole one") {
  for (useconds_t wait = 0; wait < 6000; wait += 200) {
    const TempHome home;
    const pid_t maker = ::fork();
    REQUIRE(maker >= 0);
    if (maker == 0) ::_exit(open_store(home.path()).ok() ? 0 : 3);
    ::usleep(wait);
    ::kill(maker, SIGKILL);
    REQUIRE(::waitpid(maker, nullptr, 0) == maker);
    CHECK(must_open(home.path())->inspect()->sound == 4);  // format and store id, each with its copy
  }
}
