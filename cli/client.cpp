#include "cli/client.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <utility>

#include "cli/service.h"
#include "protocol/base/limits.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestSocketPath = sizeof(sockaddr_un{}.sun_path) - 1;

fs::path socket_path(const fs::path& home) {
  std::ifstream file(home / "api.path");
  std::string named;
  if (file && std::getline(file, named) && !trim(named).empty()) return trim(named);
  return home / "api.sock";
}

bool may_not_look_into(const fs::path& folder) {
  struct stat info {};
  return ::stat((folder / "config.toml").c_str(), &info) != 0 && errno == EACCES;
}

// The service's home, seen from outside.
bool is_closed_service(const fs::path& folder) { return folder == kServiceHome && may_not_look_into(folder); }

// 0 when somebody listens, else why nobody does. ZeroMQ connects in the background and would try for ever; this knows at once.
int why_nobody_listens(const std::string& path) {
  if (path.size() > kLongestSocketPath) return ENAMETOOLONG;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, kLongestSocketPath);
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return errno;
  const int why = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
  ::close(probe);
  return why;
}

}  // namespace

struct Client::Link {
  void* context = nullptr;
  void* socket = nullptr;
  void* monitor = nullptr;  // readable once the node has gone

  explicit Link(const std::string& path) : context(zmq_ctx_new()) {
    if (context == nullptr) return;
    socket = zmq_socket(context, ZMQ_DEALER);
    monitor = zmq_socket(context, ZMQ_PAIR);
    if (socket == nullptr || monitor == nullptr) {
      close();
      return;
    }
    const int linger = 0;
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    const bool linked = zmq_socket_monitor(socket, kMonitor, ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED) == 0 &&
                        zmq_connect(monitor, kMonitor) == 0 && zmq_connect(socket, ("ipc://" + path).c_str()) == 0;
    if (!linked) close();
  }
  ~Link() {
    close();
    if (context != nullptr) zmq_ctx_term(context);
  }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  bool send(View frame) const { return zmq_send(socket, frame.data(), frame.size(), 0) >= 0; }

  // The next frame; empty when none came in time, or none will since the node has gone.
  Bytes receive(Millis timeout, const std::function<void()>& while_waiting) const {
    zmq_pollitem_t items[] = {{socket, 0, ZMQ_POLLIN, 0}, {monitor, 0, ZMQ_POLLIN, 0}};
    int ready = 0;
    do {
      const Millis wait = while_waiting ? std::min(timeout, kCallEvery) : timeout;
      ready = zmq_poll(items, 2, static_cast<long>(wait.count()));
      if (ready != 0) continue;
      timeout -= wait;
      if (while_waiting) while_waiting();
    } while ((ready < 0 && errno == EINTR) || (ready == 0 && timeout > Millis{}));
    return ready > 0 ? read() : Bytes();
  }

 private:
  static constexpr const char* kMonitor = "inproc://monitor";
  static constexpr Millis kCallEvery{200};

  Bytes read() const {
    zmq_msg_t message;
    zmq_msg_init(&message);
    Bytes frame;
    const int size = zmq_msg_recv(&message, socket, ZMQ_DONTWAIT);
    if (size > 0) {
      const auto* data = static_cast<const std::uint8_t*>(zmq_msg_data(&message));
      frame.assign(data, data + size);
    }
    zmq_msg_close(&message);
    return frame;
  }

  void close() {
    if (socket != nullptr) {
      zmq_socket_monitor(socket, nullptr, 0);  // before its reader closes
      zmq_close(std::exchange(socket, nullptr));
    }
    if (monitor != nullptr) zmq_close(std::exchange(monitor, nullptr));
  }
};

Client::Client(fs::path home) : home_(std::move(home)) {}
Client::~Client() = default;

bool is_home(const fs::path& folder) {
  std::error_code error;
  if (fs::is_regular_file(folder / "config.toml", error)) return true;
  struct stat info {};
  return is_closed_service(folder) && (::lstat(std::string(kServiceSocket).c_str(), &info) == 0 || errno == EACCES);
}

std::optional<Trouble> Client::connect() {
  const bool closed = is_closed_service(home_);
  if (!closed && may_not_look_into(home_)) return Trouble::HomeNotYours;
  if (!closed && !is_home(home_)) return Trouble::NoHome;
  const std::string path = closed ? std::string(kServiceSocket) : socket_path(home_).string();
  if (const int why = why_nobody_listens(path); why != 0) {
    const bool of_service = home_ == kServiceHome;
    return why == EACCES && of_service ? Trouble::NotInGroup : of_service ? Trouble::ServiceStopped : Trouble::NotRunning;
  }
  link_ = std::make_unique<Link>(path);
  if (link_->socket != nullptr) return std::nullopt;
  link_.reset();
  return Trouble::NotRunning;
}

std::variant<ApiReply, Trouble> Client::ask(const std::string& command, Value args, Millis timeout) {
  if (!link_) {
    if (std::optional<Trouble> trouble = connect()) return *trouble;
  }
  const ApiRequest request{++last_id_, command, std::move(args)};
  const Bytes bytes = encode(request);
  if (bytes.size() > kMaxApiBytes) return ApiReply{request.id, ApiFailure{ApiError::TooLong, "the request is too large"}};
  if (!link_->send(bytes)) {
    link_.reset();
    return Trouble::NoReply;
  }
  for (;;) {
    const Bytes frame = link_->receive(timeout, while_waiting_);
    if (frame.empty()) {
      link_.reset();
      return Trouble::NoReply;
    }
    Result<ApiReply> reply = decode_reply(frame);
    if (!reply) return Trouble::BadReply;
    if (reply->id == request.id) return std::move(*reply);
  }
}

}  // namespace budstikke::cli
