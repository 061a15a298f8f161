// The payloads of the store's rows. Keys and checksums are in storage.h and store/FORMAT.md, which describes these bytes.
//
// Shape        Big-endian, fixed order, lengths before lists. Every parse refuses trailing bytes.
// Errors       Damaged: the row does not have the shape its table promises, although its checksum held.
#pragma once

#include "protocol/log/vector.h"
#include "protocol/node/storage.h"
#include "protocol/records/fold.h"
#include "protocol/wire/messages.h"
#include "protocol/wire/ticket.h"

namespace budstikke {

// --- Keys.
Bytes key_of(std::uint64_t number);                                  // Networks, Logs, Entries, Records: 8
Bytes checkpoint_key(LogNumber log, Seq seq, EntryNumber entry);     // 24
Bytes record_id_key(NetworkNumber network, const RecordId& id);      // 40
Bytes bucket_key(NetworkNumber network, std::uint8_t bucket);        // 9
Bytes erasure_key(NetworkNumber network, const OperationId& id);     // 26
Bytes missing_key(NetworkNumber network, const ChangeLink& change);  // 17
ChangeLink parse_missing_key(View key);
Bytes numbered_key(NetworkNumber network, std::uint64_t number);  // Stale, Conflicts: 16
// Local: what an import last wrote to a record, in plain text. It goes with the record's values, so the ledger must know of it.
Bytes import_key(NetworkNumber network, const RecordId& id);  // 47

// --- Meta "counters".
struct CountersRow {
  std::uint64_t networks = 0, logs = 0, entries = 0, records = 0;  // the last number given
  Incarnation incarnation;                                         // of this node's own logs
};
Bytes encode(const CountersRow& row);
Result<CountersRow> parse_counters(View bytes);

// --- Meta "agreed " ‖ network ‖ member: what this node and a member last agreed on. A hint: see Ledger::agreed().
inline constexpr std::string_view kAgreedPrefix = "agreed ";
Bytes agreed_key(NetworkNumber network, const MemberKey& member);  // 47
struct AgreedRow {
  StoreId store;     // the member's, then
  DigestTag level;   // of both
  EntryNumber last;  // the last entry that was here then: what came later the member may lack
  friend bool operator==(const AgreedRow&, const AgreedRow&) = default;
};
Bytes encode(const AgreedRow& row);
Result<AgreedRow> parse_agreed(View bytes);

// --- Meta "former " ‖ network ‖ transport key: of a key that a member had before.
Bytes former_key(NetworkNumber network, const TransportKey& transport);  // 47
struct FormerKey {
  std::uint32_t days = 0;  // on which this node ran since it heard of another one; kFormerKeyDays: it carries no links any more
  std::uint64_t last_day = 0;  // that was counted, since 1970 by the own clock
  friend bool operator==(const FormerKey&, const FormerKey&) = default;
};
Bytes encode(const FormerKey& row);
Result<FormerKey> parse_former_key(View bytes);

// --- Networks.
struct NetworkRow {
  NetworkId id;
  Bytes charter;                           // the founding operation, as in its entry
  std::string label;                       // what people here call it
  std::vector<ReachableMember> bootstrap;  // whom a ticket named, or who was known before: see Network::trusts()
};
Bytes encode(const NetworkRow& row);
Result<NetworkRow> parse_network(View bytes);

// --- Logs.
struct StoredTip {
  Head head;
  EntryNumber number;
  Signature signature;
  friend bool operator==(const StoredTip&, const StoredTip&) = default;
};
struct LogRow {
  NetworkNumber network;
  LogId id;
  std::uint64_t entries = 0;
  std::vector<StoredTip> tips;  // sorted by (seq, id)
};
Bytes encode(const LogRow& row);
Result<LogRow> parse_log(View bytes);

// --- Entries: log 8 · seq 8 · previous entry number 8 · id 32 · per change (record 8 · entry 8 · change 1) · body.
struct RecordLink {
  RecordNumber record;  // zero in membership entries
  ChangeLink earlier;   // the record's change before this one
};
struct EntryRow {
  LogNumber log;
  Seq seq;
  EntryNumber previous;
  EntryId id;
  std::vector<RecordLink> links;
  View body;  // points into the parsed row
};
void encode(const EntryRow& row, Bytes& out);
Result<EntryRow> parse_entry_row(View bytes);

// --- Erasures: what a valid erase or redaction still asks of this node. Times by this node's wall clock.
struct ErasureRow {
  RecordNumber record;
  WallTime arrived;        // when it was first found valid here; zero until there is a clock, when that was while loading
  WallTime due;            // when values that it reaches are next to be destroyed; the end of time when there are none
  WallTime destroyed;      // when the last were; zero before
  bool receipted = false;  // this incarnation has said so
};
Bytes encode(const ErasureRow& row);
Result<ErasureRow> parse_erasure(View bytes);

// --- Records.
struct RecordRow {
  NetworkNumber network;
  RecordState state;
};
void encode(const RecordRow& row, Bytes& out);
Result<RecordRow> parse_record(View bytes);

}  // namespace budstikke
