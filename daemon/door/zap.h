// Who may come in. ZeroMQ asks this handler for every CURVE handshake, before a byte of the peer's is passed on.
//
// Invariants   ZeroMQ lets every key in when no handler answers in the public socket's context. So the handler is bound before
//              the socket is, the socket refuses when it is missing (curve_socket.h), the self-test proves both
//              (self_test.h), and if the handler's thread ever fails, the process ends.
//              It answers from memory alone: while it waited for anything, nobody could connect.
// Threads      AllowList is replaced by the door's loop and read by the handler's thread, each time as a whole.
// Source       ZeroMQ RFC 27 (ZAP).
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "daemon/door_messages.h"
#include "daemon/log.h"
#include "daemon/zmq_socket.h"

namespace budstikke::daemon {

class AllowList {
 public:
  void replace(std::vector<AllowedKey> keys);
  // While quiet, refusals are not logged: the self-test causes one.
  void set_quiet(bool quiet) { quiet_ = quiet; }
  bool is_quiet() const { return quiet_; }
  // The key's entry, nullopt when it may not come in.
  std::optional<AllowedKey> find(const TransportKey& key) const;

 private:
  using Snapshot = std::vector<AllowedKey>;  // sorted by key, each key once, never changed
  std::shared_ptr<const Snapshot> snapshot() const;

  std::atomic<bool> quiet_{false};
  mutable std::mutex mutex_;  // held while the pointer is copied or exchanged
  std::shared_ptr<const Snapshot> snapshot_ = std::make_shared<const Snapshot>();
};

class ZapHandler {
 public:
  // Bound, and answering, when it returns. The context must be shut down, by the destructor, before it is destroyed.
  static Result<std::unique_ptr<ZapHandler>> start(ZmqContext& context, const AllowList& allowed);
  ZapHandler(const ZapHandler&) = delete;
  ZapHandler& operator=(const ZapHandler&) = delete;
  ~ZapHandler();  // shuts the context down: close its other sockets first

 private:
  ZapHandler(ZmqContext& context, const AllowList& allowed, ZmqSocket socket);
  void serve(ZmqSocket socket);
  void answer(ZmqSocket& socket, const std::vector<ZmqMessage>& request);

  ZmqContext& context_;
  const AllowList& allowed_;
  LogLimiter limiter_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace budstikke::daemon
