// Private files: one content or another whenever the process ends, and nobody else's.
#include "store/private_file.h"

#include <signal.h>
#include <sys/stat.h>

#include <cerrno>

#include "tests/store/in_child.h"
#include "tests/store/system_calls.h"
#include "tests/support/home.h"

using namespace budstikke;
using namespace budstikke::store;
using namespace budstikke::tests;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kOld = "old content", kNew = "the new content, which is longer";

Status replace(const fs::path& file, std::string_view text) { return write_private_file(file, view_of(text), Existing::Replace); }

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

std::uint64_t calls_of(const fs::path& file) {
  plan_system_calls({});
  REQUIRE(replace(file, kNew).ok());
  return counted_system_calls();
}

mode_t mode_of(const fs::path& file) {
  struct stat info {};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

}  // namespace

TEST_CASE("private file: it is written whole, for this user alone, and read again") {
  const TempHome folder;
  const fs::path file = folder.path() / "key";
  const mode_t before = ::umask(0);
  REQUIRE(write_private_file(file, view_of(kOld), Existing::Refuse).ok());
  ::umask(before);
  CHECK(mode_of(file) == 0600);
  CHECK(read_file(file) == kOld);
  REQUIRE(replace(file, kNew).ok());
  const Result<Bytes> bytes = read_private_file(file, 100);
  REQUIRE(bytes.ok());
  CHECK(text_of(*bytes) == kNew);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("private file: one that is there is not written over unless it may be") {
  const TempHome folder;
  const fs::path file = folder.path() / "key";
  REQUIRE(replace(file, kOld).ok());
  const Status refused = write_private_file(file, view_of(kNew), Existing::Refuse);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Code::Conflict);
  CHECK(read_file(file) == kOld);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("private file: one that is there is not written over either where the file system cannot refuse to rename") {
  for (const int error : {EINVAL, ENOSYS}) {
    const TempHome folder;
    const fs::path file = folder.path() / "key";
    const auto write = [&](std::string_view text) {
      plan_system_calls({.fail_at = 1, .error = error, .only = "renameat2"});
      Status status = write_private_file(file, view_of(text), Existing::Refuse);
      CHECK(counted_system_calls() == 1);
      plan_system_calls({});
      return status;
    };
    REQUIRE(write(kOld).ok());
    CHECK(read_file(file) == kOld);
    CHECK(files_in(folder.path()) == 1);
    const Status refused = write(kNew);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Code::Conflict);
    CHECK(read_file(file) == kOld);
    CHECK(files_in(folder.path()) == 1);
  }
}

TEST_CASE("private file: wherever the process is killed, it has the old content or the new one, and the next try succeeds") {
  const TempHome folder;
  const fs::path file = folder.path() / "key";
  const std::uint64_t calls = calls_of(file);
  CHECK(calls >= 4);  // written, made durable, named, and the name made durable
  bool was_old = false, was_new = false;
  for (std::uint64_t call = 1; call <= calls; ++call) {
    REQUIRE(replace(file, kOld).ok());
    const int ended = in_child([&] {
      plan_system_calls({.kill_at = call});
      return replace(file, kNew).ok() ? 0 : 1;
    });
    CHECK(ended == 128 + SIGKILL);
    const std::string content = read_file(file);
    CHECK((content == kOld || content == kNew));
    (content == kOld ? was_old : was_new) = true;
    CHECK(mode_of(file) == 0600);
    REQUIRE(replace(file, kNew).ok());
    CHECK(read_file(file) == kNew);
    CHECK(files_in(folder.path()) == 1);  // nothing is left of the try that was cut short
  }
  CHECK((was_old && was_new));
}

TEST_CASE("private file: a write that fails leaves the old content and says why") {
  const TempHome folder;
  const fs::path file = folder.path() / "key";
  const std::uint64_t calls = calls_of(file);
  REQUIRE(replace(file, kOld).ok());
  for (std::uint64_t call = 1; call < calls; ++call) {  // the last makes the new name durable: it is there already
    const int ended = in_child([&] {
      plan_system_calls({.fail_at = call, .error = ENOSPC});
      const Status written = replace(file, kNew);
      return !written && written.error().code == Code::Full ? 0 : 1;
    });
    CHECK(ended == 0);
    CHECK(read_file(file) == kOld);
  }
  const Status nowhere = replace(folder.path() / "no" / "key", kNew);
  REQUIRE_FALSE(nowhere.ok());
  CHECK(nowhere.error().code == Code::Io);
}

TEST_CASE("private file: what others may read or write, a link, a folder and what is too large are refused") {
  const TempHome folder;
  const fs::path file = folder.path() / "key";
  CHECK(read_private_file(file, 100).error().code == Code::NotFound);
  REQUIRE(replace(file, kOld).ok());
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0610, 0601}) {
    REQUIRE(::chmod(file.c_str(), mode) == 0);
    const Result<Bytes> refused = read_private_file(file, 100);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Code::Conflict);
    CHECK(refused.error().text.find("chmod 600 " + file.string()) != std::string::npos);
    CHECK(read_small_file(file, 100).ok());
  }
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  CHECK(read_private_file(file, kOld.size()).ok());
  CHECK(read_private_file(file, kOld.size() - 1).error().code == Code::TooLarge);
  const fs::path link = folder.path() / "link";
  fs::create_symlink(file, link);
  CHECK_FALSE(read_private_file(link, 100).ok());
  CHECK_FALSE(read_small_file(link, 100).ok());
  CHECK(read_private_file(folder.path(), 100).error().code == Code::Conflict);
}

TEST_CASE("private file: what an earlier try left is never written through") {
  const TempHome folder;
  const fs::path file = folder.path() / "key", elsewhere = folder.path() / "elsewhere";
  write_file(elsewhere, "somebody's");
  fs::create_symlink(elsewhere, folder.path() / "key.new");
  REQUIRE(replace(file, kNew).ok());
  CHECK(read_file(elsewhere) == "somebody's");
  CHECK(read_file(file) == kNew);
  CHECK_FALSE(fs::is_symlink(file));
}

