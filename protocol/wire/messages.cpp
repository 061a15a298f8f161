#include "protocol/wire/messages.h"

#include "protocol/base/limits.h"
#include "protocol/wire/messages_parts.h"

namespace budstikke {
namespace {

std::optional<Message> read_message(ByteReader& reader) {
  switch (reader.u8()) {
    case kHello:
      return read_hello(reader);
    case kVector:
      return read_vector(reader);
    case kWant:
      return read_want(reader);
    case kRun:
      return read_run(reader);
    case kPart:
      return read_part(reader);
    case kDone:
      return read_done(reader);
    case kCredit:
      return read_credit(reader);
    case kSummary:
      return read_summary(reader);
    case kJoin:
      return read_join(reader);
    case kAdmitted:
      return read_admitted(reader);
    case kRefused:
      return read_refused(reader);
    case kAskValues:
      return read_ask_values(reader);
    case kValues:
      return read_values(reader);
    case kBucketDigests:
      return read_buckets(reader);
    case kBucket:
      return read_bucket(reader);
    case kLevel:
      return read_level(reader);
    case kShortRun:
      return read_short_run(reader);
    case kClock:
      return read_clock(reader);
    case kHave:
      return read_have(reader);
    case kGraft:
      return read_graft(reader);
    case kPrune:
      return read_prune(reader);
    case kCrowded:
      return read_crowded(reader);
    case kHolders:
      return read_holders(reader);
    case kStore:
      return read_store(reader);
    default:
      return std::nullopt;
  }
}

}  // namespace

LogId read_log(ByteReader& reader) {
  Result<LogId> log = read_log_id(reader);
  if (!log) reader.fail();
  return log ? *log : LogId{};
}

Bytes encode(const Message& message) {
  Bytes out;
  std::visit([&](const auto& one) { write_message(out, one); }, message);
  return out;
}

Result<Message> decode(View frame) {
  if (frame.size() > kMaxFrameBytes) return Error{Code::TooLarge, "a frame that is too large"};
  ByteReader reader(frame);
  std::optional<Message> message = read_message(reader);
  if (!message || !reader.done()) return Error{Code::Malformed, "a frame that is no message"};
  return std::move(*message);
}

}  // namespace budstikke
