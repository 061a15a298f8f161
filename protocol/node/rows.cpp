#include "protocol/node/rows.h"

#include "protocol/base/limits.h"

namespace budstikke {
namespace {

Error damaged(const char* what) { return Error{Code::Damaged, what}; }

void write_head(ByteWriter& writer, const Head& head) {
  writer.u64(head.seq.value);
  writer.raw(head.id);
  writer.u64(static_cast<std::uint64_t>(head.stamp.ms));
  writer.u16(head.entries_since_checkpoint);
  writer.u32(head.bytes_since_checkpoint);
}

Head read_head(ByteReader& reader) {
  Head head;
  head.seq = Seq{reader.u64()};
  head.id = reader.fixed<EntryId>();
  head.stamp = WallTime{static_cast<std::int64_t>(reader.u64())};
  head.entries_since_checkpoint = reader.u16();
  head.bytes_since_checkpoint = reader.u32();
  return head;
}

void write_link(ByteWriter& writer, const ChangeLink& link) {
  writer.u64(link.entry.value);
  writer.u8(link.change);
}

ChangeLink read_link(ByteReader& reader) {
  ChangeLink link;
  link.entry = EntryNumber{reader.u64()};
  link.change = reader.u8();
  return link;
}

constexpr std::size_t kSourceBytes = 16 + 1 + 32 + 8 + 8 + 8;
constexpr std::size_t kLiveBytes = 4 + 1 + 1 + 1;

void write_ids(Bytes& out, const std::vector<OperationId>& ids) {
  ByteWriter(out).u32(static_cast<std::uint32_t>(ids.size()));
  for (const OperationId& id : ids) write_operation_id(out, id);
}

std::vector<OperationId> read_ids(ByteReader& reader) {
  const std::size_t count = reader.u32();
  if (count * OperationId::kSize > reader.left()) {
    reader.fail();
    return {};
  }
  std::vector<OperationId> ids(count);
  for (OperationId& id : ids) id = read_operation_id(reader);
  return ids;
}

Source read_source(ByteReader& reader) {
  Source source;
  source.entry = reader.fixed<EntryPrefix>();
  source.change = reader.u8();
  source.leaf = reader.fixed<Hash>();
  source.stamp = WallTime{static_cast<std::int64_t>(reader.u64())};
  source.number = EntryNumber{reader.u64()};
  source.log = LogNumber{reader.u64()};
  return source;
}

}  // namespace

Bytes key_of(std::uint64_t number) {
  Bytes key;
  ByteWriter(key).u64(number);
  return key;
}

Bytes checkpoint_key(LogNumber log, Seq seq, EntryNumber entry) {
  Bytes key;
  ByteWriter writer(key);
  writer.u64(log.value);
  writer.u64(seq.value);
  writer.u64(entry.value);
  return key;
}

Bytes record_id_key(NetworkNumber network, const RecordId& id) {
  Bytes key;
  key.reserve(40);
  ByteWriter writer(key);
  writer.u64(network.value);
  writer.raw(id);
  return key;
}

Bytes bucket_key(NetworkNumber network, std::uint8_t bucket) {
  Bytes key;
  ByteWriter writer(key);
  writer.u64(network.value);
  writer.u8(bucket);
  return key;
}

Bytes encode(const CountersRow& row) {
  Bytes out;
  ByteWriter writer(out);
  writer.u64(row.networks);
  writer.u64(row.logs);
  writer.u64(row.entries);
  writer.u64(row.records);
  writer.u64(row.incarnation.value);
  return out;
}

Result<CountersRow> parse_counters(View bytes) {
  ByteReader reader(bytes);
  CountersRow row;
  row.networks = reader.u64();
  row.logs = reader.u64();
  row.entries = reader.u64();
  row.records = reader.u64();
  row.incarnation = Incarnation{reader.u64()};
  if (!reader.done()) return damaged("the counters row");
  return row;
}

Bytes agreed_key(NetworkNumber network, const MemberKey& member) {
  Bytes key = bytes_of(view_of(kAgreedPrefix));
  ByteWriter writer(key);
  writer.u64(network.value);
  writer.raw(member);
  return key;
}

Bytes encode(const AgreedRow& row) {
  Bytes out;
  ByteWriter writer(out);
  writer.raw(row.store);
  writer.raw(row.level);
  writer.u64(row.last.value);
  return out;
}

Result<AgreedRow> parse_agreed(View bytes) {
  ByteReader reader(bytes);
  AgreedRow row;
  row.store = reader.fixed<StoreId>();
  row.level = reader.fixed<DigestTag>();
  row.last = EntryNumber{reader.u64()};
  if (!reader.done()) return damaged("what a member last agreed on");
  return row;
}

Bytes former_key(NetworkNumber network, const TransportKey& transport) {
  Bytes key = bytes_of(view_of("former "));
  ByteWriter writer(key);
  writer.u64(network.value);
  writer.raw(transport);
  return key;
}

Bytes encode(const FormerKey& row) {
  Bytes out;
  ByteWriter writer(out);
  writer.u32(row.days);
  writer.u64(row.last_day);
  return out;
}

Result<FormerKey> parse_former_key(View bytes) {
  ByteReader reader(bytes);
  FormerKey row;
  row.days = reader.u32();
  row.last_day = reader.u64();
  if (!reader.done()) return damaged("a member's former key");
  return row;
}

Bytes encode(const NetworkRow& row) {
  Bytes out;
  ByteWriter writer(out);
  writer.raw(row.id);
  writer.u16(static_cast<std::uint16_t>(row.charter.size()));
  writer.raw(row.charter);
  writer.u16(static_cast<std::uint16_t>(row.label.size()));
  writer.raw(view_of(row.label));
  writer.u8(static_cast<std::uint8_t>(row.bootstrap.size()));
  for (const ReachableMember& member : row.bootstrap) {
    writer.raw(member.transport);
    writer.u8(static_cast<std::uint8_t>(member.address.size()));
    writer.raw(view_of(member.address));
  }
  return out;
}

Result<NetworkRow> parse_network(View bytes) {
  ByteReader reader(bytes);
  NetworkRow row;
  row.id = reader.fixed<NetworkId>();
  row.charter = bytes_of(reader.raw(reader.u16()));
  row.label = text_of(reader.raw(reader.u16()));
  const std::size_t count = reader.u8();
  for (std::size_t i = 0; i < count; ++i) {
    ReachableMember member;
    member.transport = reader.fixed<TransportKey>();
    member.address = text_of(reader.raw(reader.u8()));
    row.bootstrap.push_back(std::move(member));
  }
  if (!reader.done()) return damaged("a network row");
  return row;
}

Bytes encode(const LogRow& row) {
  Bytes out;
  ByteWriter writer(out);
  writer.u64(row.network.value);
  write_log_id(out, row.id);
  writer.u64(row.entries);
  writer.u8(static_cast<std::uint8_t>(row.tips.size()));
  for (const StoredTip& tip : row.tips) {
    write_head(writer, tip.head);
    writer.u64(tip.number.value);
    writer.raw(tip.signature);
  }
  return out;
}

Result<LogRow> parse_log(View bytes) {
  ByteReader reader(bytes);
  LogRow row;
  row.network = NetworkNumber{reader.u64()};
  Result<LogId> id = read_log_id(reader);
  if (!id) return damaged("a log row");
  row.id = *id;
  row.entries = reader.u64();
  const std::size_t count = reader.u8();
  for (std::size_t i = 0; i < count; ++i) {
    StoredTip tip;
    tip.head = read_head(reader);
    tip.number = EntryNumber{reader.u64()};
    tip.signature = reader.fixed<Signature>();
    row.tips.push_back(tip);
  }
  if (!reader.done()) return damaged("a log row");
  return row;
}

Bytes missing_key(NetworkNumber network, const ChangeLink& change) {
  Bytes key;
  ByteWriter writer(key);
  writer.u64(network.value);
  write_link(writer, change);
  return key;
}

ChangeLink parse_missing_key(View key) {
  ByteReader reader(key.subspan(8));
  return read_link(reader);
}

Bytes numbered_key(NetworkNumber network, std::uint64_t number) {
  Bytes key;
  ByteWriter writer(key);
  writer.u64(network.value);
  writer.u64(number);
  return key;
}

Bytes import_key(NetworkNumber network, const RecordId& id) {
  Bytes key = bytes_of(view_of("import "));
  ByteWriter writer(key);
  writer.u64(network.value);
  writer.raw(id);
  return key;
}

Bytes erasure_key(NetworkNumber network, const OperationId& id) {
  Bytes key = key_of(network.value);
  write_operation_id(key, id);
  return key;
}

Bytes encode(const ErasureRow& row) {
  Bytes out;
  ByteWriter writer(out);
  writer.u64(row.record.value);
  writer.u64(static_cast<std::uint64_t>(row.arrived.ms));
  writer.u64(static_cast<std::uint64_t>(row.due.ms));
  writer.u64(static_cast<std::uint64_t>(row.destroyed.ms));
  writer.u8(row.receipted ? 1 : 0);
  return out;
}

Result<ErasureRow> parse_erasure(View bytes) {
  ByteReader reader(bytes);
  ErasureRow row;
  row.record = RecordNumber{reader.u64()};
  row.arrived = WallTime{static_cast<std::int64_t>(reader.u64())};
  row.due = WallTime{static_cast<std::int64_t>(reader.u64())};
  row.destroyed = WallTime{static_cast<std::int64_t>(reader.u64())};
  const std::uint8_t receipted = reader.u8();
  row.receipted = receipted == 1;
  if (!reader.done() || receipted > 1) return damaged("an erasure row");
  return row;
}

void encode(const EntryRow& row, Bytes& out) {
  out.clear();
  ByteWriter writer(out);
  writer.u64(row.log.value);
  writer.u64(row.seq.value);
  writer.u64(row.previous.value);
  writer.raw(row.id);
  writer.u8(static_cast<std::uint8_t>(row.links.size()));
  for (const RecordLink& link : row.links) {
    writer.u64(link.record.value);
    write_link(writer, link.earlier);
  }
  writer.raw(row.body);
}

Result<EntryRow> parse_entry_row(View bytes) {
  ByteReader reader(bytes);
  EntryRow row;
  row.log = LogNumber{reader.u64()};
  row.seq = Seq{reader.u64()};
  row.previous = EntryNumber{reader.u64()};
  row.id = reader.fixed<EntryId>();
  row.links.resize(reader.u8());
  for (RecordLink& link : row.links) {
    link.record = RecordNumber{reader.u64()};
    link.earlier = read_link(reader);
  }
  row.body = reader.rest();
  if (reader.failed() || row.body.empty()) return damaged("an entry row");
  return row;
}

void encode(const RecordRow& row, Bytes& out) {
  const RecordState& state = row.state;
  out.clear();
  ByteWriter writer(out);
  writer.u64(row.network.value);
  writer.raw(state.key.council);
  writer.u8(state.key.kind);
  writer.raw(state.key.nonce);
  write_link(writer, state.newest);
  writer.u32(state.changes);
  writer.u32(state.voids);
  writer.u8(state.ever_shared ? 1 : 0);
  writer.u32(static_cast<std::uint32_t>(state.sources.size()));
  for (const Source& source : state.sources) {
    writer.raw(source.entry);
    writer.u8(source.change);
    writer.raw(source.leaf);
    writer.u64(static_cast<std::uint64_t>(source.stamp.ms));
    writer.u64(source.number.value);
    writer.u64(source.log.value);
  }
  writer.u32(static_cast<std::uint32_t>(state.live.size()));
  for (const LiveOperation& operation : state.live) {
    writer.u32(operation.source);
    writer.u8(operation.position);
    writer.u8(operation.field);
    writer.u8(static_cast<std::uint8_t>(operation.operation_class));
    if (keeps_names(operation.operation_class)) write_ids(out, operation.names);
  }
  write_ids(out, state.awaited);
}

Result<RecordRow> parse_record(View bytes) {
  ByteReader reader(bytes);
  RecordRow row;
  RecordState& state = row.state;
  row.network = NetworkNumber{reader.u64()};
  state.key.council = reader.fixed<CouncilId>();
  state.key.kind = reader.u8();
  state.key.nonce = reader.fixed<Nonce>();
  state.newest = read_link(reader);
  state.changes = reader.u32();
  state.voids = reader.u32();
  const std::uint8_t ever_shared = reader.u8();
  if (ever_shared > 1) return damaged("a record row");
  state.ever_shared = ever_shared == 1;
  const std::size_t sources = reader.u32();
  if (sources * kSourceBytes > reader.left()) return damaged("a record row");
  state.sources.resize(sources);
  for (Source& source : state.sources) source = read_source(reader);
  const std::size_t live = reader.u32();
  if (live * kLiveBytes > reader.left()) return damaged("a record row");
  state.live.resize(live);
  for (LiveOperation& operation : state.live) {
    operation.source = reader.u32();
    operation.position = reader.u8();
    operation.field = reader.u8();
    operation.operation_class = static_cast<OperationClass>(reader.u8());
    if (keeps_names(operation.operation_class)) operation.names = read_ids(reader);
    if (operation.source >= sources) return damaged("a record row");
  }
  state.awaited = read_ids(reader);
  if (!reader.done()) return damaged("a record row");
  return row;
}

}  // namespace budstikke
