#include "daemon/door/connections.h"

#include <algorithm>
#include <queue>

namespace budstikke::daemon {
namespace {

std::string host_of(const std::string& address) { return address.substr(0, address.rfind(':')); }

}  // namespace

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
  using Crowd = std::pair<std::size_t, std::vector<std::pair<std::uint64_t, int>>*>;  // how many are left of it, youngest first
  std::priority_queue<Crowd> crowds;
  for (auto& [host, crowd] : hosts) {
    std::sort(crowd.rbegin(), crowd.rend());
    crowds.emplace(crowd.size(), &crowd);
  }
  std::vector<Stranger> named;
  while (count(State::Stranger) > strangers_max_ - strangers_max_ / 4) {
    auto [left, crowd] = crowds.top();
    crowds.pop();
    const int fd = crowd->back().second;
    crowd->pop_back();
    Connection& connection = all_.at(fd);
    become(connection, State::Named);
    named.push_back({fd, connection.address});
    if (left > 1) crowds.emplace(left - 1, crowd);
  }
  return named;
}

}  // namespace budstikke::daemon
