// Messages by which nodes meet and agree: hello, what each holds, what is asked for and sent.
#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/wire/messages_parts.h"

namespace budstikke {
namespace {

enum HelloForm : std::uint8_t { kInFull = 0, kInShort = 1, kBehindAgreed = 2 };

constexpr std::size_t kSummaryBytes = 32 + 3 * 16;
constexpr std::size_t kLevelBytes = NetworkTag::kSize + DigestTag::kSize;
constexpr std::size_t kWantBytes = LogId::kSize + 8;

void write_summary_entry(ByteWriter& writer, const NetworkSummary& summary) {
  writer.raw(summary.network);
  writer.raw(summary.membership);
  writer.raw(summary.vector);
  writer.raw(summary.state);
}

NetworkSummary read_summary_entry(ByteReader& reader) {
  NetworkSummary summary;
  summary.network = reader.fixed<NetworkId>();
  summary.membership = reader.fixed<DigestTag>();
  summary.vector = reader.fixed<DigestTag>();
  summary.state = reader.fixed<DigestTag>();
  return summary;
}

void write_network(ByteWriter& writer, const NetworkHello& network) {
  if (network.summary) {
    writer.u8(kInFull);
    return write_summary_entry(writer, *network.summary);
  }
  writer.u8(network.agreed ? kBehindAgreed : kInShort);
  writer.raw(network.network);
  writer.raw(network.level);
  if (network.agreed) writer.raw(*network.agreed);
}

NetworkHello read_network(ByteReader& reader) {
  const std::uint8_t form = reader.u8();
  if (form == kInFull) return in_full(read_summary_entry(reader));
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

WallTime read_time_told(ByteReader& reader) {
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

}  // namespace

// --- Hello, and what is held -----------------------------------------------------------------------------------------

void write_message(Bytes& out, const Hello& hello) {
  ByteWriter writer(out);
  write_unsigned_hello(out, hello);
  writer.raw(hello.signature);
}

Hello read_hello(ByteReader& reader) {
  Hello hello;
  hello.version_min = reader.u8();
  hello.version_max = reader.u8();
  hello.store = reader.fixed<StoreId>();
  hello.nonce = reader.fixed<Nonce>();
  hello.time = read_time_told(reader);
  const std::size_t count = reader.u8();
  if (count > kMaxNetworks) reader.fail();
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) hello.networks.push_back(read_network(reader));
  hello.signature = reader.fixed<Signature>();
  return hello;
}

void write_message(Bytes& out, const VectorMessage& message) {
  ByteWriter writer(out);
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

void write_message(Bytes& out, const SummaryMessage& summary) {
  ByteWriter writer(out);
  writer.u8(kSummary);
  writer.u8(static_cast<std::uint8_t>(summary.networks.size()));
  for (const NetworkSummary& network : summary.networks) write_summary_entry(writer, network);
}

SummaryMessage read_summary(ByteReader& reader) {
  const std::size_t count = reader.u8();
  if (count > kMaxNetworks || count * kSummaryBytes > reader.left()) {
    reader.fail();
    return {};
  }
  SummaryMessage message;
  message.networks.resize(count);
  for (NetworkSummary& summary : message.networks) summary = read_summary_entry(reader);
  return message;
}

void write_message(Bytes& out, const LevelMessage& message) {
  ByteWriter writer(out);
  writer.u8(kLevel);
  writer.u8(static_cast<std::uint8_t>(message.networks.size()));
  for (const NetworkLevel& one : message.networks) {
    writer.raw(one.network);
    writer.raw(one.level);
  }
}

LevelMessage read_level(ByteReader& reader) {
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

void write_message(Bytes& out, const ClockMessage& message) {
  ByteWriter writer(out);
  writer.u8(kClock);
  write_time(writer, message.time);
}

ClockMessage read_clock(ByteReader& reader) { return {read_time_told(reader)}; }

// --- What is asked for, and sent -------------------------------------------------------------------------------------

void write_message(Bytes& out, const WantMessage& message) {
  ByteWriter writer(out);
  writer.u8(kWant);
  writer.raw(message.network);
  writer.u16(static_cast<std::uint16_t>(message.wants.size()));
  for (const Want& want : message.wants) {
    write_log_id(out, want.log);
    writer.u64(want.after.value);
  }
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

void write_message(Bytes& out, const RunMessage& run) {
  ByteWriter writer(out);
  writer.u8(kRun);
  writer.raw(run.network);
  write_log_id(out, run.log);
  writer.u64(run.first.value);
  writer.u16(run.count);
  writer.raw(run.end);
  writer.raw(run.signature);
  writer.raw(run.entries);
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

void write_message(Bytes& out, const PartMessage& part) {
  ByteWriter writer(out);
  writer.u8(kPart);
  writer.raw(part.entries);
}

PartMessage read_part(ByteReader& reader) {
  if (reader.left() == 0) reader.fail();  // each part must bring an entry, or parts could be endless
  return {reader.rest()};
}

void write_message(Bytes& out, const DoneMessage& message) {
  ByteWriter writer(out);
  writer.u8(kDone);
  writer.raw(message.network);
}

DoneMessage read_done(ByteReader& reader) { return {reader.fixed<NetworkId>()}; }

void write_message(Bytes& out, const CreditMessage& credit) {
  ByteWriter writer(out);
  writer.u8(kCredit);
  writer.u32(credit.bytes);
}

CreditMessage read_credit(ByteReader& reader) { return {reader.u32()}; }

// --- What a hello says -----------------------------------------------------------------------------------------------

DigestTag level_of(const NetworkSummary& summary) {
  Bytes bytes;
  ByteWriter writer(bytes);
  write_summary_entry(writer, summary);
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
