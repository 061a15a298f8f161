// Small things that every measurement of the benchmark needs: clocks, percentiles, and errors that end it.
#pragma once

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "protocol/base/result.h"

namespace budstikke::bench {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// The value that `share` (0 to 1) of the samples do not exceed; 0 without samples.
inline double percentile(std::vector<double> samples, double share) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  const auto at = static_cast<std::size_t>(share * static_cast<double>(samples.size() - 1) + 0.5);
  return samples[std::min(at, samples.size() - 1)];
}

inline void must(const Status& status, const std::string& what) {
  if (!status) throw std::runtime_error(what + ": " + status.error().text);
}
template <class T>
T must(Result<T> result, const std::string& what) {
  if (!result) throw std::runtime_error(what + ": " + result.error().text);
  return std::move(*result);
}

}  // namespace budstikke::bench
