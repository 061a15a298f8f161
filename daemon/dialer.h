// Whom to dial: the members whose councils say where they can be reached.
//
// Policy       Every member with an address is a candidate; of two that can both dial, both do at first, and the one with the
//              greater transport key gives its own link up as soon as the other's is there. At most kMaxDials at a time, chosen
//              by a hash of both keys, so that members spread over each other.
// Invariants   A peer that is linked from its side is not dialled; when that link goes, it is dialled again at once.
#pragma once

#include <map>
#include <set>

#include "daemon/api/find.h"
#include "daemon/door_messages.h"

namespace budstikke::daemon {

class Dialer {
 public:
  static constexpr std::size_t kMaxDials = 6;

  struct Link {
    TransportKey peer;
    bool dialed = false;
    std::string address;
  };
  void link_up(LinkId link, Link state) { links_[link] = std::move(state); }
  void link_down(LinkId link, Instant now);
  // When the last link with a peer went, since this program started; nullopt when there was none.
  std::optional<Instant> last_linked(const TransportKey& peer) const;
  const Link* find(LinkId link) const;
  const std::map<LinkId, Link>& links() const { return links_; }

  // Dials that a ticket asks for, with its key; they last until clear_ticket().
  void set_ticket(const Ticket& ticket);
  void clear_ticket() { ticket_dials_.clear(); }
  bool has_ticket() const { return !ticket_dials_.empty(); }

  // What to tell the door so that it dials as it should now; nothing when nothing changed. With `again`, dials without a link
  // are repeated, which makes the door try at once.
  std::vector<CoreMessage> refresh(const Node& node, bool again);
  // What to tell the door so that it dials nobody, until refresh() is called again.
  std::vector<CoreMessage> stop();
  void failed(const DialFailed& failure) { failures_[failure.peer] = failure; }
  const DialFailed* failure(const TransportKey& peer) const;
  void forget_failure(const TransportKey& peer) { failures_.erase(peer); }

 private:
  std::map<TransportKey, Dial> wanted(const Node& node) const;
  bool linked_from_there(const TransportKey& own, const TransportKey& peer) const;
  bool is_linked(const TransportKey& peer) const;
  std::map<LinkId, Link> links_;
  std::map<TransportKey, Dial> ticket_dials_;
  std::map<TransportKey, Dial> dialing_;
  std::map<TransportKey, DialFailed> failures_;
  std::map<TransportKey, Instant> last_linked_;  // of members and of tickets
};

// "host:port" of every node of the member's council that is this member's, from the council's own record.
std::vector<std::string> addresses_of(const Node& node, const Network& network, const Member& member);

}  // namespace budstikke::daemon
