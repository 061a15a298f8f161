#include "protocol/records/view.h"

#include <algorithm>
#include <set>

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

}  // namespace

RecordView view_of(const RecordState& state, const StandingOf& standing_of, const ValueOf& value_of) {
  RecordView view;
  view.key = state.key;
  view.hidden = state.is_hidden();
  view.edited_after_remove = state.has_removes() && !view.hidden;
  for (const LiveOperation& operation : state.live) {
    const Source& source = state.sources[operation.source];
    const OperationId id = state.id_of(operation);
    view.changed = std::max(view.changed, source.stamp);
    if (operation.operation_class == OperationClass::Remove) {
      view.removes.push_back(id);
      continue;
    }
    if (operation.operation_class != OperationClass::Answer && operation.operation_class != OperationClass::Comment) {
      view.content.push_back(id);
    }
    const std::optional<Standing> author = standing_of(source.log);
    view.values[operation.field].push_back(
        {id, source.stamp, author ? author->council : CouncilId{}, value_of_operation(operation, source, value_of)});
  }
  for (auto& [field, candidates] : view.values) {
    std::sort(candidates.begin(), candidates.end(),
              [](const Candidate& a, const Candidate& b) { return std::tie(a.stamp, a.id) > std::tie(b.stamp, b.id); });
  }
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
  for (const Candidate& candidate : of(field)) {
    if (!candidate.value) continue;
    if (std::find(found.begin(), found.end(), *candidate.value) == found.end()) found.push_back(*candidate.value);
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
  return is_register && distinct(field).size() > 1;
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
