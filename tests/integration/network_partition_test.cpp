// Real daemons on hosts with networks of their own: lines that vanish, go one way only, or are as bad as lines get.
#include <doctest/doctest.h>

#include "tests/integration/steps.h"
#include "tests/integration/weather.h"
#include "tests/support/wait.h"

namespace budstikke::tests {
namespace {

using namespace std::chrono_literals;

}  // namespace

TEST_CASE("network: five nodes split as two and three both go on, and agree once the line is back") {
  if (skipped()) return;
  Weather weather("split as 2 and 3");
  Region& region = weather.region();
  const std::vector<std::size_t> few = {0, 1};
  const std::vector<std::size_t> many = {2, 3, 4};
  weather.split(few, many);
  const std::string here = add(region[0], "contact", {"--name", "Skrevet hos de to"});
  const std::string there = add(region[4], "contact", {"--name", "Skrevet hos de tre"});
  CHECK(eventually(60s, [&] { return has(region[1], here) && has(region[2], there) && has(region[3], there); }));
  CHECK_FALSE(has(region[2], here));
  CHECK_FALSE(has(region[1], there));
  weather.heal();
  REQUIRE(weather.agrees(180s));
  for (std::size_t node = 0; node < region.size(); ++node) {
    CAPTURE(node);
    CHECK(has(region[node], here));
    CHECK(has(region[node], there));
  }
}

TEST_CASE(
    "network: a line that lets packets through in one direction only is as good as none, and others carry what is written") {
  if (skipped()) return;
  Weather weather("one way");
  Region& region = weather.region();
  // Whatever 0 sends to 1, 2 and 3 vanishes; 4 is its only line.
  for (std::size_t to : {1u, 2u, 3u}) weather.net().set(0, to, {.open = false});
  const std::string out = add(region[0], "contact", {"--name", "Ud gennem den fjerde"});
  const std::string in = add(region[1], "contact", {"--name", "Ind gennem den fjerde"});
  CHECK(
      eventually(120s, [&] { return has(region[1], out) && has(region[2], out) && has(region[3], out) && has(region[0], in); }));
  weather.heal();
  REQUIRE(weather.agrees(180s));
}

TEST_CASE(
    "network: over lines with half a second of delay and three packets in ten lost, a node comes up, catches up and is heard") {
  if (skipped()) return;
  Weather weather("500 ms, 30 % loss");
  Region& region = weather.region();
  region[4].stop();
  for (int i = 0; i < 40; ++i) {
    add(region[static_cast<std::size_t>(i % 4)], "contact", {"--name", "Dårlig linje", "--notes", std::string(2000, 'n')});
  }
  REQUIRE(region.agrees(60s));
  weather.change({.open = true, .delay = 500ms, .loss = 0.3});
  region[4].start();
  const std::string heard = add(region[4], "contact", {"--name", "Fra den, der kom til"});
  CHECK(weather.agrees(240s));
  for (std::size_t node = 0; node < 4; ++node) CHECK(has(region[node], heard));
}

}  // namespace budstikke::tests
