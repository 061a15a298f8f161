#include "protocol/records/view.h"

#include <algorithm>
#include <set>

#include "protocol/base/pack.h"

namespace budstikke {
namespace {

std::optional<Value> value_of_operation(const LiveOperation& operation, const Source& source, const ValueOf& value_of) {
  if (operation.operation_class == OperationClass::Raise) return Value(true);
  if (operation.operation_class == OperationClass::Lower) return Value(false);
  return value_of(source, operation.position);
}

bool less(const Value& a, const Value& b) {
  const std::string* left = a.if_text();
  const std::string* right = b.if_text();
  if (left != nullptr && right != nullptr) return *left < *right;
  return left == nullptr && right != nullptr;
}

void best_first(std::vector<Candidate>& candidates) {
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return std::tie(a.stamp, a.id) > std::tie(b.stamp, b.id); });
}

// What removes have seen.
std::set<OperationId> seen_by_removes(const RecordState& state) {
  std::set<OperationId> seen;
  for (const LiveOperation& operation : state.live) {
    if (operation.operation_class == OperationClass::Remove) seen.insert(operation.names.begin(), operation.names.end());
  }
  return seen;
}

}  // namespace

RecordView view_of(const RecordState& state, const StandingOf& standing_of, const ValueOf& value_of) {
  RecordView view;
  view.key = state.key;
  view.hidden = state.is_hidden();
  view.edited_after_remove = state.has_removes() && !view.hidden;
  const std::set<OperationId> seen = view.edited_after_remove ? seen_by_removes(state) : std::set<OperationId>{};
  for (const LiveOperation& operation : state.live) {
    const Source& source = state.sources[operation.source];
    const OperationId id = state.id_of(operation);
    view.changed = std::max(view.changed, source.stamp);
    const std::optional<Standing> author = standing_of(source.log);
    Candidate candidate{
        id, source.stamp, author ? author->council : CouncilId{}, std::nullopt, operation.operation_class, operation.field};
    if (operation.operation_class == OperationClass::Remove) {
      view.removes.push_back(id);
      view.removed_by.push_back(std::move(candidate));
      continue;
    }
    // Erasures hold no value, and their field, which says when, is no field of the record.
    if (operation.operation_class == OperationClass::Erase || operation.operation_class == OperationClass::Redact) continue;
    candidate.value = value_of_operation(operation, source, value_of);
    if (operation.operation_class != OperationClass::Answer && operation.operation_class != OperationClass::Comment) {
      view.content.push_back(id);
      if (view.edited_after_remove && !seen.contains(id)) view.kept_by.push_back(candidate);
    }
    view.values[operation.field].push_back(std::move(candidate));
  }
  for (auto& [field, candidates] : view.values) best_first(candidates);
  best_first(view.removed_by);
  best_first(view.kept_by);
  return view;
}

const std::vector<Candidate>& RecordView::of(std::uint8_t field) const {
  static const std::vector<Candidate> kNone;
  const auto at = values.find(field);
  return at == values.end() ? kNone : at->second;
}

const Value* RecordView::shown(std::uint8_t field) const {
  for (const Candidate& candidate : of(field)) {
    if (candidate.value) return candidate.value->is_nil() ? nullptr : &*candidate.value;
  }
  return nullptr;
}

std::vector<Value> RecordView::distinct(std::uint8_t field) const {
  std::vector<Value> found;
  bool is_set = false;
  for (const Candidate& candidate : alternatives(field)) {
    if (candidate.value) found.push_back(*candidate.value);
  }
  if (const KindInfo* kind = find_kind(static_cast<Kind>(key.kind))) {
    const Field* info = find_field(*kind, field);
    is_set = info != nullptr && info->field_class == FieldClass::Set;
  }
  if (is_set) std::sort(found.begin(), found.end(), less);
  return found;
}

bool RecordView::in_conflict(std::uint8_t field) const {
  const KindInfo* kind = find_kind(static_cast<Kind>(key.kind));
  const Field* info = kind != nullptr ? find_field(*kind, field) : nullptr;
  const bool is_register =
      info != nullptr && (info->field_class == FieldClass::Register || info->field_class == FieldClass::Flag);
  if (!is_register || of(field).size() < 2) return false;
  const Candidate& best = of(field).front();
  return std::any_of(of(field).begin() + 1, of(field).end(),
                     [&](const Candidate& other) { return !best.value || !other.value || *best.value != *other.value; });
}

std::vector<Candidate> RecordView::alternatives(std::uint8_t field) const {
  std::vector<Candidate> found;
  std::set<Bytes> seen;  // in a set, since a hostile author may leave very many values side by side
  for (const Candidate& candidate : of(field)) {
    if (!candidate.value || seen.insert(pack(*candidate.value)).second) found.push_back(candidate);
  }
  return found;
}

std::vector<Candidate> RecordView::answers(std::uint8_t field) const {
  std::vector<Candidate> best;
  std::set<CouncilId> seen;
  for (const Candidate& candidate : of(field)) {
    if (seen.insert(candidate.council).second) best.push_back(candidate);
  }
  std::sort(best.begin(), best.end(), [](const Candidate& a, const Candidate& b) { return a.council < b.council; });
  return best;
}

}  // namespace budstikke
