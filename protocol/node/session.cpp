// The session: from two hellos to equal digests.
//
//   hello ⇄ hello            what each holds of every network that both are in
//   differ? run, part        what came since the two last agreed, if both remember that and it is little; else:
//   summary ⇄ summary        what differs: the digests of membership logs, data logs and records
//   vector ⇄ vector          the tips of the logs, membership logs first
//   want →  ← run, part, done     what is lacking, log by log, within credits
//   level ⇄ level            equal levels end the session; the same vector with another state digest is a fault
//
// What is remembered of a peer is a hint. Whatever it leads to ends with levels that are compared, and where they differ the two
// begin again with summaries, which rest on nothing remembered.
#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/ledger_parts.h"
#include "protocol/node/node.h"
#include "protocol/node/waits.h"

namespace budstikke {

// Whoever is trusted with a network that a coordinator here wants to be one with is trusted with this one: it must hear of that.
bool Node::shares(const Link& link, const Network& network) const {
  if (network.trusts(link.key)) return true;
  const auto& networks = ledger_->networks();
  return std::any_of(network.membership.successors().begin(), network.membership.successors().end(), [&](const auto& half) {
    const auto other = networks.find(half.first);
    return other != networks.end() && !network.united.contains(half.first) && other->second.trusts(link.key);
  });
}

// --- Hello -----------------------------------------------------------------------------------------------------------

void Node::say_hello(Link& link, Now now) {
  Hello hello;
  hello.store = store_;
  hello.nonce = link.nonce;
  hello.time = now.wall;
  link.clock_told = Millis(now.wall.ms - now.steady.ms);
  for (const auto& [id, network] : ledger_->networks()) {
    if (!shares(link, network)) continue;
    NetworkHello ours = in_full(summary_of(network));
    if (const std::optional<AgreedRow> agreed = remembered(link, network)) {
      ours.summary.reset();
      if (agreed->level != ours.level) ours.agreed = agreed->level;
    }
    PeerNetwork& peer = link.networks[id];
    peer.agreed_sent = ours.agreed;
    peer.level_sent = ours.level;
    peer.sent_in_full = ours.summary.has_value();
    hello.networks.push_back(std::move(ours));
  }
  const Nonce answered = link.hello ? link.hello->nonce : Nonce{};
  hello.signature = keys_.identity.sign(Purpose::Hello, hello_message(hello, answered, keys_.transport, link.key));
  send_durable(link, hello);
}

// What this node last agreed on with the peer, as far as that still says something: of the store that the peer has now.
std::optional<AgreedRow> Node::remembered(const Link& link, const Network& network) {
  for (const Member* member : network.linked_by(link.key)) {
    if (link.hello && link.member != member->key) continue;
    Result<std::optional<AgreedRow>> row = ledger_->agreed(network, member->key);
    if (!row) {
      storage_failed(row.error(), nullptr);
      return std::nullopt;
    }
    if (*row && (!link.hello || link.hello->store == (**row).store)) return *row;
  }
  return std::nullopt;
}

// Finds the member whose identity key signed the peer's hello. False while its membership is not here yet.
bool Node::identify(Link& link) {
  const Nonce answered = link.dialed ? link.nonce : Nonce{};
  const Bytes message = hello_message(*link.hello, answered, link.key, keys_.transport);
  bool candidates = false;
  for (const auto& [id, network] : ledger_->networks()) {
    for (const Member* member : network.linked_by(link.key)) {
      candidates = true;
      if (!verify(member->key, Purpose::Hello, message, link.hello->signature)) continue;
      link.member = member->key;
      tell(EventKind::LinkOpen, id, member->key);
      if (new_key_seen(link)) drop_strangers();
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
  const LinkId id = link.id;
  link.hello = hello;
  identify(link);
  if (!links_.contains(id)) return;
  link.phase = LinkPhase::Open;
  note_clock(link, hello.time, now);
  if (!link.dialed) say_hello(link, now);
  note_store(link, now);
  for (const NetworkHello& theirs : hello.networks) {
    Network* network = shared_network(link, theirs.network);
    if (network != nullptr) greet(link, *network, theirs, now);
    if (!links_.contains(id)) return;
  }
}

Network* Node::shared_network(const Link& link, const NetworkTag& tag) {
  for (auto& [id, network] : ledger_->networks()) {
    if (tag_of(id) == tag) return shares(link, network) ? &network : nullptr;
  }
  return nullptr;
}

// Begins the session in one network. Where both remember the same agreement, each sends what came since. Every other way but
// waiting for such news sends a summary: of two nodes that see it differently one always speaks.
void Node::greet(Link& link, Network& network, const NetworkHello& theirs, Now now) {
  PeerNetwork& peer = link.networks[network.row.id];
  peer.remembered = remembered(link, network);
  const NetworkSummary own = summary_of(network);
  const DigestTag level = level_of(own);
  if (theirs.level == level) return compare(link, network, own, now);
  // It holds what we hold, and sends what it has beyond; unless it sees us so too, when one of us has lost something.
  if (theirs.agreed == level && peer.agreed_sent != theirs.level) {
    peer.level = theirs.level;
    for (LogClass log_class : {LogClass::Membership, LogClass::Data}) copy_own_tips(network, peer, log_class);
    peer.tips_known = true;
    return ask_values(link, network);
  }
  const bool knows_ours = peer.remembered && (theirs.level == peer.remembered->level || theirs.agreed == peer.remembered->level);
  if (knows_ours && send_news(link, network, *peer.remembered)) {
    peer.level = theirs.level;
    return ask_values(link, network);
  }
  if (theirs.summary) return compare(link, network, *theirs.summary, now);
  peer.level = theirs.level;
  if (!peer.sent_in_full) send_summary(link, network);
}

// --- Digests ---------------------------------------------------------------------------------------------------------

void Node::compare(Link& link, Network& network, const NetworkSummary& theirs, Now now) {
  PeerNetwork& peer = link.networks[theirs.network];
  const NetworkSummary own = summary_of(network);
  const DigestTag level = level_of(own);
  const DigestTag their_level = level_of(theirs);
  const bool is_news = peer.level != their_level;
  peer.level = their_level;
  peer.membership = theirs.membership;
  note_agreement(link, network, own, now);
  if (own.membership == theirs.membership) {
    copy_own_tips(network, peer, LogClass::Membership);
    forget_strangers(link, network, now);
  }
  if (own.vector == theirs.vector) copy_own_tips(network, peer, LogClass::Data);
  if (own.membership == theirs.membership && own.vector == theirs.vector) {
    peer.tips_known = true;
    note_difference(link, network, own, theirs);
    if (own == theirs && peer.level_sent != level) send_level(link, network);  // the peer must see that we agree
    if (own != theirs && (peer.level_sent != level || !peer.sent_in_full)) send_summary(link, network);
    ask_values(link, network);
    return;
  }
  bool answered = own.membership != theirs.membership && send_vector(link, network, LogClass::Membership);
  answered = (own.vector != theirs.vector && send_vector(link, network, LogClass::Data)) || answered;
  // It has our vectors but we may lack its newest: our summary makes it send them. Only news is answered so, or two nodes
  // that cannot agree would answer each other for ever.
  if (!answered && (is_news || !peer.sent_in_full)) send_summary(link, network);
  if (peer.tips_known) plan(link, network, now);
}

// Compares the last that each told the other.
void Node::note_agreement(Link& link, Network& network, const NetworkSummary& own, Now now) {
  PeerNetwork& peer = link.networks[own.network];
  const DigestTag level = level_of(own);
  const bool agree = peer.level == level && !network.is_pending();
  if (agree && !peer.agreed) {
    tell(EventKind::InSync, own.network, link.member.value_or(MemberKey{}));
    peer.values_epoch = 0;  // what it did not give before it may give now
    meet(link, network);
  }
  if (agree) {  // it takes us to hold what it holds: a vector it was sent before, and that may come true again, it has forgotten
    const DigestTag agreed[] = {own.membership, own.vector};
    for (std::size_t i = 0; i < 2; ++i) {
      if (peer.vector_sent[i] != agreed[i]) peer.vector_sent[i].reset();
    }
  }
  if (agree && link.member && (!peer.remembered || peer.remembered->level != level)) {
    peer.remembered = ledger_->note_agreed(network, *link.member, link.hello->store, level);
  }
  if (agree && link.member) note_holder(link, network, level, !peer.agreed, now);
  peer.agreed = agree;
  if (!agree) return;
  std::size_t links = 0, equal = 0;
  for (const auto& [id, other] : links_) {
    const auto at = other.networks.find(own.network);
    if (other.phase != LinkPhase::Open || at == other.networks.end()) continue;
    ++links;
    equal += at->second.agreed ? 1 : 0;
  }
  if (2 * equal > links) network.quotas.agree(now.wall);  // one liar alone neither brings this about nor prevents it
}

void Node::copy_own_tips(const Network& network, PeerNetwork& peer, LogClass log_class) const {
  std::erase_if(peer.tips, [&](const auto& known) { return known.first.log_class == log_class; });
  for (const auto& [id, log] : network.logs) {
    if (id.log_class == log_class && !log.tips().empty()) peer.tips.emplace(id, tips_of(log));
  }
}

void Node::send_summary(Link& link, const Network& network) {
  const NetworkSummary own = summary_of(network);
  PeerNetwork& peer = link.networks[own.network];
  peer.level_sent = level_of(own);
  peer.sent_in_full = true;
  send_durable(link, SummaryMessage{{own}});
}

// What the peer is to be told of a network in short.
NetworkLevel Node::level_for(Link& link, const NetworkSummary& own) {
  PeerNetwork& peer = link.networks[own.network];
  const DigestTag level = level_of(own);
  if (peer.level_sent != level) peer.sent_in_full = false;
  peer.level_sent = level;
  return {tag_of(own.network), level};
}

void Node::send_level(Link& link, const Network& network) {
  send_durable(link, LevelMessage{{level_for(link, summary_of(network))}});
}

// After what the peer took for news was none: it is told soon, also again, that we hold it. Soon, since more may be on its way.
void Node::answer_with_level(PeerNetwork& peer, Now now) {
  peer.level_sent.reset();
  if (!settle_at_) settle_at_ = now.steady + kSettleWait;
}

void Node::handle(Link& link, SummaryMessage& message, Now now) {
  const LinkId id = link.id;
  for (const NetworkSummary& theirs : message.networks) {
    Network* network = ledger_->find_network(theirs.network);
    if (network == nullptr || !shares(link, *network)) continue;
    compare(link, *network, theirs, now);
    if (!links_.contains(id)) return;
  }
}

// An equal level is all that a summary would tell. Another one does not tell what differs: our summary makes the peer send its
// vectors. As with summaries, only news is answered.
void Node::handle(Link& link, LevelMessage& message, Now now) {
  const LinkId id = link.id;
  for (const NetworkLevel& theirs : message.networks) {
    Network* network = shared_network(link, theirs.network);
    if (network == nullptr) continue;
    PeerNetwork& peer = link.networks[network->row.id];
    const NetworkSummary own = summary_of(*network);
    if (theirs.level == level_of(own)) {
      compare(link, *network, own, now);
    } else {
      const bool is_news = std::exchange(peer.level, theirs.level) != theirs.level;
      if (is_news) peer.membership.reset();
      note_agreement(link, *network, own, now);
      if (is_news || !peer.sent_in_full) send_summary(link, *network);
      if (peer.tips_known) plan(link, *network, now);
    }
    if (!links_.contains(id)) return;
  }
}

void Node::send_levels(bool even_if_sent, Now now) {
  for (auto& [id, link] : links_) {
    if (link.phase != LinkPhase::Open) continue;
    LevelMessage message;
    for (auto& [network_id, network] : ledger_->networks()) {
      if (!shares(link, network)) continue;
      const NetworkSummary own = summary_of(network);
      PeerNetwork& peer = link.networks[network_id];
      note_agreement(link, network, own, now);
      if (peer.agreed || peer.membership == own.membership) forget_strangers(link, network, now);
      if (!even_if_sent && peer.level_sent == level_of(own)) continue;
      message.networks.push_back(level_for(link, own));
    }
    if (!message.networks.empty()) send_durable(link, message);
    for (auto& [network_id, network] : ledger_->networks()) {  // after it was told that we agree: only then may it give them
      if (shares(link, network)) ask_values(link, network);
    }
  }
  // What was agreed is put with the next commit, or now and then for itself: it is worth no commit of its own after each burst.
  if (even_if_sent && ledger_->has_unsaved_agreements()) save_agreements_ = true;
}

void Node::settle(Network& network) {
  std::set<NetworkId> was_member;
  for (const auto& [id, other] : ledger_->networks()) {
    if (self_in(other) != nullptr) was_member.insert(id);
  }
  const Result<bool> changed = ledger_->settle(network);
  if (!changed) storage_failed(changed.error(), nullptr);
  if (!changed || !*changed) return;
  for (auto& [id, other] : ledger_->networks()) {
    if (!std::exchange(other.decided, false)) continue;
    tell(EventKind::MembersChanged, id, {});
    const Member* own = self_in(other);
    if (!was_member.contains(id) && own != nullptr) tell(EventKind::BecameMember, id, self());
    if (own != nullptr && own->removed) tell(EventKind::Removed, id, self());
    adopt_successors(other);
  }
  for (const auto& [id, link] : links_) new_key_seen(link);
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
