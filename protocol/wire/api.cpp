#include "protocol/wire/api.h"

#include "protocol/base/limits.h"
#include "protocol/base/pack.h"

namespace budstikke {
namespace {

struct ErrorRow {
  std::string_view text;
  int exit_code;
};

// clang-format off: a table, one row a line
constexpr ErrorRow kErrors[] = {
    {"unknown-command", 2},   {"unknown-kind", 2},   {"unknown-field", 2},    {"bad-request", 2},     {"bad-date", 2},
    {"bad-number", 2},        {"bad-email", 2},      {"bad-url", 2},          {"bad-zone", 2},        {"bad-choice", 2},
    {"bad-text", 2}, {"bad-file-name", 2}, {"missing-value", 2},  {"too-long", 2}, {"file-too-large", 2},        {"bad-ticket", 2},      {"bad-role", 2},
    {"bad-recovery-key", 2},  {"bad-recovery", 2},   {"bad-passphrase", 2},   {"bad-merge-code", 2},
    {"not-a-set", 2},         {"not-combinable", 2}, {"no-search", 1}, {"no-network", 1},       {"already-joined", 1},  {"no-room-for-network", 1}, {"ticket-used", 1},
    {"ticket-expired", 1},    {"ticket-unknown", 1}, {"unreachable", 1},      {"removed", 1},         {"erased", 1},
    {"nothing-to-remove", 1}, {"nothing-to-undo", 1}, {"no-conflict", 1},    {"not-removed", 1},      {"store-full", 1},      {"store-failed", 1},
    {"internal", 1},          {"not-answerable", 1}, {"conflict-changed", 1}, {"value-not-here", 1}, {"file-not-here", 1}, {"bundle-damaged", 1},
    {"bundle-not-for-us", 1}, {"bundle-other-network", 1}, {"bundle-stranger", 1}, {"bundle-removed", 1}, {"bundle-no-reader", 1},
    {"bundle-stream-gone", 1}, {"backup-failed", 1},  {"backup-running", 1},
    {"last-coordinator", 1},  {"wrong-recovery-key", 1}, {"has-that-role", 1}, {"quota-used", 1}, {"locked", 1},
    {"wrong-passphrase", 1},  {"watchers-full", 1},  {"bad-config", 1}, {"cannot-listen", 1}, {"not-permitted", 4},
    {"not-owner", 4},         {"has-left", 4},       {"role-ended", 4},     {"no-such-record", 5},  {"no-such-network", 5},
    {"no-such-council", 5},   {"no-such-member", 5}, {"ambiguous-id", 5},      {"not-yet", 5},        {"nothing-to-erase", 5}, {"timed-out", 6},
};
// clang-format on
static_assert(std::size(kErrors) == kApiErrorCount);

Result<Value> unpack_map(View frame, const char* what) {
  if (frame.size() > kMaxApiBytes) return Error{Code::TooLarge, std::string(what) + " is too large"};
  Result<Value> value = unpack(frame);
  if (!value) return value.error();
  if (value->if_map() == nullptr) return Error{Code::Malformed, std::string(what) + " is not a map"};
  return value;
}

}  // namespace

std::string_view text_of(ApiError error) { return kErrors[static_cast<std::size_t>(error)].text; }

std::optional<ApiError> api_error(std::string_view text) {
  for (std::size_t i = 0; i < kApiErrorCount; ++i) {
    if (kErrors[i].text == text) return static_cast<ApiError>(i);
  }
  return std::nullopt;
}

int exit_code_of(ApiError error) { return kErrors[static_cast<std::size_t>(error)].exit_code; }

ApiError api_error_of(FieldFault fault) {
  switch (fault) {
    case FieldFault::Empty:
      return ApiError::MissingValue;
    case FieldFault::TooLong:
      return ApiError::TooLong;
    case FieldFault::Date:
      return ApiError::BadDate;
    case FieldFault::Number:
      return ApiError::BadNumber;
    case FieldFault::YesNo:
    case FieldFault::Choice:
      return ApiError::BadChoice;
    case FieldFault::Email:
      return ApiError::BadEmail;
    case FieldFault::Url:
      return ApiError::BadUrl;
    case FieldFault::Zone:
      return ApiError::BadZone;
    case FieldFault::Record:
      return ApiError::NoSuchRecord;
    case FieldFault::Text:
    case FieldFault::Phone:
    case FieldFault::Row:
      break;
  }
  return ApiError::BadText;
}

Value value_of(const ApiFailure& failure) {
  Value value;
  value.set("code", text_of(failure.code));
  value.set("message", failure.message);
  value.set("subject", failure.subject);
  value.set("args", failure.args);
  return value;
}

Bytes encode(const ApiRequest& request) {
  Value value;
  value.set("id", request.id);
  value.set("command", request.command);
  value.set("args", request.args);
  return pack(value);
}

Bytes encode(const ApiReply& reply) {
  Value value;
  value.set("id", reply.id);
  if (reply.failure) {
    value.set("error", value_of(*reply.failure));
  } else {
    value.set("result", reply.result);
  }
  return pack(value);
}

Result<ApiRequest> decode_request(View frame) {
  Result<Value> value = unpack_map(frame, "request");
  if (!value) return value.error();
  ApiRequest request;
  request.id = value->integer("id");
  request.command = value->text("command");
  const Value* args = value->find("args");
  if (request.command.empty() || args == nullptr || args->if_map() == nullptr) {
    return Error{Code::Malformed, "a request needs a command and a map of arguments"};
  }
  request.args = *args;
  return request;
}

Result<ApiReply> decode_reply(View frame) {
  Result<Value> value = unpack_map(frame, "reply");
  if (!value) return value.error();
  ApiReply reply;
  reply.id = value->integer("id");
  if (const Value* error = value->find("error")) {
    ApiFailure failure;
    failure.code = api_error(error->text("code")).value_or(ApiError::Internal);
    failure.message = error->text("message");
    failure.subject = error->text("subject");
    if (const Value* args = error->find("args")) failure.args = *args;
    reply.failure = std::move(failure);
    return reply;
  }
  const Value* result = value->find("result");
  if (result == nullptr || result->if_map() == nullptr) return Error{Code::Malformed, "a reply needs a result or an error"};
  reply.result = *result;
  return reply;
}

}  // namespace budstikke
