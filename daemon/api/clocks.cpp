#include "daemon/api/clocks.h"

#include <algorithm>

namespace budstikke::daemon {
namespace {

bool is_off(Millis ahead) { return std::chrono::abs(ahead) > kClockTolerance; }

std::int64_t seconds_of(Millis time) { return std::chrono::duration_cast<std::chrono::seconds>(time).count(); }

std::set<CouncilId> councils_of(std::span<const PeerClock> clocks) {
  std::set<CouncilId> councils;
  for (const PeerClock& clock : clocks) councils.insert(clock.council);
  return councils;
}

// Of clocks in ascending order those that agree with each other, where most councils do.
std::span<const PeerClock> largest_agreement(std::span<const PeerClock> clocks) {
  std::span<const PeerClock> largest;
  std::size_t most = 0;
  for (std::size_t first = 0, end = 0; first < clocks.size(); ++first) {
    while (end < clocks.size() && clocks[end].ahead - clocks[first].ahead <= kClockTolerance) ++end;
    const std::span<const PeerClock> agreement = clocks.subspan(first, end - first);
    const std::size_t councils = councils_of(agreement).size();
    if (councils > most) {
      largest = agreement;
      most = councils;
    }
  }
  return largest;
}

}  // namespace

ClockVerdict judge_clocks(std::vector<PeerClock> clocks) {
  std::ranges::sort(clocks, {}, &PeerClock::ahead);
  ClockVerdict verdict;
  const bool supported = std::ranges::any_of(clocks, [](const PeerClock& clock) { return !is_off(clock.ahead); });
  const std::span<const PeerClock> agreement = largest_agreement(clocks);
  const std::set<CouncilId> councils = councils_of(agreement);
  if (!supported && (councils.size() > 1 || (councils.size() == 1 && agreement.size() == clocks.size()))) {
    verdict.agreeing.assign(councils.begin(), councils.end());
    verdict.own_ahead = -agreement[agreement.size() / 2].ahead;
    return verdict;
  }
  std::map<CouncilId, Millis> farthest;
  for (const PeerClock& clock : clocks) {
    if (!is_off(clock.ahead)) continue;
    Millis& ahead = farthest[clock.council];
    if (std::chrono::abs(clock.ahead) > std::chrono::abs(ahead)) ahead = clock.ahead;
  }
  for (const auto& [council, ahead] : farthest) verdict.off.push_back({council, ahead});
  return verdict;
}

void set_clocks(Value& status, const Node& node, Now now) {
  std::map<CouncilId, const Network*> met;  // where
  std::map<MemberKey, PeerClock> clocks;    // a member may be linked in several networks, and twice
  for (const PeerStatus& peer : node.peers()) {
    const auto network = node.ledger().networks().find(peer.network);
    const bool known = network != node.ledger().networks().end();
    const Member* member = known ? network->second.membership.find(peer.member) : nullptr;
    if (member == nullptr) continue;
    clocks[peer.member] = {member->council, peer.clock_ahead(now)};
    met[member->council] = &network->second;
  }
  const auto set_council = [&](Value& value, const CouncilId& council) {
    value.set("council", id_text(council));
    value.set("name", council_name(node, *met.at(council), council));
  };
  std::vector<PeerClock> all;
  for (const auto& [member, clock] : clocks) all.push_back(clock);
  const ClockVerdict verdict = judge_clocks(std::move(all));
  if (!verdict.agreeing.empty()) {
    Value own;
    own.set("off_s", seconds_of(verdict.own_ahead));
    own.set("councils", std::uint64_t{verdict.agreeing.size()});
    if (verdict.agreeing.size() == 1) set_council(own, verdict.agreeing.front());
    status.set("clock", std::move(own));
  }
  Value others = Value::array();
  for (const PeerClock& clock : verdict.off) {
    Value one;
    set_council(one, clock.council);
    one.set("off_s", seconds_of(clock.ahead));
    others.push(std::move(one));
  }
  if (!others.items().empty()) status.set("clocks", std::move(others));
}

void set_clock(Value& peer, const PeerStatus& status, Now now) {
  const Millis ahead = status.clock_ahead(now);
  if (is_off(ahead)) peer.set("clock_off_s", seconds_of(ahead));
}

}  // namespace budstikke::daemon
