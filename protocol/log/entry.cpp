#include "protocol/log/entry.h"

#include "protocol/base/limits.h"

namespace budstikke {
namespace {

// The body's flags.
constexpr std::uint8_t kCheckpointFlag = 1;
constexpr int kVersionShift = 4;  // above it: version − 1
constexpr std::uint8_t kUnknownFlags = 0x0E;
static_assert(kEntryVersion <= kMaxEntryVersion && kMaxEntryVersion <= 0x10);

Error malformed(const char* what) { return Error{Code::Malformed, what}; }

Status parse_change(ByteReader& reader, LogClass log_class, ChangeView& change) {
  change = {};
  change.skeleton = reader.raw(reader.u16());
  change.state = static_cast<ValuesState>(reader.u8());
  if (reader.failed() || change.skeleton.empty()) return malformed("a change without skeleton");
  if (log_class == LogClass::Data && !is_skeleton(change.skeleton)) return malformed("a skeleton of the wrong shape");
  if (log_class == LogClass::Membership) {
    return change.state == ValuesState::None ? done() : malformed("a membership change with values");
  }
  if (change.state == ValuesState::Inline) {
    change.values = reader.raw(reader.u16());
    if (change.values.size() < Salt::kSize || change.values.size() > kMaxValuesBytes) return malformed("values of a wrong size");
  } else if (change.state == ValuesState::Absent) {
    change.values_hash = reader.fixed<Hash>();
  } else {
    return malformed("a data change without values");
  }
  return reader.failed() ? malformed("a change of the wrong length") : done();
}

// Reads the body's fields. `hashes` says whether leaves and root are wanted.
Status parse_body(ByteReader& reader, LogClass log_class, bool hashes, EntryView& out) {
  const std::uint8_t flags = reader.u8();
  out.checkpoint = (flags & kCheckpointFlag) != 0;
  out.version = static_cast<std::uint8_t>((flags >> kVersionShift) + 1);
  const std::uint64_t stamp = reader.u64();
  const std::size_t count = reader.u8();
  out.change_bytes = reader.u32();
  if (reader.failed() || (flags & kUnknownFlags) != 0) return malformed("an entry with unknown flags");
  if (out.version > kMaxEntryVersion) return malformed("an entry of a version that cannot be read");
  if (stamp > INT64_MAX) return malformed("an entry with an impossible stamp");
  if (count == 0 || out.change_bytes > kMaxEntryBytes) return malformed("an entry that is empty or too large");
  out.stamp = WallTime{static_cast<std::int64_t>(stamp)};
  out.changes.resize(count);
  std::size_t inline_bytes = 0;
  bool all_inline = true;
  for (ChangeView& change : out.changes) {
    if (Status status = parse_change(reader, log_class, change); !status) return status;
    all_inline = all_inline && change.state != ValuesState::Absent;
    inline_bytes += change.skeleton.size() + change.values.size();
    if (!hashes) continue;
    if (log_class == LogClass::Membership) {
      change.leaf = leaf_of_membership(change.skeleton);
    } else {
      if (change.state == ValuesState::Inline) change.values_hash = values_hash(change.values);
      change.leaf = leaf_of(change.skeleton, change.values_hash);
    }
  }
  if (all_inline ? inline_bytes != out.change_bytes : inline_bytes > out.change_bytes) {
    return malformed("an entry whose changes have another size than it says");
  }
  return done();
}

Hash root_of(const std::vector<ChangeView>& changes) {
  if (changes.size() == 1) return hash(Domain::Root, changes.front().leaf.view());
  Bytes leaves;
  leaves.reserve(changes.size() * Hash::kSize);
  for (const ChangeView& change : changes) ByteWriter(leaves).raw(change.leaf);
  return hash(Domain::Root, View(leaves));
}

EntryId header_id(const NetworkId& network, const LogId& log, const Head& head, const EntryView& entry) {
  std::uint8_t header[kHeaderBytes];
  std::uint8_t* at = header;
  const auto put = [&at](std::uint64_t value, int width) {
    for (int i = width - 1; i >= 0; --i) *at++ = static_cast<std::uint8_t>(value >> (8 * i));
  };
  const auto raw = [&at](View bytes) {
    std::memcpy(at, bytes.data(), bytes.size());
    at += bytes.size();
  };
  put(entry.version, 1);
  raw(network);
  raw(log.author);
  put(log.incarnation.value, 8);
  put(static_cast<std::uint64_t>(log.log_class), 1);
  put(head.seq.value + 1, 8);
  raw(head.id);
  put(static_cast<std::uint64_t>(entry.stamp.ms), 8);
  put(entry.changes.size(), 1);
  put(entry.change_bytes, 4);
  put(entry.checkpoint ? kCheckpointFlag : 0, 1);
  raw(entry.root);
  require(at == header + kHeaderBytes, "header layout");
  return EntryId::from(hash(Domain::Header, View(header)));
}

}  // namespace

void write_log_id(Bytes& out, const LogId& id) {
  ByteWriter writer(out);
  writer.raw(id.author);
  writer.u64(id.incarnation.value);
  writer.u8(static_cast<std::uint8_t>(id.log_class));
}

Result<LogId> read_log_id(ByteReader& reader) {
  LogId id;
  id.author = reader.fixed<MemberKey>();
  id.incarnation = Incarnation{reader.u64()};
  const std::uint8_t log_class = reader.u8();
  if (reader.failed() || (log_class != 1 && log_class != 2)) return malformed("a log of unknown class");
  id.log_class = static_cast<LogClass>(log_class);
  return id;
}

Status parse_entry(ByteReader& reader, LogClass log_class, EntryView& out) {
  if (Status status = parse_body(reader, log_class, true, out); !status) return status;
  out.root = root_of(out.changes);
  return done();
}

Status parse_stored_entry(View body, LogClass log_class, EntryView& out) {
  ByteReader reader(body);
  out.body = body;
  out.root = {};
  if (Status status = parse_body(reader, log_class, false, out); !status) return status;
  return reader.done() ? done() : malformed("a stored entry of the wrong length");
}

Bytes encode_stored(const EntryView& entry) {
  Bytes body;
  body.reserve(entry.body.size() + entry.changes.size() * Hash::kSize);
  ByteWriter writer(body);
  writer.u8(entry.body[0]);
  writer.u64(static_cast<std::uint64_t>(entry.stamp.ms));
  writer.u8(static_cast<std::uint8_t>(entry.changes.size()));
  writer.u32(entry.change_bytes);
  for (const ChangeView& change : entry.changes) {
    writer.u16(static_cast<std::uint16_t>(change.skeleton.size()));
    writer.raw(change.skeleton);
    writer.u8(static_cast<std::uint8_t>(change.state));
    if (change.state == ValuesState::Inline) {
      writer.u16(static_cast<std::uint16_t>(change.values.size()));
      writer.raw(change.values);
    } else if (change.state == ValuesState::Absent) {
      writer.raw(change.values_hash);
    }
  }
  return body;
}

bool checkpoint_due(const Head& head, std::uint32_t change_bytes) {
  return head.entries_since_checkpoint + 1u >= kMaxRunEntries || head.bytes_since_checkpoint + change_bytes >= kMaxRunBytes;
}

Result<Head> extend(const NetworkId& network, const LogId& log, const Head& head, const EntryView& entry) {
  if (entry.stamp < head.stamp) return malformed("an entry stamped before the one it follows");
  if (!entry.checkpoint && checkpoint_due(head, entry.change_bytes)) return malformed("an entry whose checkpoint is late");
  Head next;
  next.seq = Seq{head.seq.value + 1};
  next.id = header_id(network, log, head, entry);
  next.stamp = entry.stamp;
  if (!entry.checkpoint) {
    next.entries_since_checkpoint = static_cast<std::uint16_t>(head.entries_since_checkpoint + 1);
    next.bytes_since_checkpoint = head.bytes_since_checkpoint + entry.change_bytes;
  }
  return next;
}

Result<Bytes> encode_body(const Head& head, LogClass log_class, WallTime stamp, std::span<const ChangeBytes> changes) {
  std::size_t total = 0;
  for (const ChangeBytes& change : changes) {
    if (change.values.size() > kMaxValuesBytes) return Error{Code::TooLarge, "the values of one change are too large"};
    total += change.skeleton.size() + change.values.size();
  }
  if (changes.empty() || changes.size() > kMaxChanges || total > kMaxEntryBytes) {
    return Error{Code::TooLarge, "an entry with too much in it"};
  }
  Bytes body;
  body.reserve(total + 14 + changes.size() * 5);
  ByteWriter writer(body);
  const int checkpoint = checkpoint_due(head, static_cast<std::uint32_t>(total)) ? kCheckpointFlag : 0;
  writer.u8(static_cast<std::uint8_t>(checkpoint | (kEntryVersion - 1) << kVersionShift));
  writer.u64(static_cast<std::uint64_t>(stamp.ms));
  writer.u8(static_cast<std::uint8_t>(changes.size()));
  writer.u32(static_cast<std::uint32_t>(total));
  for (const ChangeBytes& change : changes) {
    writer.u16(static_cast<std::uint16_t>(change.skeleton.size()));
    writer.raw(change.skeleton);
    if (log_class == LogClass::Membership) {
      writer.u8(static_cast<std::uint8_t>(ValuesState::None));
      continue;
    }
    writer.u8(static_cast<std::uint8_t>(ValuesState::Inline));
    writer.u16(static_cast<std::uint16_t>(change.values.size()));
    writer.raw(change.values);
  }
  return body;
}

}  // namespace budstikke
