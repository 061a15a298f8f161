#include "daemon/door/dialed_peers.h"

#include "daemon/door/transport_key.h"

namespace budstikke::daemon {

DialedPeers::DialedPeers(const TransportPair& own, LinkObserver& observer)
    : own_(own), observer_(observer), random_(random_seed()) {}

void DialedPeers::dial(Instant now, Dial wish) {
  const TransportKey key = wish.peer;
  TransportPair client = wish.client_secret ? TransportPair::from_secret(*wish.client_secret) : own_;
  if (key == own_.public_key || key == client.public_key || !is_possible_key(key)) {
    observer_.tell(DialFailed{key, wish.addresses.empty() ? std::string() : wish.addresses.front(), DialFailure::BadPeer});
    return;
  }
  auto found = peers_.find(key);
  if (found != peers_.end()) {
    found->second->renew(now, std::move(wish), client);
  } else {
    DialTools tools{context_, observer_, resolver_, random_};
    peers_.emplace(key, std::make_unique<DialedPeer>(tools, ++questions_, std::move(wish), client));
  }
}

void DialedPeers::undial(const TransportKey& peer) {
  auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  found->second->close("no longer wanted");
  peers_.erase(found);
}

bool DialedPeers::send(Instant now, LinkNumber number, View frame) {
  DialedPeer* peer = with_link(number);
  if (peer != nullptr) peer->send(now, frame);
  return peer != nullptr;
}

bool DialedPeers::drop(Instant now, LinkNumber number) {
  DialedPeer* peer = with_link(number);
  if (peer != nullptr) peer->drop(now);
  return peer != nullptr;
}

// A node dials a handful of peers, so looking through them costs less than a table kept in step.
DialedPeer* DialedPeers::with_link(LinkNumber number) {
  for (const auto& [key, peer] : peers_) {
    if (number && peer->link() == number) return peer.get();
  }
  return nullptr;
}

bool DialedPeers::step(Instant now) {
  bool worked = pass_on_answers(now);
  for (const auto& [key, peer] : peers_) worked |= peer->step(now);
  return worked;
}

bool DialedPeers::pass_on_answers(Instant now) {
  std::vector<Resolver::Answer> answers = resolver_.take();
  for (Resolver::Answer& answer : answers) {
    for (const auto& [key, peer] : peers_) {
      if (peer->question() == answer.question) peer->on_answer(now, std::move(answer.candidates));
    }
  }
  return !answers.empty();
}

Instant DialedPeers::deadline(Instant now) const {
  Instant next = kNever;
  for (const auto& [key, peer] : peers_) next = std::min(next, peer->deadline(now));
  return next;
}

void DialedPeers::add_poll_fds(std::vector<pollfd>& fds) const {
  fds.push_back({resolver_.fd(), POLLIN, 0});
  for (const auto& [key, peer] : peers_) peer->add_poll_fds(fds);
}

}  // namespace budstikke::daemon
