// The brief form of each scenario of tests/siege, and what it measured as a line of JSON.
#include <doctest/doctest.h>

#include <cstdio>

#include "tests/siege/scenario.h"

namespace budstikke::tests {

TEST_CASE("siege: whatever strangers, a member that was shut out, or a door that is killed do, the nodes answer and agree") {
  for (const siege::Scenario& scenario : siege::scenarios()) {
    if (!scenario.brief) continue;
    SUBCASE(scenario.name) {
      siege::Report report;
      scenario.run({}, report);
      std::printf("{\"siege\":\"%s\",\"figures\":%s}\n", scenario.name, report.figures.dump().c_str());
      for (const std::string& failure : report.failures) FAIL_CHECK(failure);
    }
  }
}

}  // namespace budstikke::tests
