// The push trees of a whole network, with nothing but PushTree and Partners of the program: what an entry costs, and how fast it
// is.
//
// Shape        Members with the partners that Partners chooses; every link takes 10 to 30 ms each way, in order, and up to 4 ms
// more
//              for each frame. The first members are the authors; an entry is a sequence number. No sessions and no summaries:
//              what a push does not bring never comes.
// Units        Milliseconds of simulated time. kLinkDelay is the mean of a link's delay.
// Determinism  The same options, the same figures.
// Cost         About 1 µs a frame; 10,000 members with 20 authors hold about 150 MB.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "protocol/base/random.h"
#include "protocol/node/push_tree.h"

namespace budstikke::tests {

struct PushNetOptions {
  std::size_t members = 100;
  std::size_t authors = 20;
  std::size_t hosts_in_ten = 5;  // members that can be dialled
  std::uint64_t seed = 1;
};

// Of some entries: how they came, and what that cost.
struct PushFigures {
  std::uint64_t entries = 0;                        // written
  std::uint64_t deliveries = 0;                     // entry and member that was to get it
  std::uint64_t reached = 0;                        // that got it
  std::uint64_t payloads = 0;                       // frames with entries
  std::uint64_t duplicates = 0;                     // of these with nothing new
  std::uint64_t gaps = 0;                           // of these that could not be used
  std::uint64_t haves = 0, grafts = 0, prunes = 0;  // frames
  std::uint64_t announced = 0;                      // logs in haves
  std::uint64_t hops_max = 0;
  double hops_mean = 0;
  double delays_mean = 0, delays_p99 = 0, delays_max = 0;  // from writing to arriving, in link delays

  double payloads_per_delivery() const;
  double messages_per_delivery() const;
};

class PushNet {
 public:
  static constexpr double kLinkDelay = 20;

  explicit PushNet(const PushNetOptions& options);

  // Every author writes `entries` entries, one a second, each at a moment of its own; waits until all is quiet.
  PushFigures broadcast(std::size_t entries);
  // Every author writes one entry at the same moment, as when lines come back.
  PushFigures chorus();
  // An author writes an entry, and before that the member that passes on most of this author's is taken away without a word. As
  // many times as asked. Figures are of the members that are left.
  PushFigures broadcast_while_members_go(std::size_t times);

  std::size_t members() const { return nodes_.size(); }
  std::size_t links() const { return links_; }
  std::size_t links_max() const;
  std::size_t missing() const;  // logs that some member has been told of and does not hold

 private:
  struct Wire {
    std::size_t peer;  // member
    std::size_t back;  // the peer's number of this link
    Millis delay;
    bool dialed;
    bool up = true;
    Instant free{};  // when the frame before arrives
  };
  struct Member {
    PushTree tree;
    std::vector<Wire> wires;  // LinkId is the index + 1
    std::vector<Seq> tips;    // by author
    Instant wakes = kNever;
    bool gone = false;
  };
  struct Frame {
    bool is_payload = false;
    PushTree::Kind kind{};
    std::vector<PushedLog> logs;
    std::size_t author = 0;
    Seq after, tip;
    std::uint32_t hops = 0;
  };
  struct Event {
    Instant at;
    std::uint64_t order;
    std::size_t member;
    std::size_t wire = 0;               // of the member that gets it
    std::unique_ptr<Frame> frame = {};  // none: the member wakes
    bool operator<(const Event& other) const { return std::tie(at, order) > std::tie(other.at, other.order); }
  };
  struct Entry {
    Instant written;
    std::size_t due = 0;  // members to get it
  };

  void link(std::size_t dialler, std::size_t listener);
  void write(std::size_t author);
  void spread(std::size_t member, std::size_t author, std::optional<std::size_t> only, std::uint32_t hops);
  void send(std::size_t member, std::size_t wire, Frame frame);
  void take(std::size_t member, std::size_t wire, const Frame& frame);
  void take_payload(std::size_t member, std::size_t wire, const Frame& frame);
  void after_input(std::size_t member);
  void push(Event event);
  bool step();
  void run_until(Instant end);
  void run_until_quiet();
  PushFigures finish();
  std::optional<std::size_t> author_of(const LogId& log) const;

  PushNetOptions options_;
  Random random_;
  std::vector<Member> nodes_;
  std::vector<LogId> authors_;
  std::map<LogId, std::size_t> author_of_;
  std::vector<Event> events_;  // a heap, the next one first
  Instant now_{1'000};
  std::uint64_t order_ = 0;
  std::size_t links_ = 0;

  PushFigures figures_;
  std::map<std::pair<std::size_t, Seq>, Entry> entries_;  // of the figures under way
  std::vector<std::uint32_t> times_;
  std::vector<std::uint32_t> hops_;
  std::vector<std::uint32_t> relayed_;  // payloads each member passed on, of the figures under way
};

}  // namespace budstikke::tests
