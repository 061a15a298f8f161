// Five nodes of a region on hosts of their own, and what is done to the lines between them. Prints what a test measured, as a
// line of JSON: how long the nodes took to agree after the lines were well again, and how many bytes went over them meanwhile.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/integration/steps.h"
#include "tests/support/packet_net.h"

namespace budstikke::tests {

// Says so when this machine has no networks to spare.
inline bool skipped() {
  const bool skips = !PacketNet::available();
  if (skips) MESSAGE("skipped: network namespaces need root and /dev/net/tun");
  return skips;
}

inline bool has(const NodeUnderTest& node, const std::string& contact) {
  return node.cli({"contact", "show", contact}).code == 0;
}

class Weather {
 public:
  explicit Weather(std::string what) : what_(std::move(what)), region_("Region Syddanmark", net_) {
    for (const char* council : {"Kolding", "Fredericia", "Vejen", "Esbjerg", "Sønderborg"}) {
      region_.add(std::string(council) + " Integrationsråd");
    }
    REQUIRE(region_.agrees(std::chrono::seconds(60)));
    heal();
  }

  PacketNet& net() { return net_; }
  Region& region() { return region_; }

  void split(const std::vector<std::size_t>& some, const std::vector<std::size_t>& others) {
    for (std::size_t one : some) {
      for (std::size_t other : others) {
        net_.set(one, other, {.open = false});
        net_.set(other, one, {.open = false});
      }
    }
  }
  void heal() { change({}); }
  // All lines are so from now on, and what agrees() reports counts from here.
  void change(PacketNet::Path path) {
    net_.set_all(path);
    healed_ = Clock::now();
    bytes_ = net_.bytes();
  }
  // Reports what it took since the lines were last changed.
  bool agrees(std::chrono::seconds timeout) {
    const bool agreed = region_.agrees(timeout);
    report("agreed_s", std::chrono::duration<double>(Clock::now() - healed_).count());
    report("bytes", static_cast<double>(net_.bytes() - bytes_));
    return agreed;
  }
  void report(const char* name, double value) const {
    std::printf("{\"network\":\"%s\",\"%s\":%.1f}\n", what_.c_str(), name, value);
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::string what_;
  PacketNet net_;
  Region region_;
  Clock::time_point healed_ = Clock::now();
  std::uint64_t bytes_ = 0;
};

}  // namespace budstikke::tests
