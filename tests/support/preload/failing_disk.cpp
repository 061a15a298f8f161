// Loaded before the C library of a program under test: while the file that FAILING_DISK_SWITCH names is there, fdatasync() gives
// EIO, as a disk does that fails under a commit.
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

extern "C" int fdatasync(int fd) {
  const char* name = std::getenv("FAILING_DISK_SWITCH");
  if (name != nullptr && ::access(name, F_OK) == 0) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}
