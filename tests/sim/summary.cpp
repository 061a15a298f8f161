#include "tests/sim/summary.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace budstikke::sim {
namespace {

constexpr double kHourMs = 3'600'000.0;
constexpr double kHoursOfYear = 24.0 * 365.0;

__attribute__((format(printf, 2, 3))) void add_line(std::string& text, const char* format, ...) {
  char line[512];
  std::va_list values;
  va_start(values, format);
  std::vsnprintf(line, sizeof line, format, values);
  va_end(values);
  text.append(line) += '\n';
}

unsigned long long printable(std::uint64_t number) { return number; }

}  // namespace

void Summary::add(const Report& report) {
  ++worlds_;
  with_liar_ += report.has_liar ? 1 : 0;
  with_versions_ += report.has_versions ? 1 : 0;
  simulated_ms_ += report.simulated_ms;
  acknowledged_ += report.acknowledged;
  frames_ += report.frames;
  compared_ += report.compared;
  folded_ += report.folded;
  destroyed_ += report.destroyed;
  longest_heal_ms_ = std::max(longest_heal_ms_, report.longest_heal_ms);
  for (std::size_t deed = 0; deed < kDeeds; ++deed) deeds_[deed] += report.deeds[deed];
  faults_.add(report.faults);
}

std::string Summary::text() const {
  const double hours = static_cast<double>(simulated_ms_) / kHourMs;
  const double seconds = static_cast<double>(std::clock() - began_) / CLOCKS_PER_SEC;
  std::string text;
  add_line(text, "simulation: %llu worlds, %llu of them with a member that lies, %llu with later programs beside this one",
           printable(worlds_), printable(with_liar_), printable(with_versions_));
  add_line(text, "  %.2f simulated years in %.0f s of processor time: %.0f simulated hours an hour", hours / kHoursOfYear,
           seconds, seconds > 0 ? hours * 3'600.0 / seconds : 0.0);
  add_line(text, "  %llu operations acknowledged, %llu frames, %llu states compared, healed in at most %llu ms",
           printable(acknowledged_), printable(frames_), printable(compared_), printable(longest_heal_ms_));
  add_line(text, "  %llu states folded by the twin, %llu erasures carried out", printable(folded_), printable(destroyed_));
  add_line(text, "  what people did:");
  for (std::size_t i = 0; i < kDeeds; ++i) {
    add_line(text, "  %-20s %8llu", std::string(name_of(static_cast<Deed>(i))).c_str(), printable(deeds_[i]));
  }
  add_line(text, "  what went wrong:");
  for (std::size_t i = 0; i < kFaults; ++i) {
    const auto fault = static_cast<Fault>(i);
    add_line(text, "  %-20s %8llu", std::string(name_of(fault)).c_str(), printable(faults_.of(fault)));
  }
  return text;
}

}  // namespace budstikke::sim
