// What people see of a record: its live operations with their values, field by field.
//
// Invariants   Candidates are ordered best first, by (stamp, operation id): the same on every node. Which one is shown when
//              several disagree is a convenience; all are kept until a person decides.
#pragma once

#include <map>

#include "protocol/records/fold.h"

namespace budstikke {

// One live value with where it comes from.
struct Candidate {
  OperationId id;
  WallTime stamp;
  CouncilId council;
  std::optional<Value> value;  // nullopt: erased, damaged or not yet fetched
  OperationClass operation_class = OperationClass::Write;
  std::uint8_t field = 0;
};

struct RecordView {
  RecordKey key;
  bool hidden = false;
  bool edited_after_remove = false;
  WallTime changed;                                       // newest stamp of what is live
  std::map<std::uint8_t, std::vector<Candidate>> values;  // registers, flags, sets, answers and comments, by field number
  std::vector<OperationId> content;                       // what a remove must name
  std::vector<OperationId> removes;                       // what a restore must name
  std::vector<Candidate> removed_by;                      // the same removes with their authors, best first
  std::vector<Candidate> kept_by;                         // content that no remove has seen: what brought the record back

  const std::vector<Candidate>& of(std::uint8_t field) const;
  const Value* shown(std::uint8_t field) const;  // a register's or flag's best value; nullptr when there is none
  // A register with different values side by side. A value that is not here equals none, not even another such.
  bool in_conflict(std::uint8_t field) const;
  // What a person chooses from: each different value once, by its best candidate, and each value that is not here; best first.
  std::vector<Candidate> alternatives(std::uint8_t field) const;
  std::vector<Value> distinct(std::uint8_t field) const;     // a register's different values best first; a set's in order
  std::vector<Candidate> answers(std::uint8_t field) const;  // the best of each council
};

// Reads the value of one operation: nullopt when it is not to be had.
using ValueOf = std::function<std::optional<Value>(const Source&, std::uint8_t position)>;

RecordView view_of(const RecordState& state, const StandingOf& standing_of, const ValueOf& value_of);

}  // namespace budstikke
