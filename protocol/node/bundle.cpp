// The node's part in bundles: its sealing key, and runs that come in a file.
#include <algorithm>

#include "protocol/node/node.h"
#include "protocol/node/waits.h"

namespace budstikke {

// A node states its sealing key once in each network, and again when it has another one.
void Node::state_sealing_keys(Now now) {
  if (keys_.sealing.is_zero()) return;
  for (auto& [id, network] : ledger_->networks()) {
    const Member* own = self_in(network);
    if (own == nullptr || own->removed || own->sealing == keys_.sealing) continue;
    const MembershipOperation operation = SealOperation{keys_.sealing};
    WallTime before;
    for (const auto& [log_id, log] : network.logs) {  // one of them holds what was stated before
      if (own->sealing.is_zero() || log_id.author != self() || log_id.log_class != LogClass::Membership) continue;
      for (const StoredTip& tip : log.row.tips) before = std::max(before, tip.head.stamp);
    }
    if (Status status = append_membership(network, {&operation, 1}, now, before); !status)
      storage_failed(status.error(), nullptr);
  }
}

Result<RunReceiver::Progress> Node::take_bundle_run(RunReceiver& receiver, const Message& message, Bytes frame, Now now) {
  ledger_->set_time(now.wall);
  const auto* run = std::get_if<RunMessage>(&message);
  // What a removal leaves out is not asked for in a session, so it is not taken from a file either.
  const auto wants = [&](const Network& network) {
    const std::optional<Tip> cut = network.membership.cut_of(run->log);
    if (!cut || cut->seq < run->first) return !cut;
    const auto log = network.logs.find(run->log);
    const Result<bool> held = log == network.logs.end() ? Result<bool>(false) : ledger_->holds(log->second, cut->seq, cut->id);
    if (!held) storage_failed(held.error(), nullptr);
    return held && !*held;  // until the entry at which it is cut is here, nothing of the log counts
  };
  Result<RunReceiver::Progress> progress = receive_run(receiver, message, std::move(frame), wants);
  if (!progress) {
    storage_failed(progress.error(), nullptr);
    return progress;
  }
  if (progress->outcome != RunReceiver::Outcome::Stored) return progress;
  mark_written(now);
  settle_at_ = now.steady + kSettleWait;  // those who are linked are told
  if (progress->forked) tell(EventKind::ForkSeen, progress->network, progress->log.author);
  if (Network* network = ledger_->find_network(progress->network)) {
    if (progress->log.author == self()) take_own(*network, *progress, now);
    settle(*network);
  }
  return progress;
}

}  // namespace budstikke
