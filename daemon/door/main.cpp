// budstikke-door: started by budstikked, never by hand. See door.h.
//
// Usage        budstikke-door --key FILE, with the core's channel as descriptor 3. With - for FILE, where a passphrase seals it,
// the
//              channel's first message is the secret.
// Exit codes   0 asked to end, or the core is gone · 2 wrong usage · 70 the self-test or the core's channel failed · 78 the key
//              file is missing or not as it must be (transport_key.h).
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string_view>

#include "daemon/child.h"
#include "daemon/door/door.h"
#include "daemon/door/transport_key.h"
#include "daemon/log.h"

namespace {

using namespace budstikke;
using namespace budstikke::daemon;

constexpr int kExitUsage = 2;
constexpr int kExitFailed = 70;
constexpr int kExitKeyFile = 78;

bool is_connected_socket(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  return ::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
}

// Every thread inherits this, so that no call anywhere is interrupted; the loop reads the signals from the descriptor.
int block_signals() {
  sigset_t all;
  sigfillset(&all);
  for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) sigdelset(&all, fault);
  require(::pthread_sigmask(SIG_SETMASK, &all, nullptr) == 0, "pthread_sigmask");
  sigset_t ending;
  sigemptyset(&ending);
  for (int number : {SIGTERM, SIGINT}) sigaddset(&ending, number);
  int fd = ::signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
  require(fd >= 0, "signalfd");
  return fd;
}

// As many descriptors as the system grants, and no memory image on disk with the key in it: the limit is for files, and what
// hands images to a program (core_pattern with a pipe) does not regard it, but that the process may not be read.
void set_limits() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
}

// Of the core, which has opened the file.
Result<TransportPair> take_handed_key(Channel& channel) {
  constexpr int kPatienceMs = 10'000;
  for (;;) {
    const Result<std::optional<View>> message = channel.receive();
    if (!message) return message.error();
    if (*message && (*message)->size() != Seed::kSize) return Error{Code::Malformed, "the core handed no key of 32 bytes"};
    if (*message) return TransportPair::from_secret(Seed::from(**message));
    pollfd input{channel.fd(), POLLIN, 0};
    if (::poll(&input, 1, kPatienceMs) <= 0) return Error{Code::Io, "the core handed no key in time"};
  }
}

int fail(int code, const Error& error) {
  log(LogLevel::Error, "door-failed", {{"reason", error.text}});
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::string_view(argv[1]) != "--key" || !is_connected_socket(Child::kInheritedFd)) {
    log(LogLevel::Error, "wrong-usage", {{"reason", "budstikke-door is started by budstikked; run: budstikked --home DIR"}});
    return kExitUsage;
  }
  int signal_fd = block_signals();
  set_limits();
  Channel channel(Child::kInheritedFd);
  Result<TransportPair> own = argv[2] == kHandedKey ? take_handed_key(channel) : read_transport_key(argv[2]);
  if (!own) return fail(kExitKeyFile, own.error());
  Result<std::unique_ptr<Door>> door = Door::open(std::move(channel), signal_fd, *own);
  if (!door) return fail(kExitFailed, door.error());
  Status ended = (*door)->run();
  if (ended) return 0;
  // A core that ends without a word takes its door with it: that is how a crash of the core looks from here.
  return ended.error().code == Code::Io ? 0 : fail(kExitFailed, ended.error());
}
