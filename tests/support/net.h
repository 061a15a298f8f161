// A network of nodes in memory: stores, links and a clock, all driven by the test, for whatever needs more than one node.
//
// Shape        Machines are numbered from 0 and called A, B, C… in the transcript. A link is FIFO in each direction; between
// links
//              frames are delivered in the order they were sent, or, after shuffle(), in an order drawn from the seed.
// Invariants   Held after every input of every node, by require(): nothing that tells of a write leaves before the write is
//              durable, no sender passes its credit by more than a run, no node reports a failing store that no test asked for.
// Determinism  The same seed and calls, the same frames.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "protocol/node/node.h"
#include "protocol/records/edit.h"
#include "tests/support/memory_storage.h"

namespace budstikke::tests {

std::string describe(View frame);  // "run data 1-5", "vector membership 2 logs", …

class Net {
 public:
  explicit Net(std::uint64_t seed = 1) : random_(Random::from_number(seed)) {}

  // --- Machines.
  std::size_t add();  // keys and an empty store
  // The same keys and incarnation, as if the store had been copied; `same_store`: and the same store id, as if nobody could tell.
  std::size_t add_clone(std::size_t of, bool same_store = false);
  // Starts it again with an earlier copy of its storage(). `noticed`: by the place of the file, or since a person said so.
  void put_back(std::size_t machine, const MemoryStorage& earlier, bool noticed);
  Node& node(std::size_t machine) { return *machines_[machine]->node; }
  MemoryStorage& storage(std::size_t machine) { return machines_[machine]->storage; }
  const TransportKey& transport(std::size_t machine) const { return machines_[machine]->transport.public_key; }
  const SigningKey& identity(std::size_t machine) const { return machines_[machine]->identity; }
  std::size_t size() const { return machines_.size(); }
  void crash(std::size_t machine);  // what is not committed is gone; its links break; it starts again
  bool is_dead(std::size_t machine) const { return machines_[machine]->node == nullptr; }  // its store failed
  const SealingPair& give_sealing_key(std::size_t machine);  // it starts again with one, and states it where it is a member
  void renew_store(std::size_t machine);  // the same with another store id, as if the store had been restored from a backup
  void process(std::size_t machine);      // commits if the node wants to and takes its effects

  // --- Networks. network(i) is the first one of the machine.
  Network& network(std::size_t machine);
  NetworkId found(std::size_t machine, const std::string& label = "Region Øst");
  Ticket invite(std::size_t inviter, Role role = Role::Council, const CouncilId& council = {},
                Millis valid = std::chrono::hours(24));
  void join(std::size_t newcomer, const Ticket& ticket, std::size_t witness);  // the first half: until admitted or refused
  std::size_t add_member(std::size_t inviter, Role role = Role::Council,
                         const CouncilId& council = {});           // a machine that has joined; no link is left
  std::size_t add_device(std::size_t of);                          // one that acts for the same council
  static Net region(std::size_t members, std::uint64_t seed = 1);  // the founder and others, all in sync, no links

  // --- Links.
  using Cable = std::size_t;
  Cable connect(std::size_t dialler, std::size_t listener);
  Cable connect_as(std::size_t dialler, std::size_t listener, const TransportKey& shown);  // with another CURVE key than its own
  Cable attach(std::size_t listener, const TransportKey& shown);  // the dialling end is the test, which speaks by inject()
  void cut(Cable cable);                                          // both sides hear of it; what was under way is lost
  void cut_all();
  bool is_up(Cable cable) const { return cables_[cable].up; }
  void shuffle() { shuffled_ = true; }
  void hold(Cable cable, bool held) { cables_[cable].held = held; }  // nothing is delivered on it while it is held
  // What a machine says over it only passes when this holds; the rest is lost, as if the machine had not said it.
  void withhold(Cable cable, std::function<bool(std::size_t from, const Message&)> passes) {
    cables_[cable].passes = std::move(passes);
  }

  // --- Time and delivery.
  Now now() const { return now_; }
  Now now_of(std::size_t machine) const { return now_of(*machines_[machine]); }  // by its own wall clock
  void set_clock(std::size_t machine, Millis ahead) { machines_[machine]->ahead = ahead; }
  bool step();                                             // delivers one frame; false when none is under way
  void run();                                              // delivers until none is under way
  void advance(Millis time);                               // lets time pass, waking nodes at their deadlines, and delivers
  bool converge(Millis within = std::chrono::minutes(3));  // until all machines agree; false when time runs out
  bool agree();                                            // equal summaries of every machine's first network, nothing missing
  void inject(Cable cable, std::size_t to, Bytes frame);   // as if the other end had sent it

  // --- Records of kind contact, field `name`, as the machine's own council.
  RecordKey write(std::size_t machine, const std::string& name);
  void edit(std::size_t machine, const RecordKey& record, const std::string& name);
  // In an incarnation of its own, past what this version refuses to write: as a later version of the program would.
  void write_as_newer(std::size_t machine, const ChangeBytes& change);
  std::vector<std::string> names(std::size_t machine, const RecordKey& record);  // several when in conflict

  // --- What happened.
  std::string transcript() { return std::exchange(transcript_, {}); }  // one line per frame since the last call: "A>B hello"
  std::size_t frames(std::string_view start) const;                    // sent so far whose description starts so
  std::uint64_t delivered() const { return delivered_; }
  std::uint64_t bytes(Cable cable) const { return cables_[cable].bytes; }  // of all frames sent on it so far, by both sides
  const std::vector<std::string>& drops() const { return drops_; }         // "A: why"
  std::size_t events(std::size_t machine, EventKind kind) const;
  std::vector<std::string> details(std::size_t machine, EventKind kind) const;  // of these events, in order
  const Hash& fingerprint() const { return fingerprint_; }                      // over every frame sent so far, in order

 private:
  struct Machine {
    SigningKey identity;
    TransportPair transport;
    StoreId store;
    MemoryStorage storage;
    std::unique_ptr<Node> node;
    std::vector<Event> events;
    std::optional<SealingPair> sealing = {};
    Millis ahead{};  // of everybody else's wall clock
  };
  struct InFlight {
    std::uint64_t order;
    Bytes frame;  // empty: the sender closed the link
  };
  struct End {
    std::size_t machine;
    LinkId link;
    std::deque<InFlight> inbox;
    std::int64_t unacknowledged = 0;  // bytes of runs sent from this end and not credited
    bool knows_up = true;             // this end has not been told that the link is down
  };
  struct Wire {
    End ends[2];
    bool up = true;
    bool held = false;
    std::uint64_t bytes = 0;
    std::function<bool(std::size_t from, const Message&)> passes = {};
  };
  Now now_of(const Machine& machine) const { return {now_.steady, WallTime{now_.wall.ms + machine.ahead.count()}}; }
  void start(Machine& machine);
  void unplug(std::size_t machine);  // its links break
  void collect(std::size_t machine);
  void send(std::size_t machine, LinkId link, Bytes frame);
  void close(std::size_t machine, LinkId link);
  void deliver(Cable cable, std::size_t end);
  std::pair<Wire*, std::size_t> find(std::size_t machine, LinkId link);

  Random random_;
  Now now_{Instant{1'000}, WallTime{1'760'000'000'000}};
  std::vector<std::unique_ptr<Machine>> machines_;
  std::vector<Wire> cables_;
  std::uint64_t next_link_ = 1;
  std::uint64_t order_ = 0;
  std::uint64_t delivered_ = 0;
  bool shuffled_ = false;
  std::string transcript_;
  std::map<std::string, std::size_t> sent_;
  std::vector<std::string> drops_;
  Hash fingerprint_;
};

// Whether the nodes of two machines hold the same and can show it by their digests.
bool agree(Net& net, std::size_t a, std::size_t b);

}  // namespace budstikke::tests
