// Values that are wanted: those of changes that are here without them and that no erasure reaches. Asked for when a peer agrees
// otherwise; a pass over all that are missing per peer, and another one when more are missing since, or after a while, since it
// may have got them from others.
#include "protocol/base/limits.h"
#include "protocol/node/node.h"
#include "protocol/node/waits.h"

namespace budstikke {

void Node::ask_values(Link& link, Network& network) {
  PeerNetwork& peer = link.networks[network.row.id];
  if (network.missing == 0 || !peer.asked_values.empty() || ledger_->has_uncommitted()) return;
  if (link.phase != LinkPhase::Open || !peer.tips_known) return;
  Result<std::vector<Ledger::MissingValue>> missing = std::vector<Ledger::MissingValue>{};
  while (missing->empty()) {
    const bool begins = peer.values_after == ChangeLink{};
    if (begins) {
      peer.values_epoch = ledger_->missing_epoch();
      peer.values_asked = link.heard;
    }
    missing = ledger_->missing_values(network, peer.values_after, kMaxAskedValues);
    if (!missing) {
      storage_failed(missing.error(), nullptr);
      return;
    }
    // A pass that is under way is never begun anew, or what is at its end would never be asked for.
    const bool again = peer.values_epoch != ledger_->missing_epoch() || link.heard - peer.values_asked >= kValuesAgain;
    if (missing->empty() && (begins || !again)) return;
    if (missing->empty()) peer.values_after = {};
  }
  AskValuesMessage message{network.row.id, {}};
  for (const Ledger::MissingValue& value : *missing) {
    message.wanted.push_back({value.log, value.seq, value.entry, value.change.change});
  }
  peer.asked_values = std::move(*missing);
  link.progressed = link.heard;
  send(link, message);
}

// After a commit: where it was waited for.
void Node::go_on_asking() {
  for (auto& [id, link] : links_) {
    for (auto& [network_id, peer] : link.networks) {
      Network* network = ledger_->find_network(network_id);
      if (std::exchange(peer.values_go_on, false) && network != nullptr && shares(link, *network)) ask_values(link, *network);
    }
  }
}

void Node::handle(Link& link, AskValuesMessage& message, Now) {
  Network* network = ledger_->find_network(message.network);
  if (network == nullptr || !shares(link, *network)) return;
  ValuesMessage answer{message.network, {}};
  std::size_t bytes = kValuesHeaderBytes;
  for (const AskedValues& asked : message.wanted) {
    Result<ValuesAnswer> values = ledger_->values_for_peer(*network, asked);
    if (!values) {
      storage_failed(values.error(), nullptr);
      return;
    }
    bytes += 3 + values->values.size();
    if (bytes > kMaxFrameBytes) break;
    answer.answers.push_back(std::move(*values));
  }
  send_durable(link, answer);
}

void Node::handle(Link& link, ValuesMessage& message, Now now) {
  Network* network = ledger_->find_network(message.network);
  if (network == nullptr || !shares(link, *network)) return;
  PeerNetwork& peer = link.networks[message.network];
  if (message.answers.size() > peer.asked_values.size()) return drop(link, "values that nobody asked for");
  const std::vector<Ledger::MissingValue> asked = std::exchange(peer.asked_values, {});
  link.progressed = now.steady;
  bool filled = false;
  for (std::size_t i = 0; i < message.answers.size(); ++i) {
    peer.values_after = asked[i].change;
    if (message.answers[i].presence != ValuesPresence::Here) continue;
    const Result<bool> put = ledger_->fill(*network, asked[i].change, message.answers[i].values);
    if (!put) {
      storage_failed(put.error(), &link);
      return;
    }
    filled = filled || *put;
  }
  if (filled) mark_urgent(now);
  peer.values_go_on = filled;
  ask_values(link, *network);  // not before the commit when there was something to put
}

}  // namespace budstikke
