// Same entries, another state: a fault, in whichever node. The nodes compare their buckets, then the records of those that
// differ; each folds a record that differs anew from its history and mends what it finds wrong at itself. What neither can mend
// is reported with the record, and stays reported.
#include "protocol/base/limits.h"
#include "protocol/base/text.h"
#include "protocol/node/node.h"
#include "protocol/node/waits.h"

namespace budstikke {
namespace {

constexpr std::size_t kBucketsCompared = 4;   // at a time: what differs more is compared again once these are mended
constexpr std::size_t kRecordsCompared = 64;  // that differ, of one message: each is folded anew and reported

// Whether the difference that was noted with this peer is still one between equal vectors. Otherwise what it says of records
// is about other entries than ours, or nothing that it was asked for.
bool still_differs(const PeerNetwork& peer, const NetworkSummary& own) {
  if (!peer.differed) return false;
  return peer.level == level_of({own.network, own.membership, own.vector, peer.differed->second});
}

}  // namespace

void Node::note_difference(Link& link, Network& network, const NetworkSummary& own, const NetworkSummary& theirs) {
  const DigestTag pending;
  if (own.state == theirs.state || own.state == pending || theirs.state == pending) return;
  PeerNetwork& peer = link.networks[network.row.id];
  const std::pair digests(own.state, theirs.state);
  if (peer.differed == digests) return;
  peer.differed = digests;
  tell(EventKind::StateDiffers, network.row.id, link.member.value_or(MemberKey{}), "looking for the records");
  BucketsMessage message{network.row.id, {}};
  for (const SetDigest& bucket : network.buckets) message.buckets.push_back(tag_of(bucket.value()));
  send_durable(link, message);
}

void Node::handle(Link& link, BucketsMessage& message, Now now) {
  Network* network = ledger_->find_network(message.network);
  if (network == nullptr || !shares(link, *network) || network->is_pending()) return;
  link.networks[message.network].buckets = std::move(message);
  compare_buckets(link, *network, now);
}

// The newest that the peer sent, at once or when kBucketsWait is over.
void Node::compare_buckets(Link& link, Network& network, Now now) {
  const auto known = link.networks.find(network.row.id);
  if (known == link.networks.end() || !known->second.buckets || network.is_pending()) return;
  PeerNetwork& peer = known->second;
  if (peer.buckets_compared && now.steady - *peer.buckets_compared < kBucketsWait) return;
  peer.buckets_compared = now.steady;
  const BucketsMessage message = *std::exchange(peer.buckets, std::nullopt);
  std::size_t compared = 0;
  for (std::size_t i = 0; i < kBuckets && compared < kBucketsCompared; ++i) {
    if (tag_of(network.buckets[i].value()) == message.buckets[i]) continue;
    ++compared;
    const auto bucket = static_cast<std::uint8_t>(i);
    const Result<bool> mended = ledger_->mend_bucket(network, bucket);
    if (!mended) {
      storage_failed(mended.error(), nullptr);
      return;
    }
    if (*mended) {
      tell(EventKind::StateDiffers, message.network, self(),
           "the digest of bucket " + std::to_string(i) + " was wrong here; mended");
      mark_urgent(now);
      settle_at_ = now.steady;
    }
    send_bucket(link, network, bucket);
  }
}

void Node::send_bucket(Link& link, const Network& network, std::uint8_t bucket) {
  BucketMessage message{network.row.id, bucket, false, {}};
  Status read = ledger_->each_in_bucket(network, bucket, [&](const RecordId& id, const Hash& state) {
    if (message.records.size() == kBucketRecordsPerFrame) {
      send_durable(link, message);
      message.records.clear();
    }
    message.records.push_back({id, tag_of(state)});
    return true;
  });
  if (!read) {
    storage_failed(read.error(), nullptr);
    return;
  }
  message.last = true;
  send_durable(link, message);
}

void Node::handle(Link& link, BucketMessage& message, Now now) {
  Network* network = ledger_->find_network(message.network);
  if (network == nullptr || !shares(link, *network) || network->is_pending()) return;
  const MemberKey peer = link.member.value_or(MemberKey{});
  if (!still_differs(link.networks[message.network], summary_of(*network))) return;
  std::size_t told = 0;
  for (const BucketRecord& theirs : message.records) {
    if (told == kRecordsCompared) break;
    Result<std::optional<RecordNumber>> number = ledger_->find_record(*network, theirs.id);
    Result<std::optional<RecordState>> state = std::optional<RecordState>{};
    if (number && *number) state = ledger_->record(**number);
    if (!number || !state) {
      storage_failed(number ? state.error() : number.error(), nullptr);
      return;
    }
    const std::string name = base32_of(theirs.id.view());
    if (!*state || (**state).live.empty()) {
      ++told;
      tell(EventKind::StateDiffers, message.network, peer, "record " + name + " is not here");
      continue;
    }
    if (tag_of(state_hash(theirs.id, **state)) == theirs.state) continue;
    ++told;
    Result<bool> mended = ledger_->mend_record(*network, **number);
    if (!mended) {
      storage_failed(mended.error(), nullptr);
      return;
    }
    tell(EventKind::StateDiffers, message.network, peer,
         "record " + name + (*mended ? " was wrong here; mended" : " is right here by its history; the peer's differs"));
    if (!*mended) continue;
    mark_urgent(now);
    settle_at_ = now.steady;
  }
}

}  // namespace budstikke
