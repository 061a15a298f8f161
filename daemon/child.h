// A child process that cannot outlive its parent, and whose end can be waited for in a poll loop.
//
// Invariants   The child gets SIGKILL when the *thread* that started it ends, so start children from the main thread. It
//              inherits standard input, output and error and one descriptor, as number 3; every other one is closed in it. Its
//              signals are unblocked and at their defaults. Destroying a Child kills it and waits for it: no zombie remains.
// Errors       A program that cannot be started is an Io error of start(), with the reason.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "protocol/base/result.h"
#include "protocol/base/time.h"

namespace budstikke::daemon {

class Child {
 public:
  static constexpr int kInheritedFd = 3;

  // `inherited` stays open here; the caller closes it.
  static Result<Child> start(const std::string& program, const std::vector<std::string>& arguments, int inherited);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();

  pid_t pid() const { return pid_; }
  int fd() const { return pidfd_; }  // readable once the child has ended
  // How it ended ("exit code 78", "killed by signal 6"), nullopt when it still runs after `patience`. The child is reaped by
  // this.
  std::optional<std::string> ended(Millis patience = Millis{0});
  void signal(int number);

 private:
  Child(pid_t pid, int pidfd) : pid_(pid), pidfd_(pidfd) {}
  pid_t pid_;
  int pidfd_;
};

}  // namespace budstikke::daemon
