// The local API: what the command line asks a running node.
//
// Shape        One request, one reply, each one frame of canonical msgpack (pack.h) of at most kMaxApiBytes, over a ZeroMQ
//              DEALER (command line) to ROUTER (daemon) on the ipc socket `api.sock` in the home folder.
//                request  {"id": integer, "command": text, "args": map}
//                reply    {"id": integer, "result": map}  or  {"id": integer, "error": {"code", "message", "subject", "args"}}
//              Times are texts in UTC RFC 3339 with seconds ("2026-03-15T16:00:00Z"). Ids are base32: 52 letters for records,
//              members, councils, entries and networks. A record, network or council may be named by any unambiguous prefix
//              of at least 4 letters.
// Errors       `code` is one of ApiError's texts, `message` is English for the log, `subject` names the field, id or value,
//              `args` holds numbers and names for the translated text.
//
// Commands (args → result; `?` marks what may be left out, `network` is an id or label, default the first one joined):
//   status {}                         → {member, council, council_name, version, networks: [{id, name, role, members, records,
//                                        entries, missing, vector_digest, state_digest, membership_digest, conflicts}],
//                                        peers: [as peers], store: {bytes, format}, listen, uptime_s}
//   peers {}                          → {peers: [{member, council, name, connected, in_sync, behind, last_seen?, reason,
//   address}]}
//                                        reason: refused-key, unreachable, timeout, handshake, bad-peer, no-address, not-linked
//   network.create {name}             → {id, name, recovery_key}
//   network.list {}                   → {networks: [{id, name, role, members, records}]}
//   network.show {network?}           → {id, name, role, members, founder, founder_name, created, membership_digest,
//                                        vector_digest, state_digest}
//   network.members {network?}        → {members: [{member, council, name, role, admitted_by, admitted, words, you}]}
//                                        words: 12 hex digits, shown as six words; empty for the founder
//   invite {network?, role?, for?, council?, expires_s?}  → {ticket, expires, role}
//   join {ticket}                     → {network, name, role, council, words}     answers when admitted or refused; up to 30 s
//   record.add {kind, fields: {name: [text…]}, network?}  → {id, short}
//   record.edit {kind, id, set?: {name: [text…]}, take?: {name: [text…]}}  → {id, short, changed: bool}
//                                        `set` of a register gives its value ("" clears it), of a set adds elements
//   record.remove {kind, id}  record.restore {kind, id}   → {id, short}
//   record.answer {kind, id, field, value}                → {id, short}           rsvp, receipts, responses
//   record.comment {kind, id, text}                       → {id, short}
//   record.resolve {kind, id, field, choose?: 1…, value?: text}  → {id, short}
//   record.show {kind, id}            → {record: RECORD}
//   record.list {kind, filters?: {name: text}, after?: id, limit?, network?}  → {records: [RECORD], next?: id}
//                                        by record id; filters are texts contained without regard to case; `after` continues
//   record.conflicts {network?}       → {conflicts: [{id, short, kind, title, field, values: [{value, council, council_name,
//   time}]}]} record.import {kind, items: [{line, uid?, fields: {name: [text…]}}], network?}
//                                     → {results: [{line, outcome, id?, error?}]}   outcome: created, changed, unchanged,
//                                        removed (was deleted here and stays so), refused (error as above)
//   sync {timeout_ms}                 → {in_sync: bool, peers: [as peers]}        dials at once; answers when in sync or timed
//   out
//
// RECORD: {id, short, kind, owner, owner_name, network, changed, uid? (of the file it was imported from here),
//          <field>: value or [values] for sets…,
//          conflicts: {field: [{value, council, council_name, time}…]},    only when there are any
//          answers: {field: [{council, council_name, value, time}…]},      only for kinds that have answers
//          comments: [{council, council_name, value, time}…],               only when there are any
//          edited_after_remove: true}                                       only when a concurrent edit brought it back
//         A field without a value is left out. Values are texts, integers (Number) or booleans (YesNo).
#pragma once

#include <optional>
#include <string>

#include "protocol/base/bytes.h"
#include "protocol/base/result.h"
#include "protocol/base/value.h"
#include "protocol/records/check.h"

namespace budstikke {

// clang-format off: grouped by exit code
enum class ApiError : std::uint8_t {
  // usage: exit 2
  UnknownCommand,
  UnknownKind,
  UnknownField,
  BadRequest,
  BadDate,
  BadNumber,
  BadEmail,
  BadUrl,
  BadZone,
  BadChoice,
  BadText,
  MissingValue,
  TooLong,
  BadTicket,
  BadRole,
  NotASet,
  // refused or failed: exit 1
  NoNetwork,
  AlreadyJoined,
  TicketUsed,
  TicketExpired,
  TicketUnknown,
  Unreachable,
  Removed,
  NothingToRemove,
  NoConflict,
  NotRemoved,
  StoreFull,
  StoreFailed,
  Internal,
  NotAnswerable,
  // not permitted: exit 4
  NotPermitted,
  // no such thing, or ambiguous: exit 5
  NoSuchRecord,
  NoSuchNetwork,
  NoSuchCouncil,
  AmbiguousId,
  // timed out: exit 6
  TimedOut,
};
// clang-format on
inline constexpr std::size_t kApiErrorCount = static_cast<std::size_t>(ApiError::TimedOut) + 1;

std::string_view text_of(ApiError error);  // "unknown-field": lower case with dashes, stable
std::optional<ApiError> api_error(std::string_view text);
int exit_code_of(ApiError error);
ApiError api_error_of(FieldFault fault);  // why a value does not fit its field, as a refusal

struct ApiRequest {
  std::int64_t id = 0;
  std::string command;
  Value args = Value::map();
};

struct ApiFailure {
  ApiError code = ApiError::Internal;
  std::string message;
  std::string subject = {};
  Value args = Value::map();
};

struct ApiReply {
  std::int64_t id = 0;
  std::optional<ApiFailure> failure;
  Value result = Value::map();
};

Bytes encode(const ApiRequest& request);
Bytes encode(const ApiReply& reply);
Result<ApiRequest> decode_request(View frame);
Result<ApiReply> decode_reply(View frame);
Value value_of(const ApiFailure& failure);  // {"code", "message", "subject", "args"}

}  // namespace budstikke
