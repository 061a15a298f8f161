// Raw TCP connections to one port, as many as are wanted, and what becomes of them.
//
// Errors       A connection that the system or the other end refuses is not counted; nothing is thrown for it.
// Cost         One descriptor each; open() raises this process's limit as far as it may.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace budstikke::siege {

// The first 64 bytes that a ZeroMQ client with CURVE sends.
std::string curve_greeting();
// A frame of ZMTP 3 that holds a command; `announced` when that is to be another length than it has.
std::string command_frame(std::string_view body, std::uint64_t announced = 0);

class Crowd {
 public:
  explicit Crowd(std::uint16_t port) : port_(port) {}
  ~Crowd() { leave(); }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  std::size_t open(std::size_t count);       // how many more could be opened
  std::size_t send(std::string_view bytes);  // on each, as much as its buffer takes; bytes sent in all
  std::size_t alive();                       // how many the other end has not closed
  bool gone_within(std::chrono::milliseconds patience);
  void leave();

 private:
  std::uint16_t port_;
  std::vector<int> connections_;
};

}  // namespace budstikke::siege
