// Nothing that was erased returns.
//
// Demands      When a machine has given a receipt for an erasure, no row of its disk holds a text or a salt of what it held of
//              what that reaches; nor ever after, on that disk. What comes to it later waits for its own time. And once the world
//              has come to rest and a machine has known of an erasure for longer than the delay, nothing that it reaches is on
//              that machine's disk, whatever its clock says; if it fell back meanwhile, for longer than that since.
// Excuse       An erasure that a member finds void wants back what it destroyed. A disk that was put back from a copy holds what
//              the copy held, until its machine has heard of the erasure again: what was demanded of it ends, and the last demand
//              stays.
// Reckoning    What is reached: of an erase, every change of the record that is on the disk; of a redaction, the changes it
//              names. Texts and salts are found by their marks, in every row of every table.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/time.h"
#include "protocol/log/change.h"
#include "protocol/membership/membership.h"
#include "tests/sim/judge.h"

namespace budstikke::sim {

class Erased : public Judge {
 public:
  void after_commit(World& world, Machine& machine) override;
  void after_loss(World& world, Machine& machine) override;
  void at_rest(World& world) override;                    // once the delays are over, what is demanded at last
  std::uint64_t destroyed() const { return destroyed_; }  // erasures, at each machine

 private:
  using Marks = std::set<std::string>;  // texts and salts
  struct Change {
    RecordKey record;
    MemberKey author;
    Marks marks;
  };
  struct Erasure {
    RecordKey record;
    RecordId record_id;
    MemberKey author;
    bool whole = false;
    std::set<OperationId> changes;  // of a redaction
  };
  void learn(const Machine& machine, EntryNumber number);
  // As this membership has their councils and roles.
  static bool was_always_coordinator(const Membership& membership, const Member& member);
  static bool reaches(const Membership& membership, const Erasure& erasure, const OperationId& id, const Change& change);
  // The marks of what an erasure reaches; `at`: as far as that is on this machine's disk.
  void add_reached(const Membership& membership, const Erasure& erasure, const Machine* at, Marks& marks) const;
  static Marks marks_on(const Machine& machine, const Marks& of);
  void search(World& world, Machine& machine, const Marks& gone) const;

  std::map<OperationId, Change> changes_;  // by change, at position 0
  std::map<RecordId, std::vector<OperationId>> of_record_;
  std::map<OperationId, Erasure> erasures_;  // by operation
  struct AtMachine {
    std::map<OperationId, Marks> gone;     // what must not be on its disk any more, by erasure
    std::set<OperationId> owed;            // for which it had given no receipt when it was last looked at
    std::map<OperationId, Instant> known;  // since when it has known of an erasure
    std::uint64_t commits = 0;
    std::uint64_t searched = 0;  // of these, the last after which the disk was
    std::uint64_t life = 0;      // in which it was last looked at
  };
  std::map<std::size_t, AtMachine> at_;
  std::uint64_t destroyed_ = 0;
};

}  // namespace budstikke::sim
