// Whole messages over the socket pair between core and door. Never waits, at either end.
//
// Why a socket pair and not an ipc socket in the home folder: it has no path that another process could take over or
// connect to, no second connection to tell from the first one, and it ends with either process; and a frame passes without
// waking an I/O thread on the way.
//
// Shape        u32 length, then so many bytes, at most kMaxDoorMessageBytes.
// Errors       receive() and flush() give Io when the other end is gone and Malformed for a length out of bounds; the
//              channel is of no use afterwards. What arrived before the other end left is still received.
// Invariants   send() takes everything: what the kernel does not take at once is kept and goes out with flush(). The owner
//              watches backlog() and stops producing, or gives the other side up.
// Cost         A frame is copied once into the kernel and once out; small messages are gathered and leave with flush().
#pragma once

#include <optional>

#include "protocol/base/bytes.h"
#include "protocol/base/result.h"

namespace budstikke::daemon {

class Channel {
 public:
  static Result<std::pair<Channel, Channel>> pair();
  explicit Channel(int fd);  // takes over a connected stream socket
  Channel(Channel&& other) noexcept;
  Channel& operator=(Channel&& other) noexcept;
  ~Channel();

  int fd() const { return fd_; }
  void send(View head, View body = {});  // one message, given in one or two pieces
  Status flush();
  // True when flush() could not write everything: wait until fd() is writable.
  bool wants_write() const { return backlog() > 0; }
  std::size_t backlog() const { return out_.size() - out_sent_; }
  // The next whole message, which stays valid until the next call; nullopt when none is there yet.
  Result<std::optional<View>> receive();

 private:
  void queue(View bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void write_with(View prefix, View head, View body);
  Status read_more(std::size_t wanted);

  int fd_;
  bool broken_ = false;
  Bytes out_;
  std::size_t out_sent_ = 0;  // bytes of out_ that the kernel has taken
  Bytes in_;                  // unread bytes are [in_begin_, in_end_)
  std::size_t in_begin_ = 0;
  std::size_t in_end_ = 0;
};

}  // namespace budstikke::daemon
