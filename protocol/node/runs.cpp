// Runs of entries: what peers send, whether asked for or pushed, and what they asked for.
#include "protocol/base/limits.h"
#include "protocol/node/node.h"
#include "protocol/node/run_frames.h"
#include "protocol/node/waits.h"

namespace budstikke {
namespace {

// Whether somebody who may have written the log is known: a member, or the founder before there is any.
bool is_author(const Network& network, const LogId& log) {
  return network.membership.find(log.author) != nullptr ||
         (log.author == network.founding.charter.founder && log.log_class == LogClass::Membership);
}

// Whether the peer's council writes the log, on whichever of its devices: it can write without end what is new to all.
bool is_of_peers_council(const Network& network, const std::optional<MemberKey>& peer, const MemberKey& author) {
  if (!peer || author == *peer) return peer.has_value();
  const Member* sender = network.membership.find(*peer);
  const Member* writer = network.membership.find(author);
  return sender != nullptr && writer != nullptr && sender->council == writer->council;
}

}  // namespace

// --- Runs in ---------------------------------------------------------------------------------------------------------

void Node::handle_run(Link& link, const Message& message, Bytes frame, Now now) {
  link.uncredited += static_cast<std::uint32_t>(frame.size());
  if (link.uncredited >= kLinkCreditBytes / 8) {  // worked off at once; what waits lies in the shell's queue
    send(link, CreditMessage{link.uncredited});
    link.uncredited = 0;
  }
  if (decline_run(link, message, now)) return;
  const auto shared = [&](const Network& network) { return shares(link, network); };
  Result<RunReceiver::Progress> progress = RunReceiver::Progress{};
  const auto* news = std::get_if<ShortRunMessage>(&message);
  if (news != nullptr) {
    const ShortRunMessage run = *news;
    Network* network = shared_network(link, run.network);
    if (network == nullptr) return;
    if (!is_author(*network, run.log)) return send_summary(link, *network);  // as of a run that was not asked for
    progress = link.receiver.whole(*ledger_, *network, run, std::move(frame));
  } else {
    progress = receive_run(link.receiver, message, std::move(frame), shared);
  }
  if (!progress) {
    storage_failed(progress.error(), &link);
    return;
  }
  after_run(link, *progress, news != nullptr, now);
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
  return network != nullptr && is_author(*network, run.log) && wants(*network)
             ? receiver.open(*ledger_, *network, run, std::move(frame))
             : receiver.skip(run);
}

void Node::after_run(Link& link, const RunReceiver::Progress& progress, bool is_news, Now now) {
  Network* network = ledger_->find_network(progress.network);
  if (network == nullptr) return;
  if (!shares(link, *network)) {
    if (progress.outcome != RunReceiver::Outcome::Stored) return;
    mark_written(now);  // the last that a member owed that has left
    settle(*network);
    to_push_.try_emplace({progress.network, progress.log}, false);
    settle_at_ = now.steady + kSettleWait;
    return drop_strangers();
  }
  PeerNetwork& peer = link.networks[progress.network];
  const auto asked = peer.asked.find(progress.log);
  const bool was_asked = asked != peer.asked.end();
  const bool was_pushed = !was_asked && !is_news;
  if (progress.outcome == RunReceiver::Outcome::Unwanted) {
    // A push, or news, whose predecessors or author are not here: our summary brings vectors, and the vectors a want.
    if (was_asked) asked->second.branched = true;
    if (!was_asked) send_summary(link, *network);
    return;
  }
  if (was_asked) link.progressed = now.steady;  // a peer that only pushes still owes what was asked for
  note_run(link, *network, progress, was_pushed, now);
  if (progress.outcome == RunReceiver::Outcome::More) return;
  std::vector<Tip>& tips = peer.tips[progress.log];
  if (tips.size() <= 1 && (tips.empty() || tips.back().seq < progress.end.seq)) tips = {progress.end};
  if (progress.outcome == RunReceiver::Outcome::Known) {
    if (is_news) answer_with_level(peer, now);
    return;
  }
  if (was_asked) {
    asked->second.progressed = true;
    asked->second.brought = now.steady;
    if (!is_of_peers_council(*network, link.member, progress.log.author)) peer.brought = now.steady;
  }
  mark_written(now);
  if (progress.forked) tell(EventKind::ForkSeen, progress.network, progress.log.author);
  if (progress.log.author == self()) take_own(*network, progress, now);
  settle(*network);
  const Member* author = network->membership.find(progress.log.author);
  if (author != nullptr && author->removed) drop_strangers();  // who has left may owe nothing any more
  if (was_asked) return;
  // A push is durable and onward at once. News come many together, and other peers may be about to send the same: the commit
  // waits for more, and others are told of them.
  if (was_pushed) mark_urgent(now);
  bool& may_send = to_push_[{progress.network, progress.log}];
  may_send = may_send || was_pushed;
  settle_at_ = now.steady + kSettleWait;
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
      link.outbox.push_back({message.network, want.log, want.after, std::nullopt, false, true});
      continue;
    }
    for (const StoredTip& tip : log->tips()) {
      link.outbox.push_back({message.network, want.log, want.after, tip.head.id, false, true});
    }
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
  if (Status status = ledger_->withhold_contents(*log, **run); !status) {
    storage_failed(status.error(), nullptr);
    return false;
  }
  const auto send_frame = [&](const Message& message) {
    send(link, message);
    link.credit -= static_cast<std::int64_t>(effects_.send.back().frame.size());
  };
  Bytes payload;
  if (next.is_news) {
    for (const Bytes& body : (*run)->bodies) payload.insert(payload.end(), body.begin(), body.end());
  }
  if (next.is_news && payload.size() + kShortRunHeaderBytes <= kMaxFrameBytes) {
    send_frame(ShortRunMessage{tag_of(next.network), *next.log, (*run)->first, (*run)->signature, payload});
  } else {
    each_run_frame(next.network, *next.log, **run, send_frame);
  }
  const Tip end{Seq{(*run)->first.value + (*run)->bodies.size() - 1}, (*run)->end};
  std::vector<Tip>& tips = link.networks[next.network].tips[*next.log];
  if (tips.size() <= 1 && (tips.empty() || tips.back().seq < end.seq)) tips = {end};
  link.outbox.front().after = end.seq;
  return end.seq < tip->head.seq;
}

}  // namespace budstikke
