// Who was at the door when it died. A door that is made to abort again and again by one peer would keep all others out; so that
// peer is left alone.
//
// The idea     The door says whom it dials before it does, and who knocks as soon as it knows. A door that aborts has to blame
//              the host that knocked last and has proven nothing; when none has, the one peer that it was dialling, or had just
//              reached. When it was dialling several, nobody is blamed, but the doors that follow deal with one dial at a
//              time, until one has lasted. To blame twice within kForgotten, and the peer is left alone for kLeftAlone: it is
//              not dialled, or its host is cut as soon as it connects. Then it may try once more, and one time is enough.
//              Hosts first: a peer that is dialled could else hide behind a connection that it leaves standing at the door.
// Of whom      Of those that are dialled the transport key; of those that come in the host, since nothing else is known before
//              the handshake. IPv6 hosts that begin with the same 64 bits are one.
// Bounds       At most kMostHosts hosts; a member's machine that shares its address with a crowd (behind one router) is left
//              alone with it, and still reaches others by dialling. What a door did not live to tell is not known here.
// Determinism  Same calls, same answers. Kept by one core: who starts it anew begins without suspicion.
// Threads      One.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/door_messages.h"
#include "protocol/base/time.h"

namespace budstikke::daemon {

class DoorWatch {
 public:
  static constexpr int kDeathsToBlame = 2;
  static constexpr Millis kLeftAlone{24 * 3'600'000};
  static constexpr Millis kForgotten{24 * 3'600'000};
  static constexpr Millis kAtTheDoor{21'000};  // a handshake that takes longer is cut: kHandshakePatience and a second
  static constexpr Millis kAnswered{1'000};    // so long after its answer a peer is still under the door's hands
  static constexpr Millis kOneDial{3'000};     // one at a time: so long for an answer, then the next
  static constexpr std::size_t kMostHosts = 64;

  // --- What the core wants dialled. Returns what may be told to the door now; the rest follows from next_dial().
  bool may_dial(const TransportKey& peer, Instant now);
  void undial(const TransportKey& peer);
  std::optional<TransportKey> next_dial(Instant now);
  Instant deadline(Instant now) const;  // when next_dial() may have one
  std::optional<Instant> left_alone_until(const TransportKey& peer, Instant now) const;
  std::vector<std::string> refused_hosts(Instant now) const;

  // --- What the door tells.
  void dialing(const TransportKey& peer, Instant now);
  void answered(const TransportKey& peer, Instant now);  // it failed, or there is a link
  void knocked(const std::string& host, Instant now);    // as host_of() names it
  void proven(const std::string& host, Instant now);     // a link came in

  struct Blamed {
    std::optional<TransportKey> peer;
    std::string host;  // when it is no peer that was dialled
    bool is_left_alone = false;
  };
  // The door died, not by the core's hand. Whom that is blamed on.
  std::optional<Blamed> died(Instant now);
  void lasted(Instant now);  // so long that it goes on with all dials at once when none waits

 private:
  struct Suspicion {
    int deaths = 0;
    Instant last;
    Instant left_alone_until;
  };
  struct Dealing {
    Instant since;
    std::optional<Instant> answered;
  };
  bool is_alone_done(Instant now) const;
  bool blame(Suspicion& suspicion, Instant now) const;
  void forget_old_dials(Instant now);

  std::map<TransportKey, Dealing> dials_;  // under way, or answered a moment ago
  std::map<std::string, Instant> hosts_;   // that have connections which have proven nothing: the last one
  std::map<TransportKey, Suspicion> peers_;
  std::map<std::string, Suspicion> refused_;
  std::set<TransportKey> suspects_;  // dialled when the last door died
  bool one_at_a_time_ = false;
  std::deque<TransportKey> waiting_;
  std::optional<std::pair<TransportKey, Instant>> alone_;  // the dial that has the door for itself, since when
};

}  // namespace budstikke::daemon
