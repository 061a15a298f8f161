// The connections that the public socket has accepted, and which of them must go when too many have proven nothing.
//
// Shape        A connection is a stranger's until its first frame has come, behind a handshake with an allowed key. ZeroMQ may
//              hold a frame of 64 KiB for each, so their number bounds the memory and the descriptors that strangers can take.
// Invariants   Those that have proven a key never go. Of strangers those of the host with the most of them go first, of equal
//              hosts and of one host the oldest: so a member that is just coming in from elsewhere is not pushed out by a
//              crowd. Addresses of IPv6 that begin with the same 64 bits are one host.
// Cost         excess() looks at all strangers, once for each quarter of them that has come.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace budstikke::daemon {

class Connections {
 public:
  static constexpr std::size_t kMostStrangers = 768;  // 82 KiB each while their first frame comes: 62 MiB

  struct Stranger {
    int fd;
    std::string address;  // "host:port"
  };

  explicit Connections(std::size_t strangers_max) : strangers_max_(strangers_max) {}

  void add(int fd, std::string address);
  void erase(int fd);
  void prove(int fd);
  bool contains(int fd) const { return all_.contains(fd); }
  std::size_t size() const { return count(State::Stranger) + count(State::Proven); }  // without those that must go
  // None while there is room; otherwise as many strangers as free a quarter of it, each named once.
  std::vector<Stranger> excess();

 private:
  enum class State : std::uint8_t { Stranger, Proven, Named };
  struct Connection {
    std::string address;
    std::uint64_t number;  // in the order of coming
    State state = State::Stranger;
  };
  std::size_t count(State state) const { return counts_[static_cast<std::size_t>(state)]; }
  void become(Connection& connection, State state);

  std::size_t strangers_max_;
  std::array<std::size_t, 3> counts_{};  // by state
  std::uint64_t next_ = 0;
  std::map<int, Connection> all_;
};

}  // namespace budstikke::daemon
