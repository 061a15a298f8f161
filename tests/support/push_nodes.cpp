#include "tests/support/push_nodes.h"

#include <algorithm>
#include <map>
#include <set>

#include "protocol/node/partners.h"

namespace budstikke::tests {

std::size_t connect_partners(Net& net, std::size_t hosts_in_ten) {
  std::map<MemberKey, std::size_t> machine_of;
  std::vector<Partners::Host> hosts;
  for (std::size_t machine = 0; machine < net.size(); ++machine) {
    const Member* member = net.node(machine).self_in(net.network(machine));
    require(member != nullptr, "a machine that is no member");
    machine_of[member->key] = machine;
    if (machine % 10 < hosts_in_ten) hosts.push_back({member->key, member->council});
  }
  const std::size_t guests = net.size() - hosts.size();
  const Partners partners(net.network(0).row.id, hosts);
  std::set<std::pair<std::size_t, std::size_t>> linked;
  for (const auto& [key, machine] : machine_of) {
    const CouncilId& council = net.node(machine).self_in(net.network(machine))->council;
    for (const MemberKey& partner :
         partners.of(key, council, guests, [](const MemberKey&) { return Partners::Reach::Unknown; })) {
      const std::size_t other = machine_of.at(partner);
      if (linked.insert(std::minmax(machine, other)).second) net.connect(machine, other);
    }
  }
  return linked.size();
}

WholeFigures push_through_whole_nodes(std::size_t members, std::size_t hosts_in_ten, std::size_t rounds, std::uint64_t seed) {
  Net net = Net::region(members, seed);
  WholeFigures figures;
  figures.members = members;
  figures.links = connect_partners(net, hosts_in_ten);
  require(net.converge(), "members that do not converge");
  net.advance(std::chrono::seconds(1));
  const std::size_t authors = std::min<std::size_t>(members, 20);
  const auto write_once = [&] {
    for (std::size_t author = 0; author < authors; ++author) {
      net.write(author, "x");
      net.advance(Millis(100));
    }
  };
  const std::uint64_t at_first = net.frames("run");
  write_once();
  figures.cold_runs = net.frames("run") - at_first;
  net.advance(std::chrono::seconds(2));
  const auto counts = [&] {
    std::vector<std::uint64_t> now;
    for (const char* kind : {"run", "have", "graft", "prune", "summary", "vector", "want"}) now.push_back(net.frames(kind));
    now[4] += net.frames("level");  // a summary in short
    return now;
  };
  const std::vector<std::uint64_t> before = counts();
  for (std::size_t round = 0; round < rounds; ++round) write_once();
  figures.all_agree = net.agree();
  net.advance(std::chrono::seconds(2));
  const std::vector<std::uint64_t> after = counts();
  std::uint64_t* const fields[] = {&figures.runs,      &figures.haves,   &figures.grafts, &figures.prunes,
                                   &figures.summaries, &figures.vectors, &figures.wants};
  for (std::size_t i = 0; i < std::size(fields); ++i) *fields[i] = after[i] - before[i];
  figures.entries = authors * rounds;
  return figures;
}

}  // namespace budstikke::tests
