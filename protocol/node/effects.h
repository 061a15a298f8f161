// What a node asks of the shell around it, in answer to an input.
//
// Invariants   Frames in `send` may leave at once: whatever had to be durable first was held back until it was.
#pragma once

#include <map>
#include <set>

#include "protocol/membership/membership.h"
#include "protocol/wire/messages.h"

namespace budstikke {

using LinkId = Number<struct LinkIdTag>;  // one connection, as the shell numbers it

struct SendFrame {
  LinkId link;
  Bytes frame;
};
struct DropLink {
  LinkId link;
  std::string reason;  // for the log
};

enum class EventKind : std::uint8_t {
  LinkOpen,        // a peer proved who it is: member
  InSync,          // digests agree with this peer: member, network
  MembersChanged,  // keys that may connect have changed: network
  Admitted,        // a newcomer was let in here: network, member
  Joined,          // this node was let in: network
  JoinRefused,     // network, refusal
  BecameMember,    // this node's own membership has arrived: network
  Removed,         // this node's key was removed from the network: network
  Destroyed,       // values were destroyed, as erasures asked for: network
  StateDiffers,    // same vector, different state: a fault, to be reported: member, network, detail (which record, and what was
                   // done)
  ForkSeen,        // a log has two tips: member, network
  OwnElsewhere,    // entries of this node's own log came that it does not have: it was put back or copied, and begins again
  StoresSeen,      // two stores act for one member at once: member, detail (who says so, when it was not seen here)
  ValuesReleased,  // a peer was met after a restore, and values are given to others again: network
  Damaged,         // a stored row could not be read: detail
  HeldBack,        // more of a council's entries came than is taken for now: member (one of it), network
  Crowded,         // a peer would rather be left, by a node that has other links: member
};
struct Event {
  EventKind kind;
  NetworkId network;
  MemberKey member;
  std::string detail = {};
  Refusal refusal = Refusal::Malformed;
};

struct Effects {
  std::vector<SendFrame> send;
  std::vector<DropLink> drop;
  std::vector<Event> tell;
  std::optional<Error> fatal;  // the store failed: stop without committing
};

}  // namespace budstikke
