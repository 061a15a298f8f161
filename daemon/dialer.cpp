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

void Dialer::link_up(LinkId link, Link state, Instant now) {
  const auto failure = failures_.find(state.peer);
  if (failure != failures_.end()) {
    if (failure->second.last - failure->second.first >= kPatience) returned_[state.peer] = now;
    failures_.erase(failure);
  }
  links_[link] = std::move(state);
}

void Dialer::link_down(LinkId link, Instant now) {
  if (const Link* gone = find(link)) last_linked_[gone->peer] = now;
  links_.erase(link);
}

void Dialer::failed(const DialFailed& failure, Instant now) {
  Failure& known = failures_.try_emplace(failure.peer, Failure{failure, now, now}).first->second;
  if (now - known.last >= kForgiven) known.first = now;
  known.what = failure;
  known.last = now;
}

std::optional<Instant> Dialer::last_linked(const TransportKey& peer) const {
  const auto at = last_linked_.find(peer);
  return at == last_linked_.end() ? std::nullopt : std::optional(at->second);
}

std::optional<Instant> Dialer::last_linked(const Member& member) const {
  const std::optional<Instant> current = last_linked(member.transport);
  const std::optional<Instant> former = last_linked(member.former);
  return current && former ? std::max(current, former) : current ? current : former;
}

const Dialer::Link* Dialer::find(LinkId link) const {
  const auto at = links_.find(link);
  return at == links_.end() ? nullptr : &at->second;
}

const DialFailed* Dialer::failure(const TransportKey& peer) const {
  const auto at = failures_.find(peer);
  return at == failures_.end() ? nullptr : &at->second.what;
}

std::optional<Instant> Dialer::failing_since(const TransportKey& peer) const {
  const auto at = failures_.find(peer);
  return at == failures_.end() ? std::nullopt : std::optional(at->second.first);
}

void Dialer::dropped(LinkId link, const std::string& reason) {
  if (const Link* gone = find(link)) drops_[gone->peer] = reason;
}

std::string Dialer::last_drop(const TransportKey& peer) const {
  const auto at = drops_.find(peer);
  return at == drops_.end() ? std::string() : at->second;
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

// --- Partners --------------------------------------------------------------------------------------------------------

const Dialer::Known& Dialer::known(const Node& node, const Network& network) {
  Known& known = known_[network.row.id];
  const Membership& membership = network.membership;
  const std::tuple source{network.state_digest(), network.membership_vector.value(), membership.members().size(),
                          membership.removals().size(), network.missing};
  if (known.partners && known.source == source) return known;
  known = {source, {}, 0, {}};
  std::vector<Partners::Host> hosts;
  for (const auto& [key, member] : membership.members()) {
    if (member.removed) continue;
    std::vector<std::string> addresses = addresses_of(node, network, member);
    if (addresses.empty()) {
      ++known.guests;
      continue;
    }
    hosts.push_back({key, member.council});
    known.addresses.emplace(key, std::move(addresses));
  }
  known.partners.emplace(network.row.id, std::move(hosts));
  return known;
}

Partners::Reach Dialer::reach(const TransportKey& peer, Instant now) const {
  const auto crowded = crowded_.find(peer);
  if (crowded != crowded_.end() && now < crowded->second) return Partners::Reach::Crowded;
  if (is_linked(peer)) {
    const auto returned = returned_.find(peer);
    const bool on_trial = returned != returned_.end() && now - returned->second < kTrial;
    return on_trial ? Partners::Reach::Returned : Partners::Reach::Settled;
  }
  const auto failure = failures_.find(peer);
  if (failure == failures_.end() || now - failure->second.last >= kForgiven) return Partners::Reach::Unknown;
  const bool is_patient = !links_.empty() && now - failure->second.first < kPatience;
  return is_patient ? Partners::Reach::Unknown : Partners::Reach::Failing;
}

// A member that has stated another key is behind a door with the former one until all know, and nobody sees when that is: the key
// with a link is kept, and without any both are tried.
std::vector<TransportKey> Dialer::keys_to_dial(const Network& network, const Member& member) const {
  const bool has_former = !member.former.is_zero() && member.former != member.transport && !network.is_retired(member.former);
  if (!has_former || is_linked(member.transport)) return {member.transport};
  if (is_linked(member.former)) return {member.former};
  return {member.transport, member.former};
}

std::map<TransportKey, Dial> Dialer::wanted(const Node& node, Instant now) {
  std::map<TransportKey, Dial> dials;
  for (const auto& [id, network] : node.ledger().networks()) {
    const Known& where = known(node, network);
    const Membership& membership = network.membership;
    const Member* own = membership.find(node.self());
    const auto look = [&](const MemberKey& key) {
      const Member& member = *membership.find(key);
      return reach(is_linked(member.transport) || !is_linked(member.former) ? member.transport : member.former, now);
    };
    for (const MemberKey& key :
         where.partners->of(node.self(), own == nullptr ? CouncilId{} : own->council, where.guests, look)) {
      for (const TransportKey& peer : keys_to_dial(network, *membership.find(key))) {
        if (peer != node.transport()) dials.emplace(peer, Dial{peer, where.addresses.at(key), std::nullopt});
      }
    }
    for (const auto& [peer, address] : network.row.bootstrap) {
      if (peer == node.transport()) continue;
      const std::vector<const Member*> members = network.linked_by(peer);
      const bool is_found = std::any_of(members.begin(), members.end(),
                                        [&](const Member* member) { return where.addresses.contains(member->key); });
      if (!network.trusts(peer) || address.empty() || is_found) continue;
      const std::vector<TransportKey> keys = members.empty() ? std::vector{peer} : keys_to_dial(network, *members.front());
      for (const TransportKey& key : keys) dials.emplace(key, Dial{key, {address}, std::nullopt});
    }
  }
  return dials;
}

bool Dialer::crowded(const Node& node, const TransportKey& peer, Instant now) {
  std::set<TransportKey> others;
  for (const auto& [id, link] : links_) {
    if (link.peer != peer) others.insert(link.peer);
  }
  if (others.size() < Partners::kFewestGuestLinks) return false;
  for (const auto& [id, network] : node.ledger().networks()) {
    if (known(node, network).addresses.contains(node.self())) return false;
  }
  crowded_[peer] = now + kLeft;
  return true;
}

std::vector<LinkId> Dialer::take_crowd(const Node& node) {
  std::set<TransportKey> hosts;
  for (const auto& [id, network] : node.ledger().networks()) {
    for (const auto& [key, addresses] : known(node, network).addresses) {
      const Member& member = *network.membership.find(key);
      hosts.insert({member.transport, member.former});
    }
  }
  std::size_t guests = 0;
  std::vector<LinkId> crowd;
  for (auto& [id, link] : links_) {  // links are numbered in the order in which they came
    if (link.dialed || hosts.contains(link.peer) || ++guests <= kMostGuestLinks) continue;
    if (!std::exchange(link.asked_to_leave, true)) crowd.push_back(id);
  }
  return crowd;
}

// --- Dials -----------------------------------------------------------------------------------------------------------

std::vector<CoreMessage> Dialer::stop() {
  std::vector<CoreMessage> messages;
  for (const auto& [peer, dial] : dialing_) messages.push_back(Undial{peer});
  dialing_.clear();
  return messages;
}

std::vector<CoreMessage> Dialer::refresh(const Node& node, bool again, Instant now) {
  std::map<TransportKey, Dial> next = wanted(node, now);
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
