#include "daemon/door_watch.h"

#include <algorithm>

namespace budstikke::daemon {

// --- Dials -----------------------------------------------------------------------------------------------------------

std::optional<Instant> DoorWatch::left_alone_until(const TransportKey& peer, Instant now) const {
  const auto at = peers_.find(peer);
  return at != peers_.end() && now < at->second.left_alone_until ? std::optional(at->second.left_alone_until) : std::nullopt;
}

bool DoorWatch::may_dial(const TransportKey& peer, Instant now) {
  if (!one_at_a_time_ && !left_alone_until(peer, now)) return true;
  const bool waits = std::find(waiting_.begin(), waiting_.end(), peer) != waiting_.end();
  if (waits || (alone_ && alone_->first == peer)) return false;
  // Those that no door died with come first.
  suspects_.contains(peer) ? waiting_.push_back(peer) : waiting_.push_front(peer);
  return false;
}

void DoorWatch::undial(const TransportKey& peer) {
  std::erase(waiting_, peer);
  dials_.erase(peer);
  if (alone_ && alone_->first == peer) alone_.reset();
}

// Whether the door has dealt with the dial that has it for itself, or has had time enough.
bool DoorWatch::is_alone_done(Instant now) const {
  if (!alone_) return true;
  const auto dial = dials_.find(alone_->first);
  const bool answered = dial != dials_.end() && dial->second.answered && now - *dial->second.answered >= kAnswered;
  return answered || now - alone_->second >= kOneDial;
}

std::optional<TransportKey> DoorWatch::next_dial(Instant now) {
  if (one_at_a_time_ && !is_alone_done(now)) return std::nullopt;
  alone_.reset();
  const auto next =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const TransportKey& peer) { return !left_alone_until(peer, now); });
  if (next == waiting_.end()) return std::nullopt;
  const TransportKey peer = *next;
  waiting_.erase(next);
  if (one_at_a_time_) alone_ = {peer, now};
  return peer;
}

Instant DoorWatch::deadline(Instant now) const {
  Instant at = kNever;
  for (const TransportKey& peer : waiting_) {
    at = std::min(at, left_alone_until(peer, now).value_or(one_at_a_time_ ? now + kAnswered / 4 : now));
  }
  for (const auto& [host, suspicion] : refused_) {
    if (now < suspicion.left_alone_until) at = std::min(at, suspicion.left_alone_until);
  }
  return at;
}

void DoorWatch::lasted(Instant now) {
  const bool waits =
      std::any_of(waiting_.begin(), waiting_.end(), [&](const TransportKey& peer) { return !left_alone_until(peer, now); });
  if (!waits) one_at_a_time_ = false;
}

std::vector<std::string> DoorWatch::refused_hosts(Instant now) const {
  std::vector<std::string> hosts;
  for (const auto& [host, suspicion] : refused_) {
    if (now < suspicion.left_alone_until) hosts.push_back(host);
  }
  return hosts;
}

// --- What the door tells ---------------------------------------------------------------------------------------------

// Those that the door was told of so long ago that it is done with them, whatever it said.
void DoorWatch::forget_old_dials(Instant now) {
  std::erase_if(dials_, [&](const auto& dial) {
    const Dealing& dealing = dial.second;
    return dealing.answered ? now - *dealing.answered >= kAnswered : now - dealing.since >= kAtTheDoor;
  });
}

void DoorWatch::dialing(const TransportKey& peer, Instant now) {
  forget_old_dials(now);
  dials_[peer] = {now, std::nullopt};
}

void DoorWatch::answered(const TransportKey& peer, Instant now) {
  const auto dial = dials_.find(peer);
  if (dial != dials_.end()) dial->second.answered = now;
}

void DoorWatch::knocked(const std::string& host, Instant now) {
  if (hosts_.size() >= kMostHosts) {
    std::erase_if(hosts_, [&](const auto& known) { return now - known.second >= kAtTheDoor; });
  }
  if (hosts_.size() >= kMostHosts && !hosts_.contains(host)) {
    hosts_.erase(
        std::min_element(hosts_.begin(), hosts_.end(), [](const auto& a, const auto& b) { return a.second < b.second; }));
  }
  hosts_[host] = now;
}

void DoorWatch::proven(const std::string& host, Instant) { hosts_.erase(host); }

// --- Blame -----------------------------------------------------------------------------------------------------------

bool DoorWatch::blame(Suspicion& suspicion, Instant now) const {
  if (now - std::max(suspicion.last, suspicion.left_alone_until) >= kForgotten) suspicion.deaths = 0;
  suspicion.last = now;
  if (++suspicion.deaths < kDeathsToBlame) return false;
  suspicion.deaths = kDeathsToBlame - 1;  // it may try once more
  suspicion.left_alone_until = now + kLeftAlone;
  return true;
}

std::optional<DoorWatch::Blamed> DoorWatch::died(Instant now) {
  forget_old_dials(now);
  std::erase_if(hosts_, [&](const auto& host) { return now - host.second >= kAtTheDoor; });
  const auto dials = std::exchange(dials_, {});
  const auto hosts = std::exchange(hosts_, {});
  const bool was_one_at_a_time = std::exchange(one_at_a_time_, one_at_a_time_ || dials.size() > 1);
  suspects_.clear();
  for (const auto& [peer, dial] : dials) suspects_.insert(peer);
  waiting_.clear();
  alone_.reset();
  if (!hosts.empty()) {
    const auto last =
        std::max_element(hosts.begin(), hosts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    if (refused_.size() >= kMostHosts && !refused_.contains(last->first)) {
      refused_.erase(std::min_element(refused_.begin(), refused_.end(),
                                      [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
    }
    return Blamed{std::nullopt, last->first, blame(refused_[last->first], now)};
  }
  if (dials.empty() || (dials.size() > 1 && !was_one_at_a_time)) return std::nullopt;
  const auto last =
      std::max_element(dials.begin(), dials.end(), [](const auto& a, const auto& b) { return a.second.since < b.second.since; });
  return Blamed{last->first, {}, blame(peers_[last->first], now)};
}

}  // namespace budstikke::daemon
