// Messages about single values, and about records that differ.
#include "protocol/base/limits.h"
#include "protocol/wire/messages_parts.h"

namespace budstikke {
namespace {

constexpr std::size_t kAskedBytes = LogId::kSize + 8 + 32 + 1;
constexpr std::size_t kBucketRecordBytes = 32 + 16;

}  // namespace

void write_message(Bytes& out, const AskValuesMessage& message) {
  ByteWriter writer(out);
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

void write_message(Bytes& out, const ValuesMessage& message) {
  ByteWriter writer(out);
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

void write_message(Bytes& out, const BucketsMessage& message) {
  ByteWriter writer(out);
  writer.u8(kBucketDigests);
  writer.raw(message.network);
  for (const DigestTag& bucket : message.buckets) writer.raw(bucket);
}

BucketsMessage read_buckets(ByteReader& reader) {
  BucketsMessage message;
  message.network = reader.fixed<NetworkId>();
  for (std::size_t i = 0; i < kBuckets && !reader.failed(); ++i) message.buckets.push_back(reader.fixed<DigestTag>());
  return message;
}

void write_message(Bytes& out, const BucketMessage& message) {
  ByteWriter writer(out);
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

}  // namespace budstikke
