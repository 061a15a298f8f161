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

Seq Node::known_to_hold(const Network& network, const MemberKey& member, const Log& log) const {
  if (log.row.tips.size() != 1) return Seq{};
  Seq known;
  if (const Holdings::Known* holding = holdings_.find(network, member)) known = position_of(holding->has, log.number);
  for (const auto& [id, link] : links_) {
    const auto peer = link.networks.find(network.row.id);
    if (link.member != member || peer == link.networks.end()) continue;
    // What was sent over it may still be under way, or lost with the line: only its own word counts.
    if (peer->second.level == level_of(summary_of(network))) known = log.row.tips.front().head.seq;
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
  return holdings_.keep(*ledger_);
}

// --- Of others -------------------------------------------------------------------------------------------------------

namespace {

// What is here, as whoever is on this node's level holds it. `author`: of this author's data logs alone. Of those beyond, a node
// wants to know whether they hold its own entries; all logs of all members would be much to remember.
Positions positions_here(const Network& network, const MemberKey* author) {
  Positions positions;
  for (const auto& [id, log] : network.logs) {
    if (log.row.tips.size() != 1 || log.tips().size() != 1) continue;
    if (author != nullptr && (id.author != *author || id.log_class != LogClass::Data)) continue;
    positions.emplace_back(log.number, log.tips().front().head.seq);
  }
  std::sort(positions.begin(), positions.end());
  return positions;
}

}  // namespace

// Rarer in large networks, so that whatever their size no link carries more than some 13 bytes a second of it.
void Node::tell_holders_soon(const Network& network, Now now) {
  const Millis wait = std::max(kHoldersWait, kHoldersWaitEach * static_cast<Millis::rep>(network.membership.members().size()));
  if (!holders_due_) holders_due_ = now.steady + wait;
}

// The member over the link is on this node's level, and told so.
void Node::note_holder(const Link& link, const Network& network, const DigestTag& level, bool anew, Now now) {
  const Member* own = self_in(network);
  const Member* peer = network.membership.find(*link.member);
  if (own == nullptr || peer == nullptr) return;
  Holders& holders = holders_[network.row.id];
  holders.be_at(level, own->rank);
  if (!holders.agrees(link.id, peer->rank, anew)) return;
  holdings_.learn(network, peer->key, now.wall, positions_here(network, nullptr));
  tell_holders_soon(network, now);
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
  note_holder(link, *network, level, false, now);
  const auto holders = holders_.find(network->row.id);
  if (holders == holders_.end() || holders->second.level() != level) return;  // one of the two is no member
  const std::vector<std::uint32_t> news = holders->second.told(link.id, message.members, network->membership.members().size());
  if (news.empty()) return;
  const MemberKey own = self();
  const Positions positions = positions_here(*network, &own);
  for (const auto& [key, member] : network->membership.members()) {
    if (key != own && std::binary_search(news.begin(), news.end(), member.rank)) holdings_.add(*network, key, positions);
  }
  tell_holders_soon(*network, now);
}

}  // namespace budstikke
