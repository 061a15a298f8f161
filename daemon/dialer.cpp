#include "daemon/dialer.h"

#include <algorithm>

#include "protocol/base/text.h"

namespace budstikke::daemon {

std::vector<std::string> addresses_of(const Node& node, const Network& network, const Member& member) {
  static const std::uint8_t kNode = find_field(*find_kind(Kind::Council), "node")->number;
  std::vector<std::string> addresses;
  const std::optional<RecordView> view = council_view(node, network, member.council);
  if (!view) return addresses;
  const std::string start = id_text(member.key) + "@";
  for (const Value& element : view->distinct(kNode)) {
    const std::string* text = element.if_text();
    if (text == nullptr || text->rfind(start, 0) != 0) continue;
    const std::string address = text->substr(start.size());
    if (address.size() <= kMaxAddressBytes && addresses.size() < kMaxDialAddresses) addresses.push_back(address);
  }
  return addresses;
}

void Dialer::link_down(LinkId link, Instant now) {
  if (const Link* gone = find(link)) last_linked_[gone->peer] = now;
  links_.erase(link);
}

std::optional<Instant> Dialer::last_linked(const TransportKey& peer) const {
  const auto at = last_linked_.find(peer);
  return at == last_linked_.end() ? std::nullopt : std::optional(at->second);
}

const Dialer::Link* Dialer::find(LinkId link) const {
  const auto at = links_.find(link);
  return at == links_.end() ? nullptr : &at->second;
}

const DialFailed* Dialer::failure(const TransportKey& peer) const {
  const auto at = failures_.find(peer);
  return at == failures_.end() ? nullptr : &at->second;
}

void Dialer::set_ticket(const Ticket& ticket) {
  const Seed secret = ticket_transport_key(ticket.seed).secret;
  for (const ReachableMember& member : ticket.members) {
    Dial& dial = ticket_dials_[member.transport];
    dial.peer = member.transport;
    dial.client_secret = secret;
    if (dial.addresses.size() < kMaxDialAddresses) dial.addresses.push_back(member.address);
  }
}

bool Dialer::is_linked(const TransportKey& peer) const {
  return std::any_of(links_.begin(), links_.end(), [&](const auto& link) { return link.second.peer == peer; });
}

bool Dialer::linked_from_there(const TransportKey& own, const TransportKey& peer) const {
  const auto has = [&](bool dialed) {
    return std::any_of(links_.begin(), links_.end(),
                       [&](const auto& link) { return link.second.peer == peer && link.second.dialed == dialed; });
  };
  if (!has(false)) return false;
  return own > peer || !has(true);  // of two links the one dialled by the smaller key stays
}

std::map<TransportKey, Dial> Dialer::wanted(const Node& node) const {
  std::map<Hash, Dial> ranked;
  for (const auto& [id, network] : node.ledger().networks()) {
    for (const auto& [key, member] : network.membership.members()) {
      if (key == node.self() || member.transport == node.transport()) continue;
      std::vector<std::string> addresses = addresses_of(node, network, member);
      if (addresses.empty()) continue;
      const TransportKey& own = node.transport();
      const auto [low, high] = std::minmax(own, member.transport);
      const Hash rank = hash(Domain::Derived, {low.view(), high.view(), view_of("partner")});
      ranked[rank] = Dial{member.transport, std::move(addresses), std::nullopt};
    }
  }
  std::map<TransportKey, Dial> dials;
  for (auto& [rank, dial] : ranked) {
    if (dials.size() == kMaxDials) break;
    dials.emplace(dial.peer, std::move(dial));
  }
  for (const auto& [id, network] : node.ledger().networks()) {  // those a ticket named, until their council tells where they are
    for (const auto& [peer, address] : network.row.bootstrap) {
      if (dials.contains(peer) || peer == node.transport()) continue;
      dials.emplace(peer, Dial{peer, {address}, std::nullopt});
    }
  }
  return dials;
}

std::vector<CoreMessage> Dialer::stop() {
  std::vector<CoreMessage> messages;
  for (const auto& [peer, dial] : dialing_) messages.push_back(Undial{peer});
  dialing_.clear();
  return messages;
}

std::vector<CoreMessage> Dialer::refresh(const Node& node, bool again) {
  std::map<TransportKey, Dial> next = wanted(node);
  std::erase_if(next, [&](const auto& dial) { return linked_from_there(node.transport(), dial.first); });
  for (const auto& [peer, dial] : ticket_dials_) next[peer] = dial;
  std::vector<CoreMessage> messages;
  for (const auto& [peer, dial] : dialing_) {
    if (!next.contains(peer)) messages.push_back(Undial{peer});
  }
  for (const auto& [peer, dial] : next) {
    const auto old = dialing_.find(peer);
    const bool changed = old == dialing_.end() || old->second != dial;
    if (changed || (again && !is_linked(peer))) messages.push_back(dial);
  }
  dialing_ = std::move(next);
  return messages;
}

}  // namespace budstikke::daemon
