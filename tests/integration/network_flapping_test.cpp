// Real daemons on hosts with networks of their own: a line that comes and goes, and a peer that is gone without a word.
#include <doctest/doctest.h>

#include <thread>

#include "tests/integration/steps.h"
#include "tests/integration/weather.h"
#include "tests/support/wait.h"

namespace budstikke::tests {
namespace {

using namespace std::chrono_literals;

bool is_connected(const NodeUnderTest& node, const std::string& council) {
  const nlohmann::json reply = node.json({"peers"});
  for (const nlohmann::json& peer : reply.at("peers")) {
    if (peer.value("name", std::string()) == council && peer.value("connected", false)) return true;
  }
  return false;
}

}  // namespace

TEST_CASE(
    "network: while the line between two and three nodes comes and goes every second for two minutes, everything written "
    "arrives") {
  if (skipped()) return;
  Weather weather("flapping each second for two minutes");
  Region& region = weather.region();
  std::vector<std::string> written;
  const auto end = std::chrono::steady_clock::now() + 120s;
  for (int second = 0; std::chrono::steady_clock::now() < end; ++second) {
    if (second % 2 == 0) {
      weather.split({0, 1}, {2, 3, 4});
    } else {
      weather.net().set_all({});
    }
    if (second % 5 == 0) {
      const std::size_t at = static_cast<std::size_t>(second / 5) % region.size();
      written.push_back(add(region[at], "contact", {"--name", "Ustadig " + std::to_string(second)}));
    }
    std::this_thread::sleep_for(1s);
  }
  weather.heal();
  REQUIRE(weather.agrees(180s));
  CHECK(written.size() >= 20);
  for (const std::string& id : written) {
    CHECK(has(region[0], id));
    CHECK(has(region[4], id));
  }
}

TEST_CASE(
    "network: a peer whose machine is gone without a word is seen to be gone within a minute, and caught up with afterwards") {
  if (skipped()) return;
  Weather weather("half-open");
  Region& region = weather.region();
  REQUIRE(eventually(60s, [&] { return is_connected(region[0], region[1].council()); }));
  weather.split({1}, {0, 2, 3, 4});
  const auto gone = std::chrono::steady_clock::now();
  const std::string here = add(region[0], "contact", {"--name", "Mens den var væk"});
  CHECK(eventually(90s, [&] { return !is_connected(region[0], region[1].council()); }));
  const auto noticed = std::chrono::steady_clock::now() - gone;
  weather.report("noticed_s", std::chrono::duration<double>(noticed).count());
  CHECK(noticed < 60s);
  weather.heal();
  REQUIRE(weather.agrees(180s));
  CHECK(has(region[1], here));
}

}  // namespace budstikke::tests
