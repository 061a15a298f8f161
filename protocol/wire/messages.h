// The messages between two nodes. PROTOCOL.md says what each is for and gives example bytes.
//
// Shape        One message is one frame of at most kMaxFrameBytes: type 1, then fixed big-endian fields. Digests travel as
//              their first 16 bytes ("tags"): they are compared, never trusted.
// Errors       decode() answers Malformed for every frame that is not exactly one message: the caller drops the link.
// Cost         Views in a decoded message point into the frame, which must outlive them.
#pragma once

#include <variant>

#include "protocol/log/vector.h"
#include "protocol/membership/operations.h"

namespace budstikke {

inline constexpr std::uint8_t kProtocolVersion = 1;

using DigestTag = Fixed<struct DigestTagTag, 16>;
inline DigestTag tag_of(const Hash& digest) { return DigestTag::from(digest.view().first(16)); }

// What a node holds of one network, in short.
struct NetworkSummary {
  NetworkId network;
  DigestTag membership;
  DigestTag vector;
  DigestTag state;  // zeroes while records wait to be folded anew
  friend bool operator==(const NetworkSummary&, const NetworkSummary&) = default;
};

// The same in one tag, which says whether two nodes hold the same, and nothing about what differs.
DigestTag level_of(const NetworkSummary& summary);
// Which network a level is of: the first bytes of its id. A node is in no two networks that have the same.
using NetworkTag = Fixed<struct NetworkTagTag, 8>;
inline NetworkTag tag_of(const NetworkId& network) { return NetworkTag::from(network.view().first(8)); }
struct NetworkLevel {
  NetworkTag network;
  DigestTag level;
};

// A network in a hello: its summary when nothing is remembered of the peer, else levels.
struct NetworkHello {
  NetworkTag network;
  DigestTag level;                        // of what the sender holds now
  std::optional<DigestTag> agreed;        // what it last agreed on with the receiver, and still holds; not when that is `level`
  std::optional<NetworkSummary> summary;  // in full; `network` and `level` follow from it then, and nothing was agreed
};
NetworkHello in_full(const NetworkSummary& summary);

// 1 hello: opens a link, from both sides, the dialler first. The signature is the identity key's over the message without it,
// the nonce of the hello that it answers and both transport keys, the sender's first.
struct Hello {
  std::uint8_t version_min = kProtocolVersion;
  std::uint8_t version_max = kProtocolVersion;
  StoreId store;
  Nonce nonce;    // the sender's, fresh
  WallTime time;  // the sender's clock, for people only
  std::vector<NetworkHello> networks;
  Signature signature;
};
// 2 vector: the tips of all logs of one class; several frames when there are many, the last one marked. Or of those logs only
// that have more than was agreed.
struct VectorMessage {
  NetworkId network;
  LogClass log_class = LogClass::Data;
  bool last = true;
  std::vector<LogTips> logs;
  bool changed_only = false;  // each such frame stands for itself; `last` says nothing then
};
// 3 want: asks for what follows `after` in these logs, up to the sender's tips.
struct Want {
  LogId log;
  Seq after;
};
struct WantMessage {
  NetworkId network;
  std::vector<Want> wants;
};
// 4 run: consecutive entries of one log, opened by the id and signature of their end. `entries` holds as many whole bodies as
// fit; the rest follow in `part`s.
struct RunMessage {
  NetworkId network;
  LogId log;
  Seq first;
  std::uint16_t count = 0;
  EntryId end;
  Signature signature;
  View entries;
};
// 5 part: more bodies of the run that is open on this link, at least one.
struct PartMessage {
  View entries;
};
// 6 done: everything asked for in this network with `want` so far has been sent.
struct DoneMessage {
  NetworkId network;
};
// 7 credit: the receiver has worked off this many bytes of runs and parts; as many more may be sent.
struct CreditMessage {
  std::uint32_t bytes = 0;
};
// 8 summary: what the sender holds now, for a peer that holds something else.
struct SummaryMessage {
  std::vector<NetworkSummary> networks;
};
// 9 join: a newcomer with a ticket asks to be admitted; the only message an invitation's key may send.
struct JoinMessage {
  NetworkId network;
  MemberKey ticket;
  MemberKey member;
  TransportKey transport;
  Signature ticket_signature;
  Signature certificate;
};
// 10 admitted: the answer. The charter's founding operation, from which the newcomer checks everything else.
struct AdmittedMessage {
  NetworkId network;
  Bytes founding;
};
// 11 refused: why a join was not granted.
enum class Refusal : std::uint8_t { TicketUnknown = 1, TicketUsed = 2, TicketExpired = 3, KeyInUse = 4, Malformed = 5 };
struct RefusedMessage {
  Refusal reason = Refusal::Malformed;
};

// 12 ask values: for values that are not at the sender, of changes whose entries it has.
struct AskedValues {
  LogId log;
  Seq seq;
  EntryId entry;
  std::uint8_t change = 0;
};
struct AskValuesMessage {
  NetworkId network;
  std::vector<AskedValues> wanted;
};
// 13 values: answers the first of what was asked, in order, as many as fit; the rest may be asked again.
enum class ValuesPresence : std::uint8_t {
  Here = 1,     // the values follow
  Erased = 2,   // an erasure reaches them
  Damaged = 3,  // they were here, and cannot be read
  Unknown = 4,  // not here, or of no change that is
};
struct ValuesAnswer {
  ValuesPresence presence = ValuesPresence::Unknown;
  Bytes values = {};
};
struct ValuesMessage {
  NetworkId network;
  std::vector<ValuesAnswer> answers;
};
// 14 buckets: the state digest of each bucket of records, when two nodes hold the same entries and differ all the same.
inline constexpr std::size_t kBuckets = 256;
struct BucketsMessage {
  NetworkId network;
  std::vector<DigestTag> buckets;  // kBuckets
};
// 15 bucket: the records of one bucket; several frames when there are many, the last one marked.
struct BucketRecord {
  RecordId id;
  DigestTag state;
};
struct BucketMessage {
  NetworkId network;
  std::uint8_t bucket = 0;
  bool last = true;
  std::vector<BucketRecord> records;
};

// 16 level: what the sender holds now, in short; sent when a session ends and after pushes have come to rest.
struct LevelMessage {
  std::vector<NetworkLevel> networks;
};

// 17 short run: a run in one frame, whose end is what its entries hash to, sent unasked to a peer that is known to hold what is
// before it.
struct ShortRunMessage {
  NetworkTag network;
  LogId log;
  Seq first;
  Signature signature;  // of the end
  View entries;
};

// 18 clock: the sender's clock was set since it last told the receiver what it says.
struct ClockMessage {
  WallTime time;
};

// What pushes say beside the entries (section 12): logs, and a sequence number each.
struct PushedLog {
  LogId log;
  Seq seq;
  friend bool operator==(const PushedLog&, const PushedLog&) = default;
};
// 20 have: the sender holds these logs up to here, and does not push them to the receiver.
struct HaveMessage {
  NetworkId network;
  std::vector<PushedLog> logs;
};
// 21 graft: the receiver is to push these logs to the sender from now on, at once what comes after here (0: everything).
struct GraftMessage {
  NetworkId network;
  std::vector<PushedLog> logs;
};
// 22 prune: what the receiver sends of these logs is of no use: it was here already, or is held back. The sender holds them up
// to here.
struct PruneMessage {
  NetworkId network;
  std::vector<PushedLog> logs;
};
// 23 crowded: more nodes that nobody can dial are linked to the sender than it wants. Who has other links may leave.
struct CrowdedMessage {};

// 26 holders: members that the sender knows to be on this level, as it is itself: they hold what the receiver holds, if that is
// on it.
struct HoldersMessage {
  NetworkTag network;
  DigestTag level;
  Bytes members;  // a bit for each, by rank, the lowest bit of a byte first; the last byte is not 0
};
// 28 store: which store acts for a member. From the member itself, with no other: as which one it goes on. With another: both
// run at once, with the same key.
struct StoreMessage {
  MemberKey member;
  StoreId store;
  StoreId other;  // zeroes: none
};

using Message = std::variant<Hello, VectorMessage, WantMessage, RunMessage, PartMessage, DoneMessage, CreditMessage,
                             SummaryMessage, JoinMessage, AdmittedMessage, RefusedMessage, AskValuesMessage, ValuesMessage,
                             BucketsMessage, BucketMessage, LevelMessage, ShortRunMessage, ClockMessage, HaveMessage,
                             GraftMessage, PruneMessage, CrowdedMessage, HoldersMessage, StoreMessage>;

Bytes encode(const Message& message);
Result<Message> decode(View frame);

// What a hello's signature covers. `answered`: the nonce of the dialler's hello, zeroes in that hello itself.
Bytes hello_message(const Hello& hello, const Nonce& answered, const TransportKey& sender, const TransportKey& receiver);

inline constexpr std::size_t kRunHeaderBytes = 1 + 32 + 41 + 8 + 2 + 32 + 64;
inline constexpr std::size_t kShortRunHeaderBytes = 1 + 8 + 41 + 8 + 64;
inline constexpr std::size_t kVectorHeaderBytes = 1 + 32 + 1 + 1 + 2;
inline constexpr std::size_t kVectorLogsPerFrame = 256;
inline constexpr std::size_t kValuesHeaderBytes = 1 + 32 + 2;
inline constexpr std::size_t kBucketRecordsPerFrame = 1024;

}  // namespace budstikke
