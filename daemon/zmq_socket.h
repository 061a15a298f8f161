// ZeroMQ contexts, messages and sockets that close themselves and return errors as values.
//
// Errors       Setting up (open, set, bind, connect) gives a Status with ZeroMQ's own text: Conflict when the address is in
//              use, Invalid when it cannot be one, Io otherwise. send() and receive() never wait and never fail loudly.
// Invariants   Every socket gets LINGER 0, so that closing never hangs (a message that has not left is gone). Sockets must
//              be closed before their context: a context that is destroyed first waits for them for ever.
// Threads      A socket belongs to one thread. Signals are to be blocked in all threads and read from a signalfd; a call that
//              is interrupted all the same is repeated here.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/bytes.h"
#include "protocol/base/result.h"
#include "protocol/base/time.h"

namespace budstikke::daemon {

class ZmqContext {
 public:
  explicit ZmqContext(int io_threads = 1);
  ZmqContext(const ZmqContext&) = delete;
  ZmqContext& operator=(const ZmqContext&) = delete;
  ~ZmqContext();
  void* raw() const { return context_; }
  // Wakes every thread that waits in a socket of this context; their calls fail from now on.
  void shut_down();

 private:
  void* context_;
};

// One part of a message. Empty at first; receive() fills it, send() empties it.
class ZmqMessage {
 public:
  ZmqMessage();
  explicit ZmqMessage(View bytes);
  ZmqMessage(ZmqMessage&& other) noexcept;
  ZmqMessage& operator=(ZmqMessage&& other) noexcept;
  ZmqMessage(const ZmqMessage&) = delete;
  ZmqMessage& operator=(const ZmqMessage&) = delete;
  ~ZmqMessage();

  View view() const;  // until the message is sent, received into, moved or destroyed
  std::size_t size() const;
  bool more() const;  // another part of the same message follows
  // A property of the connection it came by, such as "User-Id"; empty when there is none. As short-lived as view().
  std::string_view property(const char* name) const;
  int source_fd() const;  // descriptor of the connection it came by, -1 when unknown
  void* raw() { return storage_.data(); }

 private:
  const void* raw() const { return storage_.data(); }
  alignas(8) std::array<unsigned char, 64> storage_;
};

enum class Sent : std::uint8_t {
  Done,
  Full,  // its queue is full: keep the message and try again later
  Gone,  // no such peer (any more)
};

class ZmqSocket {
 public:
  // `type` and the options are those of zmq.h.
  static Result<ZmqSocket> open(const ZmqContext& context, int type);
  ZmqSocket(ZmqSocket&& other) noexcept;
  ZmqSocket& operator=(ZmqSocket&& other) noexcept;
  ~ZmqSocket();

  Status set(int option, int value);
  Status set(int option, std::int64_t value);
  Status set(int option, View value);
  Status bind(const std::string& endpoint);
  Status unbind(const std::string& endpoint);
  Status connect(const std::string& endpoint);
  std::string last_endpoint() const;  // with the port that `*` was given
  int poll_fd() const;                // ZMQ_FD: becomes readable when something changed, see has_input()
  // True when a message waits. After any call on the socket the descriptor may have lost its signal, so ask before sleeping.
  bool has_input() const;
  bool wait_for_input(Millis timeout) const;  // for start-up and tests only: blocks

  bool receive(ZmqMessage& message);          // false when none waits
  bool receive_waiting(ZmqMessage& message);  // waits for one; false when the context is shut down
  Sent send(ZmqMessage& message, bool more);  // the message is emptied only when Done
  Sent send(View part, bool more);
  void* raw() const { return socket_; }

 private:
  explicit ZmqSocket(void* socket) : socket_(socket) {}
  void* socket_;
};

// Binds an ipc socket at `path` that only this user can connect to, or whoever is in this process's group as well.
// Errors       TooLarge when the path does not fit a socket address (107 bytes); Conflict when something that is no socket
//              is there, since ZeroMQ would delete it. A socket that is there is replaced: hold the home's lock first.
Status bind_ipc(ZmqSocket& socket, const std::string& path, bool for_group = false);

}  // namespace budstikke::daemon
