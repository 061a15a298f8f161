// The decoders of entries. Input: log class (1 byte: odd is membership, even is data) ‖ body.
//
// What the checking decoder accepts up to its last byte, the stored decoder accepts alike; written again it has the same bytes;
// and with its values taken out it has the same id.
#include "protocol/base/limits.h"
#include "protocol/log/entry.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;

namespace {

Bytes encode_again(const EntryView& entry, bool with_values) {
  Bytes body;
  ByteWriter writer(body);
  writer.u8(static_cast<std::uint8_t>((entry.checkpoint ? 1 : 0) | (entry.version - 1) << 4));
  writer.u64(static_cast<std::uint64_t>(entry.stamp.ms));
  writer.u8(static_cast<std::uint8_t>(entry.changes.size()));
  writer.u32(entry.change_bytes);
  for (const ChangeView& change : entry.changes) {
    const bool absent = change.state == ValuesState::Absent || (change.state == ValuesState::Inline && !with_values);
    writer.u16(static_cast<std::uint16_t>(change.skeleton.size()));
    writer.raw(change.skeleton);
    writer.u8(static_cast<std::uint8_t>(absent ? ValuesState::Absent : change.state));
    if (absent) {
      writer.raw(change.values_hash);
    } else if (change.state == ValuesState::Inline) {
      writer.u16(static_cast<std::uint16_t>(change.values.size()));
      writer.raw(change.values);
    }
  }
  return body;
}

void check_change(const ChangeView& change, LogClass log_class) {
  if (log_class == LogClass::Membership) {
    require(!change.skeleton.empty() && change.state == ValuesState::None, "a membership change is its skeleton alone");
    return;
  }
  require(parse_skeleton(change.skeleton).ok(), "an accepted change has a skeleton");
  if (change.state == ValuesState::Inline) {
    require(change.values.size() >= Salt::kSize && change.values.size() <= kMaxValuesBytes,
            "accepted values are within the bounds");
  } else {
    require(change.state == ValuesState::Absent, "a data change has values, or their hash");
  }
}

void check_bounds(const EntryView& entry, LogClass log_class) {
  require(entry.version >= 1 && entry.version <= kMaxEntryVersion, "an accepted entry is of a version that can be read");
  require(entry.stamp.ms >= 0, "an accepted entry has a possible stamp");
  require(entry.change_bytes <= kMaxEntryBytes && !entry.changes.empty() && entry.changes.size() <= kMaxChanges,
          "an accepted entry is within the bounds");
  std::size_t bytes = 0;
  bool whole = true;
  for (const ChangeView& change : entry.changes) {
    check_change(change, log_class);
    bytes += change.skeleton.size() + change.values.size();
    whole = whole && change.state != ValuesState::Absent;
  }
  require(whole ? bytes == entry.change_bytes : bytes <= entry.change_bytes, "an accepted entry has the size it says");
}

EntryId id_after_checkpoint(const EntryView& entry) {
  const Result<Head> head = extend({}, {}, {}, entry);
  require(head.ok(), "an accepted entry may follow nothing");
  return head->id;
}

// A header that left the version out would let two bodies share an id.
void check_version_counts(const EntryView& entry) {
  EntryView other = entry;
  other.version = static_cast<std::uint8_t>(entry.version % kMaxEntryVersion + 1);
  require(id_after_checkpoint(other) != id_after_checkpoint(entry), "an entry of another version has another id");
}

void check_without_values(const EntryView& entry, LogClass log_class) {
  const Bytes bare = encode_again(entry, false);
  ByteReader reader(bare);
  EntryView again;
  require(parse_entry(reader, log_class, again).ok() && reader.done(), "an accepted entry is accepted without its values");
  require(again.version == entry.version, "an entry has the same version without its values");
  require(id_after_checkpoint(again) == id_after_checkpoint(entry), "an entry has the same id without its values");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const LogClass log_class = data[0] % 2 == 1 ? LogClass::Membership : LogClass::Data;
  const View input(data + 1, size - 1);
  EntryView entry, stored;
  ByteReader reader(input);
  const bool accepted = parse_entry(reader, log_class, entry).ok() && reader.done();
  require(accepted == parse_stored_entry(input, log_class, stored).ok(), "both decoders accept the same");
  if (!accepted) return 0;
  require(stored.version == entry.version, "both decoders read the same version");
  fuzz::accepted();
  require(same_bytes(encode_again(entry, true), input), "an accepted entry encodes to the same bytes");
  check_bounds(entry, log_class);
  check_without_values(entry, log_class);
  check_version_counts(entry);
  return 0;
}
