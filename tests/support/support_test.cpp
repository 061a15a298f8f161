// The tools that the integration tests rest on, tried with programs that every system has.
#include <doctest/doctest.h>
#include <signal.h>

#include <memory>
#include <set>

#include "tests/support/home.h"
#include "tests/support/process.h"
#include "tests/support/wait.h"

using namespace budstikke::tests;
using namespace std::chrono_literals;

TEST_CASE("process: both outputs and the exit code are captured") {
  const Reply reply = run({"sh", {"-c", "printf out; printf err >&2; exit 7"}});
  CHECK(reply.code == 7);
  CHECK(reply.out == "out");
  CHECK(reply.err == "err");
  CHECK_FALSE(reply.timed_out);
}

TEST_CASE("process: input is given whole, and more output than a pipe holds is read") {
  const std::string input(300'000, 'x');
  const Reply reply = run({"cat", {}, {}, input});
  CHECK(reply.code == 0);
  CHECK(reply.out == input);
}

TEST_CASE("process: variables are set and unset, and the language of the tester does not reach the program") {
  REQUIRE(::setenv("LC_ALL", "da_DK.UTF-8", 1) == 0);
  REQUIRE(::setenv("BUDSTIKKE_HOME", "/nowhere", 1) == 0);
  const Reply reply = run({"sh", {"-c", "echo \"$LC_ALL,$BUDSTIKKE_HOME,$GIVEN,${HOME-unset}\""}, {"GIVEN=x=y", "HOME"}});
  REQUIRE(::unsetenv("LC_ALL") == 0);
  REQUIRE(::unsetenv("BUDSTIKKE_HOME") == 0);
  CHECK(reply.out == ",,x=y,unset\n");
}

TEST_CASE("process: it runs in the folder given") {
  TempHome home;
  CHECK(run({"pwd", {}, {}, {}, home.path()}).out == home.path().string() + "\n");
}

TEST_CASE("process: a program that is not there ends with 127 and a reason") {
  const Reply reply = run({"/nowhere/program"});
  CHECK(reply.code == 127);
  CHECK(reply.err.starts_with("/nowhere/program: "));
}

TEST_CASE("process: one that does not end in time is killed, and so is what it started") {
  Process process({"sh", {"-c", "sleep 1000 & sleep 1000"}});
  REQUIRE(eventually(10s, [&] { return process.group().size() == 3; }));
  CHECK_FALSE(process.wait(1ms));
  CHECK(children_of(process.pid()).size() == 2);
  process.kill_all();
  CHECK(process.wait(0ms) == 128 + SIGKILL);
  CHECK(eventually(10s, [&] { return process.group().empty(); }));
  CHECK(run({"sleep", {"1000"}}, 1ms).timed_out);
}

TEST_CASE("process: what a program leaves behind is seen, and is gone with the object") {
  auto process = std::make_unique<Process>(Command{"sh", {"-c", "sleep 1000 & exit 0"}});
  CHECK(process->wait(10s) == 0);
  const std::vector<pid_t> left = process->group();
  REQUIRE(left.size() == 1);
  process.reset();
  CHECK(eventually(10s, [&] { return anonymous_memory_of(left.front()) == 0; }));
}

TEST_CASE("process: a signal reaches the program, and none is sent once it has ended") {
  Process process({"sleep", {"1000"}});
  CHECK(process.running());
  CHECK(anonymous_memory_of(process.pid()) > 0);
  process.signal(SIGTERM);
  CHECK(process.wait(10s) == 128 + SIGTERM);
  process.signal(SIGTERM);
  CHECK(process.wait(0ms) == 128 + SIGTERM);
}

TEST_CASE("home: the folder is short, private, and removed with all that is in it") {
  std::filesystem::path path;
  {
    TempHome home;
    path = home.path();
    CHECK(path.string().size() < 20);
    CHECK(std::filesystem::status(path).permissions() == std::filesystem::perms::owner_all);
    std::filesystem::create_directories(path / "a" / "b");
    write_file(path / "a" / "b" / "file", "text");
    CHECK(read_file(path / "a" / "b" / "file") == "text");
    CHECK_THROWS(read_file(path / "none"));
    CHECK_THROWS(write_file(path / "none" / "file", "text"));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("ports: each is given once") {
  std::set<std::uint16_t> ports;
  for (int i = 0; i < 50; ++i) ports.insert(free_port());
  CHECK(ports.size() == 50);
  CHECK(*ports.begin() >= 20'000);
  CHECK(*ports.rbegin() < 32'000);
}

TEST_CASE("eventually: it asks at least once, and again until it holds") {
  CHECK(eventually(0ms, [] { return true; }));
  CHECK_FALSE(eventually(0ms, [] { return false; }));
  int asked = 0;
  CHECK(eventually(10s, [&] { return ++asked == 3; }));
}
