// The session: from two hellos to equal digests.
//
//   hello ⇄ hello            digests of every network that both are in
//   differ? vector ⇄ vector  the tips of all logs, membership logs first
//   want →  ← run, part, done     what is lacking, log by log, within credits
//   summary ⇄ summary        equal digests end the session; the same vector with another state digest is a fault
#include <algorithm>

#include "protocol/node/ledger_parts.h"
#include "protocol/node/node.h"
#include "protocol/node/waits.h"

namespace budstikke {

bool Node::shares(const Link& link, const Network& network) const { return network.trusts(link.key); }

// --- Hello -----------------------------------------------------------------------------------------------------------

void Node::say_hello(Link& link) {
  Hello hello;
  hello.store = store_;
  hello.nonce = link.nonce;
  if (link.hello) hello.peer_nonce = link.hello->nonce;
  for (const auto& [id, network] : ledger_->networks()) {
    if (!shares(link, network)) continue;
    hello.networks.push_back(summary_of(network));
    link.networks[id].summary_sent = hello.networks.back();
  }
  hello.signature = keys_.identity.sign(Purpose::Hello, hello_message(hello, keys_.transport, link.key));
  send_durable(link, hello);
}

// Finds the member whose identity key signed the peer's hello. False while its membership is not here yet.
bool Node::identify(Link& link) {
  const Bytes message = hello_message(*link.hello, link.key, keys_.transport);
  bool candidates = false;
  for (const auto& [id, network] : ledger_->networks()) {
    for (const Member* member : network.membership.with_transport(link.key)) {
      candidates = true;
      if (!verify(member->key, Purpose::Hello, message, link.hello->signature)) continue;
      link.member = member->key;
      tell(EventKind::LinkOpen, id, member->key);
      return true;
    }
  }
  if (candidates) drop(link, "a hello that the key's member did not sign");
  return false;
}

void Node::handle(Link& link, Hello& hello, Now now) {
  if (link.phase == LinkPhase::Open) return drop(link, "a second hello");
  if (hello.version_min > kProtocolVersion || hello.version_max < kProtocolVersion) {
    return drop(link, "speaks protocol versions " + std::to_string(hello.version_min) + " to " +
                          std::to_string(hello.version_max) + ", this is " + std::to_string(kProtocolVersion));
  }
  if (link.dialed && hello.peer_nonce != link.nonce) return drop(link, "a hello that answers another");
  const LinkId id = link.id;
  link.hello = hello;
  identify(link);
  if (!links_.contains(id)) return;
  link.phase = LinkPhase::Open;
  if (!link.dialed) say_hello(link);
  for (const NetworkSummary& theirs : hello.networks) {
    compare(link, theirs, now);
    if (!links_.contains(id)) return;
  }
}

// --- Digests ---------------------------------------------------------------------------------------------------------

void Node::compare(Link& link, const NetworkSummary& theirs, Now now) {
  Network* network = ledger_->find_network(theirs.network);
  if (network == nullptr || !shares(link, *network)) return;
  PeerNetwork& peer = link.networks[theirs.network];
  const bool is_news = peer.summary != theirs;
  peer.summary = theirs;
  const NetworkSummary own = summary_of(*network);
  note_agreement(link, theirs.network, own == theirs && !network->is_pending());
  if (own.membership == theirs.membership) {
    copy_own_tips(*network, peer, LogClass::Membership);
    forget_strangers(link, *network, now);
  }
  if (own.vector == theirs.vector) copy_own_tips(*network, peer, LogClass::Data);
  if (own.membership == theirs.membership && own.vector == theirs.vector) {
    peer.tips_known = true;
    note_difference(link, *network, own, theirs);
    if (peer.summary_sent != own) send_summary(link, *network);  // the peer must see that we agree
    ask_values(link, *network);
    return;
  }
  bool answered = own.membership != theirs.membership && send_vector(link, *network, LogClass::Membership);
  answered = (own.vector != theirs.vector && send_vector(link, *network, LogClass::Data)) || answered;
  // It has our vectors but we may lack its newest: our summary makes it send them. Only news is answered so, or two nodes
  // that cannot agree would answer each other for ever.
  if (!answered && is_news) send_summary(link, *network);
  if (peer.tips_known) plan(link, *network, now);
}

void Node::note_agreement(Link& link, const NetworkId& network, bool agree) {
  PeerNetwork& peer = link.networks[network];
  if (agree && !peer.agreed) tell(EventKind::InSync, network, link.member.value_or(MemberKey{}));
  if (agree) {  // it takes us to hold what it holds: a vector it was sent before, and that may come true again, it has forgotten
    const std::optional<DigestTag> agreed[] = {peer.summary->membership, peer.summary->vector};
    for (std::size_t i = 0; i < 2; ++i) {
      if (peer.vector_sent[i] != agreed[i]) peer.vector_sent[i].reset();
    }
  }
  peer.agreed = agree;
}

void Node::copy_own_tips(const Network& network, PeerNetwork& peer, LogClass log_class) const {
  std::erase_if(peer.tips, [&](const auto& known) { return known.first.log_class == log_class; });
  for (const auto& [id, log] : network.logs) {
    if (id.log_class == log_class && !log.tips().empty()) peer.tips.emplace(id, tips_of(log));
  }
}

void Node::send_summary(Link& link, const Network& network) {
  const NetworkSummary own = summary_of(network);
  link.networks[network.row.id].summary_sent = own;
  send_durable(link, SummaryMessage{{own}});
}

void Node::handle(Link& link, SummaryMessage& message, Now now) {
  const LinkId id = link.id;
  for (const NetworkSummary& theirs : message.networks) {
    compare(link, theirs, now);
    if (!links_.contains(id)) return;
  }
}

void Node::send_summaries(bool even_if_sent, Now now) {
  for (auto& [id, link] : links_) {
    if (link.phase != LinkPhase::Open) continue;
    SummaryMessage message;
    for (auto& [network_id, network] : ledger_->networks()) {
      if (!shares(link, network)) continue;
      PeerNetwork& peer = link.networks[network_id];
      const NetworkSummary own = summary_of(network);
      note_agreement(link, network_id, peer.summary == own && !network.is_pending());
      if (peer.summary && peer.summary->membership == own.membership) forget_strangers(link, network, now);
      ask_values(link, network);
      if (!even_if_sent && peer.summary_sent == own) continue;
      peer.summary_sent = own;
      message.networks.push_back(own);
    }
    if (!message.networks.empty()) send_durable(link, message);
  }
}

void Node::settle(Network& network) {
  const bool was_member = self_in(network) != nullptr;
  const Result<bool> changed = ledger_->settle(network);
  if (!changed) storage_failed(changed.error(), nullptr);
  if (!changed || !*changed) return;
  tell(EventKind::MembersChanged, network.row.id, {});
  const Member* own = self_in(network);
  if (!was_member && own != nullptr) tell(EventKind::BecameMember, network.row.id, self());
  if (own != nullptr && own->removed) tell(EventKind::Removed, network.row.id, self());
  drop_strangers();
  std::vector<LinkId> unnamed;
  for (const auto& [id, link] : links_) {
    if (link.phase == LinkPhase::Open && !link.member) unnamed.push_back(id);
  }
  for (LinkId id : unnamed) {
    if (links_.contains(id)) identify(links_.at(id));
  }
}

// Cuts the links of those who are no members any more, of any network.
void Node::drop_strangers() {
  std::vector<LinkId> strangers;
  for (const auto& [id, link] : links_) {
    if (link.phase != LinkPhase::Open && link.phase != LinkPhase::Fresh) continue;
    const bool known = std::any_of(ledger_->networks().begin(), ledger_->networks().end(),
                                   [&, &link = link](const auto& network) { return shares(link, network.second); });
    if (!known) strangers.push_back(id);
  }
  for (LinkId id : strangers) drop(links_.at(id), "its key was removed from the network");
}

}  // namespace budstikke
