// budstikke_sim --seed S [--nodes N] [--years Y] [--liar] [--no-members] [--runs R] [--verbose]: runs the simulation with a seed,
// or with R seeds from S on, and prints what came of it as JSON. Exit code 0: every promise held; 1: one was broken; 2: wrong
// usage.
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "tests/sim/summary.h"

namespace {

constexpr std::size_t kMostNodes = 26;

int usage() {
  std::fprintf(stderr,
               "usage: budstikke_sim --seed S [--nodes N] [--years Y] [--liar] [--no-members] [--runs R] [--verbose]\n"
               "  --seed S     the world to simulate; the same seed is the same world\n"
               "  --nodes N    machines at the start, 2 to 26; otherwise 3 to 6, drawn from the seed\n"
               "  --years Y    simulated time, such as 0.5; otherwise a few days\n"
               "  --liar       one of the members lies; otherwise in one world of five\n"
               "  --no-members nobody leaves, gets a role, recovers the network or changes keys; otherwise in one world of two\n"
               "  --runs R     this many seeds from S on; prints those that fail, and what all came to\n"
               "  --verbose    every step on standard error\n");
  return 2;
}

bool parse(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

int main(int argc, char** argv) {
  budstikke::sim::Options options;
  std::uint64_t runs = 0, nodes = 0;
  bool has_seed = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--verbose") {
      options.verbose = true;
      continue;
    }
    if (name == "--no-members") {
      options.members = false;
      continue;
    }
    if (name == "--liar") {
      options.liar = true;
      continue;
    }
    if (i + 1 == argc) return usage();
    const std::string_view value = argv[++i];
    char* end = nullptr;
    bool good = false;
    if (name == "--seed") {
      good = has_seed = parse(value, options.seed);
    } else if (name == "--nodes") {
      good = parse(value, nodes) && nodes >= 2 && nodes <= kMostNodes;
      options.nodes = nodes;
    } else if (name == "--runs") {
      good = parse(value, runs) && runs > 0;
    } else if (name == "--years") {
      options.years = std::strtod(argv[i], &end);
      good = *end == '\0' && options.years > 0 && options.years <= 100;
    }
    if (!good) return usage();
  }
  if (!has_seed) return usage();
  std::uint64_t failed = 0;
  budstikke::sim::Summary summary;
  for (std::uint64_t run = 0; run < std::max<std::uint64_t>(runs, 1); ++run) {
    const budstikke::sim::Report report = budstikke::sim::run(options);
    summary.add(report);
    if (report.failure) {
      ++failed;
      std::fprintf(stderr, "%s\n--- %s\n%s\n", report.last_steps.c_str(), budstikke::sim::command_of(options).c_str(),
                   report.failure->c_str());
    }
    if (runs == 0) std::printf("%s\n", json_of(report).c_str());
    ++options.seed;
  }
  if (runs > 0) {
    std::fputs(summary.text().c_str(), stdout);
    std::printf("%llu of %llu runs failed\n", static_cast<unsigned long long>(failed), static_cast<unsigned long long>(runs));
  }
  return failed == 0 ? 0 : 1;
}
