#include "daemon/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace budstikke::daemon {
namespace {

// Runs in the child, between fork and exec: async-signal-safe calls only. Returns only on failure, with errno set.
void become(const char* program, char* const* arguments, int inherited, int report, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);  // the parent ended before the line above
  // Both descriptors are moved out of the way of number 3 first; `report` closes itself when exec succeeds.
  int moved = ::fcntl(inherited, F_DUPFD, 10);
  int kept_report = ::fcntl(report, F_DUPFD_CLOEXEC, 10);
  if (moved < 0 || kept_report < 0 || ::dup2(moved, Child::kInheritedFd) < 0) return;
  int low = moved < kept_report ? moved : kept_report;
  ::close_range(Child::kInheritedFd + 1, static_cast<unsigned>(low) - 1, 0);
  ::close_range(static_cast<unsigned>(low), ~0U, CLOSE_RANGE_CLOEXEC);
  sigset_t none;
  sigemptyset(&none);
  for (int number = 1; number < SIGRTMIN; ++number) ::signal(number, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execv(program, arguments);
  int reason = errno;
  [[maybe_unused]] ssize_t written = ::write(kept_report, &reason, sizeof reason);
}

std::string text_of_end(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return "exit code " + std::to_string(info.si_status);
  return "killed by signal " + std::to_string(info.si_status);
}

Error start_error(const std::string& program, int number) {
  return {Code::Io, "cannot start " + program + ": " + std::strerror(number), program};
}

}  // namespace

Result<Child> Child::start(const std::string& program, const std::vector<std::string>& arguments, int inherited) {
  std::vector<std::string> texts{program};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return start_error(program, errno);
  pid_t parent = ::getpid();
  pid_t pid = ::fork();
  if (pid == 0) {
    become(program.c_str(), pointers.data(), inherited, report[1], parent);
    ::_exit(127);
  }
  int fork_error = errno;
  ::close(report[1]);
  int reason = 0;
  ssize_t got = 0;
  if (pid > 0) {
    do got = ::read(report[0], &reason, sizeof reason);
    while (got < 0 && errno == EINTR);
  }
  ::close(report[0]);
  if (pid < 0) return start_error(program, fork_error);
  Child child(pid, static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));  // glibc's own header lacks extern "C"
  if (got == static_cast<ssize_t>(sizeof reason)) return start_error(program, reason);
  if (child.pidfd_ < 0) return start_error(program, errno);
  return child;
}

Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, 0)), pidfd_(std::exchange(other.pidfd_, -1)) {}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(pidfd_, other.pidfd_);
  return *this;
}

Child::~Child() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (pidfd_ >= 0) ::close(pidfd_);
}

std::optional<std::string> Child::ended(Millis patience) {
  if (pid_ <= 0) return "already reaped";
  pollfd end{pidfd_, POLLIN, 0};
  ::poll(&end, 1, static_cast<int>(patience.count()));
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG) != 0) {
    if (errno == EINTR) return std::nullopt;
    pid_ = 0;
    return std::string("lost: ") + std::strerror(errno);
  }
  if (info.si_pid == 0) return std::nullopt;
  pid_ = 0;
  return text_of_end(info);
}

void Child::signal(int number) {
  if (pid_ > 0) ::kill(pid_, number);
}

}  // namespace budstikke::daemon
