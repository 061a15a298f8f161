#include "cli/part_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/support/home.h"

using namespace budstikke;
using namespace budstikke::cli;
using namespace budstikke::tests;
namespace fs = std::filesystem;

TEST_CASE("part file: it has its name once it is whole, is the person's alone, and leaves nothing when it is not finished") {
  const TempHome folder;
  const fs::path file = folder.path() / "kopi";
  {
    PartFile part(file);
    REQUIRE(part.is_open());
    REQUIRE(part.write(view_of("half")));
    CHECK_FALSE(fs::exists(file));
    const int unnamed = ::open(folder.path().c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (unnamed >= 0) CHECK(fs::is_empty(folder.path()));  // so nothing is left when the process is killed here
    if (unnamed >= 0) ::close(unnamed);
  }
  CHECK(fs::is_empty(folder.path()));
  PartFile part(file);
  REQUIRE((part.write(view_of("one ")) && part.write(view_of("two"))));
  REQUIRE(part.finish(false));
  CHECK(read_file(file) == "one two");
  CHECK((fs::status(file).permissions() & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("part file: a name that was taken meanwhile is left alone, unless it may be replaced") {
  const TempHome folder;
  const fs::path file = folder.path() / "kopi";
  PartFile refused(file);
  write_file(file, "somebody's");
  REQUIRE(refused.write(view_of("mine")));
  CHECK_FALSE(refused.finish(false));
  CHECK(refused.error() == "File exists");
  CHECK(read_file(file) == "somebody's");
  PartFile replaces(file);
  REQUIRE(replaces.write(view_of("mine")));
  CHECK(replaces.finish(true));
  CHECK(read_file(file) == "mine");
}

TEST_CASE("part file: one with a path of no folder is in the working folder") {
  const TempHome folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  PartFile part("kopi");
  const bool whole = part.is_open() && part.write(view_of("whole")) && part.finish(false);
  fs::current_path(before);
  CHECK(whole);
  CHECK(read_file(folder.path() / "kopi") == "whole");
}

TEST_CASE("part file: where it cannot be made, the reason is told") {
  const TempHome folder;
  const PartFile part(folder.path() / "nowhere" / "kopi");
  CHECK_FALSE(part.is_open());
  CHECK(part.error() == "No such file or directory");
}
