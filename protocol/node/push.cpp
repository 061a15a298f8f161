// New entries, sent at once to those who are not known to hold them. Latency only: sessions are the guarantee.
#include <algorithm>

#include "protocol/node/node.h"

namespace budstikke {
namespace {

constexpr std::uint64_t kMaxPushedEntries = 256;  // a log further behind than this is left to a session

}  // namespace

void Node::push_changes() {
  const auto changed = std::exchange(to_push_, {});
  for (LogClass log_class : {LogClass::Membership, LogClass::Data}) {  // members before what they wrote
    for (const auto& [network_id, log_id] : changed) {
      Network* network = ledger_->find_network(network_id);
      if (network != nullptr && log_id.log_class == log_class) push_log(*network, log_id);
    }
  }
}

void Node::push_log(Network& network, const LogId& log_id) {
  const Log* log = ledger_->find_log(network, log_id);
  if (log == nullptr || log->tips().size() != 1) return;  // forks are left to sessions
  const Seq last = log->tips().front().head.seq;
  for (auto& [id, link] : links_) {
    if (link.phase != LinkPhase::Open || !shares(link, network)) continue;
    PeerNetwork& peer = link.networks[network.row.id];
    if (!peer.tips_known) continue;
    const auto known = peer.tips.find(log_id);
    const Seq has = known == peer.tips.end() ? Seq{0} : known->second.back().seq;
    if (has >= last || last.value - has.value > kMaxPushedEntries) continue;
    const bool queued = std::any_of(link.outbox.begin(), link.outbox.end(), [&](const Outgoing& outgoing) {
      return outgoing.network == network.row.id && outgoing.log == log_id;
    });
    if (!queued && link.credit > 0) link.outbox.push_back({network.row.id, log_id, has, std::nullopt});
  }
}

}  // namespace budstikke
