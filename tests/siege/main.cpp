// budstikke-siege [--brief] [--soak SECONDS] [NAME…]: the scenarios of that name, or all, in full; one line of JSON for each.
// Exits 1 when something that must hold did not.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>

#include "tests/siege/scenario.h"

int main(int argc, char** argv) {
  using namespace budstikke::siege;
  Strength strength{true};
  std::set<std::string> wanted;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--brief") == 0) {
      strength.full = false;
    } else if (std::strcmp(argv[i], "--soak") == 0 && i + 1 < argc) {
      strength.soak = std::chrono::seconds(std::atol(argv[++i]));
    } else {
      wanted.insert(argv[i]);
    }
  }
  if (wanted.contains("list")) {
    for (const Scenario& scenario : scenarios()) std::printf("%-18s %s\n", scenario.name, scenario.what);
    return 0;
  }
  std::size_t run = 0;
  bool holds = true;
  for (const Scenario& scenario : scenarios()) {
    if (!wanted.empty() && !wanted.contains(scenario.name)) continue;
    ++run;
    Report report;
    try {
      scenario.run(strength, report);
    } catch (const std::exception& error) {
      report.failures.push_back(error.what());
    }
    nlohmann::ordered_json line = {{"siege", scenario.name}, {"form", strength.full ? "full" : "brief"}};
    line.update(report.figures);
    line["holds"] = report.failures.empty();
    if (!report.failures.empty()) line["failures"] = report.failures;
    std::printf("%s\n", line.dump().c_str());
    std::fflush(stdout);
    holds &= report.failures.empty();
  }
  if (run == 0) {
    std::fprintf(stderr, "budstikke-siege: there is no scenario of that name; `budstikke-siege list` names them\n");
    return 2;
  }
  return holds ? 0 : 1;
}
