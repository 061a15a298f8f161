// What running programs use of the machine: processor time and memory of their own.
//
// Threads      MemoryWatch has one of its own, which reads two small files of /proc every 10 ms (about 0.3 % of one core).
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace budstikke::bench {

// Processor time that all threads of a process have used so far, in seconds; 0 when it has ended.
double cpu_seconds_of(pid_t pid);

// Watches the anonymous memory of processes until it goes.
class MemoryWatch {
 public:
  explicit MemoryWatch(std::vector<pid_t> pids);
  ~MemoryWatch();
  MemoryWatch(const MemoryWatch&) = delete;
  MemoryWatch& operator=(const MemoryWatch&) = delete;
  // The most that was seen of each, in bytes, in the order given.
  std::vector<std::uint64_t> most() const;

 private:
  void look();
  std::vector<pid_t> pids_;
  std::vector<std::atomic<std::uint64_t>> most_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace budstikke::bench
