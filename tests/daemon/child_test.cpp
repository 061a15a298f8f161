#include "daemon/child.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

namespace budstikke::daemon {
namespace {

constexpr Millis kChildPatience{30'000};

struct Pair {
  Pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0); }
  ~Pair() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  int ends[2];
};

Child shell(const Pair& pair, const std::string& script) {
  Result<Child> child = Child::start("/bin/sh", {"-c", script}, pair.ends[1]);
  REQUIRE(child);
  return std::move(*child);
}

}  // namespace

TEST_CASE("child: it gets its arguments and the one descriptor, and its end is told") {
  Pair pair;
  Child child = shell(pair, "echo hello >&3; ls /proc/self/fd | tr '\\n' ' ' >&3; exit 7");
  CHECK(child.ended(kChildPatience) == "exit code 7");
  char buffer[256];
  ssize_t got = ::read(pair.ends[0], buffer, sizeof buffer);
  REQUIRE(got > 0);
  std::string text(buffer, static_cast<std::size_t>(got));
  got = text.size() > 8 ? 0 : ::read(pair.ends[0], buffer, sizeof buffer);
  text.append(buffer, static_cast<std::size_t>(got));
  CHECK(text == "hello\n0 1 2 3 4 ");  // 4 is the folder that ls reads
}

TEST_CASE("child: one that still runs has not ended, and a signal ends it") {
  Pair pair;
  Child child = shell(pair, "exec sleep 1000");
  CHECK_FALSE(child.ended());
  CHECK(child.fd() >= 0);
  child.signal(SIGTERM);  // default action, although a parent may block it
  CHECK(child.ended(kChildPatience) == "killed by signal 15");
}

TEST_CASE("child: destroying it kills and reaps it") {
  Pair pair;
  pid_t pid = 0;
  {
    Child child = shell(pair, "exec sleep 1000");
    pid = child.pid();
    CHECK(::kill(pid, 0) == 0);
  }
  CHECK(::kill(pid, 0) == -1);
}

TEST_CASE("child: a program that cannot be started is an error with its name") {
  Pair pair;
  Result<Child> child = Child::start("/nonexistent/program", {}, pair.ends[1]);
  REQUIRE_FALSE(child);
  CHECK(child.error().text == "cannot start /nonexistent/program: No such file or directory");
  CHECK(Child::start("/etc/passwd", {}, pair.ends[1]).error().text == "cannot start /etc/passwd: Permission denied");
}

}  // namespace budstikke::daemon
