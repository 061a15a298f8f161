#include "daemon/door/dialed_peer.h"

#include <zmq.h>

#include "daemon/door/curve_socket.h"
#include "daemon/log.h"

namespace budstikke::daemon {
namespace {

constexpr std::size_t kMessagesOfOnePeer = 128;
constexpr int kFarewellMs = 250;  // how long frames sent before a Drop may take to leave

}  // namespace

DialedPeer::DialedPeer(const DialTools& tools, std::uint64_t number, Dial wish, const TransportPair& client)
    : tools_(tools), number_(number), wish_(std::move(wish)), client_(client) {}

DialedPeer::~DialedPeer() = default;

void DialedPeer::renew(Instant now, Dial wish, const TransportPair& client) {
  bool other_key = client.public_key != client_.public_key;
  wish_ = std::move(wish);
  client_ = client;
  backoff_.reset();
  if (other_key && attempt_) {
    close("dialled again with another key");
  } else if (link()) {
    return;
  } else if (attempt_ && now - attempt_->started < kFreshAttempt) {
    return;
  }
  attempt_.reset();
  candidates_.clear();
  next_candidate_ = 0;
  next_try_ = now;
  if (resolving_) {  // the answer under way may be about old addresses
    resolving_ = false;
    number_ += std::uint64_t{1} << 32;
  }
}

void DialedPeer::on_answer(Instant now, std::vector<Candidate> candidates) {
  if (!resolving_) return;
  resolving_ = false;
  candidates_ = std::move(candidates);
  next_candidate_ = 0;
  next_attempt(now);
}

bool DialedPeer::step(Instant now) {
  if (attempt_) {
    bool worked = flush(now);
    if (attempt_) worked |= drain_monitor(now);
    if (attempt_) worked |= read_some(now);
    if (attempt_ && attempt_->failure) {
      finish(now, "connection closed", *attempt_->failure);
      return true;
    }
    if (attempt_ && !attempt_->link && now - attempt_->started >= kGiveUp) {
      finish(now, "", DialFailure::Timeout);
      return true;
    }
    return worked;
  }
  if (resolving_ || now < next_try_) return false;
  resolving_ = true;
  tools_.resolver.ask(number_, wish_.addresses);
  return true;
}

Instant DialedPeer::deadline(Instant now) const {
  if (attempt_ && attempt_->link) return attempt_->queue.is_empty() ? kNever : now + SendQueue::kRetry;
  if (attempt_) return attempt_->started + kGiveUp;
  return resolving_ ? kNever : next_try_;
}

void DialedPeer::add_poll_fds(std::vector<pollfd>& fds) const {
  if (!attempt_) return;
  fds.push_back({attempt_->monitor->poll_fd(), POLLIN, 0});
  if (!tools_.observer.is_congested()) fds.push_back({attempt_->socket.poll_fd(), POLLIN, 0});
}

// --- attempts

void DialedPeer::next_attempt(Instant now) {
  while (next_candidate_ < candidates_.size()) {
    const Candidate& candidate = candidates_[next_candidate_++];
    if (!candidate.endpoint.empty()) {
      tools_.observer.tell(Dialing{key()});
      Result<Attempt> attempt = connect(now, candidate);
      if (attempt) {
        attempt_.emplace(std::move(*attempt));
        return;
      }
      log(LogLevel::Warning, "dial-impossible", {{"peer", short_name(key())}, {"reason", attempt.error().text}});
    }
    tools_.observer.tell(DialFailed{key(), candidate.address, DialFailure::Unreachable});
  }
  pause(now);
}

Result<DialedPeer::Attempt> DialedPeer::connect(Instant now, const Candidate& candidate) const {
  Result<ZmqSocket> socket = open_curve_client(tools_.context, key(), client_);
  if (!socket) return socket.error();
  Attempt attempt{candidate.address, std::move(*socket)};
  Result<SocketMonitor> monitor = SocketMonitor::open(tools_.context, attempt.socket);
  if (!monitor) return monitor.error();
  attempt.monitor.emplace(std::move(*monitor));
  attempt.started = now;
  if (Status connected = attempt.socket.connect(candidate.endpoint); !connected) return connected.error();
  return attempt;
}

void DialedPeer::pause(Instant now) { next_try_ = now + backoff_.next(tools_.random); }

// Ends the attempt or link, and goes on with the next candidate or after a pause.
void DialedPeer::finish(Instant now, std::string_view reason, DialFailure failure) {
  Attempt ended = std::move(*attempt_);
  attempt_.reset();
  if (!ended.link) {
    tools_.observer.tell(DialFailed{key(), ended.address, failure});
    next_attempt(now);
    return;
  }
  if (now - ended.started >= kStableLink) backoff_.reset();
  candidates_.clear();
  next_candidate_ = 0;
  pause(now);
  tools_.observer.tell(Down{ended.link, clipped(reason, kMaxReasonBytes)});
}

void DialedPeer::close(std::string_view reason) {
  if (!attempt_) return;
  LinkNumber ended = link();
  attempt_.reset();
  if (ended) tools_.observer.tell(Down{ended, clipped(reason, kMaxReasonBytes)});
}

// --- the socket

bool DialedPeer::drain_monitor(Instant now) {
  bool worked = false;
  while (std::optional<SocketEvent> event = attempt_->monitor->next()) {
    worked = true;
    on_event(now, *event);
  }
  return worked;
}

void DialedPeer::on_event(Instant now, const SocketEvent& event) {
  Attempt& attempt = *attempt_;
  const bool was_silent = now - attempt.started >= kSilence;
  switch (event.id) {
    case ZMQ_EVENT_CONNECTED:
      attempt.remote = remote_address(event.value);
      break;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
      attempt.link = tools_.observer.next_link();
      attempt.started = now;
      tools_.observer.tell(Up{attempt.link, key(), true, attempt.remote});
      break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
      attempt.failure = DialFailure::RefusedKey;
      break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
    case ZMQ_EVENT_DISCONNECTED:
      if (!attempt.failure) attempt.failure = was_silent ? DialFailure::Timeout : DialFailure::Handshake;
      break;
    case ZMQ_EVENT_CLOSED:  // the connection was never made
      if (!attempt.failure) attempt.failure = was_silent ? DialFailure::Timeout : DialFailure::Unreachable;
      break;
    default:
      break;
  }
}

bool DialedPeer::read_some(Instant now) {
  ZmqMessage frame;
  std::size_t count = 0;
  while (count < kMessagesOfOnePeer && !tools_.observer.is_congested() && attempt_->socket.receive(frame)) {
    ++count;
    if (!attempt_->link) drain_monitor(now);  // the handshake was told of before this frame was passed on
    if (!attempt_->link) continue;
    if (frame.more() || frame.size() > kMaxFrameBytes) {
      finish(now, "a message was not a single frame of allowed size", DialFailure::Handshake);
      return true;
    }
    tools_.observer.tell(Frame{attempt_->link, frame.view()});
  }
  return count > 0;
}

void DialedPeer::send(Instant now, View frame) {
  ZmqMessage message(frame);
  if (attempt_->queue.is_empty() && attempt_->socket.send(message, false) == Sent::Done) return;
  if (!attempt_->queue.push(std::move(message))) {
    finish(now, "it does not read what it is sent", DialFailure::Handshake);
  }
}

bool DialedPeer::flush(Instant now) {
  std::size_t before = attempt_->queue.bytes();
  if (before == 0) return false;
  Sent sent = attempt_->queue.flush([&](ZmqMessage& frame) { return attempt_->socket.send(frame, false); });
  bool worked = attempt_->queue.bytes() != before;
  if (sent != Sent::Gone) return worked;
  finish(now, "its connection is gone", DialFailure::Handshake);
  return true;
}

void DialedPeer::drop(Instant now) {
  // Refused only for a bad value, and then the frames are lost as they may be.
  [[maybe_unused]] Status set = attempt_->socket.set(ZMQ_LINGER, kFarewellMs);
  finish(now, "dropped", DialFailure::Handshake);
}

}  // namespace budstikke::daemon
