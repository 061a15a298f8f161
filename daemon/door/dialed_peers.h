// All peers that this node dials, in a context of their own, so that a flood at the public socket does not slow them down.
//
// Errors       Our own key and points that are no key are not dialled: DialFailed with BadPeer, once. (ZeroMQ's process ends
//              when told to dial a point of small order.)
// Threads      Belongs to the door's loop.
#pragma once

#include <map>
#include <memory>

#include "daemon/door/dialed_peer.h"

namespace budstikke::daemon {

class DialedPeers {
 public:
  DialedPeers(const TransportPair& own, LinkObserver& observer);

  void dial(Instant now, Dial wish);
  void undial(const TransportKey& peer);
  bool send(Instant now, LinkNumber number, View frame);  // false when there is no such link
  bool drop(Instant now, LinkNumber number);              // likewise

  bool step(Instant now);
  Instant deadline(Instant now) const;
  void add_poll_fds(std::vector<pollfd>& fds) const;

 private:
  DialedPeer* with_link(LinkNumber number);
  bool pass_on_answers(Instant now);

  TransportPair own_;
  LinkObserver& observer_;
  ZmqContext context_;  // declared before the peers, whose sockets must be closed first
  Resolver resolver_;
  Random random_;
  std::uint64_t questions_ = 0;
  std::map<TransportKey, std::unique_ptr<DialedPeer>> peers_;
};

}  // namespace budstikke::daemon
