#include "daemon/door/connections.h"

#include <algorithm>
#include <queue>
#include <tuple>

#include "daemon/door/address.h"

namespace budstikke::daemon {

void Connections::add(int fd, std::string address) {
  erase(fd);
  all_.emplace(fd, Connection{std::move(address), next_++});
  ++counts_[static_cast<std::size_t>(State::Stranger)];
}

void Connections::erase(int fd) {
  auto found = all_.find(fd);
  if (found == all_.end()) return;
  --counts_[static_cast<std::size_t>(found->second.state)];
  all_.erase(found);
}

void Connections::prove(int fd) {
  if (auto found = all_.find(fd); found != all_.end()) become(found->second, State::Proven);
}

void Connections::become(Connection& connection, State state) {
  --counts_[static_cast<std::size_t>(connection.state)];
  ++counts_[static_cast<std::size_t>(state)];
  connection.state = state;
}

std::vector<Connections::Stranger> Connections::excess() {
  if (count(State::Stranger) <= strangers_max_) return {};
  std::map<std::string, std::vector<std::pair<std::uint64_t, int>>> hosts;
  for (const auto& [fd, connection] : all_) {
    if (connection.state == State::Stranger) hosts[host_of(connection.address)].emplace_back(connection.number, fd);
  }
  // How many are left of it, how long before all others its oldest came, and they, youngest first.
  using Crowd = std::tuple<std::size_t, std::uint64_t, std::vector<std::pair<std::uint64_t, int>>*>;
  std::priority_queue<Crowd> crowds;
  const auto enter = [&](std::vector<std::pair<std::uint64_t, int>>& crowd) {
    if (!crowd.empty()) crowds.emplace(crowd.size(), next_ - crowd.back().first, &crowd);
  };
  for (auto& [host, crowd] : hosts) {
    std::sort(crowd.rbegin(), crowd.rend());
    enter(crowd);
  }
  std::vector<Stranger> named;
  while (count(State::Stranger) > strangers_max_ - strangers_max_ / 4) {
    std::vector<std::pair<std::uint64_t, int>>* const crowd = std::get<2>(crowds.top());
    crowds.pop();
    const int fd = crowd->back().second;
    crowd->pop_back();
    Connection& connection = all_.at(fd);
    become(connection, State::Named);
    named.push_back({fd, connection.address});
    enter(*crowd);
  }
  return named;
}

}  // namespace budstikke::daemon
