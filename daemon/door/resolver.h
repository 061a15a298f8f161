// Turns the names in dial addresses into numeric ones, in a thread of its own: a name server may take many seconds, and
// ZeroMQ would ask it in the thread that also moves the bytes of every link.
//
// Shape        An address may give several endpoints (IPv6 and IPv4), each tried in turn, and none when its name is unknown.
// Threads      ask() and take() belong to one thread, which learns from fd() that answers wait.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace budstikke::daemon {

struct Candidate {
  std::string address;   // as it was given
  std::string endpoint;  // "tcp://192.0.2.7:7420"; empty when the address is malformed or its name unknown
};

class Resolver {
 public:
  struct Answer {
    std::uint64_t question = 0;
    std::vector<Candidate> candidates;
  };

  Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  ~Resolver();  // does not wait for a name server that is being asked

  // Answered at once, without the thread, when every address is numeric.
  void ask(std::uint64_t question, const std::vector<std::string>& addresses);
  std::vector<Answer> take();
  int fd() const;  // readable when take() has something

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace budstikke::daemon
