// The graph that partners make: connected whoever is gone, with few links each, and the same tomorrow.
#include "protocol/node/partners.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "protocol/base/random.h"

using namespace budstikke;

namespace {

using Reach = Partners::Reach;

struct Town {
  MemberKey key;
  CouncilId council;
  bool host = true;
};

struct Region {
  NetworkId network;
  std::vector<Town> towns;
  std::map<MemberKey, Reach> reach;  // of hosts, as everybody sees them

  static Region of(std::size_t hosts, std::size_t guests, std::uint64_t seed) {
    Random random = Random::from_number(seed);
    Region region;
    region.network = random.fixed<NetworkId>();
    for (std::size_t i = 0; i < hosts + guests; ++i) {
      region.towns.push_back({random.fixed<MemberKey>(), random.fixed<CouncilId>(), i < hosts});
    }
    return region;
  }
  std::size_t guests() const {
    return static_cast<std::size_t>(std::count_if(towns.begin(), towns.end(), [](const Town& town) { return !town.host; }));
  }
  Partners partners() const {
    std::vector<Partners::Host> hosts;
    for (const Town& town : towns) {
      if (town.host) hosts.push_back({town.key, town.council});
    }
    return {network, hosts};
  }
  // By town, the towns it chose.
  std::vector<std::set<std::size_t>> choices() const {
    std::map<MemberKey, std::size_t> index;
    for (std::size_t i = 0; i < towns.size(); ++i) index[towns[i].key] = i;
    const Partners all = partners();
    std::vector<std::set<std::size_t>> chosen(towns.size());
    for (std::size_t i = 0; i < towns.size(); ++i) {
      const auto look = [&](const MemberKey& key) {
        const auto at = reach.find(key);
        return at == reach.end() ? Reach::Unknown : at->second;
      };
      for (const MemberKey& key : all.of(towns[i].key, towns[i].council, guests(), look)) chosen[i].insert(index.at(key));
    }
    return chosen;
  }
};

// A link is there when either side chose it.
std::vector<std::set<std::size_t>> links_of(const std::vector<std::set<std::size_t>>& choices) {
  std::vector<std::set<std::size_t>> links(choices.size());
  for (std::size_t i = 0; i < choices.size(); ++i) {
    for (std::size_t other : choices[i]) {
      links[i].insert(other);
      links[other].insert(i);
    }
  }
  return links;
}

bool is_connected(const std::vector<std::set<std::size_t>>& links, const std::set<std::size_t>& gone) {
  std::size_t start = 0;
  while (gone.contains(start)) ++start;
  std::set<std::size_t> seen{start};
  std::vector<std::size_t> next{start};
  while (!next.empty()) {
    const std::size_t at = next.back();
    next.pop_back();
    for (std::size_t other : links[at]) {
      if (!gone.contains(other) && seen.insert(other).second) next.push_back(other);
    }
  }
  return seen.size() + gone.size() == links.size();
}

bool any_two_may_go(const std::vector<std::set<std::size_t>>& links) {
  for (std::size_t a = 0; a < links.size(); ++a) {
    for (std::size_t b = a; b < links.size(); ++b) {
      if (!is_connected(links, {a, b})) return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("partners: of twenty members any two may be gone and the rest is connected, however many can only dial") {
  for (std::size_t hosts = 3; hosts <= 20; ++hosts) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      CAPTURE(hosts);
      CAPTURE(seed);
      CHECK(any_two_may_go(links_of(Region::of(hosts, 20 - hosts, seed).choices())));
    }
  }
}

TEST_CASE("partners: with two hosts any one may be gone") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto links = links_of(Region::of(2, 18, seed).choices());
    for (std::size_t a = 0; a < links.size(); ++a) CHECK(is_connected(links, {a}));
  }
}

TEST_CASE("partners: of a thousand members any one may be gone") {
  const auto links = links_of(Region::of(400, 600, 1).choices());
  for (std::size_t a = 0; a < links.size(); a += 7) CHECK(is_connected(links, {a}));
}

TEST_CASE("partners: of seven or fewer all are linked with all that can be dialled") {
  for (std::size_t hosts = 1; hosts <= 7; ++hosts) {
    const Region region = Region::of(hosts, 7 - hosts, hosts);
    const auto links = links_of(region.choices());
    for (std::size_t a = 0; a < hosts; ++a) CHECK(links[a].size() == 6);
    for (std::size_t a = hosts; a < 7; ++a) CHECK(links[a].size() == hosts);
  }
}

TEST_CASE("partners: hosts choose five or six, and few are chosen by more than two others on top") {
  std::size_t links_in_all = 0, most = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto choices = Region::of(98, 0, seed).choices();
    for (const auto& chosen : choices) {
      CHECK(chosen.size() >= Partners::kFewest);
      CHECK(chosen.size() <= Partners::kMost);
    }
    for (const auto& links : links_of(choices)) {
      links_in_all += links.size();
      most = std::max(most, links.size());
    }
  }
  CHECK(links_in_all < 98 * 20 * 61 / 10);
  CHECK(most <= 8);
}

TEST_CASE("partners: guests spread over the hosts, and choose fewer where hosts are few") {
  for (const auto& [hosts, guests, links] :
       {std::tuple<std::size_t, std::size_t, std::size_t>{20, 78, 5}, {12, 86, 4}, {8, 90, 3}}) {
    CAPTURE(hosts);
    const auto choices = Region::of(hosts, guests, 3).choices();
    std::vector<std::size_t> chosen_by(hosts);
    for (std::size_t guest = hosts; guest < hosts + guests; ++guest) {
      CHECK(choices[guest].size() == links);
      for (std::size_t host : choices[guest]) ++chosen_by[host];
    }
    CHECK(*std::max_element(chosen_by.begin(), chosen_by.end()) <= 3 * guests * links / hosts);
  }
}

TEST_CASE("partners: who joins changes the partners of few, and who does not change sees the same again") {
  Region region = Region::of(60, 30, 5);
  const auto before = region.choices();
  CHECK(before == region.choices());
  Random random = Random::from_number(9);
  region.towns.push_back({random.fixed<MemberKey>(), random.fixed<CouncilId>(), true});
  const auto after = region.choices();
  std::size_t changed = 0;
  for (std::size_t i = 0; i < before.size(); ++i) changed += before[i] != after[i] ? 1 : 0;
  CHECK(changed <= 25);  // about six hosts, and the five guests in ninety on each of five rings that come before it
  CHECK(changed >= 3);
}

TEST_CASE("partners: an order of members and a different network make no difference and a great one") {
  Region region = Region::of(40, 0, 6);
  const auto here = region.choices();
  std::reverse(region.towns.begin(), region.towns.end());
  auto reversed = region.choices();
  std::reverse(reversed.begin(), reversed.end());
  for (auto& chosen : reversed) {
    std::set<std::size_t> same;
    for (std::size_t town : chosen) same.insert(39 - town);
    chosen = same;
  }
  CHECK(here == reversed);
  std::reverse(region.towns.begin(), region.towns.end());
  region.network.bytes[0] ^= 1;
  const auto elsewhere = region.choices();
  std::size_t same = 0;
  for (std::size_t i = 0; i < here.size(); ++i) same += here[i] == elsewhere[i] ? 1 : 0;
  CHECK(same == 0);
}

TEST_CASE("partners: where hosts fail the ones behind them take their place, and the failing ones are still dialled") {
  Region region = Region::of(40, 20, 7);
  for (std::size_t i = 0; i < 15; ++i) region.reach[region.towns[i * 2].key] = Reach::Failing;
  const auto choices = region.choices();
  auto links = links_of(choices);
  std::set<std::size_t> failing;
  for (std::size_t i = 0; i < 15; ++i) failing.insert(i * 2);
  CHECK(is_connected(links, failing));
  std::size_t retried = 0;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (failing.contains(i)) continue;
    std::size_t sound = 0;
    for (std::size_t other : choices[i]) (failing.contains(other) ? retried : sound) += 1;
    CHECK(sound >= Partners::kFewest);
  }
  CHECK(retried > 40);
  CHECK(retried < 45 * 2 * Partners::kMost);
}

TEST_CASE("partners: who was back only now is a partner beside the one that stood in") {
  Region region = Region::of(40, 0, 8);
  const auto before = region.choices();
  const std::size_t sick = *before[0].begin();
  region.reach[region.towns[sick].key] = Reach::Failing;
  const auto without = region.choices();
  region.reach[region.towns[sick].key] = Reach::Returned;
  const auto with = region.choices();
  CHECK(with[0] == without[0]);
  CHECK(with[0].contains(sick));
  CHECK(std::includes(with[0].begin(), with[0].end(), before[0].begin(), before[0].end()));
  region.reach[region.towns[sick].key] = Reach::Settled;
  CHECK(region.choices() == before);
}

TEST_CASE("partners: when all hosts have just returned nobody links with all of them") {
  Region region = Region::of(60, 10, 9);
  for (const Town& town : region.towns) region.reach[town.key] = Reach::Returned;
  for (const auto& chosen : region.choices()) CHECK(chosen.size() <= 2 * Partners::kMost);
}

TEST_CASE("partners: a crowded host is left for others, and kept when there are too few") {
  Region region = Region::of(12, 30, 10);
  const auto before = region.choices();
  const std::size_t crowded = *before[20].begin();
  region.reach[region.towns[crowded].key] = Reach::Crowded;
  const auto after = region.choices();
  CHECK(!after[20].contains(crowded));
  CHECK(after[20].size() == before[20].size());
  for (std::size_t host = 0; host < 12; ++host) CHECK(before[host] == after[host]);  // it asks only guests
  for (std::size_t host = 0; host < 11; ++host) region.reach[region.towns[host].key] = Reach::Crowded;
  CHECK(region.choices()[20].size() >= Partners::kFewestGuestLinks);
}

TEST_CASE("partners: a council with many machines has partners in two other councils") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Region region = Region::of(30, 10, seed);
    for (std::size_t i = 0; i < 36; ++i) region.towns[i].council = region.towns[0].council;
    region.towns[12].council.bytes[0] ^= 1;
    region.towns[13].council.bytes[1] ^= 1;
    const auto choices = region.choices();
    for (std::size_t i = 0; i < 36; ++i) {
      std::set<CouncilId> others;
      for (std::size_t other : choices[i]) others.insert(region.towns[other].council);
      others.erase(region.towns[i].council);
      CHECK(others.size() >= Partners::kCouncils);
    }
  }
}
