// One peer that we dial: attempts, pauses, and the link while there is one.
//
// States       waiting for its time → resolving the names of its addresses → connecting to one candidate after the other, each
//              with a fresh socket → up → waiting. ZeroMQ's own reconnection is off: after a refusal it would never try again.
//              A pause follows when all candidates have failed or a link has ended; it grows (backoff.h) until a link has
//              lasted kStableLink.
// Threads      Belongs to the door's loop.
#pragma once

#include <poll.h>

#include "daemon/door/backoff.h"
#include "daemon/door/curve_socket.h"
#include "daemon/door/link_observer.h"
#include "daemon/door/monitor.h"
#include "daemon/door/resolver.h"
#include "daemon/door/send_queue.h"

namespace budstikke::daemon {

// What every dialled peer of a door uses.
struct DialTools {
  const ZmqContext& context;
  LinkObserver& observer;
  Resolver& resolver;
  Random& random;
};

class DialedPeer {
 public:
  static constexpr Millis kGiveUp = kConnectPatience + kHandshakePatience + Millis(1'000);
  static constexpr Millis kSilence{9'900};       // an attempt that failed after this was waiting for an answer
  static constexpr Millis kFreshAttempt{2'000};  // a new wish to dial does not disturb an attempt as young as this
  static constexpr Millis kStableLink{30'000};

  // `number`, below 2³² and no other peer's, marks the questions to the resolver. `client` is the key pair to come with.
  DialedPeer(const DialTools& tools, std::uint64_t number, Dial wish, const TransportPair& client);
  ~DialedPeer();
  DialedPeer(const DialedPeer&) = delete;
  DialedPeer& operator=(const DialedPeer&) = delete;

  void renew(Instant now, Dial wish, const TransportPair& client);
  void on_answer(Instant now, std::vector<Candidate> candidates);
  void send(Instant now, View frame);  // only while there is a link
  void drop(Instant now);              // likewise
  // Ends link or attempt for good; the peer is to be destroyed afterwards.
  void close(std::string_view reason);

  bool step(Instant now);  // true when there was work, so that more may wait
  Instant deadline(Instant now) const;
  void add_poll_fds(std::vector<pollfd>& fds) const;
  LinkNumber link() const { return attempt_ ? attempt_->link : LinkNumber{}; }  // zero while there is none
  const TransportKey& key() const { return wish_.peer; }
  std::uint64_t question() const { return number_; }

 private:
  struct Attempt {  // one socket; a link once `link` is set
    std::string address;
    ZmqSocket socket;
    std::optional<SocketMonitor> monitor = {};  // declared after the socket it watches
    Instant started = {};
    std::string remote = {};
    LinkNumber link = {};
    SendQueue queue = {};
    std::optional<DialFailure> failure = {};  // set by the monitor; frames that came before are still read
  };

  void next_attempt(Instant now);
  Result<Attempt> connect(Instant now, const Candidate& candidate) const;
  bool drain_monitor(Instant now);
  void on_event(Instant now, const SocketEvent& event);
  bool read_some(Instant now);
  bool flush(Instant now);
  void finish(Instant now, std::string_view reason, DialFailure failure);
  void pause(Instant now);

  DialTools tools_;
  std::uint64_t number_;
  Dial wish_;
  TransportPair client_;
  Backoff backoff_;
  bool resolving_ = false;
  Instant next_try_{};
  std::vector<Candidate> candidates_;  // of this round, those not tried yet last
  std::size_t next_candidate_ = 0;
  std::optional<Attempt> attempt_;
};

}  // namespace budstikke::daemon
