#include "tests/bench/usage.h"

#include <time.h>

#include <algorithm>
#include <chrono>

#include "tests/support/process.h"

namespace budstikke::bench {

double cpu_seconds_of(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return 0;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

MemoryWatch::MemoryWatch(std::vector<pid_t> pids) : pids_(std::move(pids)), most_(pids_.size()) {
  look();
  thread_ = std::thread([this] {
    while (!stopping_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      look();
    }
  });
}

MemoryWatch::~MemoryWatch() {
  stopping_ = true;
  thread_.join();
}

void MemoryWatch::look() {
  for (std::size_t i = 0; i < pids_.size(); ++i)
    most_[i] = std::max<std::uint64_t>(most_[i], tests::anonymous_memory_of(pids_[i]));
}

std::vector<std::uint64_t> MemoryWatch::most() const { return {most_.begin(), most_.end()}; }

}  // namespace budstikke::bench
