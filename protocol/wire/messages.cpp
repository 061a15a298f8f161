#include "protocol/wire/messages.h"

#include <algorithm>

#include "protocol/base/limits.h"

namespace budstikke {
namespace {

enum MessageType : std::uint8_t {
  kHello = 1,
  kVector,
  kWant,
  kRun,
  kPart,
  kDone,
  kCredit,
  kSummary,
  kJoin,
  kAdmitted,
  kRefused,
  kAskValues,
  kValues,
  kBucketDigests,
  kBucket,
  kLevel,
  kShortRun,
  kClock,
  kHave = 20,
  kGraft,
  kPrune,
  kCrowded,
  kHolders = 26,
  kStore = 28,
};

enum HelloForm : std::uint8_t { kInFull = 0, kInShort = 1, kBehindAgreed = 2 };

constexpr std::size_t kSummaryBytes = 32 + 3 * 16;
constexpr std::size_t kLevelBytes = NetworkTag::kSize + DigestTag::kSize;
constexpr std::size_t kWantBytes = LogId::kSize + 8;

void write_summary(ByteWriter& writer, const NetworkSummary& summary) {
  writer.raw(summary.network);
  writer.raw(summary.membership);
  writer.raw(summary.vector);
  writer.raw(summary.state);
}

NetworkSummary read_summary(ByteReader& reader) {
  NetworkSummary summary;
  summary.network = reader.fixed<NetworkId>();
  summary.membership = reader.fixed<DigestTag>();
  summary.vector = reader.fixed<DigestTag>();
  summary.state = reader.fixed<DigestTag>();
  return summary;
}

void write_summaries(ByteWriter& writer, const std::vector<NetworkSummary>& networks) {
  writer.u8(static_cast<std::uint8_t>(networks.size()));
  for (const NetworkSummary& summary : networks) write_summary(writer, summary);
}

std::vector<NetworkSummary> read_summaries(ByteReader& reader) {
  const std::size_t count = reader.u8();
  if (count > kMaxNetworks || count * kSummaryBytes > reader.left()) {
    reader.fail();
    return {};
  }
  std::vector<NetworkSummary> networks(count);
  for (NetworkSummary& summary : networks) summary = read_summary(reader);
  return networks;
}

LevelMessage read_levels(ByteReader& reader) {
  const std::size_t count = reader.u8();
  if (count > kMaxNetworks || count * kLevelBytes > reader.left()) {
    reader.fail();
    return {};
  }
  LevelMessage message;
  message.networks.resize(count);
  for (NetworkLevel& one : message.networks) {
    one.network = reader.fixed<NetworkTag>();
    one.level = reader.fixed<DigestTag>();
  }
  return message;
}

void write_network(ByteWriter& writer, const NetworkHello& network) {
  if (network.summary) {
    writer.u8(kInFull);
    return write_summary(writer, *network.summary);
  }
  writer.u8(network.agreed ? kBehindAgreed : kInShort);
  writer.raw(network.network);
  writer.raw(network.level);
  if (network.agreed) writer.raw(*network.agreed);
}

NetworkHello read_network(ByteReader& reader) {
  const std::uint8_t form = reader.u8();
  if (form == kInFull) return in_full(read_summary(reader));
  if (form > kBehindAgreed) reader.fail();
  NetworkHello network;
  network.network = reader.fixed<NetworkTag>();
  network.level = reader.fixed<DigestTag>();
  if (form == kBehindAgreed) {
    network.agreed = reader.fixed<DigestTag>();
    if (network.agreed == network.level) reader.fail();
  }
  return network;
}

// A clock may stand before 1970, for which there is no number: it is told as the earliest there is.
void write_time(ByteWriter& writer, WallTime time) { writer.u64(static_cast<std::uint64_t>(std::max<std::int64_t>(time.ms, 0))); }

WallTime read_clock(ByteReader& reader) {
  const std::uint64_t ms = reader.u64();
  if (ms > INT64_MAX) reader.fail();
  return WallTime{static_cast<std::int64_t>(ms)};
}

void write_unsigned_hello(Bytes& out, const Hello& hello) {
  ByteWriter writer(out);
  writer.u8(kHello);
  writer.u8(hello.version_min);
  writer.u8(hello.version_max);
  writer.raw(hello.store);
  writer.raw(hello.nonce);
  write_time(writer, hello.time);
  writer.u8(static_cast<std::uint8_t>(hello.networks.size()));
  for (const NetworkHello& network : hello.networks) write_network(writer, network);
}

Hello read_hello(ByteReader& reader) {
  Hello hello;
  hello.version_min = reader.u8();
  hello.version_max = reader.u8();
  hello.store = reader.fixed<StoreId>();
  hello.nonce = reader.fixed<Nonce>();
  hello.time = read_clock(reader);
  const std::size_t count = reader.u8();
  if (count > kMaxNetworks) reader.fail();
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) hello.networks.push_back(read_network(reader));
  hello.signature = reader.fixed<Signature>();
  return hello;
}

LogId read_log(ByteReader& reader) {
  Result<LogId> log = read_log_id(reader);
  if (!log) reader.fail();
  return log ? *log : LogId{};
}

VectorMessage read_vector(ByteReader& reader) {
  VectorMessage message;
  message.network = reader.fixed<NetworkId>();
  const std::uint8_t log_class = reader.u8();
  const std::uint8_t last = reader.u8();
  const std::size_t count = reader.u16();
  if ((log_class != 1 && log_class != 2) || last > 2 || count > kVectorLogsPerFrame) reader.fail();
  message.log_class = static_cast<LogClass>(log_class);
  message.last = last != 0;
  message.changed_only = last == 2;
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    LogTips tips;
    tips.log = read_log(reader);
    const std::size_t branches = reader.u8();
    if (branches == 0 || branches > kMaxTips || tips.log.log_class != message.log_class) reader.fail();
    for (std::size_t j = 0; j < branches && !reader.failed(); ++j) {
      Tip tip;
      tip.seq = Seq{reader.u64()};
      tip.id = reader.fixed<EntryId>();
      if (tip.seq.value == 0 || (j > 0 && tip <= tips.tips.back())) reader.fail();
      tips.tips.push_back(tip);
    }
    message.logs.push_back(std::move(tips));
  }
  return message;
}

WantMessage read_want(ByteReader& reader) {
  WantMessage message;
  message.network = reader.fixed<NetworkId>();
  const std::size_t count = reader.u16();
  if (count > kMaxWantsPerMessage || count * kWantBytes > reader.left()) reader.fail();
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    Want want;
    want.log = read_log(reader);
    want.after = Seq{reader.u64()};
    message.wants.push_back(want);
  }
  return message;
}

RunMessage read_run(ByteReader& reader) {
  RunMessage run;
  run.network = reader.fixed<NetworkId>();
  run.log = read_log(reader);
  run.first = Seq{reader.u64()};
  run.count = reader.u16();
  run.end = reader.fixed<EntryId>();
  run.signature = reader.fixed<Signature>();
  run.entries = reader.rest();
  if (run.count == 0 || run.count > kMaxRunEntries || run.first.value == 0 || run.entries.empty()) reader.fail();
  if (run.first.value > UINT64_MAX - kMaxRunEntries) reader.fail();
  return run;
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

JoinMessage read_join(ByteReader& reader) {
  JoinMessage join;
  join.network = reader.fixed<NetworkId>();
  join.ticket = reader.fixed<MemberKey>();
  join.member = reader.fixed<MemberKey>();
  join.transport = reader.fixed<TransportKey>();
  join.ticket_signature = reader.fixed<Signature>();
  join.certificate = reader.fixed<Signature>();
  return join;
}

constexpr std::size_t kAskedBytes = LogId::kSize + 8 + 32 + 1;
constexpr std::size_t kBucketRecordBytes = 32 + 16;

AskValuesMessage read_ask_values(ByteReader& reader) {
  AskValuesMessage message;
  message.network = reader.fixed<NetworkId>();
  const std::size_t count = reader.u16();
  if (count == 0 || count > kMaxAskedValues || count * kAskedBytes > reader.left()) reader.fail();
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    AskedValues asked;
    asked.log = read_log(reader);
    asked.seq = Seq{reader.u64()};
    asked.entry = reader.fixed<EntryId>();
    asked.change = reader.u8();
    if (asked.log.log_class != LogClass::Data || asked.seq.value == 0) reader.fail();
    message.wanted.push_back(asked);
  }
  return message;
}

ValuesMessage read_values(ByteReader& reader) {
  ValuesMessage message;
  message.network = reader.fixed<NetworkId>();
  const std::size_t count = reader.u16();
  if (count == 0 || count > kMaxAskedValues) reader.fail();
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    ValuesAnswer answer;
    const std::uint8_t presence = reader.u8();
    if (presence < 1 || presence > 4) reader.fail();
    answer.presence = static_cast<ValuesPresence>(presence);
    if (answer.presence == ValuesPresence::Here) {
      answer.values = bytes_of(reader.raw(reader.u16()));
      if (answer.values.size() < Salt::kSize || answer.values.size() > kMaxValuesBytes) reader.fail();
    }
    message.answers.push_back(std::move(answer));
  }
  return message;
}

BucketsMessage read_buckets(ByteReader& reader) {
  BucketsMessage message;
  message.network = reader.fixed<NetworkId>();
  for (std::size_t i = 0; i < kBuckets && !reader.failed(); ++i) message.buckets.push_back(reader.fixed<DigestTag>());
  return message;
}

BucketMessage read_bucket(ByteReader& reader) {
  BucketMessage message;
  message.network = reader.fixed<NetworkId>();
  message.bucket = reader.u8();
  const std::uint8_t last = reader.u8();
  const std::size_t count = reader.u16();
  if (last > 1 || count > kBucketRecordsPerFrame || count * kBucketRecordBytes > reader.left()) reader.fail();
  message.last = last == 1;
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    BucketRecord record;
    record.id = reader.fixed<RecordId>();
    record.state = reader.fixed<DigestTag>();
    const bool ascends = message.records.empty() || message.records.back().id < record.id;
    if (record.id.bytes[0] != message.bucket || !ascends) reader.fail();
    message.records.push_back(record);
  }
  return message;
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

StoreMessage read_store(ByteReader& reader) {
  StoreMessage message;
  message.member = reader.fixed<MemberKey>();
  message.store = reader.fixed<StoreId>();
  message.other = reader.fixed<StoreId>();
  if (message.store.is_zero() || message.store == message.other) reader.fail();
  return message;
}

struct Encoder {
  Bytes& out;
  ByteWriter writer{out};

  void operator()(const Hello& hello) {
    write_unsigned_hello(out, hello);
    writer.raw(hello.signature);
  }
  void operator()(const VectorMessage& message) {
    writer.u8(kVector);
    writer.raw(message.network);
    writer.u8(static_cast<std::uint8_t>(message.log_class));
    writer.u8(message.changed_only ? 2 : message.last ? 1 : 0);
    writer.u16(static_cast<std::uint16_t>(message.logs.size()));
    for (const LogTips& log : message.logs) {
      write_log_id(out, log.log);
      writer.u8(static_cast<std::uint8_t>(log.tips.size()));
      for (const Tip& tip : log.tips) {
        writer.u64(tip.seq.value);
        writer.raw(tip.id);
      }
    }
  }
  void operator()(const WantMessage& message) {
    writer.u8(kWant);
    writer.raw(message.network);
    writer.u16(static_cast<std::uint16_t>(message.wants.size()));
    for (const Want& want : message.wants) {
      write_log_id(out, want.log);
      writer.u64(want.after.value);
    }
  }
  void operator()(const RunMessage& run) {
    writer.u8(kRun);
    writer.raw(run.network);
    write_log_id(out, run.log);
    writer.u64(run.first.value);
    writer.u16(run.count);
    writer.raw(run.end);
    writer.raw(run.signature);
    writer.raw(run.entries);
  }
  void operator()(const PartMessage& part) {
    writer.u8(kPart);
    writer.raw(part.entries);
  }
  void operator()(const DoneMessage& message) {
    writer.u8(kDone);
    writer.raw(message.network);
  }
  void operator()(const CreditMessage& credit) {
    writer.u8(kCredit);
    writer.u32(credit.bytes);
  }
  void operator()(const SummaryMessage& summary) {
    writer.u8(kSummary);
    write_summaries(writer, summary.networks);
  }
  void operator()(const JoinMessage& join) {
    writer.u8(kJoin);
    writer.raw(join.network);
    writer.raw(join.ticket);
    writer.raw(join.member);
    writer.raw(join.transport);
    writer.raw(join.ticket_signature);
    writer.raw(join.certificate);
  }
  void operator()(const AdmittedMessage& admitted) {
    writer.u8(kAdmitted);
    writer.raw(admitted.network);
    writer.u16(static_cast<std::uint16_t>(admitted.founding.size()));
    writer.raw(admitted.founding);
  }
  void operator()(const RefusedMessage& refused) {
    writer.u8(kRefused);
    writer.u8(static_cast<std::uint8_t>(refused.reason));
  }
  void operator()(const AskValuesMessage& message) {
    writer.u8(kAskValues);
    writer.raw(message.network);
    writer.u16(static_cast<std::uint16_t>(message.wanted.size()));
    for (const AskedValues& asked : message.wanted) {
      write_log_id(out, asked.log);
      writer.u64(asked.seq.value);
      writer.raw(asked.entry);
      writer.u8(asked.change);
    }
  }
  void operator()(const ValuesMessage& message) {
    writer.u8(kValues);
    writer.raw(message.network);
    writer.u16(static_cast<std::uint16_t>(message.answers.size()));
    for (const ValuesAnswer& answer : message.answers) {
      writer.u8(static_cast<std::uint8_t>(answer.presence));
      if (answer.presence != ValuesPresence::Here) continue;
      writer.u16(static_cast<std::uint16_t>(answer.values.size()));
      writer.raw(answer.values);
    }
  }
  void operator()(const BucketsMessage& message) {
    writer.u8(kBucketDigests);
    writer.raw(message.network);
    for (const DigestTag& bucket : message.buckets) writer.raw(bucket);
  }
  void operator()(const BucketMessage& message) {
    writer.u8(kBucket);
    writer.raw(message.network);
    writer.u8(message.bucket);
    writer.u8(message.last ? 1 : 0);
    writer.u16(static_cast<std::uint16_t>(message.records.size()));
    for (const BucketRecord& record : message.records) {
      writer.raw(record.id);
      writer.raw(record.state);
    }
  }
  void operator()(const LevelMessage& message) {
    writer.u8(kLevel);
    writer.u8(static_cast<std::uint8_t>(message.networks.size()));
    for (const NetworkLevel& one : message.networks) {
      writer.raw(one.network);
      writer.raw(one.level);
    }
  }
  void operator()(const ShortRunMessage& run) {
    writer.u8(kShortRun);
    writer.raw(run.network);
    write_log_id(out, run.log);
    writer.u64(run.first.value);
    writer.raw(run.signature);
    writer.raw(run.entries);
  }
  void operator()(const ClockMessage& message) {
    writer.u8(kClock);
    write_time(writer, message.time);
  }
  void operator()(const HaveMessage& message) { write_pushed_logs(kHave, message.network, message.logs); }
  void operator()(const GraftMessage& message) { write_pushed_logs(kGraft, message.network, message.logs); }
  void operator()(const PruneMessage& message) { write_pushed_logs(kPrune, message.network, message.logs); }
  void operator()(const CrowdedMessage&) { writer.u8(kCrowded); }
  void operator()(const HoldersMessage& message) {
    writer.u8(kHolders);
    writer.raw(message.network);
    writer.raw(message.level);
    writer.u16(static_cast<std::uint16_t>(message.members.size()));
    writer.raw(message.members);
  }
  void write_pushed_logs(MessageType type, const NetworkId& network, const std::vector<PushedLog>& logs) {
    writer.u8(type);
    writer.raw(network);
    writer.u16(static_cast<std::uint16_t>(logs.size()));
    for (const PushedLog& pushed : logs) {
      write_log_id(out, pushed.log);
      writer.u64(pushed.seq.value);
    }
  }
  void operator()(const StoreMessage& message) {
    writer.u8(kStore);
    writer.raw(message.member);
    writer.raw(message.store);
    writer.raw(message.other);
  }
};

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
    case kPart: {
      if (reader.left() == 0) reader.fail();  // each part must bring an entry, or parts could be endless
      return PartMessage{reader.rest()};
    }
    case kDone:
      return DoneMessage{reader.fixed<NetworkId>()};
    case kCredit:
      return CreditMessage{reader.u32()};
    case kSummary:
      return SummaryMessage{read_summaries(reader)};
    case kJoin:
      return read_join(reader);
    case kAdmitted: {
      AdmittedMessage admitted;
      admitted.network = reader.fixed<NetworkId>();
      admitted.founding = bytes_of(reader.raw(reader.u16()));
      return admitted;
    }
    case kRefused: {
      const std::uint8_t reason = reader.u8();
      if (reason < 1 || reason > 5) reader.fail();
      return RefusedMessage{static_cast<Refusal>(reason)};
    }
    case kAskValues:
      return read_ask_values(reader);
    case kValues:
      return read_values(reader);
    case kBucketDigests:
      return read_buckets(reader);
    case kBucket:
      return read_bucket(reader);
    case kLevel:
      return read_levels(reader);
    case kShortRun:
      return read_short_run(reader);
    case kClock:
      return ClockMessage{read_clock(reader)};
    case kHave:
      return read_pushed_logs<HaveMessage>(reader, Seq{1});
    case kGraft:
      return read_pushed_logs<GraftMessage>(reader, Seq{0});
    case kPrune:
      return read_pushed_logs<PruneMessage>(reader, Seq{1});
    case kCrowded:
      return CrowdedMessage{};
    case kHolders:
      return read_holders(reader);
    case kStore:
      return read_store(reader);
    default:
      return std::nullopt;
  }
}

}  // namespace

Bytes encode(const Message& message) {
  Bytes out;
  std::visit(Encoder{out}, message);
  return out;
}

Result<Message> decode(View frame) {
  if (frame.size() > kMaxFrameBytes) return Error{Code::TooLarge, "a frame that is too large"};
  ByteReader reader(frame);
  std::optional<Message> message = read_message(reader);
  if (!message || !reader.done()) return Error{Code::Malformed, "a frame that is no message"};
  return std::move(*message);
}

DigestTag level_of(const NetworkSummary& summary) {
  Bytes bytes;
  ByteWriter writer(bytes);
  write_summary(writer, summary);
  return tag_of(hash(Domain::Derived, {bytes, view_of("level")}));
}

NetworkHello in_full(const NetworkSummary& summary) {
  return {tag_of(summary.network), level_of(summary), std::nullopt, summary};
}

Bytes hello_message(const Hello& hello, const Nonce& answered, const TransportKey& sender, const TransportKey& receiver) {
  Bytes out;
  write_unsigned_hello(out, hello);
  ByteWriter writer(out);
  writer.raw(answered);
  writer.raw(sender);
  writer.raw(receiver);
  return out;
}

}  // namespace budstikke
