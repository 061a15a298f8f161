// What happened: a hash over all of it, by which two runs are compared, and the last steps, for whoever looks into a failure.
//
// Determinism  The same seed and options, the same hash: frames go into it byte by byte.
#pragma once

#include <deque>
#include <string>

#include "protocol/base/hash.h"
#include "protocol/base/time.h"

namespace budstikke::sim {

class Trace {
 public:
  explicit Trace(bool verbose) : verbose_(verbose) {}
  // One step, in words; `bytes` are hashed as well.
  void add(Instant at, std::string line, View bytes = {});
  const Hash& hash() const { return hash_; }
  std::uint64_t steps() const { return steps_; }
  std::string last_steps() const;

 private:
  static constexpr std::size_t kKept = 60;
  bool verbose_;
  Hash hash_;
  std::uint64_t steps_ = 0;
  std::deque<std::string> last_;
};

}  // namespace budstikke::sim
