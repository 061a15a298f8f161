#include "daemon/door/door.h"

#include <cerrno>
#include <cstring>

#include "daemon/door/steady.h"
#include "daemon/log.h"

namespace budstikke::daemon {
namespace {

constexpr std::size_t kCoreMessagesPerRound = 256;

// How long poll() may sleep: an hour at most, for ever when there is no deadline.
int poll_timeout(Instant now, Instant deadline) {
  if (deadline == kNever) return -1;
  std::int64_t wait = (deadline - now).count();
  return static_cast<int>(std::clamp<std::int64_t>(wait, 0, 3'600'000));
}

}  // namespace

Result<std::unique_ptr<Door>> Door::open(Channel channel, int signal_fd, const TransportPair& own) {
  std::unique_ptr<Door> door(new Door(std::move(channel), signal_fd, own));
  Result<std::unique_ptr<ZapHandler>> zap = ZapHandler::start(door->context_, door->allowed_);
  if (!zap) return zap.error();
  door->zap_ = std::move(*zap);
  if (Status opened = door->open_public_socket(); !opened) return opened.error();
  door->tell(Ready{kDoorVersion, own.public_key});
  if (Status flushed = door->channel_.flush(); !flushed) return flushed.error();
  return door;
}

Door::Door(Channel channel, int signal_fd, const TransportPair& own)
    : channel_(std::move(channel)), signal_fd_(signal_fd), own_(own), dialed_(own, *this) {}

// The order matters: the public socket before the access control's context is shut down.
Door::~Door() { public_.reset(); }

Status Door::open_public_socket() {
  allowed_.replace({});
  Result<std::unique_ptr<PublicSocket>> socket = PublicSocket::open(context_, own_, allowed_, *this);
  allowed_.replace(wanted_keys_);
  if (!socket) return socket.error();
  public_ = std::move(*socket);
  public_->refuse(refused_hosts_);
  return done();
}

Status Door::run() {
  for (;;) {
    Result<bool> worked = step(steady_now());
    if (!worked) return worked.error();
    if (Status flushed = channel_.flush(); !flushed) return flushed.error();
    if (!*worked && !sleep(steady_now())) return done();
  }
}

// One round over everything; true when there was work, so that more may wait.
Result<bool> Door::step(Instant now) {
  Result<bool> worked = read_core(now);
  if (!worked) return worked;
  if (Status listened = listen(now); !listened) return listened.error();
  bool any = *worked;
  if (public_) any |= public_->step(now);
  any |= dialed_.step(now);
  if (Status closed = close_when_overloaded(now); !closed) return closed.error();
  return any;
}

bool Door::sleep(Instant now) {
  poll_fds_.clear();
  poll_fds_.push_back({signal_fd_, POLLIN, 0});
  poll_fds_.push_back({channel_.fd(), static_cast<short>(POLLIN | (channel_.wants_write() ? POLLOUT : 0)), 0});
  Instant deadline = std::min(next_listen_, dialed_.deadline(now));
  if (public_) {
    deadline = std::min(deadline, public_->deadline(now));
    public_->add_poll_fds(poll_fds_);
  }
  dialed_.add_poll_fds(poll_fds_);
  int ready = ::poll(poll_fds_.data(), poll_fds_.size(), poll_timeout(now, deadline));
  require(ready >= 0 || errno == EINTR, "poll");
  return ready <= 0 || (poll_fds_[0].revents & POLLIN) == 0;
}

// --- the core

LinkNumber Door::next_link() { return LinkNumber{next_link_.value++}; }

void Door::tell(const DoorMessage& message) {
  if (const Frame* frame = std::get_if<Frame>(&message)) {
    channel_.send(head_of(*frame), frame->frame);
  } else {
    channel_.send(encode(message));
  }
  const bool is_warning = std::holds_alternative<Dialing>(message) || std::holds_alternative<Knocked>(message);
  // A failure shows when the round ends.
  if (is_warning) [[maybe_unused]]
    Status flushed = channel_.flush();
}

Result<bool> Door::read_core(Instant now) {
  for (std::size_t count = 0; count < kCoreMessagesPerRound; ++count) {
    Result<std::optional<View>> bytes = channel_.receive();
    if (!bytes) return bytes.error();
    if (!*bytes) return count > 0;
    Result<CoreMessage> message = decode_core_message(**bytes);
    if (!message) return message.error();
    on_message(now, *message);
  }
  return true;
}

void Door::on_message(Instant now, const CoreMessage& message) {
  if (const Send* send = std::get_if<Send>(&message)) {
    // A link that neither side has any more: its Down is under way to the core.
    if (!public_ || !public_->send(now, send->link, send->frame)) dialed_.send(now, send->link, send->frame);
  } else if (const Drop* drop = std::get_if<Drop>(&message)) {
    if (!public_ || !public_->drop(now, drop->link)) dialed_.drop(now, drop->link);
  } else if (const Dial* dial = std::get_if<Dial>(&message)) {
    dialed_.dial(now, *dial);
  } else if (const Undial* undial = std::get_if<Undial>(&message)) {
    dialed_.undial(undial->peer);
  } else if (const Allow* allow = std::get_if<Allow>(&message)) {
    wanted_keys_ = allow->keys;
    allowed_.replace(wanted_keys_);
    if (public_) public_->cut_links_not_allowed(now);
  } else if (const Refuse* refuse = std::get_if<Refuse>(&message)) {
    refused_hosts_ = {refuse->hosts.begin(), refuse->hosts.end()};
    if (public_) public_->refuse(refused_hosts_);
  } else if (const Configure* wish = std::get_if<Configure>(&message)) {
    configure(now, *wish);
  }
}

// --- listening

void Door::configure(Instant now, const Configure& wish) {
  next_link_ = std::max(next_link_, wish.first_link);
  if (listening_ && wish.listen == listen_address_) {
    tell(Listening{clipped(public_->address(), kMaxAddressBytes)});
    return;
  }
  if (listening_) {
    public_->cut_all(now, "the node listens elsewhere now");
    public_.reset();
    listening_ = false;
  }
  listen_address_ = wish.listen;
  failure_reported_ = false;
  listen_since_ = now;
  next_listen_ = listen_address_.empty() ? kNever : now;
}

Status Door::listen(Instant now) {
  if (now < next_listen_) return done();
  if (!public_) {
    if (Status opened = open_public_socket(); !opened) return opened;
  }
  Status bound = public_->listen(listen_address_);
  if (bound) {
    listening_ = true;
    failure_reported_ = false;
    next_listen_ = kNever;
    tell(Listening{clipped(public_->address(), kMaxAddressBytes)});
    return done();
  }
  bool in_use = bound.error().code == Code::Conflict;
  bool patient = in_use && now - listen_since_ < kPortPatience;
  if (!patient) report_listen_failure(in_use ? "the address is in use by another program" : bound.error().text);
  next_listen_ = now + (patient ? kPortRetry : kListenRetry);
  return done();
}

void Door::report_listen_failure(const std::string& reason) {
  if (std::exchange(failure_reported_, true)) return;
  log(LogLevel::Error, "listen-failed", {{"address", listen_address_}, {"reason", reason}});
  tell(ListenFailed{listen_address_, clipped(reason, kMaxReasonBytes)});
}

Status Door::close_when_overloaded(Instant now) {
  if (!public_ || !public_->is_overloaded()) return done();
  public_->cut_all(now, "too many connections");
  public_.reset();
  listening_ = false;
  next_listen_ = now + kOverloadPause;
  listen_since_ = next_listen_;
  report_listen_failure("too many connections; listening again in 10 s");
  return done();
}

}  // namespace budstikke::daemon
