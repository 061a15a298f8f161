// The lock of a home folder.
#include "store/folder_lock.h"

#include <optional>

#include "tests/store/in_child.h"
#include "tests/support/home.h"

using namespace budstikke;
using namespace budstikke::store;
using namespace budstikke::tests;

namespace {

int try_to_take(const std::filesystem::path& folder) {
  const Result<FolderLock> lock = FolderLock::take(folder);
  return lock ? 0 : lock.error().code == Code::Conflict ? 1 : 2;
}

}  // namespace

TEST_CASE("folder lock: one process has it at a time, and it goes with it") {
  const TempHome folder;
  const auto other = [&] { return in_child([&] { return try_to_take(folder.path()); }); };
  CHECK(other() == 0);
  CHECK(other() == 0);  // the file has stayed
  {
    Result<FolderLock> lock = FolderLock::take(folder.path());
    REQUIRE(lock.ok());
    CHECK(other() == 1);
    CHECK(try_to_take(folder.path()) == 1);
    const FolderLock moved = std::move(*lock);
    CHECK(other() == 1);
  }
  CHECK(other() == 0);
}

TEST_CASE("folder lock: a folder that is not there, and a lock that leads elsewhere, are told from one that is in use") {
  const TempHome folder;
  CHECK(try_to_take(folder.path() / "no") == 2);
  std::filesystem::create_symlink(folder.path() / "elsewhere", folder.path() / FolderLock::kFile);
  CHECK(try_to_take(folder.path()) == 2);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "elsewhere"));
}
