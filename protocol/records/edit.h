// Turns what a person wants into the operations of one change: what to write, and what it knowingly overwrites.
//
// Invariants   An operation that would change nothing is not made: writing the value a register shows alone, adding an
//              element a set has, taking one it has not. The first write to a register in conflict overwrites all of them.
//              Of several writes to one field the last counts.
#pragma once

#include "protocol/records/view.h"

namespace budstikke {

class ChangeBuilder {
 public:
  // `current` may be nullptr for a record that does not exist yet.
  ChangeBuilder(const RecordKey& key, const RecordView* current);

  void write(std::uint8_t field, const Value& value);
  void add(std::uint8_t field, const Value& element);
  void take(std::uint8_t field, const Value& element);
  void flag(std::uint8_t field, bool raised);
  void answer(std::uint8_t field, const Value& value, const CouncilId& own_council);
  void comment(std::uint8_t field, const Value& text);
  void retract(std::uint8_t field, const OperationId& comment);  // takes back one of the own council's
  void remove();
  void restore();

  bool empty() const { return skeleton_.operations.empty(); }
  const Skeleton& skeleton() const { return skeleton_; }
  ChangeBytes finish(const Salt& salt) const;

 private:
  void push(std::uint8_t field, OperationClass operation_class, const std::vector<OperationId>& overwrites,
            const Value& value = {});
  void forget(std::uint8_t field);
  const std::vector<Candidate>& current(std::uint8_t field) const;
  const RecordView* view_;
  Skeleton skeleton_;
  Value::Array values_;
};

}  // namespace budstikke
