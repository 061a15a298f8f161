#include "daemon/api/past.h"

namespace budstikke::daemon {
namespace {

std::string_view name_of(const PastOperation& operation) {
  switch (operation.operation_class) {
    case OperationClass::Write:
      return operation.written.presence == Presence::Here && operation.written.value.is_nil() ? "cleared" : "wrote";
    case OperationClass::Add:
      return "added";
    case OperationClass::Take:
      return "took-away";
    case OperationClass::Raise:
    case OperationClass::Lower:
      return "flagged";
    case OperationClass::Answer:
      return "answered";
    case OperationClass::Comment:
      return "commented";
    case OperationClass::Retract:
      return "took-back";
    case OperationClass::Remove:
      return "removed";
    case OperationClass::Restore:
      return "restored";
    case OperationClass::Erase:
      return "erased";
    case OperationClass::Redact:
      return "redacted";
    case OperationClass::Receipt:
      return "receipted";
    default:
      return "unknown";
  }
}

std::string_view name_of(Fate fate) {
  switch (fate) {
    case Fate::Live:
      return "live";
    case Fate::Overwritten:
      return "overwritten";
    case Fate::Acted:
      return "done";
    case Fate::Void:
      break;
  }
  return "void";
}

std::string_view name_of(VoidReason reason) {
  switch (reason) {
    case VoidReason::None:
      break;
    case VoidReason::NotMember:
      return "not-member";
    case VoidReason::NoRole:
      return "no-role";
    case VoidReason::NotOwner:
      return "not-owner";
    case VoidReason::NotShared:
      return "not-shared";
    case VoidReason::UnknownClass:
      return "unknown-class";
    case VoidReason::AfterCut:
      return "after-cut";
  }
  return {};
}

std::string_view absence_of(Presence presence) {
  switch (presence) {
    case Presence::None:
    case Presence::Here:
      break;
    case Presence::Missing:
      return "missing";
    case Presence::Erased:
      return "erased";
    case Presence::Unreadable:
      return "unreadable";
    case Presence::Unknown:
      return "unknown";
  }
  return {};
}

void put_value(Value& into, const PastValue& past) {
  if (past.presence == Presence::Here) into.set("value", past.value);
  if (const std::string_view absent = absence_of(past.presence); !absent.empty()) into.set("absent", absent);
}

}  // namespace

Value past_operation(const KindInfo& kind, const PastOperation& operation) {
  Value value;
  value.set("operation", name_of(operation));
  const bool is_whole =
      operation.operation_class >= OperationClass::Remove && operation.operation_class <= OperationClass::Receipt;
  if (!is_whole) {
    const Field* field = find_field(kind, operation.field);
    value.set("field", field != nullptr ? Value(field->name) : Value(std::int64_t{operation.field}));
  }
  value.set("state", name_of(operation.fate));
  if (operation.fate == Fate::Void) value.set("reason", name_of(operation.reason));
  put_value(value, operation.written);
  if (!operation.old.empty()) {
    Value old = Value::array();
    for (const PastValue& past : operation.old) {
      Value one = Value::map();
      put_value(one, past);
      old.push(std::move(one));
    }
    value.set("old", std::move(old));
  }
  if (operation.old_left_out > 0) value.set("old_left_out", std::int64_t{operation.old_left_out});
  return value;
}

}  // namespace budstikke::daemon
