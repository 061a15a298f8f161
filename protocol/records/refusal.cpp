#include "protocol/records/refusal.h"

#include <algorithm>
#include <string>

#include "protocol/base/text.h"

namespace budstikke {
namespace {

using enum OperationClass;

constexpr std::size_t kShownLetters = 6;  // as people see ids

std::string shown(View id) { return base32_of(id).substr(0, kShownLetters); }

std::string name_of_record(const RecordKey& record) {
  const KindInfo* kind = find_kind(static_cast<Kind>(record.kind));
  return (kind != nullptr ? std::string(kind->name) : "record") + ' ' + shown(id_of(record));
}

std::string_view verb_of(OperationClass operation_class) {
  switch (operation_class) {
    case Write:
    case Add:
    case Take:
      return "change";
    case Raise:
    case Lower:
      return "share or unshare";
    case Answer:
      return "answer";
    case Comment:
    case Retract:
      return "comment on";
    case Remove:
      return "remove";
    case Restore:
      return "restore";
    case Erase:
    case Redact:
    case Receipt:
      return "erase";
  }
  return "change";
}

std::string roles_of(std::uint8_t roles) {
  std::string text;
  for (Role role : {Role::Coordinator, Role::Council, Role::National, Role::Reader}) {
    if ((roles >> static_cast<int>(role) & 1) == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(text_of(role));
  }
  return text;
}

// Of a change that permitted() does not permit.
Error refusal(const RecordKey& record, const Operation& operation, const Standing& own) {
  const OperationClass operation_class = operation.operation_class;
  const auto is_it = [&](const Right& right) { return is_about(right, record.kind, operation.field, operation_class); };
  const auto right = std::find_if(rights().begin(), rights().end(), is_it);
  if (right == rights().end()) return {Code::Invalid, "an operation of a class that this program does not know"};
  const std::string what(right->field == kLighthouseField ? "mark as a lighthouse" : verb_of(operation_class));
  if ((right->roles >> static_cast<int>(own.role) & 1) == 0) {
    return {Code::NotAllowed, "only a member in the role " + roles_of(right->roles) + " may " + what + " " +
                                  name_of_record(record) + "; this node is in the role " + std::string(text_of(own.role))};
  }
  std::string owner =
      name_of_record(record) + " belongs to council " + shown(record.council) + ", and only that council may " + what + " it";
  if (right->scope == Scope::OwnOrShared) owner += " while it has never been shared";
  if (right->scope == Scope::OwnOrCoordinator) owner += ", or a coordinator";
  return {Code::NotAllowed, std::move(owner)};
}

bool fits(FieldClass field_class, OperationClass operation_class) {
  switch (field_class) {
    case FieldClass::Register:
      return operation_class == Write;
    case FieldClass::Set:
      return operation_class == Add || operation_class == Take;
    case FieldClass::Flag:
      return operation_class == Raise || operation_class == Lower;
    case FieldClass::Answers:
      return operation_class == Answer;
    case FieldClass::Comments:
      return operation_class == Comment || operation_class == Retract;
  }
  return false;
}

bool is_erasure_class(OperationClass operation_class) {
  return operation_class == Erase || operation_class == Redact || operation_class == Receipt;
}

Status check_field(const KindInfo& kind, const Operation& operation) {
  if (is_erasure_class(operation.operation_class)) return done();  // its field is no field of the kind
  if (operation.operation_class == Remove || operation.operation_class == Restore) {
    return operation.field == 0 ? done() : Error{Code::Invalid, "a remove or restore of a field, not of a record"};
  }
  const Field* field = find_field(kind, operation.field);
  if (field == nullptr) {
    return Error{Code::Invalid, "a field that " + std::string(kind.name) + " does not have: " + std::to_string(operation.field)};
  }
  if (fits(field->field_class, operation.operation_class)) return done();
  return Error{Code::Invalid, "an operation of a class that does not belong to the field " + std::string(field->name)};
}

// Answers and comments are each council's own: a reference to another's would not count.
Status check_references(const Operation& operation, const RecordKey& record, const Standing& own, const RecordState* state,
                        const StandingOf& standing_of) {
  if (state == nullptr || (operation.operation_class != Answer && operation.operation_class != Retract)) return done();
  for (const LiveOperation& live : state->live) {
    const OperationId id = state->id_of(live);
    if (std::find(operation.overwrites.begin(), operation.overwrites.end(), id) == operation.overwrites.end()) continue;
    const std::optional<Standing> author = standing_of(state->sources[live.source].log);
    if (author && author->council == own.council) continue;
    return Error{Code::NotAllowed, std::string(operation.operation_class == Answer ? "an answer" : "a comment") + " on " +
                                       name_of_record(record) + " belongs to " +
                                       (author ? "council " + shown(author->council) : "nobody who is a member") +
                                       ", and only its own council may replace it or take it back"};
  }
  return done();
}

}  // namespace

Status check_local(const Skeleton& skeleton, const Standing& own, const RecordState* state, const StandingOf& standing_of) {
  const KindInfo* kind = find_kind(static_cast<Kind>(skeleton.record.kind));
  const bool only_erases = std::all_of(skeleton.operations.begin(), skeleton.operations.end(),
                                       [](const Operation& operation) { return is_erasure_class(operation.operation_class); });
  if (kind == nullptr && !only_erases) {  // what is not known can be erased all the same
    return Error{Code::Invalid, "a record of a kind that this program does not have: " + std::to_string(skeleton.record.kind)};
  }
  const bool ever_shared = state != nullptr && state->ever_shared;
  for (const Operation& operation : skeleton.operations) {
    if (!permitted(skeleton.record, operation.field, operation.operation_class, own, ever_shared)) {
      return refusal(skeleton.record, operation, own);
    }
    if (kind == nullptr) continue;
    if (Status status = check_field(*kind, operation); !status) return status;
    if (Status status = check_references(operation, skeleton.record, own, state, standing_of); !status) return status;
  }
  return done();
}

}  // namespace budstikke
