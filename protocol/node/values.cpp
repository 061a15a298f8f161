// Values that are wanted: those of changes that are here without them and that no erasure reaches. Asked for when a peer agrees
// otherwise; a pass over all that are missing per peer, and another one when more are missing since, or after a while, since it
// may have got them from others. Contents of files are asked of one peer each; one that lacks a part is not asked for the rest of
// it.
#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/node.h"
#include "protocol/node/waits.h"

namespace budstikke {

// Whether the content is under way on another link: six peers would otherwise all send the same.
bool Node::is_under_way(const Link& asking, const NetworkId& network, const ChangeLink& change) const {
  return std::any_of(links_.begin(), links_.end(), [&](const auto& other) {
    const auto peer = other.second.networks.find(network);
    if (other.first == asking.id || peer == other.second.networks.end()) return false;
    const auto& asked = peer->second.asked_values;
    return std::any_of(asked.begin(), asked.end(), [&](const auto& value) { return value.change == change; });
  });
}

// What to ask the peer for next, of what is missing after peer.values_after, where that leads; nothing at the end.
Result<std::vector<Ledger::MissingValue>> Node::next_values(const Link& link, const Network& network, PeerNetwork& peer) const {
  std::vector<Ledger::MissingValue> wanted;
  std::size_t contents = 0;
  while (wanted.empty()) {
    Result<std::vector<Ledger::MissingValue>> page = ledger_->missing_values(network, peer.values_after, kMaxAskedValues);
    if (!page) return page.error();
    if (page->empty()) break;
    for (const Ledger::MissingValue& value : *page) {
      bool is_passed_over = value.is_content && peer.lacks.contains(value.record);
      if (value.is_content && !is_passed_over && is_under_way(link, network.row.id, value.change)) {
        is_passed_over = peer.left_to_others = true;
      }
      if (!is_passed_over && value.is_content && ++contents > kAskedContents) break;
      if (!is_passed_over) wanted.push_back(value);
      if (wanted.empty()) peer.values_after = value.change;
    }
  }
  return wanted;
}

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
      if (link.heard - peer.lacks_since >= kValuesAgain) peer.lacks.clear();
    }
    missing = next_values(link, network, peer);
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

// A peer was asked for content and will not give it: those that left it to that peer look again.
void Node::ask_others(const Link& except, const NetworkId& network) {
  Network* shared = ledger_->find_network(network);
  for (auto& [id, link] : links_) {
    const auto peer = link.networks.find(network);
    if (id == except.id || peer == link.networks.end() || !std::exchange(peer->second.left_to_others, false)) continue;
    peer->second.values_epoch = 0;
    peer->second.values_go_on = ledger_->has_uncommitted();
    if (shared != nullptr && shares(link, *shared)) ask_values(link, *shared);
  }
}

Status Node::want_contents(Network& network, const RecordState& part, Now now) {
  if (Status status = ledger_->want_contents(network, part); !status) return status;
  if (ledger_->has_uncommitted()) mark_urgent(now);
  for (auto& [id, link] : links_) {  // whoever lacked it may have it now
    const auto peer = link.networks.find(network.row.id);
    if (peer == link.networks.end()) continue;
    peer->second.lacks.clear();
    peer->second.values_epoch = 0;
    peer->second.values_go_on = ledger_->has_uncommitted();
    if (shares(link, network)) ask_values(link, network);
  }
  return done();
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

void Node::handle(Link& link, AskValuesMessage& message, Now now) {
  Network* network = ledger_->find_network(message.network);
  if (network == nullptr || !shares(link, *network)) return;
  ValuesMessage answer{message.network, {}};
  std::size_t bytes = kValuesHeaderBytes;
  bool fetched_for_others = false;
  for (const AskedValues& asked : message.wanted) {
    Result<ValuesAnswer> values = ledger_->values_for_peer(*network, asked);
    if (!values) {
      storage_failed(values.error(), nullptr);
      return;
    }
    if (values->presence == ValuesPresence::Unknown) {  // fetched on the peer's behalf, which asks again
      Result<bool> wants = ledger_->want_content(*network, asked);
      if (!wants) {
        storage_failed(wants.error(), nullptr);
        return;
      }
      if (*wants) fetched_for_others = true;
    }
    bytes += 3 + values->values.size();
    if (bytes > kMaxFrameBytes) break;
    answer.answers.push_back(std::move(*values));
  }
  if (fetched_for_others) {
    mark_urgent(now);
    for (auto& [id, other] : links_) {
      const auto peer = other.networks.find(message.network);
      if (id != link.id && peer != other.networks.end()) peer->second.values_go_on = true;
    }
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
  bool filled = false, is_lacking = false;
  for (std::size_t i = 0; i < message.answers.size(); ++i) {
    peer.values_after = asked[i].change;
    if (message.answers[i].presence != ValuesPresence::Here) {
      is_lacking = is_lacking || asked[i].is_content;
      if (peer.lacks.empty()) peer.lacks_since = now.steady;
      if (asked[i].is_content) peer.lacks.insert(asked[i].record);
      continue;
    }
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
  if (is_lacking) ask_others(link, message.network);
}

}  // namespace budstikke
