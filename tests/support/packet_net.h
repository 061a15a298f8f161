// Hosts with networks of their own, and between them a switch in this process that delays, loses or swallows packets.
//
// Shape        Each host is a network namespace with one TUN device; what it sends comes here as IP packets, which are handed to
//              the host they are for, by the path from the one to the other. TCP at both ends is the kernel's own: it
//              retransmits, backs off and gives up as over a real line.
// Invariants   Host n has the address 10.77.0.(n + 1). No packet leaves the hosts' networks, and nothing outlives the object.
// Errors       Needs root, namespaces and /dev/net/tun: ask available() first, and say that a test was skipped. Anything else
//              that the system refuses is thrown as std::runtime_error.
// Threads      The switch has one of its own; paths may be set and bytes read from any.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace budstikke::tests {

class PacketNet {
 public:
  static constexpr std::size_t kMostHosts = 16;

  struct Path {
    bool open = true;                    // otherwise packets vanish, and nobody is told
    std::chrono::milliseconds delay{0};  // of each packet
    double loss = 0;                     // share of packets that vanish
  };

  static bool available();

  explicit PacketNet(std::uint32_t seed = 1);
  ~PacketNet();
  PacketNet(const PacketNet&) = delete;
  PacketNet& operator=(const PacketNet&) = delete;

  std::size_t add();  // a host, with open paths to and from all others; its number
  static std::string address(std::size_t host) { return "10.77.0." + std::to_string(host + 1); }

  void set(std::size_t from, std::size_t to, Path path);  // that direction alone
  void set_all(Path path);
  std::uint64_t bytes() const { return bytes_; }  // of packets that arrived, with their IP headers

  // While it lives, what this thread starts or opens is on that host's network.
  class Inside {
   public:
    Inside(const PacketNet& net, std::size_t host);
    ~Inside();
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    int before_;
  };

 private:
  using Clock = std::chrono::steady_clock;
  struct Host {
    int network = -1;  // its namespace
    int device = -1;
  };
  struct Packet {
    std::size_t to;
    std::string bytes;
  };

  void run();
  void take(std::size_t from);
  void deliver_due();
  void deliver(const Packet& packet);
  void wake();

  mutable std::mutex mutex_;
  std::vector<Host> hosts_;
  std::array<std::array<Path, kMostHosts>, kMostHosts> paths_;
  std::multimap<Clock::time_point, Packet> delayed_;  // the switch's own, as what follows
  std::minstd_rand random_;
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<bool> stopping_{false};
  int wake_fd_ = -1;
  std::thread thread_;
};

}  // namespace budstikke::tests
