// The socket that peers connect to, and the links that came in by it.
//
// Every message is taken for what its connection has proven: the peer is the key that the access control put on its last part,
// and a message without that mark is dropped together with its connection. A link begins with the first frame of a
// connection (ZeroMQ tells of it no earlier) and ends when the monitor reports its descriptor closed, when it cannot be
// reached any more, or when it is cut.
//
// How a connection is cut: by shutting its descriptor down (never closing it, it is ZeroMQ's). Descriptors are used again, so the
// monitor is read to its end before a descriptor is entered as a link's and before it is shut down, and the remote address
// must still be the one noted. What a cut connection still had under way is recognised by its routing id and dropped.
//
// Limits       Connections that have proven nothing are cut when they are too many (connections.h), and links stay. All
//              connections together stay below half of the process's descriptors: is_overloaded() then asks to be closed, which
//              drops all of them. Links of one key stay below kMaxLinksOfMember (or of an invitation): a peer that comes again
//              pushes its oldest link out, since that is mostly a dead one.
// Threads      Belongs to the door's loop.
#pragma once

#include <poll.h>

#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "daemon/door/connections.h"
#include "daemon/door/link_observer.h"
#include "daemon/door/monitor.h"
#include "daemon/door/send_queue.h"
#include "daemon/door/zap.h"
#include "daemon/log.h"

namespace budstikke::daemon {

class PublicSocket {
 public:
  static constexpr std::size_t kMaxLinksOfMember = 4;
  static constexpr std::size_t kMaxLinksOfInvitation = 2;
  static constexpr Millis kFarewell{250};  // how long frames sent before a Drop may take to leave

  // Opened, and proven by self_test(), but bound nowhere. The access control must be answering in `context`.
  static Result<std::unique_ptr<PublicSocket>> open(const ZmqContext& context, const TransportPair& own, AllowList& allowed,
                                                    LinkObserver& observer);
  // Errors as ZmqSocket::bind; Invalid when the address is malformed.
  Status listen(const std::string& address);
  std::string address() const;  // "host:port" with the real port

  bool send(Instant now, LinkNumber number, View frame);  // false when there is no such link
  bool drop(Instant now, LinkNumber number);              // likewise
  void cut_links_not_allowed(Instant now);
  // From now on connections of these hosts are cut as soon as they are there.
  void refuse(std::set<std::string> hosts) { refused_hosts_ = std::move(hosts); }
  void cut_all(Instant now, std::string_view reason);

  // One round of work; true when there was any, so that more may wait.
  bool step(Instant now);
  Instant deadline(Instant now) const;
  void add_poll_fds(std::vector<pollfd>& fds) const;
  bool is_overloaded() const { return connections_.size() >= connections_max_; }

 private:
  struct Link {
    LinkNumber number;
    std::string routing_id;
    TransportKey key;
    std::string user_id;
    int fd = -1;
    std::string address;
    SendQueue queue;
    bool ended = false;  // the monitor has told; frames that came before are still read
  };
  struct Ending {  // a connection that has been cut and is shut down at `at`
    std::string address;
    Instant at;
  };
  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  PublicSocket(ZmqSocket router, const AllowList& allowed, LinkObserver& observer);
  bool drain_monitor(Instant now);
  void on_accepted(Instant now, int fd);
  void cut_excess(Instant now);
  bool read_some(Instant now);
  void on_message(Instant now, std::string_view routing_id, const ZmqMessage& body, bool single);
  Link* admit(Instant now, std::string_view routing_id, const ZmqMessage& body);
  void make_room(Instant now, const AllowedKey& allowed);
  Sent push(Link& link, ZmqMessage& frame);
  bool flush_blocked(Instant now);
  void finish_ended(Instant now);
  void finish_endings(Instant now);
  void shut_down(int fd, const std::string& address);
  // Forgets the link and tells the core. Its descriptor is shut down after `linger`, unless it is closed already.
  void end(Instant now, Link& link, std::string_view reason, std::optional<Millis> linger);
  void bury(std::string routing_id);

  const AllowList& allowed_;
  LinkObserver& observer_;
  LogLimiter limiter_;
  std::size_t connections_max_;
  ZmqSocket router_;
  std::optional<SocketMonitor> monitor_;  // declared after the socket it watches
  Connections connections_;
  std::set<std::string> refused_hosts_;
  std::unordered_map<std::string, std::unique_ptr<Link>, TextHash, std::equal_to<>> links_;  // by routing id
  std::map<LinkNumber, Link*> by_number_;
  std::map<int, Link*> by_fd_;
  std::map<TransportKey, std::vector<Link*>> by_key_;  // oldest first
  std::set<LinkNumber> blocked_;                       // links with a queue
  std::map<int, Ending> endings_;
  bool any_ended_ = false;
  std::deque<std::string> graves_;  // routing ids of links that have ended, oldest first
  std::unordered_set<std::string> buried_;
};

}  // namespace budstikke::daemon
