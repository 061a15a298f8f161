#include "daemon/locked.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "daemon/api/answer.h"
#include "daemon/api_server.h"
#include "daemon/door/steady.h"
#include "daemon/log.h"
#include "daemon/service_manager.h"
#include "protocol/base/limits.h"
#include "store/file_system.h"

namespace budstikke::daemon {
namespace {

constexpr const char* kCredential = "budstikke.passphrase";
constexpr Millis kLastReply{2'000};  // for the answer of an `unlock` to leave

Result<std::string> read_line_of(int fd, const std::string& named) {
  std::string text(kPassphraseBytesMax + 2, '\0');
  std::size_t got = 0;
  while (got < text.size()) {
    const ssize_t size = ::read(fd, text.data() + got, text.size() - got);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Error{Code::Invalid, "cannot read the passphrase from " + named};
    if (size == 0) break;
    got += static_cast<std::size_t>(size);
    if (text.find('\n') < got) break;  // whoever gives a line may keep the descriptor open
  }
  text.resize(std::min(got, text.find_first_of("\r\n")));
  if (text.size() > kPassphraseBytesMax) return Error{Code::Invalid, "what " + named + " gives is too long for a passphrase"};
  return text;
}

ApiReply answer_locked(Home& home, const ApiRequest& request) {
  ApiReply reply;
  reply.id = request.id;
  if (request.command != "unlock") {
    reply.failure = failure(ApiError::Locked, "the keys of the node are sealed by a passphrase, which was not given yet");
    return reply;
  }
  std::string passphrase = request.args.text("passphrase");
  const Status unlocked = home.keys().unlock(passphrase);
  wipe(passphrase);
  if (unlocked) {
    reply.result.set("was_locked", true);
  } else if (unlocked.error().code == Code::NotAllowed) {
    reply.failure = failure(ApiError::WrongPassphrase, unlocked.error().text);
  } else {
    reply.failure = failure_of(unlocked.error());
  }
  return reply;
}

}  // namespace

Result<std::string> passphrase_given(int fd) {
  if (fd >= 0) {
    Result<std::string> text = read_line_of(fd, "descriptor " + std::to_string(fd));
    ::close(fd);
    return text;
  }
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder == '\0') return std::string();
  const std::filesystem::path file = std::filesystem::path(folder) / kCredential;
  Result<Bytes> bytes = store::read_small_file(file, kPassphraseBytesMax + 2);
  if (!bytes && bytes.error().code == Code::NotFound) return std::string();
  if (!bytes) return bytes.error();
  std::string text(budstikke::text_of(*bytes));
  text.resize(std::min(text.size(), text.find_first_of("\r\n")));
  return text;
}

Result<bool> wait_until_unlocked(Home& home) {
  sigset_t ending;
  sigemptyset(&ending);
  for (int number : {SIGTERM, SIGINT}) sigaddset(&ending, number);
  const int signal_fd = ::signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signal_fd < 0) return store::system_error(errno, "signalfd");
  const std::unique_ptr<const int, void (*)(const int*)> closed(&signal_fd, [](const int* open) { ::close(*open); });
  const Result<ApiPlace> place = home.api_socket();
  if (!place) return place.error();
  const ZmqContext context(1);
  Result<ApiServer> api = ApiServer::open(context, *place);
  if (!api) return api.error();
  log(LogLevel::Notice, "locked",
      {{"what", "the keys are sealed by a passphrase; give it by: budstikke --home " + home.folder().string() + " unlock"}});
  tell_service_manager("READY=1\nSTATUS=waits for the passphrase of its keys: budstikke unlock");
  Watchdog watchdog;
  while (home.keys().is_locked()) {
    watchdog.feed(steady_now());
    const std::int64_t left = std::min<std::int64_t>((watchdog.deadline() - steady_now()).count(), 60'000);
    pollfd fds[] = {{api->poll_fd(), POLLIN, 0}, {signal_fd, POLLIN, 0}};
    if (!api->has_input()) ::poll(fds, std::size(fds), static_cast<int>(std::max<std::int64_t>(left, 0)));
    signalfd_siginfo info{};
    if (::read(signal_fd, &info, sizeof info) == sizeof info) return false;
    while (std::optional<ApiServer::Incoming> incoming = api->receive()) {
      api->reply(incoming->client, answer_locked(home, incoming->request));
      if (!home.keys().is_locked()) break;
    }
  }
  api->linger(kLastReply);
  watchdog.leave();  // the store is looked at next
  log(LogLevel::Notice, "unlocked");
  return true;
}

}  // namespace budstikke::daemon
