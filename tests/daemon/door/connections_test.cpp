#include "daemon/door/connections.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "protocol/base/random.h"

namespace budstikke::daemon {
namespace {

std::string address_of(int host, int port) { return "192.0.2." + std::to_string(host) + ":" + std::to_string(port); }

std::vector<int> named(Connections& connections) {
  std::vector<int> fds;
  for (const Connections::Stranger& stranger : connections.excess()) fds.push_back(stranger.fd);
  return fds;
}

}  // namespace

TEST_CASE("connections: up to the most strangers, none must go; with one more a quarter must, the oldest first, once") {
  Connections connections(8);
  for (int fd = 10; fd < 18; ++fd) connections.add(fd, address_of(1, fd));
  CHECK(named(connections).empty());
  connections.add(18, address_of(1, 18));
  CHECK(named(connections) == std::vector<int>{10, 11, 12});
  CHECK(named(connections).empty());
  CHECK(connections.size() == 6);
  CHECK(connections.contains(10));  // until it is closed
  connections.erase(10);
  CHECK_FALSE(connections.contains(10));
  CHECK(connections.size() == 6);
}

TEST_CASE("connections: the host with the most strangers gives way, and who has just come from elsewhere stays") {
  Connections connections(8);
  connections.add(1, address_of(7, 1));  // the oldest of all
  for (int fd = 10; fd < 17; ++fd) connections.add(fd, address_of(1, fd));
  connections.add(2, address_of(8, 2));
  CHECK(named(connections) == std::vector<int>{10, 11, 12});
}

TEST_CASE("connections: of hosts with equally many the oldest goes first, and a network of IPv6 is one host") {
  Connections connections(8);
  for (int fd = 10; fd < 19; ++fd) connections.add(fd, address_of(fd, 1));
  CHECK(named(connections) == std::vector<int>{10, 11, 12});
  Connections six(8);
  six.add(1, "[2001:db8:1:2::1]:1");
  six.add(2, "[2001:db8:7:7::1]:1");
  for (int fd = 10; fd < 17; ++fd) six.add(fd, "[2001:db8:1:2::" + std::to_string(fd) + "]:1");
  CHECK(named(six) == std::vector<int>{1, 10, 11});
}

TEST_CASE("connections: those that have proven a key never go, nor do they count among strangers") {
  Connections connections(4);
  for (int fd = 10; fd < 40; ++fd) {
    connections.add(fd, address_of(1, fd));
    connections.prove(fd);
  }
  CHECK(named(connections).empty());
  for (int fd = 50; fd < 55; ++fd) connections.add(fd, address_of(1, fd));
  CHECK(named(connections) == std::vector<int>{50, 51});
  CHECK(connections.size() == 33);
}

TEST_CASE("connections: a descriptor that is used again is another connection") {
  Connections connections(2);
  connections.add(10, address_of(1, 1));
  connections.prove(10);
  connections.add(10, address_of(1, 2));
  connections.add(11, address_of(1, 3));
  connections.add(12, address_of(1, 4));
  const std::vector<Connections::Stranger> excess = connections.excess();
  REQUIRE(excess.size() == 1);
  CHECK(excess[0].fd == 10);
  CHECK(excess[0].address == address_of(1, 2));
}

TEST_CASE("connections: after whatever comes, goes and proves itself, strangers are within bounds and nobody proven was named") {
  Random random = Random::from_number(4);
  Connections connections(32);
  std::map<int, bool> proven;
  for (int step = 0; step < 20'000; ++step) {
    const int fd = static_cast<int>(random.below(200));
    switch (random.below(4)) {
      case 0:
        connections.erase(fd);
        proven.erase(fd);
        break;
      case 1:
        if (proven.contains(fd)) {
          connections.prove(fd);
          proven[fd] = true;
        }
        break;
      default:
        connections.add(fd, address_of(static_cast<int>(random.below(3)), step));
        proven[fd] = false;
    }
    for (const Connections::Stranger& stranger : connections.excess()) CHECK_FALSE(proven.at(stranger.fd));
    const auto strangers = std::count_if(proven.begin(), proven.end(), [](const auto& one) { return !one.second; });
    const auto members =
        static_cast<std::size_t>(std::count_if(proven.begin(), proven.end(), [](const auto& one) { return one.second; }));
    REQUIRE(connections.size() >= members);
    REQUIRE(connections.size() <= members + 32);
    REQUIRE(connections.size() <= members + static_cast<std::size_t>(strangers));
  }
}

}  // namespace budstikke::daemon
