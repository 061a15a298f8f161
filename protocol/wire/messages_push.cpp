// Messages of pushes, and of who holds what.
#include "protocol/base/limits.h"
#include "protocol/wire/messages_parts.h"

namespace budstikke {
namespace {

void write_pushed_logs(Bytes& out, MessageType type, const NetworkId& network, const std::vector<PushedLog>& logs) {
  ByteWriter writer(out);
  writer.u8(type);
  writer.raw(network);
  writer.u16(static_cast<std::uint16_t>(logs.size()));
  for (const PushedLog& pushed : logs) {
    write_log_id(out, pushed.log);
    writer.u64(pushed.seq.value);
  }
}

// Of have, graft and prune; `least` is the smallest number that makes sense.
template <class PushMessage>
PushMessage read_pushed_logs(ByteReader& reader, Seq least) {
  PushMessage message;
  message.network = reader.fixed<NetworkId>();
  const std::size_t count = reader.u16();
  if (count == 0 || count > kMaxPushedLogs || count * (LogId::kSize + 8) > reader.left()) reader.fail();
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    PushedLog pushed;
    pushed.log = read_log(reader);
    pushed.seq = Seq{reader.u64()};
    if (pushed.seq < least) reader.fail();
    message.logs.push_back(pushed);
  }
  return message;
}

}  // namespace

void write_message(Bytes& out, const ShortRunMessage& run) {
  ByteWriter writer(out);
  writer.u8(kShortRun);
  writer.raw(run.network);
  write_log_id(out, run.log);
  writer.u64(run.first.value);
  writer.raw(run.signature);
  writer.raw(run.entries);
}

ShortRunMessage read_short_run(ByteReader& reader) {
  ShortRunMessage run;
  run.network = reader.fixed<NetworkTag>();
  run.log = read_log(reader);
  run.first = Seq{reader.u64()};
  run.signature = reader.fixed<Signature>();
  run.entries = reader.rest();
  if (run.first.value == 0 || run.entries.empty() || run.first.value > UINT64_MAX - kMaxRunEntries) reader.fail();
  return run;
}

void write_message(Bytes& out, const HaveMessage& message) { write_pushed_logs(out, kHave, message.network, message.logs); }

HaveMessage read_have(ByteReader& reader) { return read_pushed_logs<HaveMessage>(reader, Seq{1}); }

void write_message(Bytes& out, const GraftMessage& message) { write_pushed_logs(out, kGraft, message.network, message.logs); }

GraftMessage read_graft(ByteReader& reader) { return read_pushed_logs<GraftMessage>(reader, Seq{0}); }

void write_message(Bytes& out, const PruneMessage& message) { write_pushed_logs(out, kPrune, message.network, message.logs); }

PruneMessage read_prune(ByteReader& reader) { return read_pushed_logs<PruneMessage>(reader, Seq{0}); }

void write_message(Bytes& out, const CrowdedMessage&) {
  ByteWriter writer(out);
  writer.u8(kCrowded);
}

CrowdedMessage read_crowded(ByteReader&) { return {}; }

void write_message(Bytes& out, const HoldersMessage& message) {
  ByteWriter writer(out);
  writer.u8(kHolders);
  writer.raw(message.network);
  writer.raw(message.level);
  writer.u16(static_cast<std::uint16_t>(message.members.size()));
  writer.raw(message.members);
}

HoldersMessage read_holders(ByteReader& reader) {
  HoldersMessage message;
  message.network = reader.fixed<NetworkTag>();
  message.level = reader.fixed<DigestTag>();
  const std::size_t size = reader.u16();
  if (size == 0 || size > kMaxMembers / 8) reader.fail();
  message.members = bytes_of(reader.raw(size));
  if (!message.members.empty() && message.members.back() == 0) reader.fail();
  return message;
}

}  // namespace budstikke
