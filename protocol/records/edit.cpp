#include "protocol/records/edit.h"

#include <algorithm>

#include "protocol/base/limits.h"

namespace budstikke {
namespace {

std::vector<OperationId> ids_of(const std::vector<Candidate>& candidates) {
  std::vector<OperationId> ids;
  for (const Candidate& candidate : candidates) ids.push_back(candidate.id);
  return ids;
}

bool holds_alone(const std::vector<Candidate>& candidates, const Value& value) {
  return !candidates.empty() &&
         std::all_of(candidates.begin(), candidates.end(), [&](const Candidate& candidate) { return candidate.value == value; });
}

std::vector<OperationId> ids_with(const std::vector<Candidate>& candidates, const Value& element) {
  std::vector<OperationId> ids;
  for (const Candidate& candidate : candidates) {
    if (candidate.value == element) ids.push_back(candidate.id);
  }
  return ids;
}

}  // namespace

ChangeBuilder::ChangeBuilder(const RecordKey& key, const RecordView* current) : view_(current) { skeleton_.record = key; }

const std::vector<Candidate>& ChangeBuilder::current(std::uint8_t field) const {
  static const std::vector<Candidate> kNone;
  return view_ != nullptr ? view_->of(field) : kNone;
}

// More than kMaxOverwrites of them are shared out over several operations of the same meaning: equal writes do not conflict.
void ChangeBuilder::push(std::uint8_t field, OperationClass operation_class, const std::vector<OperationId>& overwrites,
                         const Value& value) {
  std::size_t at = 0;
  do {
    const std::size_t end = std::min(at + kMaxOverwrites, overwrites.size());
    const auto from = overwrites.begin();
    skeleton_.operations.push_back(
        {field, operation_class, {from + static_cast<std::ptrdiff_t>(at), from + static_cast<std::ptrdiff_t>(end)}});
    values_.push_back(value);
    at = end;
  } while (at < overwrites.size());
}

// Forgets what this change would have done to a register so far: it must not come into conflict with itself.
void ChangeBuilder::forget(std::uint8_t field) {
  for (std::size_t i = values_.size(); i-- > 0;) {
    if (skeleton_.operations[i].field != field) continue;
    skeleton_.operations.erase(skeleton_.operations.begin() + static_cast<std::ptrdiff_t>(i));
    values_.erase(values_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void ChangeBuilder::write(std::uint8_t field, const Value& value) {
  forget(field);
  const std::vector<Candidate>& old = current(field);
  if (holds_alone(old, value) || (old.empty() && value.is_nil())) return;
  push(field, OperationClass::Write, ids_of(old), value);
}

void ChangeBuilder::add(std::uint8_t field, const Value& element) {
  if (!ids_with(current(field), element).empty()) return;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const Operation& operation = skeleton_.operations[i];
    if (operation.field == field && operation.operation_class == OperationClass::Add && values_[i] == element) return;
  }
  push(field, OperationClass::Add, {}, element);
}

void ChangeBuilder::take(std::uint8_t field, const Value& element) {
  const std::vector<OperationId> ids = ids_with(current(field), element);
  if (!ids.empty()) push(field, OperationClass::Take, ids);
}

void ChangeBuilder::flag(std::uint8_t field, bool raised) {
  forget(field);
  const std::vector<Candidate>& old = current(field);
  if (holds_alone(old, Value(raised)) || (old.empty() && !raised)) return;
  push(field, raised ? OperationClass::Raise : OperationClass::Lower, ids_of(old));
}

void ChangeBuilder::answer(std::uint8_t field, const Value& value, const CouncilId& own_council) {
  forget(field);
  std::vector<Candidate> own;
  for (const Candidate& candidate : current(field)) {
    if (candidate.council == own_council) own.push_back(candidate);
  }
  if (!holds_alone(own, value)) push(field, OperationClass::Answer, ids_of(own), value);
}

void ChangeBuilder::comment(std::uint8_t field, const Value& text) { push(field, OperationClass::Comment, {}, text); }

void ChangeBuilder::retract(std::uint8_t field, const OperationId& comment) {
  const std::vector<Candidate>& said = current(field);
  const bool stands = std::any_of(said.begin(), said.end(), [&](const Candidate& one) { return one.id == comment; });
  if (stands) push(field, OperationClass::Retract, {comment});
}

void ChangeBuilder::remove() {
  if (view_ != nullptr && !view_->hidden) push(0, OperationClass::Remove, view_->content);
}

void ChangeBuilder::restore() {
  if (view_ != nullptr && !view_->removes.empty()) push(0, OperationClass::Restore, view_->removes);
}

ChangeBytes ChangeBuilder::finish(const Salt& salt) const { return {encode(skeleton_), encode_values(salt, values_)}; }

}  // namespace budstikke
