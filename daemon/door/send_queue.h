// Frames of one link that ZeroMQ's own queue of 64 messages had no room for.
//
// Shape        At most kMaxBytes; a link that would pass it is cut. The core lets kLinkCreditBytes be under way, so only a
//              peer that ignores its credits, or a core that does, gets there.
#pragma once

#include <deque>

#include "daemon/zmq_socket.h"
#include "protocol/base/limits.h"

namespace budstikke::daemon {

class SendQueue {
 public:
  static constexpr std::size_t kMaxBytes = 2 * kLinkCreditBytes;
  // ZeroMQ tells of room in its queue by a signal that another call on the socket may swallow; then it is tried after this.
  static constexpr Millis kRetry{20};

  bool is_empty() const { return frames_.empty(); }
  std::size_t bytes() const { return bytes_; }
  // False when there is no room; the frame is then not taken.
  bool push(ZmqMessage frame) {
    if (bytes_ + frame.size() > kMaxBytes) return false;
    bytes_ += frame.size();
    frames_.push_back(std::move(frame));
    return true;
  }
  // Sends from the front with `send`, ZmqMessage& → Sent, until one is not Done, which is returned.
  Sent flush(auto send) {
    while (!frames_.empty()) {
      std::size_t size = frames_.front().size();
      Sent sent = send(frames_.front());
      if (sent != Sent::Done) return sent;
      bytes_ -= size;
      frames_.pop_front();
    }
    return Sent::Done;
  }

 private:
  std::deque<ZmqMessage> frames_;
  std::size_t bytes_ = 0;
};

}  // namespace budstikke::daemon
