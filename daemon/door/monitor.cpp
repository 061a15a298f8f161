#include "daemon/door/monitor.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <zmq.h>

#include <atomic>
#include <cstring>

#include "daemon/door/address.h"

namespace budstikke::daemon {

Result<SocketMonitor> SocketMonitor::open(const ZmqContext& context, ZmqSocket& monitored) {
  static std::atomic<std::uint64_t> count{0};
  std::string endpoint = "inproc://monitor-" + std::to_string(++count);
  if (zmq_socket_monitor(monitored.raw(), endpoint.c_str(), ZMQ_EVENT_ALL) != 0) {
    return Error{Code::Io, std::string("cannot watch a socket: ") + zmq_strerror(zmq_errno())};
  }
  Result<ZmqSocket> reader = ZmqSocket::open(context, ZMQ_PAIR);
  if (!reader) return reader.error();
  SocketMonitor monitor(monitored.raw(), std::move(*reader));
  if (Status set = monitor.reader_.set(ZMQ_RCVHWM, 0); !set) return set.error();
  if (Status connected = monitor.reader_.connect(endpoint); !connected) return connected.error();
  return monitor;
}

SocketMonitor::SocketMonitor(SocketMonitor&& other) noexcept
    : monitored_(std::exchange(other.monitored_, nullptr)), reader_(std::move(other.reader_)) {}

SocketMonitor& SocketMonitor::operator=(SocketMonitor&& other) noexcept {
  std::swap(monitored_, other.monitored_);
  reader_ = std::move(other.reader_);
  return *this;
}

SocketMonitor::~SocketMonitor() {
  if (monitored_ != nullptr) zmq_socket_monitor(monitored_, nullptr, 0);
}

std::optional<SocketEvent> SocketMonitor::next() {
  ZmqMessage part;
  if (!reader_.receive(part)) return std::nullopt;
  SocketEvent event;
  if (part.size() == 6) {  // u16 event, u32 value, both in this machine's byte order
    std::uint16_t id = 0;
    std::uint32_t value = 0;
    std::memcpy(&id, part.view().data(), 2);
    std::memcpy(&value, part.view().data() + 2, 4);
    event = {id, static_cast<int>(value)};
  }
  while (part.more() && reader_.receive(part)) {  // the endpoint, which says nothing that the owner does not know
  }
  return event;
}

std::string remote_address(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  sockaddr* address = reinterpret_cast<sockaddr*>(&storage);
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  if (fd < 0 || ::getpeername(fd, address, &size) != 0) return {};
  if (::getnameinfo(address, size, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0) return {};
  return shown_address(fmt::format("[{}]:{}", host, port));
}

}  // namespace budstikke::daemon
