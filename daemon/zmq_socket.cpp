#include "daemon/zmq_socket.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <zmq.h>

#include <cerrno>

namespace budstikke::daemon {
namespace {

static_assert(sizeof(zmq_msg_t) == 64 && alignof(zmq_msg_t) <= 8, "ZmqMessage holds a zmq_msg_t");

zmq_msg_t* msg(void* storage) { return static_cast<zmq_msg_t*>(storage); }
// ZeroMQ's readers take a pointer to non-const but change nothing.
zmq_msg_t* msg(const void* storage) { return static_cast<zmq_msg_t*>(const_cast<void*>(storage)); }

Error zmq_error(const std::string& what) {
  int number = zmq_errno();
  Code code = number == EADDRINUSE ? Code::Conflict : number == EINVAL || number == ENODEV ? Code::Invalid : Code::Io;
  return {code, what + ": " + zmq_strerror(number)};
}

template <class Call>
int repeated(Call call) {
  int rc = call();
  while (rc == -1 && zmq_errno() == EINTR) rc = call();
  return rc;
}

}  // namespace

ZmqContext::ZmqContext(int io_threads) : context_(zmq_ctx_new()) {
  require(context_ != nullptr, "zmq_ctx_new");
  require(zmq_ctx_set(context_, ZMQ_IO_THREADS, io_threads) == 0, "ZMQ_IO_THREADS");
  require(zmq_ctx_set(context_, ZMQ_BLOCKY, 0) == 0, "ZMQ_BLOCKY");
  require(zmq_ctx_set(context_, ZMQ_MAX_SOCKETS, 4096) == 0, "ZMQ_MAX_SOCKETS");
}

ZmqContext::~ZmqContext() {
  repeated([this] { return zmq_ctx_term(context_); });
}

void ZmqContext::shut_down() { zmq_ctx_shutdown(context_); }

ZmqMessage::ZmqMessage() { zmq_msg_init(msg(raw())); }

ZmqMessage::ZmqMessage(View bytes) {
  require(zmq_msg_init_size(msg(raw()), bytes.size()) == 0, "zmq_msg_init_size");
  if (!bytes.empty()) std::memcpy(zmq_msg_data(msg(raw())), bytes.data(), bytes.size());
}

ZmqMessage::ZmqMessage(ZmqMessage&& other) noexcept : ZmqMessage() { zmq_msg_move(msg(raw()), msg(other.raw())); }

ZmqMessage& ZmqMessage::operator=(ZmqMessage&& other) noexcept {
  if (this != &other) zmq_msg_move(msg(raw()), msg(other.raw()));
  return *this;
}

ZmqMessage::~ZmqMessage() { zmq_msg_close(msg(raw())); }

View ZmqMessage::view() const { return {static_cast<const std::uint8_t*>(zmq_msg_data(msg(raw()))), size()}; }
std::size_t ZmqMessage::size() const { return zmq_msg_size(msg(raw())); }
bool ZmqMessage::more() const { return zmq_msg_more(msg(raw())) != 0; }

std::string_view ZmqMessage::property(const char* name) const {
  const char* text = zmq_msg_gets(msg(raw()), name);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

int ZmqMessage::source_fd() const { return zmq_msg_get(msg(raw()), ZMQ_SRCFD); }

Result<ZmqSocket> ZmqSocket::open(const ZmqContext& context, int type) {
  void* raw = zmq_socket(context.raw(), type);
  if (raw == nullptr) return zmq_error("zmq_socket");
  ZmqSocket socket(raw);
  if (Status set = socket.set(ZMQ_LINGER, 0); !set) return set.error();
  return socket;
}

ZmqSocket::ZmqSocket(ZmqSocket&& other) noexcept : socket_(std::exchange(other.socket_, nullptr)) {}

ZmqSocket& ZmqSocket::operator=(ZmqSocket&& other) noexcept {
  std::swap(socket_, other.socket_);
  return *this;
}

ZmqSocket::~ZmqSocket() {
  if (socket_ != nullptr) zmq_close(socket_);
}

Status ZmqSocket::set(int option, int value) {
  if (zmq_setsockopt(socket_, option, &value, sizeof value) != 0) return zmq_error("option " + std::to_string(option));
  return done();
}

Status ZmqSocket::set(int option, std::int64_t value) {
  if (zmq_setsockopt(socket_, option, &value, sizeof value) != 0) return zmq_error("option " + std::to_string(option));
  return done();
}

Status ZmqSocket::set(int option, View value) {
  if (zmq_setsockopt(socket_, option, value.data(), value.size()) != 0) return zmq_error("option " + std::to_string(option));
  return done();
}

Status ZmqSocket::bind(const std::string& endpoint) {
  if (zmq_bind(socket_, endpoint.c_str()) != 0) return zmq_error("cannot listen at " + endpoint);
  return done();
}

Status ZmqSocket::unbind(const std::string& endpoint) {
  if (zmq_unbind(socket_, endpoint.c_str()) != 0) return zmq_error("cannot stop listening at " + endpoint);
  return done();
}

Status ZmqSocket::connect(const std::string& endpoint) {
  if (zmq_connect(socket_, endpoint.c_str()) != 0) return zmq_error("cannot connect to " + endpoint);
  return done();
}

std::string ZmqSocket::last_endpoint() const {
  std::array<char, 512> text{};
  std::size_t size = text.size();
  if (zmq_getsockopt(socket_, ZMQ_LAST_ENDPOINT, text.data(), &size) != 0) return {};
  return text.data();
}

int ZmqSocket::poll_fd() const {
  int fd = -1;
  std::size_t size = sizeof fd;
  require(zmq_getsockopt(socket_, ZMQ_FD, &fd, &size) == 0, "ZMQ_FD");
  return fd;
}

bool ZmqSocket::has_input() const {
  int events = 0;
  std::size_t size = sizeof events;
  int rc = repeated([&] { return zmq_getsockopt(socket_, ZMQ_EVENTS, &events, &size); });
  return rc == 0 && (events & ZMQ_POLLIN) != 0;
}

bool ZmqSocket::wait_for_input(Millis timeout) const {
  zmq_pollitem_t item{socket_, 0, ZMQ_POLLIN, 0};
  return repeated([&] { return zmq_poll(&item, 1, static_cast<long>(timeout.count())); }) > 0;
}

bool ZmqSocket::receive(ZmqMessage& message) {
  return repeated([&] { return zmq_msg_recv(msg(message.raw()), socket_, ZMQ_DONTWAIT); }) >= 0;
}

bool ZmqSocket::receive_waiting(ZmqMessage& message) {
  return repeated([&] { return zmq_msg_recv(msg(message.raw()), socket_, 0); }) >= 0;
}

Sent ZmqSocket::send(ZmqMessage& message, bool more) {
  int flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0);
  if (repeated([&] { return zmq_msg_send(msg(message.raw()), socket_, flags); }) >= 0) return Sent::Done;
  return zmq_errno() == EAGAIN ? Sent::Full : Sent::Gone;
}

Sent ZmqSocket::send(View part, bool more) {
  ZmqMessage message(part);
  return send(message, more);
}

Status bind_ipc(ZmqSocket& socket, const std::string& path, bool for_group) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return Error{Code::TooLarge, "a socket path may have 107 bytes: " + path, path};
  }
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0 && !S_ISSOCK(info.st_mode)) {
    return Error{Code::Conflict, "there is something else where the socket belongs: " + path, path};
  }
  mode_t before = ::umask(for_group ? 0117 : 0077);
  Status bound = socket.bind("ipc://" + path);
  ::umask(before);
  return bound;
}

}  // namespace budstikke::daemon
