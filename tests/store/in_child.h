// What a test of the store does in a child process of its own: it may be killed, have limits of its own, or meet broken files.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>

namespace budstikke::tests {

inline constexpr int kHelpless = 9;  // a child's exit code: it could not flip a bit

// How a child ended that did `body`: its exit code, or 128 and the signal.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(body());
  int ended = 0;
  REQUIRE(::waitpid(child, &ended, 0) == child);
  return WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
}

// Flips one bit of a file, or ends the child.
inline void flip(const std::filesystem::path& file, std::uint64_t bit) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  std::uint8_t byte = 0;
  const auto at = static_cast<off_t>(bit / 8);
  if (fd < 0 || ::pread(fd, &byte, 1, at) != 1) ::_exit(kHelpless);
  byte = static_cast<std::uint8_t>(byte ^ 1U << bit % 8);
  if (::pwrite(fd, &byte, 1, at) != 1) ::_exit(kHelpless);
  ::close(fd);
}

}  // namespace budstikke::tests
