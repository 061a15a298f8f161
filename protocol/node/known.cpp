// What others are known to hold: what they say of themselves over a link or in a bundle (holdings.h), and what peers say of those
// beyond them (holders.h).
#include <algorithm>

#include "protocol/node/node.h"
#include "protocol/node/waits.h"

namespace budstikke {

// --- Of themselves ---------------------------------------------------------------------------------------------------

void Node::learn_holding(const Network& network, const MemberKey& member, WallTime when, Positions has) {
  holdings_.learn(network, member, when, std::move(has));
}

void Node::learn_from(const Link& link, Now now) {
  if (!link.member) return;
  for (const auto& [id, peer] : link.networks) {
    const Network* network = ledger_->find_network(id);
    if (network == nullptr || !peer.tips_known) continue;
    holdings_.learn(*network, *link.member, now.wall, positions_in(*network, peer.tips));
  }
}

Seq Node::known_to_hold(const Network& network, const MemberKey& member, const Log& log) const {
  if (log.row.tips.size() != 1) return Seq{};
  Seq known;
  if (const Holdings::Known* holding = holdings_.find(network, member)) known = position_of(holding->has, log.number);
  for (const auto& [id, link] : links_) {
    if (link.member != member) continue;
    const auto peer = link.networks.find(network.row.id);
    if (peer == link.networks.end() || !peer->second.tips_known) continue;
    const auto tips = peer->second.tips.find(log.row.id);
    known = tips != peer->second.tips.end() && tips->second.size() == 1 ? tips->second.front().seq : Seq{};
  }
  return known;
}

std::uint64_t Node::not_known_to_hold(const Network& network, const MemberKey& member) const {
  std::uint64_t lacking = 0;
  for (const auto& [id, log] : network.logs) {
    if (log.tips().empty()) continue;
    const Seq own = log.tips().back().head.seq, known = known_to_hold(network, member, log);
    if (own > known) lacking += own.value - known.value;
  }
  return lacking;
}

Status Node::keep_holdings(Now now) {
  next_keep_ = now.steady + kKeepHoldings;
  for (const auto& [id, link] : links_) learn_from(link, now);
  return holdings_.keep(*ledger_);
}

// --- Of others -------------------------------------------------------------------------------------------------------

namespace {

// Of this node's own data logs alone: whether others hold those is what it wants to know, and of all logs of all members it would
// be much to remember.
Positions own_positions(const Network& network, const MemberKey& self) {
  Positions positions;
  for (auto at = network.logs.lower_bound({self, {}, {}}); at != network.logs.end() && at->first.author == self; ++at) {
    const auto& [id, log] = *at;
    if (id.log_class == LogClass::Data && log.row.tips.size() == 1) positions.emplace_back(log.number, log.row.tips[0].head.seq);
  }
  std::sort(positions.begin(), positions.end());
  return positions;
}

}  // namespace

// The member over the link is on this node's level, and told so.
void Node::note_holder(const Link& link, const Network& network, const DigestTag& level, Now now) {
  const Member* own = self_in(network);
  const Member* peer = network.membership.find(*link.member);
  if (own == nullptr || peer == nullptr) return;
  Holders& holders = holders_[network.row.id];
  holders.be_at(level, own->rank);
  if (holders.agrees(link.id, peer->rank) && !holders_due_) holders_due_ = now.steady + kHoldersWait;
}

void Node::tell_holders() {
  holders_due_.reset();
  for (auto& [id, holders] : holders_) {
    const Network* network = ledger_->find_network(id);
    if (network == nullptr || holders.level() != level_of(summary_of(*network))) continue;
    for (auto& [link_id, link] : links_) {
      if (link.phase != LinkPhase::Open || !shares(link, *network)) continue;
      if (Bytes news = holders.news_for(link_id); !news.empty()) {
        send_durable(link, HoldersMessage{tag_of(id), holders.level(), std::move(news)});
      }
    }
  }
}

void Node::handle(Link& link, HoldersMessage& message, Now now) {
  const Network* network = shared_network(link, message.network);
  if (network == nullptr || !link.member || network->is_pending()) return;
  const DigestTag level = level_of(summary_of(*network));
  if (message.level != level) return;  // of what was here, or will be
  note_holder(link, *network, level, now);
  const auto holders = holders_.find(network->row.id);
  if (holders == holders_.end() || holders->second.level() != level) return;  // one of the two is no member
  const std::vector<std::uint32_t> news = holders->second.told(link.id, message.members, network->membership.members().size());
  if (news.empty()) return;
  const Positions positions = own_positions(*network, self());
  for (const auto& [key, member] : network->membership.members()) {
    if (key != self() && std::binary_search(news.begin(), news.end(), member.rank)) holdings_.add(*network, key, positions);
  }
  if (!holders_due_) holders_due_ = now.steady + kHoldersWait;
}

}  // namespace budstikke
