// What people do at the machines, through the node's own calls: write, share, comment, erase, invite, shut out, leave, give
// roles, recover the network, change keys.
//
// How          One deed at a time, at some machine that is on, with weights drawn from the seed. People try what they may not:
//              what the node refuses is counted and has no effect.
// Shape        Every text that is written has a mark in it, kTextMark and 16 letters, and every salt begins with kSaltMark, so
//              that they can be found in any row of any disk.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/records/edit.h"
#include "protocol/wire/ticket.h"
#include "tests/sim/plan.h"

namespace budstikke::sim {

class World;
class Machine;

inline constexpr std::string_view kTextMark = "~t~";
inline constexpr std::size_t kTextMarkBytes = 3 + 16;
inline constexpr std::uint8_t kSaltMark[4] = {'s', 0xa1, 't', 0xff};

std::string marked_text(Random& random);
Salt marked_salt(Random& random);

class Workload {
 public:
  explicit Workload(World& world) : world_(world) {}

  void found();     // a network at the first machine, with the others as members
  void one_deed();  // of one person at one machine
  std::uint64_t acknowledged() const { return acknowledged_; }
  std::uint64_t refused() const { return refused_; }                        // by the node, or since they were not durable
  const std::array<std::uint64_t, kDeeds>& deeds() const { return done_; }  // of those acknowledged, how many of each kind

 private:
  bool do_deed(Deed deed, Machine& machine);
  bool create(Machine& machine);
  bool edit(Machine& machine, Deed deed);
  bool burst(Machine& machine);
  bool attach(Machine& machine);
  bool erase(Machine& machine);
  bool redact(Machine& machine);
  bool invite(Machine& machine);
  bool shut_out(Machine& machine);
  bool readmit(Machine& machine);
  bool is_needed(const MemberKey& going) const;
  bool leave(Machine& machine);
  bool give_role(Machine& machine);
  bool recover(Machine& machine);
  bool new_transport(Machine& machine);
  bool write(Machine& machine, const RecordKey& key, const std::function<void(ChangeBuilder&)>& build);
  bool write(Machine& machine, const Skeleton& skeleton);
  std::optional<RecordView> view(Machine& machine, const RecordKey& key) const;
  Ticket ticket_from(Machine& inviter, Role role, const CouncilId& council);
  std::string text() { return marked_text(people()); }
  Salt salt() { return marked_salt(people()); }
  Random& people() const;
  RecordKey known_record();

  World& world_;
  std::vector<RecordKey> records_;
  Seed paper_{};  // the recovery key
  std::array<std::uint64_t, kDeeds> done_{};
  std::uint64_t acknowledged_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace budstikke::sim
