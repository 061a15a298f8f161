#include "tests/store/system_calls.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

namespace {

budstikke::tests::SystemCalls plan;
std::uint64_t counted = 0;

// True when the call shall fail; errno is set then.
bool comes(const char* name) {
  if (!plan.only.empty() && plan.only != name) return false;
  ++counted;
  if (counted == plan.kill_at) ::kill(::getpid(), SIGKILL);
  if (counted != plan.fail_at) return false;
  errno = plan.error;
  return true;
}

}  // namespace

namespace budstikke::tests {

void plan_system_calls(const SystemCalls& next) {
  plan = next;
  counted = 0;
}

std::uint64_t counted_system_calls() { return counted; }

}  // namespace budstikke::tests

// What the C library declares, so that every call of this process comes here.
extern "C" {

int mkdir(const char* path, mode_t mode) noexcept {
  return comes("mkdir") ? -1 : static_cast<int>(::syscall(SYS_mkdir, path, mode));
}
int rename(const char* from, const char* to) noexcept {
  return comes("rename") ? -1 : static_cast<int>(::syscall(SYS_rename, from, to));
}
int renameat2(int from_dir, const char* from, int to_dir, const char* to, unsigned flags) noexcept {
  return comes("renameat2") ? -1 : static_cast<int>(::syscall(SYS_renameat2, from_dir, from, to_dir, to, flags));
}
int unlink(const char* path) noexcept { return comes("unlink") ? -1 : static_cast<int>(::syscall(SYS_unlink, path)); }
int unlinkat(int dir, const char* path, int flags) noexcept {
  return comes("unlinkat") ? -1 : static_cast<int>(::syscall(SYS_unlinkat, dir, path, flags));
}
int ftruncate(int fd, off_t length) noexcept {
  return comes("ftruncate") ? -1 : static_cast<int>(::syscall(SYS_ftruncate, fd, length));
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  return comes("pwrite") ? -1 : ::syscall(SYS_pwrite64, fd, bytes, size, at);
}
ssize_t pwritev(int fd, const iovec* parts, int count, off_t at) {
  return comes("pwritev") ? -1 : ::syscall(SYS_pwritev, fd, parts, count, at, 0L);
}
int fsync(int fd) { return comes("fsync") ? -1 : static_cast<int>(::syscall(SYS_fsync, fd)); }
int fdatasync(int fd) { return comes("fdatasync") ? -1 : static_cast<int>(::syscall(SYS_fdatasync, fd)); }

}  // extern "C"
