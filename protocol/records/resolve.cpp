#include "protocol/records/resolve.h"

#include <algorithm>
#include <set>

#include "protocol/base/limits.h"
#include "protocol/base/text.h"

namespace budstikke {
namespace {

constexpr std::size_t kMarkLetters = 6;

}  // namespace

std::string seen_mark(std::vector<OperationId> seen) {
  std::sort(seen.begin(), seen.end());
  Bytes ids;
  for (const OperationId& id : seen) write_operation_id(ids, id);
  return base32_of(hash(Domain::Derived, {view_of("seen"), View(ids)})).substr(0, kMarkLetters);
}

std::string seen_mark(const std::vector<Candidate>& candidates) {
  std::vector<OperationId> ids;
  ids.reserve(candidates.size());
  for (const Candidate& candidate : candidates) ids.push_back(candidate.id);
  return seen_mark(std::move(ids));
}

std::string seen_mark(const RecordView& view) {
  std::vector<OperationId> ids = view.content;
  ids.insert(ids.end(), view.removes.begin(), view.removes.end());
  return seen_mark(std::move(ids));
}

bool can_combine(const Field& field) {
  return field.field_class == FieldClass::Register && (field.type == FieldType::Text || field.type == FieldType::LongText);
}

Result<Value> combine(const Field& field, const std::vector<Candidate>& candidates) {
  if (!can_combine(field)) return Error{Code::Invalid, "only texts can be combined", std::string(field.name)};
  const std::string_view between = field.type == FieldType::LongText ? "\n\n" : " / ";
  std::vector<const Candidate*> oldest_first;
  for (const Candidate& candidate : candidates) oldest_first.push_back(&candidate);
  std::sort(oldest_first.begin(), oldest_first.end(),
            [](const Candidate* a, const Candidate* b) { return std::tie(a->stamp, a->id) < std::tie(b->stamp, b->id); });
  std::string joined;
  std::set<std::string_view> parts;
  for (const Candidate* candidate : oldest_first) {
    if (!candidate->value) return Error{Code::NotFound, "a value that is not here cannot be combined", std::string(field.name)};
    if (candidate->value->is_nil()) continue;
    const std::string* text = candidate->value->if_text();
    if (text == nullptr) return Error{Code::Invalid, "only texts can be combined", std::string(field.name)};
    if (!parts.insert(*text).second) continue;
    if (joined.size() + between.size() + text->size() > kMaxTextBytes) {
      return Error{Code::TooLarge, "together they are longer than a text may be", std::string(field.name)};
    }
    if (!joined.empty()) joined += between;
    joined += *text;
  }
  return joined.empty() ? Value() : Value(std::move(joined));
}

}  // namespace budstikke
