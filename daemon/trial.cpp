#include "daemon/trial.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "store/file_system.h"

namespace budstikke::daemon {
namespace {

[[noreturn]] void be_the_child(pid_t parent, std::chrono::seconds processor_time, const std::function<void()>& body) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  for (int fault : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV}) ::signal(fault, SIG_DFL);
  const auto seconds = static_cast<rlim_t>(processor_time.count());
  const rlimit most{seconds, seconds};  // both: at the second one the kernel kills, whatever signals are blocked
  if (::setrlimit(RLIMIT_CPU, &most) != 0) ::_exit(1);
  const int quiet = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (quiet >= 0) ::dup2(quiet, STDERR_FILENO);  // what a library says before it gives up
  body();
  ::_exit(0);
}

}  // namespace

Result<bool> try_in_child(std::chrono::seconds processor_time, const std::function<void()>& body) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return store::system_error(errno, "cannot start a child process");
  if (child == 0) be_the_child(parent, processor_time, body);
  int ended = 0;
  while (::waitpid(child, &ended, 0) != child) {
    if (errno != EINTR) return store::system_error(errno, "cannot wait for a child process");
  }
  return WIFEXITED(ended) && WEXITSTATUS(ended) == 0;
}

}  // namespace budstikke::daemon
