#include "protocol/node/partners.h"

#include <algorithm>
#include <map>
#include <set>

#include "protocol/base/hash.h"

namespace budstikke {

// Partners as they are found. One of them is sound when a walk may end on it; the others are kept beside it.
struct Partners::Choice {
  const MemberKey& self;
  const Look& reach;
  bool takes_crowded = false;
  std::map<std::uint32_t, bool> sound = {};  // by host

  std::size_t sound_ones() const {
    return static_cast<std::size_t>(std::count_if(sound.begin(), sound.end(), [](const auto& one) { return one.second; }));
  }
};

Partners::Partners(const NetworkId& network, std::vector<Host> hosts) : network_(network), hosts_(std::move(hosts)) {
  rings_.resize(std::max(kRings + 1, kGuestLinks));
  for (std::size_t ring = 0; ring < rings_.size(); ++ring) {
    rings_[ring].reserve(hosts_.size());
    for (std::uint32_t host = 0; host < hosts_.size(); ++host) {
      rings_[ring].push_back({place_of(ring, hosts_[host].key), host});
    }
    std::sort(rings_[ring].begin(), rings_[ring].end(), [](const Spot& a, const Spot& b) { return a.place < b.place; });
  }
}

Hash Partners::place_of(std::size_t ring, const MemberKey& key) const {
  const std::uint8_t number[] = {static_cast<std::uint8_t>(ring)};
  return hash(Domain::Derived, {network_.view(), view_of("partners"), View(number), key.view()});
}

std::size_t Partners::guest_links(std::size_t hosts, std::size_t guests) {
  if (guests == 0) return kGuestLinks;
  return std::clamp(hosts * kMostGuests / guests, kFewestGuestLinks, kGuestLinks);
}

std::vector<MemberKey> Partners::of(const MemberKey& self, const CouncilId& council, std::size_t guests,
                                    const Look& reach) const {
  const std::vector<Spot>& spots = rings_.front();
  const auto at = std::lower_bound(spots.begin(), spots.end(), place_of(0, self), is_before);
  const bool is_host = at != spots.end() && hosts_[at->host].key == self;
  const std::size_t others = hosts_.size() - (is_host ? 1 : 0);
  const std::size_t wanted = is_host ? kFew : hosts_.size() + guests - 1 <= kFew ? kFew : guest_links(hosts_.size(), guests);
  std::vector<MemberKey> partners;
  if (others <= wanted) {
    for (const Host& host : hosts_) {
      if (host.key != self) partners.push_back(host.key);
    }
    return partners;
  }
  Choice choice{self, reach};
  if (is_host) {
    choose_as_host(choice);
  } else {
    choose_as_guest(choice, wanted);
  }
  add_councils(choice, council);
  for (const auto& [host, sound] : choice.sound) partners.push_back(hosts_[host].key);
  return partners;
}

void Partners::choose_as_host(Choice& choice) const {
  choice.takes_crowded = true;  // it asks only guests to leave
  for (std::size_t ring = 0; ring < kRings; ++ring) {
    walk(choice, ring, {.forward = true});
    walk(choice, ring, {.forward = false});
  }
  for (std::size_t i = choice.sound_ones(); i < kFewest; ++i) walk(choice, kRings, {.past_chosen = true});
}

void Partners::choose_as_guest(Choice& choice, std::size_t wanted) const {
  for (std::size_t ring = 0; ring < wanted; ++ring) walk(choice, ring, {.past_chosen = true});
  choice.takes_crowded = true;  // better among many than alone
  for (std::size_t i = choice.sound_ones(); i < kFewestGuestLinks; ++i) walk(choice, 0, {.past_chosen = true});
}

void Partners::add_councils(Choice& choice, const CouncilId& own) const {
  std::set<CouncilId> councils;
  for (const auto& [host, sound] : choice.sound) {
    if (sound && hosts_[host].council != own) councils.insert(hosts_[host].council);
  }
  for (std::size_t i = councils.size(); i < kCouncils; ++i) {
    const std::size_t before = choice.sound_ones();
    walk(choice, 0, {.past_chosen = true},
         [&](const Host& host) { return host.council != own && !councils.contains(host.council); });
    if (choice.sound_ones() == before) return;  // there are no more
    for (const auto& [host, sound] : choice.sound) {
      if (sound && hosts_[host].council != own) councils.insert(hosts_[host].council);
    }
  }
}

// Takes those on the way along a ring, up to the first one of which nothing bad is known.
void Partners::walk(Choice& choice, std::size_t ring, Walk how, const std::function<bool(const Host&)>& suits) const {
  const std::vector<Spot>& spots = rings_[ring];
  const auto start = std::lower_bound(spots.begin(), spots.end(), place_of(ring, choice.self), is_before);
  const auto from = static_cast<std::size_t>(start - spots.begin());
  std::size_t failing = 0;
  std::size_t returned = 0;
  for (std::size_t step = 0; step < spots.size(); ++step) {
    const std::size_t at = how.forward ? from + step : from + 2 * spots.size() - 1 - step;
    const std::uint32_t number = spots[at % spots.size()].host;
    const Host& host = hosts_[number];
    if (host.key == choice.self || (suits && !suits(host))) continue;
    const auto chosen = choice.sound.find(number);
    if (chosen != choice.sound.end() && chosen->second) {
      if (how.past_chosen) continue;
      return;
    }
    switch (choice.reach(host.key)) {
      case Reach::Failing:
        if (failing++ < kRetried) choice.sound.emplace(number, false);
        continue;
      case Reach::Returned:
        choice.sound[number] = returned > 0;  // a second one has stood in for the first
        if (returned++ > 0) return;
        continue;
      case Reach::Crowded:
        if (!choice.takes_crowded) continue;
        [[fallthrough]];
      case Reach::Unknown:
      case Reach::Settled:
        choice.sound[number] = true;
        return;
    }
  }
}

}  // namespace budstikke
