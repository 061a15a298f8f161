#include "daemon/api/subject.h"

#include <algorithm>

#include "daemon/api/records.h"
#include "daemon/api/subject_text.h"
#include "protocol/base/limits.h"
#include "protocol/base/pack.h"
#include "protocol/base/text.h"
#include "protocol/records/erasure.h"

namespace budstikke::daemon {
namespace {

constexpr std::size_t kRewrittenBytes = 24 * 1024;     // of values in one change, beside one more value
constexpr std::size_t kRewrittenOperations = 200;      // of one change
static_assert(kRewrittenOperations < kMaxOperations);  // a comment takes two

bool is_free_text(FieldType type) {
  return type == FieldType::Text || type == FieldType::LongText || type == FieldType::Suggested;
}

// A text may mention somebody in what people write, and in addresses; the rest is dates, numbers and words of our own.
bool may_mention(FieldType type) {
  return is_free_text(type) || type == FieldType::Email || type == FieldType::Phone || type == FieldType::Url;
}

// Whether the record is about the subject: a contact whose name holds it, anything else that is called so.
bool is_about(const KindInfo& kind, const RecordView& view, const std::string& folded) {
  if (kind.kind == Kind::Council) return false;  // it is about the council, and needed
  const Field& title = kind.fields[kind.shareable ? 1 : 0];
  const std::vector<Candidate>& candidates = view.of(title.number);
  return std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& candidate) {
    const std::string* text = candidate.value ? candidate.value->if_text() : nullptr;
    if (text == nullptr) return false;
    return kind.kind == Kind::Contact ? mentions(*text, folded) : fold_case(trim(*text)) == folded;
  });
}

// What stands of a change that mentions the subject, and what we may do to it.
class Planner {
 public:
  Planner(const RecordState& state, const KindInfo* kind, const Member& own, bool closed, const Subject& subject)
      : state_(state), kind_(kind), own_{own.council, own.role}, closed_(closed), subject_(subject) {}

  void take(const ChangeRecord& record, SubjectPlan& plan) {
    const std::optional<Standing>& author = record.change.author;
    const bool may_redact = permitted(state_.key, 0, OperationClass::Redact, own_, state_.ever_shared) &&
                            budstikke::may_redact(state_.key, own_, author ? std::optional(author->council) : std::nullopt);
    const CouncilId whose = author ? author->council : state_.key.council;
    if (!may_redact) {
      ++plan.left[whose];
      return;
    }
    rewrites_.clear();
    is_newer_ = false;
    for (const LiveOperation& live : state_.live) {
      const Source& source = state_.sources[live.source];
      if (source.entry != record.change.source.entry || source.change != record.change.source.change) continue;
      if (live.position >= record.values.size()) continue;
      if (!rewrite(live, record.values[live.position], author)) {
        if (is_newer_) {
          ++plan.newer;
        } else {
          ++plan.left[whose == own_.council ? state_.key.council : whose];
        }
        return;
      }
    }
    plan.rewrites.insert(plan.rewrites.end(), rewrites_.begin(), rewrites_.end());
    plan.redacted.push_back({record.change.source.entry, record.change.source.change, 0});
  }

 private:
  bool may(std::uint8_t field, OperationClass operation_class) const {
    return !closed_ && permitted(state_.key, field, operation_class, own_, state_.ever_shared);
  }

  // False when what stands there would be lost although it need not, and is not ours to write again.
  bool rewrite(const LiveOperation& live, const Value& value, const std::optional<Standing>& author) {
    const bool mentioned = is_mention(kind_, live.field, value, subject_.folded);
    const OperationId old = state_.id_of(live);
    switch (live.operation_class) {
      case OperationClass::Write:
      case OperationClass::Add:
        if (!may(live.field, live.operation_class)) return false;
        break;
      case OperationClass::Answer:
      case OperationClass::Comment:
        if (!author || author->council != own_.council) return mentioned;
        break;
      default:  // what carries no value loses none
        return true;
    }
    const Field* field = kind_ != nullptr ? find_field(*kind_, live.field) : nullptr;
    if (field == nullptr) {
      is_newer_ = true;
      return false;
    }
    const std::optional<Value> next = mentioned ? replaced(*field, value) : std::optional(value);
    if (live.operation_class == OperationClass::Comment) {
      rewrites_.emplace_back(Operation{live.field, OperationClass::Retract, {old}}, Value());
      if (next) rewrites_.emplace_back(Operation{live.field, OperationClass::Comment, {}}, *next);
    } else if (live.operation_class == OperationClass::Add && !next) {
      rewrites_.emplace_back(Operation{live.field, OperationClass::Take, {old}}, Value());
    } else {
      rewrites_.emplace_back(Operation{live.field, live.operation_class, {old}}, next.value_or(Value()));
    }
    return true;
  }

  // nullopt: a text of its own form, which cannot stand without what it mentioned.
  std::optional<Value> replaced(const Field& field, const Value& value) const {
    const std::string* text = value.if_text();
    if (text == nullptr || !is_free_text(field.type)) return std::nullopt;
    return Value(without(*text, subject_.folded, subject_.replacement));
  }

  const RecordState& state_;
  const KindInfo* kind_;
  Standing own_;
  bool closed_;
  const Subject& subject_;
  std::vector<std::pair<Operation, Value>> rewrites_;
  bool is_newer_ = false;
};

Result<bool> import_mentions(const Ledger& ledger, const Network& network, const RecordId& id, const std::string& folded) {
  Result<std::optional<View>> row = ledger.reader().get(Table::Local, import_key(network.number, id));
  if (!row) return row.error();
  if (!*row) return false;
  Result<Value> baseline = unpack(**row);
  if (!baseline) return true;  // whatever it is, it must not stay
  if (mentions(baseline->text("uid"), folded)) return true;
  const Value* fields = baseline->find("fields");
  if (fields == nullptr || fields->if_map() == nullptr) return false;
  for (const auto& [name, texts] : *fields->if_map()) {
    for (const Value& text : texts.items()) {
      if (text.if_text() != nullptr && mentions(*text.if_text(), folded)) return true;
    }
  }
  return false;
}

}  // namespace

bool is_mention(const KindInfo* kind, std::uint8_t number, const Value& value, const std::string& folded) {
  const std::string* text = value.if_text();
  if (text == nullptr) return false;
  const Field* field = kind != nullptr ? find_field(*kind, number) : nullptr;
  return (field == nullptr || may_mention(field->type)) && mentions(*text, folded);
}

Result<SubjectPlan> plan_for(const Node& node, const Network& network, const RecordState& state, const Subject& subject) {
  SubjectPlan plan;
  const Member* own = node.self_in(network);
  if (own == nullptr || state.is_erased()) return plan;
  const KindInfo* kind = find_kind(static_cast<Kind>(state.key.kind));
  std::optional<RecordView> view;
  std::optional<Planner> planner;
  bool any = false;
  Status walked = node.ledger().each_change(state, [&](const ChangeRecord& record) {
    if (record.presence != Presence::Here) return true;
    const std::vector<Operation>& operations = record.change.skeleton.operations;
    for (std::size_t i = 0; i < record.values.size(); ++i) {
      if (!is_mention(kind, operations[i].field, record.values[i], subject.folded)) continue;
      if (!any) {
        Result<RecordView> read = node.ledger().view(state);
        if (read) view = std::move(*read);
        planner.emplace(state, kind, *own, view && kind != nullptr && is_closed_to(*own, *kind, *view), subject);
        any = true;
      }
      planner->take(record, plan);
      break;
    }
    return true;
  });
  if (!walked) return walked.error();
  Result<bool> in_import = import_mentions(node.ledger(), network, id_of(state.key), subject.folded);
  if (!in_import) return in_import.error();
  const bool may_erase = permitted(state.key, 0, OperationClass::Erase, {own->council, own->role}, state.ever_shared);
  const bool is_whole = any && view && kind != nullptr && kind->kind != Kind::Council &&
                        (state.is_hidden() || is_about(*kind, *view, subject.folded));
  if (is_whole && may_erase) {
    plan = SubjectPlan{};
    plan.whole = true;
  } else if (state.is_hidden()) {
    plan.rewrites.clear();  // a write would bring the record back
  }
  plan.in_import = *in_import;
  return plan;
}

std::vector<ChangeBytes> changes_of(const SubjectPlan& plan, const RecordKey& record, bool at_once, Random& random) {
  const std::uint8_t when = at_once ? kEraseAtOnce : kEraseLater;
  std::vector<ChangeBytes> changes;
  const auto add = [&](std::vector<Operation> operations, Value::Array values) {
    changes.push_back({encode(Skeleton{record, std::move(operations)}), encode_values(random.fixed<Salt>(), values)});
  };
  if (plan.whole) {
    add({{when, OperationClass::Erase}}, {Value()});
    return changes;
  }
  std::vector<Operation> operations;
  Value::Array values;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < plan.rewrites.size(); ++i) {
    const auto& [operation, value] = plan.rewrites[i];
    std::size_t size = pack(value).size();
    if (operation.operation_class == OperationClass::Retract && i + 1 < plan.rewrites.size())
      size += pack(plan.rewrites[i + 1].second).size();
    const bool is_full = operations.size() >= kRewrittenOperations || bytes + size > kRewrittenBytes;
    if (is_full && !operations.empty() &&
        operation.operation_class != OperationClass::Comment) {  // which stays with its retraction
      add(std::exchange(operations, {}), std::exchange(values, {}));
      bytes = 0;
    }
    operations.push_back(operation);
    values.push_back(value);
    bytes += size;
  }
  if (!operations.empty()) add(std::move(operations), std::move(values));
  for (std::size_t at = 0; at < plan.redacted.size(); at += kMaxOverwrites) {
    const std::size_t end = std::min(at + kMaxOverwrites, plan.redacted.size());
    const auto from = plan.redacted.begin();
    add({{when, OperationClass::Redact, {from + static_cast<std::ptrdiff_t>(at), from + static_cast<std::ptrdiff_t>(end)}}},
        {Value()});
  }
  return changes;
}

}  // namespace budstikke::daemon
