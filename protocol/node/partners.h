// With whom a node keeps links: a few of many members, so that the network hangs together whoever is gone.
//
// Words        A host is a member whose council says where it can be dialled; a guest is one that can only dial.
// Shape        On each of kRings rings all hosts stand in the order of a hash of network, ring and key. The partners of a host
//              are its neighbours on both sides on every ring: both find each other without a word, and who joins or leaves
//              changes the partners of its neighbours alone. A guest stands between two hosts on each ring, and its partners
//              are those after it. A host whose neighbours fall together adds one of a further ring; a node whose partners are
//              all of one council adds others. With at most kFew hosts everybody's partners are all of them.
// The sick     Where a neighbour cannot be reached the next one behind it takes its place, and the ring stays closed. The failing
//              one is still dialled, but not more than kRetried of them in a row, and what stood in for it is kept until it
//              has been back for a while: the caller says so by Reach.
// Invariants   Hosts have kFewest to kMost partners by their own choice as long as none fails and there are enough (others may
//              choose them on top of that), guests guest_links(). Any two members may be gone and the rest of the network is
//              still connected, if three hosts are left to carry guests: a test tries all pairs.
// Determinism  Same network and members, same partners, on every node.
// Cost         A hash for each host and ring to make; to choose, logarithmic in the hosts.
// Source       Law and Siu, "Distributed construction of random expander networks" (2003): a union of random Hamiltonian cycles;
//              the successor lists of Stoica et al., "Chord" (2001), for neighbours that fail.
#pragma once

#include <functional>
#include <vector>

#include "protocol/base/ids.h"

namespace budstikke {

class Partners {
 public:
  static constexpr std::size_t kRings = 3;             // of hosts: two partners each
  static constexpr std::size_t kMost = 2 * kRings;     // partners that a host chooses
  static constexpr std::size_t kFewest = 5;            // what it fills up to
  static constexpr std::size_t kFew = 6;               // of so many hosts all are partners
  static constexpr std::size_t kGuestLinks = 5;        // partners of a guest
  static constexpr std::size_t kFewestGuestLinks = 3;  // where hosts are few: any two of them may be gone
  static constexpr std::size_t kMostGuests = 32;       // that a host is chosen by, as long as guests have more than the fewest
  static constexpr std::size_t kRetried = 2;           // failing hosts that are dialled on the way to one that is not
  static constexpr std::size_t kCouncils = 2;          // other councils among one's partners

  struct Host {
    MemberKey key;
    CouncilId council;
  };
  enum class Reach : std::uint8_t {
    Unknown,   // nothing speaks against it
    Settled,   // linked
    Returned,  // linked, but was failing not long ago: what stood in for it is kept
    Failing,   // could not be reached of late
    Crowded,   // asked for fewer guests: not chosen while there are others, and not dialled
  };
  using Look = std::function<Reach(const MemberKey&)>;

  Partners(const NetworkId& network, std::vector<Host> hosts);

  // Whom `self` is to be linked with. `guests` of the network, itself included.
  std::vector<MemberKey> of(const MemberKey& self, const CouncilId& council, std::size_t guests, const Look& reach) const;
  static std::size_t guest_links(std::size_t hosts, std::size_t guests);

 private:
  struct Spot {
    Hash place;
    std::uint32_t host;  // in hosts_
  };
  struct Choice;
  struct Walk {
    bool forward = true;
    bool past_chosen = false;  // go on behind those that are partners already
  };
  static bool is_before(const Spot& spot, const Hash& place) { return spot.place < place; }
  Hash place_of(std::size_t ring, const MemberKey& key) const;
  void choose_as_host(Choice& choice) const;
  void choose_as_guest(Choice& choice, std::size_t wanted) const;
  void add_councils(Choice& choice, const CouncilId& own) const;
  void walk(Choice& choice, std::size_t ring, Walk how, const std::function<bool(const Host&)>& suits = {}) const;

  NetworkId network_;
  std::vector<Host> hosts_;
  std::vector<std::vector<Spot>> rings_;
};

}  // namespace budstikke
