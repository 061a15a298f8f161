// A member that lies: a machine of the world with real member keys. Its node is an honest one, and so keeps a session going with
// everybody; but what that says passes through here, and is changed, held back or added to, with new signatures where they are
// the member's own to give. What it signs are entries of logs that its node knows nothing of: forks, far times, operations that
// it has no right to.
//
// How          Each lie is a fault with a rate of its own (plan.h). One that waits for a frame of its kind is counted when it is
//              told. It begins when the network stands, and goes on while the world heals with all that writes nothing: honest
//              members must agree beside it. Then it goes away, since idle nodes are to be counted, and comes back the next day.
// Not a lie    Whatever its role allows: a coordinator that shuts others out or erases what is theirs does so at every other
//              machine as well (workload.h).
// Bounds       kMostBranches of a log: of 64 and more, each smaller than those before, nodes need not keep the same (PROTOCOL.md,
//              section 15). Nor is the founder the liar: a machine that lost everything knows no other that it could believe.
#pragma once

#include <map>
#include <vector>

#include "protocol/wire/messages.h"
#include "tests/sim/faults.h"
#include "tests/sim/lines.h"
#include "tests/support/pair.h"

namespace budstikke::sim {

class World;
class Machine;

class Liar {
 public:
  static constexpr std::size_t kMostBranches = 20;   // more than count
  static constexpr std::uint64_t kMostEntries = 12;  // of a branch

  Liar(World& world, Machine& machine);
  void tell(Fault lie);  // now, or with the next frame that fits
  void be_honest();      // until the next lie
  const MemberKey& key() const;

  // --- Called by its machine.
  void pass(LinkId link, Bytes frame);  // what its node says
  void hear(LinkId link, View frame);   // and is told

 private:
  struct OwnLog {
    LogClass log_class;
    std::vector<tests::Author> branches;
  };
  struct Heard {  // over one link
    std::optional<DigestTag> level;
    std::optional<NetworkSummary> summary;
    std::vector<Want> wants;
    std::size_t drops = 0;          // entries of what it waits for that came drop by drop
    LogClass run = LogClass::Data;  // of the run that is being sent
  };

  // liar.cpp
  bool takes_up(Fault lie);
  void told(Fault lie, const std::string& how = {});
  void send(LinkId link, const Message& message);
  std::vector<Lines::Peer> peers() const;
  Network* network() const;
  bool is_silent(const Message& message) const;
  void drip();
  void drip_over(LinkId link);
  bool keeps_silent(const Message& message);

  // liar_alters.cpp: what it makes of its node's messages
  std::vector<Bytes> altered(LinkId link, Message& message, View frame);
  bool alter_hello(LinkId link, Hello& hello);
  bool alter_level(LinkId link, Message& message);
  void alter_vector(VectorMessage& message);
  std::vector<Bytes> alter_run(LinkId link, Message& message, View frame);
  void alter_values(ValuesMessage& message);
  bool withhold_values(LinkId link, Message& message);
  NetworkSummary false_summary(LinkId link, const NetworkId& network);
  DigestTag false_level(LinkId link);
  Bytes garbage(View frame);

  // liar_says.cpp: what it says by itself
  void say_vector();
  void say_level();
  void say_run();
  void say_holders();
  void say_stores();
  void flood();
  Message flood_message(std::uint64_t kind, LinkId link);
  MemberKey some_member();
  LogId some_log();

  // liar_writes.cpp: what it signs
  OwnLog& own_log(LogClass log_class);
  void append(tests::Author& branch, WallTime stamp, const std::vector<ChangeBytes>& changes);
  std::vector<ChangeBytes> changes_for(LogClass log_class);
  ChangeBytes wild_change();
  std::vector<ChangeBytes> seen_changes();
  void show(const OwnLog& log);
  void fork();
  void write_future();
  void write_wild();
  void share_ticket();

  World& world_;
  Machine& machine_;
  Random random_;
  std::map<Fault, std::uint64_t> armed_;  // how many frames of its kind it is to change
  Instant silent_until_{};
  bool drips_ = false;
  std::uint64_t silence_ = 0;
  std::map<LinkId, Heard> heard_;
  std::vector<OwnLog> logs_;
  Bytes payload_;  // that a message points into
  bool shared_ticket_ = false;
};

}  // namespace budstikke::sim
