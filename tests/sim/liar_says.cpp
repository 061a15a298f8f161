// What a liar says by itself, beside its node.
#include "protocol/node/run_frames.h"
#include "tests/sim/liar.h"
#include "tests/sim/world.h"

namespace budstikke::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kFloodKinds = 11;
constexpr std::uint64_t kReadingFlood = 10;  // the one whose answers are too many for a queue

}  // namespace

MemberKey Liar::some_member() {
  const auto& members = network()->membership.members();
  auto member = members.begin();
  std::advance(member, static_cast<std::ptrdiff_t>(random_.below(members.size())));
  return member->first;
}

LogId Liar::some_log() {
  const auto& logs = network()->logs;
  if (logs.empty()) return {some_member(), Incarnation{random_.u64()}, LogClass::Data};
  auto log = logs.begin();
  std::advance(log, static_cast<std::ptrdiff_t>(random_.below(logs.size())));
  return log->first;
}

// Its node's vector, or what it makes of it: of all logs, or as if of those that changed.
void Liar::say_vector() {
  for (const Lines::Peer& peer : peers()) {
    if (random_.below(2) == 0) continue;
    VectorMessage message{network()->row.id, random_.below(2) == 0 ? LogClass::Data : LogClass::Membership, true, {}};
    message.changed_only = random_.below(2) == 0;
    for (const auto& [id, log] : network()->logs) {
      if (id.log_class != message.log_class || log.tips().empty() || message.logs.size() >= kVectorLogsPerFrame / 2) continue;
      LogTips tips{id, {}};
      for (const StoredTip& tip : log.tips()) tips.tips.push_back({tip.head.seq, tip.head.id});
      message.logs.push_back(std::move(tips));
    }
    alter_vector(message);
    send(peer.link, message);
    told(Fault::LieVector, ", unasked");
  }
}

void Liar::say_level() {
  for (const Lines::Peer& peer : peers()) {
    const NetworkId& id = network()->row.id;
    if (random_.below(2) == 0) {
      send(peer.link, LevelMessage{{{tag_of(id), false_level(peer.link)}}});
    } else {
      send(peer.link, SummaryMessage{{false_summary(peer.link, id)}});
    }
    told(Fault::LieLevel, ", unasked");
  }
}

// A run that nobody asked for, whole or not what it should be.
void Liar::say_run() {
  const LogId id = some_log();
  Ledger& ledger = machine_.node().ledger();
  const Log* log = ledger.find_log(*network(), id);
  if (log == nullptr || log->tips().empty()) return;
  const StoredTip& tip = log->tips()[random_.below(log->tips().size())];
  const Result<std::optional<Ledger::StoredRun>> run = ledger.next_run(*log, Seq{random_.below(tip.head.seq.value)}, tip);
  if (!run || !*run) return;
  for (const Lines::Peer& peer : peers()) {
    each_run_frame(network()->row.id, id, **run, [&](const Message& message) {
      Message said = message;
      const Bytes frame = encode(message);
      for (Bytes& bytes : alter_run(peer.link, said, frame)) {
        if (bytes.size() <= kMaxFrameBytes) world_.lines.send(machine_.index(), peer.link, std::move(bytes));
      }
    });
    told(Fault::LieRelay, ", unasked");
  }
}

void Liar::say_holders() {
  for (const Lines::Peer& peer : peers()) {
    Bytes members(1 + random_.below(random_.below(4) == 0 ? 2'500 : 3));
    random_.fill(members);
    members.back() |= 1;
    send(peer.link, HoldersMessage{tag_of(network()->row.id), false_level(peer.link), std::move(members)});
    told(Fault::LieHolders);
  }
}

void Liar::say_stores() {
  for (const Lines::Peer& peer : peers()) {
    const MemberKey member = random_.below(4) == 0 ? key() : some_member();
    const bool is_own = member == key() && random_.below(2) == 0;
    send(peer.link, StoreMessage{member, random_.fixed<StoreId>(), is_own ? StoreId{} : random_.fixed<StoreId>()});
    told(Fault::LieStores);
  }
}

// --- Floods ----------------------------------------------------------------------------------------------------------

Message Liar::flood_message(std::uint64_t kind, LinkId link) {
  const NetworkId& id = network()->row.id;
  const auto pushed = [&] {
    std::vector<PushedLog> logs(kMaxPushedLogs);
    for (PushedLog& log : logs) {
      log.log = some_log();
      if (random_.below(2) == 0) log.log.incarnation = Incarnation{random_.u64()};
      log.seq = Seq{1 + (random_.below(4) == 0 ? random_.u64() / 2 : random_.below(20))};
    }
    return logs;
  };
  switch (kind) {
    case 0:
      return HaveMessage{id, pushed()};
    case 1:
      return GraftMessage{id, pushed()};
    case 2:
      return PruneMessage{id, pushed()};
    case 3:
    case kReadingFlood: {
      WantMessage message{id, std::vector<Want>(kMaxWantsPerMessage)};
      for (Want& want : message.wants) want = {some_log(), Seq{kind == 3 ? random_.below(20) : 0}};
      return message;
    }
    case 4: {
      AskValuesMessage message{id, std::vector<AskedValues>(kMaxAskedValues)};
      for (AskedValues& asked : message.wanted) {
        asked = {some_log(), Seq{1 + random_.below(20)}, random_.fixed<EntryId>(), static_cast<std::uint8_t>(random_.below(3))};
        asked.log.log_class = LogClass::Data;
      }
      return message;
    }
    case 5: {
      BucketsMessage message{id, std::vector<DigestTag>(kBuckets)};
      for (DigestTag& bucket : message.buckets) bucket = random_.fixed<DigestTag>();
      return message;
    }
    case 6: {
      BucketMessage message{id, static_cast<std::uint8_t>(random_.below(256)), true, {}};
      std::set<RecordId> ids;
      while (ids.size() < kBucketRecordsPerFrame) {
        RecordId record = random_.fixed<RecordId>();
        record.bytes[0] = message.bucket;
        ids.insert(record);
      }
      for (const RecordId& record : ids) message.records.push_back({record, random_.fixed<DigestTag>()});
      return message;
    }
    case 7:
      return SummaryMessage{{false_summary(link, id)}};
    case 8: {
      VectorMessage message{id, LogClass::Data, false, {}};
      message.changed_only = random_.below(2) == 0;
      while (message.logs.size() < kVectorLogsPerFrame) {
        message.logs.push_back({{some_member(), Incarnation{random_.u64()}, LogClass::Data},
                                {{Seq{1 + random_.below(300)}, random_.fixed<EntryId>()}}});
      }
      return message;
    }
    default:
      return DoneMessage{id};
  }
}

void Liar::flood() {
  const std::vector<Lines::Peer> all = peers();
  if (all.empty()) return;
  const Lines::Peer& peer = all[random_.below(all.size())];
  const std::uint64_t kind = random_.below(kFloodKinds);
  if (kind == kReadingFlood) {  // asks for everything over and over, says that it has read it, and does not
    machine_.takes_for_a_frame = 2s;
    world_.events.add(world_.now + 20s, [this] { machine_.takes_for_a_frame = {}; });
  }
  for (std::uint64_t frames = 20 + random_.below(20); frames > 0; --frames) {
    send(peer.link, flood_message(kind, peer.link));
    if (kind == kReadingFlood) send(peer.link, CreditMessage{kLinkCreditBytes});
  }
  told(Fault::LieFlood, " of kind " + std::to_string(kind));
}

}  // namespace budstikke::sim
