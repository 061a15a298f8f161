// New entries, sent at once along the tree of their log (push_tree.h). Latency only: sessions are the guarantee.
#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/node.h"

namespace budstikke {
namespace {

// Whether a log can be of this network at all: its author's admission has to come first.
bool may_hold(const Network& network, const LogId& log) {
  const bool is_founding = log.author == network.founding.charter.founder && log.log_class == LogClass::Membership;
  return is_founding || network.membership.find(log.author) != nullptr;
}

bool is_queued(const Link& link, const NetworkId& network, const LogId& log) {
  return std::any_of(link.outbox.begin(), link.outbox.end(),
                     [&](const Outgoing& outgoing) { return outgoing.network == network && outgoing.log == log; });
}

}  // namespace

// --- Out -------------------------------------------------------------------------------------------------------------

void Node::push_changes(Now now) {
  const auto changed = std::exchange(to_push_, {});
  for (LogClass log_class : {LogClass::Membership, LogClass::Data}) {  // members before what they wrote
    for (const auto& [of, may_send] : changed) {
      Network* network = ledger_->find_network(of.first);
      if (network != nullptr && of.second.log_class == log_class) push_log(*network, of.second, may_send, now);
    }
  }
}

void Node::push_log(Network& network, const LogId& log_id, bool may_send, Now now) {
  const Log* log = ledger_->find_log(network, log_id);
  if (log == nullptr || log->tips().size() != 1) return;  // forks are left to sessions
  std::vector<PushTree::Peer> peers;
  for (auto& [id, link] : links_) {
    if (link.phase != LinkPhase::Open || !shares(link, network)) continue;
    if (link.member == log_id.author) continue;  // it wrote them; what it lost it asks for
    const PeerNetwork& peer = link.networks[network.row.id];
    if (!peer.tips_known || is_queued(link, network.row.id, log_id)) continue;  // what is queued goes on to the tip
    const auto known = peer.tips.find(log_id);
    const Seq has = known == peer.tips.end() ? Seq{0} : known->second.back().seq;
    peers.push_back({id, has, may_send && link.credit > 0, !link.dialed});
  }
  const Seq last = log->tips().front().head.seq;
  for (const PushTree::Send& to : tree_of(network.row.id).spread(log_id, last, peers, now.steady)) {
    links_.at(to.link).outbox.push_back({network.row.id, log_id, to.after, std::nullopt});
  }
}

void Node::tick_trees(Now now) {
  for (auto& [id, tree] : trees_) tree.tick(now.steady);
  send_push_messages();
}

void Node::send_push_messages() {
  for (auto& [id, tree] : trees_) {
    for (PushTree::Message& message : tree.take()) {
      const auto at = links_.find(message.link);
      if (at == links_.end()) continue;
      switch (message.kind) {
        case PushTree::Kind::Have:
          send_durable(at->second, HaveMessage{id, std::move(message.logs)});
          break;
        case PushTree::Kind::Graft:
          send_durable(at->second, GraftMessage{id, std::move(message.logs)});
          break;
        case PushTree::Kind::Prune:
          send_durable(at->second, PruneMessage{id, std::move(message.logs)});
          break;
      }
    }
  }
}

// --- In --------------------------------------------------------------------------------------------------------------

// What a run that came over this link says of the tree of its log.
void Node::note_run(Link& link, const Network& network, const RunReceiver::Progress& progress, bool was_pushed, Now now) {
  PushTree& tree = tree_of(network.row.id);
  const bool is_complete = progress.outcome != RunReceiver::Outcome::More;
  if (!was_pushed) {
    if (is_complete) tree.holds(link.id, progress.log, progress.end.seq);
    return;
  }
  if (!is_complete) return tree.brings(progress.log, now.steady);
  if (progress.outcome == RunReceiver::Outcome::Stored) {
    tree.brought(link.id, progress.log, progress.end.seq);
  } else {
    tree.repeated(link.id, progress.log, progress.end.seq);
    send_push_messages();
  }
}

void Node::handle(Link& link, HaveMessage& message, Now now) {
  Network* network = ledger_->find_network(message.network);
  if (network == nullptr || !shares(link, *network)) return;
  bool needs_session = false;
  for (const PushedLog& told : message.logs) {
    if (!may_hold(*network, told.log)) {
      needs_session = true;
      continue;
    }
    const Log* log = ledger_->find_log(*network, told.log);
    if (log != nullptr && log->row.tips.size() > 1) continue;  // forks are left to sessions
    if (holds_back(*network, told.log)) continue;
    const Seq here = log == nullptr || log->row.tips.empty() ? Seq{} : log->row.tips.back().head.seq;
    const bool is_asked = std::any_of(links_.begin(), links_.end(), [&](const auto& entry) {
      const auto peer = entry.second.networks.find(message.network);
      return peer != entry.second.networks.end() && peer->second.asked.contains(told.log);
    });
    if (here >= told.seq || !is_asked) tree_of(message.network).told(link.id, told, here, now.steady);
  }
  if (needs_session) send_summary(link, *network);
  tick_trees(now);
}

void Node::handle(Link& link, GraftMessage& message, Now now) {
  Network* network = ledger_->find_network(message.network);
  if (network == nullptr || !shares(link, *network)) return;
  bool needs_session = false;
  for (const PushedLog& wanted : message.logs) {
    const Log* log = ledger_->find_log(*network, wanted.log);
    if (log == nullptr || log->tips().size() != 1) continue;
    PushTree& tree = tree_of(message.network);
    tree.grafted(link.id, wanted);
    const Seq last = log->tips().front().head.seq;
    if (wanted.seq >= last || is_queued(link, message.network, wanted.log)) continue;
    needs_session = needs_session || last.value - wanted.seq.value > kMaxPushedEntries;
    const PushTree::Peer peer{link.id, wanted.seq, link.credit > 0, !link.dialed};
    for (const PushTree::Send& to : tree.spread(wanted.log, last, {&peer, 1}, now.steady)) {
      link.outbox.push_back({message.network, wanted.log, to.after, std::nullopt});
    }
  }
  if (needs_session) send_summary(link, *network);
  pump(link);
}

void Node::handle(Link& link, PruneMessage& message, Now) {
  Network* network = ledger_->find_network(message.network);
  if (network == nullptr || !shares(link, *network)) return;
  for (const PushedLog& unwanted : message.logs) {
    if (ledger_->find_log(*network, unwanted.log) == nullptr) continue;
    tree_of(message.network).pruned(link.id, unwanted);
    std::erase_if(link.outbox, [&](const Outgoing& outgoing) {
      return outgoing.is_asked && outgoing.network == message.network && outgoing.log == unwanted.log;
    });
  }
  pump(link);  // the done of what was asked for
}

}  // namespace budstikke
