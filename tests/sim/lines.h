// The network between the machines: connections as the doors keep them, in order of sending or gone, and what can happen to them.
//
// Shape        A wire is one connection with two ends; each end has a queue of what is under way to it. A LinkId names a wire
//              and an end, so that a machine's links are never taken for another's.
// Faults       Frames are lost, doubled and overtaken, which no connection that works does: nodes must survive it, but need not
//              agree over such a wire; so a wire to which that happened is cut when the world is healed. A direction that is
//              blocked holds frames back, as a line that drops packets does, and after kHeartbeat the wire is gone.
// Bounds       A queue of more than kMaxQueueBytes cuts its wire, as daemon/door/send_queue.h does.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <vector>

#include "protocol/base/limits.h"
#include "protocol/base/random.h"
#include "protocol/node/effects.h"

namespace budstikke::sim {

class World;

class Lines {
 public:
  static constexpr std::size_t kMaxQueueBytes = 2 * kLinkCreditBytes;
  static constexpr std::size_t kFullQueueFrames = 64;
  static constexpr Millis kHeartbeat{45'000};

  explicit Lines(World& world) : world_(world) {}

  // Dials whoever has this transport key, showing a key; both ends hear of the link when the handshake is done.
  void dial(std::size_t from, const TransportKey& target, const TransportKey& shown);
  bool is_linked(std::size_t machine, const TransportKey& peer) const;
  void send(std::size_t from, LinkId link, Bytes frame);
  void close(std::size_t machine, LinkId link);           // by its node; the other end hears of it after what was sent before
  void leave(std::size_t machine, Millis until_noticed);  // the machine is gone: its own end hears nothing
  void hang_up(std::size_t machine);                      // lets all its links go and hears of it, as before sleep
  void break_one(Random& random);                         // some wire that is up
  void break_unsound();                                   // every wire to which something happened that no connection does
  void block(std::size_t from, std::size_t to, bool blocked);
  void unblock_all() { blocked_.clear(); }
  bool is_blocked(std::size_t from, std::size_t to) const { return blocked_.contains({from, to}); }

  // --- For a machine that speaks beside its node.
  struct Peer {
    LinkId link;
    std::size_t machine;
  };
  std::vector<Peer> peers_of(std::size_t machine) const;  // over links that both ends have
  TransportKey key_behind(LinkId link) const;             // that the other end has shown
  static bool is_dialled(LinkId link) { return (link.value - 1) % 2 == 0; }

  // --- For judges. Queues from or to a liar do not count as long: it sends without credit, and need not read what it asks for.
  std::uint64_t frames() const { return frames_; }  // sent so far
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t runs() const { return runs_; }  // of these frames
  std::size_t most_queued_frames() const { return most_frames_; }
  std::size_t most_queued_bytes() const { return most_bytes_; }
  std::size_t wires_up() const;
  std::size_t under_way() const;  // frames

 private:
  struct UnderWay {
    Instant at;
    Bytes frame;  // empty: the sender closed the link
  };
  struct End {
    std::size_t machine;
    TransportKey key;  // that the other end takes it to have
    bool knows_up = false;
    bool pumping = false;
    std::deque<UnderWay> inbox;
    std::size_t inbox_bytes = 0;
  };
  struct Wire {
    End ends[2];
    bool up = true;
    bool unsound = false;
    bool overrun = false;  // it is about to be cut
  };
  static LinkId link_of(std::size_t wire, std::size_t end) { return LinkId{wire * 2 + end + 1}; }
  void connect(std::size_t from, std::size_t to, const TransportKey& shown);
  void pump(std::size_t wire, std::size_t end);
  void pump_later(std::size_t wire, std::size_t end, Instant at);
  void arrive(std::size_t wire, std::size_t end);
  void cut(std::size_t wire);  // both ends hear of it now
  void hear_down(std::size_t wire, std::size_t end);
  Millis drawn_delay();

  World& world_;
  std::deque<Wire> wires_;  // they stay where they are
  std::set<std::size_t> up_;
  std::set<std::pair<std::size_t, std::size_t>> blocked_;
  std::uint64_t frames_ = 0, bytes_ = 0, runs_ = 0;
  std::size_t most_frames_ = 0, most_bytes_ = 0;
};

}  // namespace budstikke::sim
