// Two nodes of a region, of which one can be dialled, and how well they do while something happens to that one: its local
// socket is asked all the time, and what is written there is looked for at the other.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>

#include "tests/bench/api_client.h"
#include "tests/bench/figures.h"
#include "tests/siege/scenario.h"
#include "tests/support/region.h"

namespace budstikke::siege {

using bench::ApiClient;
using bench::Clock;
using bench::seconds_since;

inline constexpr double kMib = 1024.0 * 1024.0;

// Says stop at the end of its scope, also when that is left by an exception.
struct Stop {
  std::atomic<bool>& flag;
  ~Stop() { flag = true; }
};

pid_t door_of(tests::NodeUnderTest& node);
std::uint64_t descriptors_of(pid_t process);
// Adds a contact by the local socket and gives its id.
std::string write_contact(ApiClient& writer, std::size_t number);
bool has_contact(ApiClient& reader, const std::string& id);
std::size_t lines_of(tests::NodeUnderTest& node, const std::string& event);

class Besieged {
 public:
  // `descriptors`: how many each of the host's programs may have.
  explicit Besieged(std::uint64_t descriptors = 8'192);
  ~Besieged();

  tests::Region& region() { return region_; }
  tests::NodeUnderTest& host() { return region_[0]; }
  tests::NodeUnderTest& member() { return region_[1]; }

  void begin();  // asking and writing
  // Ends it, and reports: answers and deliveries with their times, memory of the host's door. Expects every write to have
  // arrived, both nodes to run and to agree.
  void end(Report& report);

 private:
  void ask();
  void deliver();
  void fail(const std::string& what);

  tests::Region region_{"Region Bornholm"};
  std::atomic<bool> stopping_{false};
  std::thread asking_;
  std::thread delivering_;
  std::mutex mutex_;
  std::vector<std::string> failures_;
  std::vector<double> answers_;     // seconds
  std::vector<double> deliveries_;  // seconds from the acknowledgement to being shown at the other node
  std::uint64_t door_memory_ = 0;   // at begin()
};

}  // namespace budstikke::siege
