#include "daemon/door/public_socket.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <zmq.h>

#include "daemon/door/address.h"
#include "daemon/door/curve_socket.h"
#include "daemon/door/self_test.h"
#include "protocol/base/text.h"

namespace budstikke::daemon {
namespace {

constexpr std::size_t kMessagesPerRound = 256;  // then dials, timers and the core have their turn
constexpr std::size_t kMaxGraves = 4096;        // late frames arrive within milliseconds of the end

std::size_t half_of_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 512;
  return static_cast<std::size_t>(limit.rlim_cur / 2);
}

std::optional<TransportKey> key_of_user(std::string_view user_id) {
  std::optional<Bytes> key = bytes_of_hex(user_id);
  if (!key || key->size() != TransportKey::kSize) return std::nullopt;
  return TransportKey::from(*key);
}

}  // namespace

Result<std::unique_ptr<PublicSocket>> PublicSocket::open(const ZmqContext& context, const TransportPair& own, AllowList& allowed,
                                                         LinkObserver& observer) {
  Result<ZmqSocket> router = open_public_router(context, own.secret);
  if (!router) return router.error();
  if (Status tested = self_test(*router, own.public_key, allowed); !tested) return tested.error();
  std::unique_ptr<PublicSocket> socket(new PublicSocket(std::move(*router), allowed, observer));
  Result<SocketMonitor> monitor = SocketMonitor::open(context, socket->router_);
  if (!monitor) return monitor.error();
  socket->monitor_.emplace(std::move(*monitor));
  return socket;
}

PublicSocket::PublicSocket(ZmqSocket router, const AllowList& allowed, LinkObserver& observer)
    : allowed_(allowed),
      observer_(observer),
      connections_max_(half_of_descriptors()),
      router_(std::move(router)),
      connections_(std::min(Connections::kMostStrangers, connections_max_ / 2)) {}

Status PublicSocket::listen(const std::string& address) {
  std::optional<std::string> endpoint = listen_endpoint(address);
  if (!endpoint) return Error{Code::Invalid, "not an address to listen at: " + address, address};
  return router_.bind(*endpoint);
}

std::string PublicSocket::address() const { return shown_address(router_.last_endpoint()); }

bool PublicSocket::step(Instant now) {
  bool worked = flush_blocked(now);
  worked |= drain_monitor(now);
  worked |= read_some(now);
  cut_excess(now);  // of whom no first frame is waiting
  finish_ended(now);
  finish_endings(now);
  return worked;
}

Instant PublicSocket::deadline(Instant now) const {
  Instant next = blocked_.empty() ? kNever : now + SendQueue::kRetry;
  for (const auto& [fd, ending] : endings_) next = std::min(next, ending.at);
  return next;
}

void PublicSocket::add_poll_fds(std::vector<pollfd>& fds) const {
  fds.push_back({monitor_->poll_fd(), POLLIN, 0});
  if (!observer_.is_congested()) fds.push_back({router_.poll_fd(), POLLIN, 0});
}

// --- what comes in

bool PublicSocket::drain_monitor(Instant now) {
  bool worked = false;
  while (std::optional<SocketEvent> event = monitor_->next()) {
    worked = true;
    if (event->id == ZMQ_EVENT_ACCEPTED) on_accepted(now, event->value);
    if (event->id == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL || event->id == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL) {
      limiter_.log(now, LogLevel::Notice, "handshake-failed", "public-socket", {{"error", event->value}});
    }
    if (event->id != ZMQ_EVENT_DISCONNECTED) continue;
    connections_.erase(event->value);
    endings_.erase(event->value);
    auto found = by_fd_.find(event->value);
    if (found == by_fd_.end()) continue;
    found->second->ended = true;
    found->second->fd = -1;
    any_ended_ = true;
    by_fd_.erase(found);
  }
  return worked;
}

void PublicSocket::on_accepted(Instant now, int fd) {
  const std::string address = remote_address(fd);
  if (!refused_hosts_.empty() && refused_hosts_.contains(host_of(address))) {
    limiter_.log(now, LogLevel::Notice, "host-refused", host_of(address), {{"host", host_of(address)}});
    shut_down(fd, address);
  } else {
    observer_.tell(Knocked{clipped(address, kMaxAddressBytes)});
  }
  connections_.add(fd, address);
}

void PublicSocket::cut_excess(Instant now) {
  const std::vector<Connections::Stranger> excess = connections_.excess();
  for (const Connections::Stranger& stranger : excess) shut_down(stranger.fd, stranger.address);
  if (!excess.empty()) {
    limiter_.log(now, LogLevel::Notice, "strangers-cut", "public-socket", {{"connections", excess.size()}});
  }
}

bool PublicSocket::read_some(Instant now) {
  ZmqMessage routing_id;
  ZmqMessage body;
  std::size_t count = 0;
  while (count < kMessagesPerRound && !observer_.is_congested() && router_.receive(routing_id)) {
    ++count;
    int parts = 0;
    for (bool more = routing_id.more(); more; more = body.more()) {
      if (!router_.receive(body)) break;
      ++parts;
    }
    if (parts > 0) on_message(now, text_of(routing_id.view()), body, parts == 1);
  }
  return count > 0;
}

// `body` is the last part, which is the one whose mark of the access control can be trusted.
void PublicSocket::on_message(Instant now, std::string_view routing_id, const ZmqMessage& body, bool single) {
  auto found = links_.find(routing_id);
  Link* link = found != links_.end() ? found->second.get() : admit(now, routing_id, body);
  if (link == nullptr) return;
  if (body.property("User-Id") != link->user_id) {
    end(now, *link, "a frame came without the mark of its key", Millis{0});
  } else if (!single || body.size() > kMaxFrameBytes) {
    end(now, *link, "a message was not a single frame of allowed size", Millis{0});
  } else {
    observer_.tell(Frame{link->number, body.view()});
  }
}

// Makes a link of a connection's first message, or refuses the connection.
PublicSocket::Link* PublicSocket::admit(Instant now, std::string_view routing_id, const ZmqMessage& body) {
  if (buried_.contains(std::string(routing_id))) return nullptr;
  drain_monitor(now);  // a descriptor that is used again must not be taken for its last user's
  int fd = body.source_fd();
  std::string_view user_id = body.property("User-Id");
  std::optional<TransportKey> key = key_of_user(user_id);
  std::optional<AllowedKey> allowed = key ? allowed_.find(*key) : std::nullopt;
  std::string address = remote_address(fd);
  if (!allowed) {
    limiter_.log(now, LogLevel::Notice, "link-refused", address, {{"key", key ? short_name(*key) : "none"}});
    bury(std::string(routing_id));
    shut_down(fd, address);
    return nullptr;
  }
  if (auto same = by_fd_.find(fd); same != by_fd_.end()) end(now, *same->second, "its connection is gone", std::nullopt);
  make_room(now, *allowed);
  auto link = std::make_unique<Link>();
  *link = {observer_.next_link(), std::string(routing_id), *key, std::string(user_id), fd, std::move(address), {}, false};
  Link* raw = link.get();
  links_.emplace(raw->routing_id, std::move(link));
  by_number_.emplace(raw->number, raw);
  if (connections_.contains(fd)) {
    by_fd_.emplace(fd, raw);
    connections_.prove(fd);
  } else {  // closed already; what it sent is still passed on
    raw->fd = -1;
    raw->ended = any_ended_ = true;
  }
  by_key_[raw->key].push_back(raw);
  observer_.tell(Up{raw->number, raw->key, false, raw->address});
  return raw;
}

void PublicSocket::make_room(Instant now, const AllowedKey& allowed) {
  std::size_t links_max = allowed.invitation ? kMaxLinksOfInvitation : kMaxLinksOfMember;
  auto found = by_key_.find(allowed.key);
  while (found != by_key_.end() && found->second.size() >= links_max) {
    end(now, *found->second.front(), "newer links of the same key took its place", Millis{0});
    found = by_key_.find(allowed.key);
  }
}

// --- what goes out

bool PublicSocket::send(Instant now, LinkNumber number, View frame) {
  auto found = by_number_.find(number);
  if (found == by_number_.end()) return false;
  Link& link = *found->second;
  ZmqMessage message(frame);
  Sent sent = link.queue.is_empty() ? push(link, message) : Sent::Full;
  if (sent == Sent::Gone) {
    end(now, link, "its connection is gone", Millis{0});
  } else if (sent == Sent::Full) {
    blocked_.insert(number);
    if (!link.queue.push(std::move(message))) end(now, link, "it does not read what it is sent", Millis{0});
  }
  return true;
}

Sent PublicSocket::push(Link& link, ZmqMessage& frame) {
  Sent sent = router_.send(view_of(link.routing_id), true);
  return sent == Sent::Done ? router_.send(frame, false) : sent;
}

bool PublicSocket::flush_blocked(Instant now) {
  bool worked = false;
  const std::set<LinkNumber> blocked = blocked_;
  for (LinkNumber number : blocked) {
    Link& link = *by_number_.at(number);
    std::size_t before = link.queue.bytes();
    Sent sent = link.queue.flush([&](ZmqMessage& frame) { return push(link, frame); });
    worked |= link.queue.bytes() != before;
    if (sent == Sent::Done) blocked_.erase(number);
    if (sent == Sent::Gone) end(now, link, "its connection is gone", Millis{0});
  }
  return worked;
}

// --- ends

bool PublicSocket::drop(Instant now, LinkNumber number) {
  auto found = by_number_.find(number);
  if (found == by_number_.end()) return false;
  end(now, *found->second, "dropped", kFarewell);
  return true;
}

void PublicSocket::cut_links_not_allowed(Instant now) {
  std::vector<Link*> cut;
  for (const auto& [key, links] : by_key_) {
    if (!allowed_.find(key)) cut.insert(cut.end(), links.begin(), links.end());
  }
  for (Link* link : cut) end(now, *link, "its key is no longer allowed", Millis{0});
}

void PublicSocket::cut_all(Instant now, std::string_view reason) {
  while (!by_number_.empty()) end(now, *by_number_.begin()->second, reason, Millis{0});
}

void PublicSocket::finish_ended(Instant now) {
  if (!std::exchange(any_ended_, false)) return;
  std::vector<Link*> ended;
  for (const auto& [number, link] : by_number_) {
    if (link->ended) ended.push_back(link);
  }
  for (Link* link : ended) end(now, *link, "connection closed", std::nullopt);
}

void PublicSocket::finish_endings(Instant now) {
  if (endings_.empty()) return;
  drain_monitor(now);
  for (auto it = endings_.begin(); it != endings_.end();) {
    if (it->second.at > now) {
      ++it;
      continue;
    }
    shut_down(it->first, it->second.address);
    it = endings_.erase(it);
  }
}

void PublicSocket::shut_down(int fd, const std::string& address) {
  if (!address.empty() && remote_address(fd) == address) ::shutdown(fd, SHUT_RDWR);
}

void PublicSocket::end(Instant now, Link& link, std::string_view reason, std::optional<Millis> linger) {
  std::unique_ptr<Link> owned = std::move(links_.extract(link.routing_id).mapped());
  by_number_.erase(owned->number);
  blocked_.erase(owned->number);
  auto same_key = by_key_.find(owned->key);
  std::erase(same_key->second, owned.get());
  if (same_key->second.empty()) by_key_.erase(same_key);
  bury(std::move(owned->routing_id));
  if (auto found = by_fd_.find(owned->fd); found != by_fd_.end() && found->second == owned.get()) by_fd_.erase(found);
  if (linger && owned->fd >= 0) endings_[owned->fd] = {owned->address, now + *linger};
  observer_.tell(Down{owned->number, clipped(reason, kMaxReasonBytes)});
}

void PublicSocket::bury(std::string routing_id) {
  if (!buried_.insert(routing_id).second) return;
  graves_.push_back(std::move(routing_id));
  if (graves_.size() <= kMaxGraves) return;
  buried_.erase(graves_.front());
  graves_.pop_front();
}

}  // namespace budstikke::daemon
