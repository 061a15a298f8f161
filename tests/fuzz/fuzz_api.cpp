// The frames of the local API, as the node takes requests and the command line replies, and the mark with which a page of history
// is continued. Each input is read in all three ways.
#include "protocol/base/limits.h"
#include "protocol/records/history.h"
#include "protocol/wire/api.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;

namespace {

// What a decoder took, it must take again after encoding, with the same meaning: a frame may hold keys that are not ours, or
// have ours in another order, so the bytes need not be the same the first time, but they are from then on.
void check_request(const ApiRequest& request) {
  require(!request.command.empty() && request.args.if_map() != nullptr, "a request has a command and a map of arguments");
  const Bytes frame = encode(request);
  const Result<ApiRequest> again = decode_request(frame);
  if (frame.size() > kMaxApiBytes) return;
  require(again.ok(), "an encoded request is decoded");
  require(again->id == request.id && again->command == request.command, "a request keeps its id and command");
  require(again->args == request.args, "a request keeps its arguments");
  require(same_bytes(encode(*again), frame), "a request has one encoding");
}

void check_reply(const ApiReply& reply) {
  require(reply.failure || reply.result.if_map() != nullptr, "a reply has a map, or a refusal");
  const Bytes frame = encode(reply);
  if (frame.size() > kMaxApiBytes) return;
  const Result<ApiReply> again = decode_reply(frame);
  require(again.ok(), "an encoded reply is decoded");
  require(again->id == reply.id, "a reply keeps its id");
  require(again->failure.has_value() == reply.failure.has_value(), "a refusal stays one");
  require(again->result == reply.result, "a reply keeps its result");
  if (reply.failure) {
    require(again->failure->code == reply.failure->code, "a refusal keeps its code");
    require(again->failure->subject == reply.failure->subject, "a refusal keeps its subject");
  }
  require(same_bytes(encode(*again), frame), "a reply has one encoding");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View frame(data, size);
  const Result<ApiRequest> request = decode_request(frame);
  const Result<ApiReply> reply = decode_reply(frame);
  if (request) check_request(*request);
  if (reply) check_reply(*reply);
  const Result<HistoryMark> mark = parse_history_mark(frame);
  if (mark) require(same_bytes(encode(*mark), frame), "a mark of history has one encoding");
  if (request || reply || mark) fuzz::accepted();
  return 0;
}
