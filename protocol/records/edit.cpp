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
  return !candidates.empty() && std::all_of(candidates.begin(), candidates.end(),
                                            [&](const Candidate& candidate) { return candidate.value == value; });
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

void ChangeBuilder::push(std::uint8_t field, OperationClass operation_class, std::vector<OperationId> overwrites, Value value) {
  skeleton_.operations.push_back({field, operation_class, std::move(overwrites)});
  values_.push_back(std::move(value));
}

void ChangeBuilder::write(std::uint8_t field, Value value) {
  const std::vector<Candidate>& old = current(field);
  if (holds_alone(old, value) || (old.empty() && value.is_nil())) return;
  push(field, OperationClass::Write, ids_of(old), std::move(value));
}

void ChangeBuilder::add(std::uint8_t field, Value element) {
  if (!ids_with(current(field), element).empty()) return;
  push(field, OperationClass::Add, {}, std::move(element));
}

void ChangeBuilder::take(std::uint8_t field, const Value& element) {
  std::vector<OperationId> ids = ids_with(current(field), element);
  if (!ids.empty()) push(field, OperationClass::Take, std::move(ids));
}

void ChangeBuilder::flag(std::uint8_t field, bool raised) {
  const std::vector<Candidate>& old = current(field);
  if (holds_alone(old, Value(raised)) || (old.empty() && !raised)) return;
  push(field, raised ? OperationClass::Raise : OperationClass::Lower, ids_of(old));
}

void ChangeBuilder::answer(std::uint8_t field, Value value, const CouncilId& own_council) {
  std::vector<Candidate> own;
  for (const Candidate& candidate : current(field)) {
    if (candidate.council == own_council) own.push_back(candidate);
  }
  if (!holds_alone(own, value)) push(field, OperationClass::Answer, ids_of(own), std::move(value));
}

void ChangeBuilder::comment(std::uint8_t field, Value text) { push(field, OperationClass::Comment, {}, std::move(text)); }

void ChangeBuilder::remove() {
  if (view_ == nullptr || view_->hidden) return;
  const std::vector<OperationId>& content = view_->content;  // one operation may not name more than kMaxOverwrites
  for (std::size_t at = 0; at < content.size(); at += kMaxOverwrites) {
    const std::size_t end = std::min(at + kMaxOverwrites, content.size());
    push(0, OperationClass::Remove, {content.begin() + static_cast<std::ptrdiff_t>(at), content.begin() + static_cast<std::ptrdiff_t>(end)});
  }
}

void ChangeBuilder::restore() {
  if (view_ != nullptr && !view_->removes.empty()) push(0, OperationClass::Restore, view_->removes);
}

ChangeBytes ChangeBuilder::finish(const Salt& salt) const { return {encode(skeleton_), encode_values(salt, values_)}; }

}  // namespace budstikke
