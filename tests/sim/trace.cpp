#include "tests/sim/trace.h"

#include <cstdio>

namespace budstikke::sim {

void Trace::add(Instant at, std::string line, View bytes) {
  char time[32];
  std::snprintf(time, sizeof time, "%11.3f ", static_cast<double>(at.ms) / 1000);
  line.insert(0, time);
  hash_ = budstikke::hash(Domain::Derived, {hash_.view(), view_of(line), bytes});
  ++steps_;
  if (verbose_) std::fprintf(stderr, "%s\n", line.c_str());
  last_.push_back(std::move(line));
  if (last_.size() > kKept) last_.pop_front();
}

std::string Trace::last_steps() const {
  std::string text;
  for (const std::string& line : last_) text += line + '\n';
  return text;
}

}  // namespace budstikke::sim
