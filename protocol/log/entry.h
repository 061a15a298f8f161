// An entry: one signed step of a log. Its header is hashed and never sent; what is sent and stored is the body, from which
// the header follows, given the log and the entry before.
//
// Shape        header (160 bytes, hashed with domain Header to give the entry id)
//                version 1 (1…4) · network 32 · author 32 · incarnation 8 · class 1 · seq 8 · previous entry's id 32 (zeroes for
//                seq 1) · stamp 8 (ms since 1970) · change count 1 · bytes of changes 4 · checkpoint 1 (0, 1) · root 32
//              root  H(Root, leaf ‖ leaf ‖ …): flat, since leaves are never dropped and nobody needs a proof of only one
//              body  flags 1 (bit 0: checkpoint, bits 4–7: version − 1) · stamp 8 · change count 1 · bytes of changes 4 · changes
//              change in a body  skeleton length 2 · skeleton · state 1 · (inline: values length 2 · values | absent: their hash
//              32 | none)
// Invariants   bytes of changes = sum of the lengths of skeletons and values; checked wherever all values are inline.
//              A checkpoint ends a run: at the latest the 256th entry or 256 KiB after the one before is one.
//              Versions up to kMaxEntryVersion share this header and body by promise, so that a node checks, keeps and
//              forwards entries of a later version unchanged; what their operations mean is for programs that know it.
// Errors       parse_entry and extend answer Malformed (drop the peer that sent it) and never read out of bounds.
// Cost         parse_entry hashes each change once and allocates only when a vector grows; views point into the input.
#pragma once

#include "protocol/base/time.h"
#include "protocol/log/change.h"

namespace budstikke {

inline constexpr std::uint8_t kEntryVersion = 1;     // the newest that this program understands, and the one it writes
inline constexpr std::uint8_t kMaxEntryVersion = 4;  // the newest that it forwards: what comes later may look different
inline constexpr std::size_t kHeaderBytes = 160;

enum class LogClass : std::uint8_t { Membership = 1, Data = 2 };

struct LogId {
  MemberKey author;
  Incarnation incarnation;
  LogClass log_class = LogClass::Data;
  static constexpr std::size_t kSize = 41;
  friend auto operator<=>(const LogId&, const LogId&) = default;
};
void write_log_id(Bytes& out, const LogId& id);
Result<LogId> read_log_id(ByteReader& reader);

enum class ValuesState : std::uint8_t {
  None = 0,  // membership changes have no values
  Inline = 1,
  Absent = 2,  // erased, damaged or not yet fetched: only their hash is here
};

struct ChangeView {
  View skeleton;
  ValuesState state = ValuesState::None;
  View values;       // salt and values; empty unless Inline
  Hash values_hash;  // zero for None
  Hash leaf;
};

struct EntryView {
  View body;
  std::uint8_t version = kEntryVersion;  // above kEntryVersion: nothing in it may be applied here
  bool checkpoint = false;
  WallTime stamp;
  std::uint32_t change_bytes = 0;
  std::vector<ChangeView> changes;
  Hash root;
};

// Reads one body from `reader` and hashes its leaves and root. `out` is reused.
Status parse_entry(ByteReader& reader, LogClass log_class, EntryView& out);
// Reads one body that this store has verified before, without hashing: leaves, hashes of inline values and root stay zero.
Status parse_stored_entry(View body, LogClass log_class, EntryView& out);

// The body of a stored entry whose values have come or gone: that of `entry.body`, with the states, values and hashes that
// `entry.changes` hold now. Absent changes need their values_hash.
Bytes encode_stored(const EntryView& entry);

// What a log continues from: its last entry on one branch.
struct Head {
  Seq seq;     // 0 before the first entry
  EntryId id;  // zero before the first entry
  WallTime stamp;
  std::uint16_t entries_since_checkpoint = 0;
  std::uint32_t bytes_since_checkpoint = 0;
  friend bool operator==(const Head&, const Head&) = default;
};

// The head after `entry`. Malformed when its stamp goes back or its checkpoint is late.
Result<Head> extend(const NetworkId& network, const LogId& log, const Head& head, const EntryView& entry);
// True when the entry that follows `head` with this many bytes of changes must be a checkpoint.
bool checkpoint_due(const Head& head, std::uint32_t change_bytes);

// One change of an entry that is being written.
struct ChangeBytes {
  Bytes skeleton;
  Bytes values;  // empty for membership
};
// The body of a new entry; TooLarge when a bound of limits.h is passed.
Result<Bytes> encode_body(const Head& head, LogClass log_class, WallTime stamp, std::span<const ChangeBytes> changes);

}  // namespace budstikke
