// What happens to the connections of one socket, as ZeroMQ tells it.
//
// Invariants   The queue has no bound, since a full one would stop ZeroMQ's I/O thread and with it every connection of the
//              context; so it must be read to its end whenever the loop comes round.
//              Closed before the monitored socket is: declare it after that socket.
#pragma once

#include "daemon/zmq_socket.h"

namespace budstikke::daemon {

struct SocketEvent {
  int id = 0;     // ZMQ_EVENT_* of zmq.h
  int value = 0;  // a descriptor, an error number or a status, depending on the event
};

class SocketMonitor {
 public:
  static Result<SocketMonitor> open(const ZmqContext& context, ZmqSocket& monitored);
  SocketMonitor(SocketMonitor&& other) noexcept;
  SocketMonitor& operator=(SocketMonitor&& other) noexcept;
  ~SocketMonitor();
  std::optional<SocketEvent> next();
  const ZmqSocket& socket() const { return reader_; }
  int poll_fd() const { return reader_.poll_fd(); }

 private:
  SocketMonitor(void* monitored, ZmqSocket reader) : monitored_(monitored), reader_(std::move(reader)) {}
  void* monitored_;
  ZmqSocket reader_;
};

// "192.0.2.7:7420" or "[2001:db8::7]:7420" of the other end of a connected descriptor; empty when it is not connected.
std::string remote_address(int fd);

}  // namespace budstikke::daemon
