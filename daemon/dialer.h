// Whom to dial: the partners (protocol/node/partners.h) among the members whose councils say where they can be reached.
//
// Policy       Of two that can both dial, both do at first, and the one with the greater transport key gives its own link up as
//              soon as the other's is there. A host is failing when it has been dialled in vain for kPatience, at once when no
//              link is left; after kForgiven without a dial nothing is held against it. One that is back is kept beside who stood
//              in for it for kTrial. A host that asks to be left is left for kLeft, by guests that have enough other links.
//              Those a ticket named are dialled until the membership tells where they are.
// Invariants   A peer that is linked from its side is not dialled; when that link goes, it is dialled again at once.
// Cost         refresh() reads the records of all councils when a record or the membership changed, and nothing otherwise.
#pragma once

#include <map>
#include <set>
#include <tuple>

#include "daemon/api/find.h"
#include "daemon/door_messages.h"
#include "protocol/node/partners.h"

namespace budstikke::daemon {

class Dialer {
 public:
  static constexpr Millis kPatience{30'000};          // a node that starts anew is back by then
  static constexpr Millis kForgiven{600'000};         // longer than the longest pause between dials
  static constexpr Millis kTrial{600'000};            // so that a link that comes and goes does not move others
  static constexpr Millis kLeft{1'800'000};           // so that guests do not wander in circles
  static constexpr std::size_t kMostGuestLinks = 64;  // beyond this the latest guests are asked to leave
  static_assert(kMostGuestLinks >= 2 * Partners::kMostGuests, "an uneven spread is no crowd");

  struct Link {
    TransportKey peer;
    bool dialed = false;
    std::string address;
    bool asked_to_leave = false;
  };
  void link_up(LinkId link, Link state, Instant now);
  void link_down(LinkId link, Instant now);
  // When the last link with a peer went, since this program started; nullopt when there was none.
  std::optional<Instant> last_linked(const TransportKey& peer) const;
  std::optional<Instant> last_linked(const Member& member) const;  // by either of its keys
  const Link* find(LinkId link) const;
  const std::map<LinkId, Link>& links() const { return links_; }

  // Dials that a ticket asks for, with its key; they last until clear_ticket().
  void set_ticket(const Ticket& ticket);
  void clear_ticket() { ticket_dials_.clear(); }
  bool has_ticket() const { return !ticket_dials_.empty(); }

  // What to tell the door so that it dials as it should now; nothing when nothing changed. With `again`, dials without a link
  // are repeated, which makes the door try at once.
  std::vector<CoreMessage> refresh(const Node& node, bool again, Instant now);
  // What to tell the door so that it dials nobody, until refresh() is called again.
  std::vector<CoreMessage> stop();
  void failed(const DialFailed& failure, Instant now);
  const DialFailed* failure(const TransportKey& peer) const;  // the last one, if there was no link since
  // The peer would rather be left. False when this node stays all the same: others dial it, or it has too few other links.
  bool crowded(const Node& node, const TransportKey& peer, Instant now);
  // Links of guests beyond kMostGuestLinks, each once: to be asked to leave.
  std::vector<LinkId> take_crowd(const Node& node);
  // When dials of the peer began to fail; nullopt when the last one did not.
  std::optional<Instant> failing_since(const TransportKey& peer) const;
  // The node let go of the link, for this reason.
  void dropped(LinkId link, const std::string& reason);
  // Why the node let go of the peer's last link; empty once a link has lasted.
  std::string last_drop(const TransportKey& peer) const;
  void forget_drop(const TransportKey& peer) { drops_.erase(peer); }

 private:
  // What the councils of a network say about where their members are.
  struct Known {
    std::tuple<Hash, Hash, std::size_t, std::size_t, std::uint64_t> source;  // while this is the same, all is
    std::map<MemberKey, std::vector<std::string>> addresses;                 // of hosts
    std::size_t guests = 0;
    std::optional<Partners> partners;
  };
  struct Failure {
    DialFailed what;
    Instant first, last;
  };
  const Known& known(const Node& node, const Network& network);
  std::map<TransportKey, Dial> wanted(const Node& node, Instant now);
  std::vector<TransportKey> keys_to_dial(const Network& network, const Member& member) const;
  Partners::Reach reach(const TransportKey& peer, Instant now) const;
  bool linked_from_there(const TransportKey& own, const TransportKey& peer) const;
  bool is_linked(const TransportKey& peer) const;
  std::map<LinkId, Link> links_;
  std::map<TransportKey, Dial> ticket_dials_;
  std::map<TransportKey, Dial> dialing_;
  std::map<NetworkId, Known> known_;
  std::map<TransportKey, Failure> failures_;     // since the last link
  std::map<TransportKey, Instant> returned_;     // of those that were failing: when they came back
  std::map<TransportKey, Instant> crowded_;      // until when they are left
  std::map<TransportKey, std::string> drops_;    // why this node let go of a link, until one has lasted
  std::map<TransportKey, Instant> last_linked_;  // of members and of tickets
};

// "host:port" of every node of the member's council that is this member's, from the council's own record.
std::vector<std::string> addresses_of(const Node& node, const Network& network, const Member& member);

}  // namespace budstikke::daemon
