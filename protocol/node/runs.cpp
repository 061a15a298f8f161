// Runs of entries: what peers send, whether asked for or pushed, and what they asked for.
#include "protocol/base/limits.h"
#include "protocol/node/node.h"
#include "protocol/node/run_frames.h"
#include "protocol/node/waits.h"

namespace budstikke {

// --- Runs in ---------------------------------------------------------------------------------------------------------

void Node::handle_run(Link& link, const Message& message, Bytes frame, Now now) {
  link.uncredited += static_cast<std::uint32_t>(frame.size());
  if (link.uncredited >= kLinkCreditBytes / 8) {  // worked off at once; what waits lies in the shell's queue
    send(link, CreditMessage{link.uncredited});
    link.uncredited = 0;
  }
  Result<RunReceiver::Progress> progress = receive_run(
      link.receiver, message, std::move(frame), [&](const Network& network) { return shares(link, network); });
  if (!progress) {
    storage_failed(progress.error(), &link);
    return;
  }
  after_run(link, *progress, now);
}

// What every run goes through, whatever it came by: entries of others come in no other way.
Result<RunReceiver::Progress> Node::receive_run(RunReceiver& receiver, const Message& message, Bytes frame,
                                                const std::function<bool(const Network&)>& wants) {
  if (const auto* part = std::get_if<PartMessage>(&message)) {
    const PartMessage copy = *part;
    return receiver.part(*ledger_, copy, std::move(frame));
  }
  const RunMessage run = std::get<RunMessage>(message);
  Network* network = ledger_->find_network(run.network);
  const bool is_member = network != nullptr &&
                         (network->membership.find(run.log.author) != nullptr ||
                          (run.log.author == network->founding.charter.founder && run.log.log_class == LogClass::Membership));
  return is_member && wants(*network) ? receiver.open(*ledger_, *network, run, std::move(frame)) : receiver.skip(run);
}

void Node::after_run(Link& link, const RunReceiver::Progress& progress, Now now) {
  Network* network = ledger_->find_network(progress.network);
  if (network == nullptr || !shares(link, *network)) return;
  PeerNetwork& peer = link.networks[progress.network];
  const auto asked = peer.asked.find(progress.log);
  const bool was_asked = asked != peer.asked.end();
  if (progress.outcome == RunReceiver::Outcome::Unwanted) {
    // A push whose predecessors or author are not here: our summary brings vectors, and the vectors a want.
    if (was_asked) asked->second.branched = true;
    if (!was_asked) send_summary(link, *network);
    return;
  }
  if (was_asked) link.progressed = now.steady;  // a peer that only pushes still owes what was asked for
  note_run(link, *network, progress, was_asked, now);
  if (progress.outcome == RunReceiver::Outcome::More) return;
  std::vector<Tip>& tips = peer.tips[progress.log];
  if (tips.size() <= 1 && (tips.empty() || tips.back().seq < progress.end.seq)) tips = {progress.end};
  if (progress.outcome == RunReceiver::Outcome::Known) return;
  if (was_asked) asked->second.progressed = true;
  mark_written(now);
  if (progress.forked) tell(EventKind::ForkSeen, progress.network, progress.log.author);
  settle(*network);
  if (!was_asked) {  // a push: durable and onward at once
    to_push_.emplace(progress.network, progress.log);
    mark_urgent(now);
    settle_at_ = now.steady + kSettleWait;
  }
}

// --- Runs out --------------------------------------------------------------------------------------------------------

void Node::handle(Link& link, WantMessage& message, Now) {
  Network* network = ledger_->find_network(message.network);
  if (network == nullptr || !shares(link, *network)) return;
  if (link.outbox.size() > kMaxLogsPerVector) return drop(link, "asks for too much at once");
  for (const Want& want : message.wants) {
    const Log* log = ledger_->find_log(*network, want.log);
    if (log == nullptr) continue;
    if (log->tips().size() == 1) {
      link.outbox.push_back({message.network, want.log, want.after, std::nullopt});
      continue;
    }
    for (const StoredTip& tip : log->tips()) link.outbox.push_back({message.network, want.log, want.after, tip.head.id});
  }
  link.outbox.push_back({message.network, std::nullopt, Seq{}, std::nullopt});
  pump(link);
}

void Node::pump(Link& link) {
  if (link.phase != LinkPhase::Open || ledger_->has_uncommitted()) return;  // persist, then send
  while (!link.outbox.empty() && !effects_.fatal) {
    Outgoing& next = link.outbox.front();
    if (!next.log) {
      send(link, DoneMessage{next.network});
      link.outbox.pop_front();
      continue;
    }
    if (link.credit <= 0) return;
    if (!send_next_run(link, next)) link.outbox.pop_front();
  }
}

// Sends the next run of what is asked for; false when there is none left.
bool Node::send_next_run(Link& link, const Outgoing& next) {
  Network* network = ledger_->find_network(next.network);
  const Log* log = network != nullptr ? ledger_->find_log(*network, *next.log) : nullptr;
  if (log == nullptr) return false;
  const StoredTip* tip = nullptr;
  for (const StoredTip& candidate : log->tips()) {
    if (!next.branch || candidate.head.id == *next.branch) tip = &candidate;
  }
  if (tip == nullptr) return false;
  Result<std::optional<Ledger::StoredRun>> run = ledger_->next_run(*log, next.after, *tip);
  if (!run) {
    storage_failed(run.error(), nullptr);
    return false;
  }
  if (!*run) return false;
  each_run_frame(next.network, *next.log, **run, [&](const Message& message) {
    send(link, message);
    link.credit -= static_cast<std::int64_t>(effects_.send.back().frame.size());
  });
  const Tip end{Seq{(*run)->first.value + (*run)->bodies.size() - 1}, (*run)->end};
  std::vector<Tip>& tips = link.networks[next.network].tips[*next.log];
  if (tips.size() <= 1 && (tips.empty() || tips.back().seq < end.seq)) tips = {end};
  link.outbox.front().after = end.seq;
  return end.seq < tip->head.seq;
}

}  // namespace budstikke
