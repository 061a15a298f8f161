// What is written on both sides of a cut line: kept, shown, and settled by a person.
#include <doctest/doctest.h>

#include <set>

#include "tests/integration/divided.h"
#include "tests/integration/steps.h"
#include "tests/support/wait.h"

namespace budstikke::tests {
namespace {

std::int64_t conflicts(const NodeUnderTest& node) { return network_status(node).at("conflicts").get<std::int64_t>(); }

}  // namespace

TEST_CASE("conflict: two values written apart are both kept and shown at both nodes, and one decision settles it everywhere") {
  Divided divided;
  auto& [region, thisted, morso, event] = divided;
  region.cut();
  thisted.text({"event", "edit", event, "--place", "Thisted Rådhus"});
  morso.text({"event", "edit", event, "--place", "Morsø Rådhus", "--description", "Med middag"});
  CHECK(conflicts(thisted) == 0);
  region.join();

  CHECK(region.agrees());
  nlohmann::json shown[2];
  for (std::size_t i = 0; i < 2; ++i) {
    const NodeUnderTest& node = region[i];
    CAPTURE(node.council());
    CHECK(conflicts(node) == 1);
    shown[i] = node.json({"conflicts"});
    REQUIRE(shown[i].size() == 1);
    CHECK(shown[i][0].at("id") == event);
    CHECK(shown[i][0].at("title") == "Fællesmøde");
    CHECK(shown[i][0].at("field") == "place");
    std::set<std::pair<std::string, std::string>> values;
    for (const nlohmann::json& value : shown[i][0].at("values")) {
      values.emplace(value.at("council_name"), value.at("value"));
      CHECK(value.at("time").get<std::string>().ends_with("Z"));
    }
    CHECK(values == std::set<std::pair<std::string, std::string>>{{"Morsø Integrationsråd", "Morsø Rådhus"},
                                                                  {"Thisted Integrationsråd", "Thisted Rådhus"}});
    CHECK(divided.at(node, "description") == "Med middag");  // what did not collide stands
  }
  CHECK(shown[0] == shown[1]);  // in the same order, since people choose by number

  const std::string chosen = shown[1][0].at("values").at(1).at("value");
  morso.text({"event", "resolve", event, "place", "--choose", "2"});
  REQUIRE(region.agrees());
  for (const NodeUnderTest* node : {&thisted, &morso}) {
    CHECK(conflicts(*node) == 0);
    CHECK(node->json({"conflicts"}).empty());
    CHECK(divided.at(*node, "place") == chosen);
  }
  CHECK(error_code(thisted.cli({"--json", "event", "resolve", event, "place", "--choose", "1"})) == "no-conflict");
}

TEST_CASE("conflict: a new value settles it as well, also when both sides settle it apart in the same way") {
  Divided divided;
  auto& [region, thisted, morso, event] = divided;
  region.cut();
  thisted.text({"event", "edit", event, "--title", "Møde i Thisted"});
  morso.text({"event", "edit", event, "--title", "Møde på Mors"});
  region.join();
  CHECK(conflicts(thisted) == 1);
  region.cut();
  thisted.text({"resolve", event, "title", "--value", "Møde på færgen"});
  morso.text({"resolve", event, "title", "--value", "Møde på færgen"});
  region.join();
  CHECK(conflicts(thisted) == 0);
  CHECK(conflicts(morso) == 0);
  CHECK(divided.at(morso, "title") == "Møde på færgen");
}

TEST_CASE("conflict: equal values written apart, and different fields, do not conflict") {
  Divided divided;
  auto& [region, thisted, morso, event] = divided;
  region.cut();
  thisted.text({"event", "edit", event, "--place", "Hanstholm", "--type", "Møde"});
  morso.text({"event", "edit", event, "--place", "Hanstholm", "--organiser", "Morsø"});
  region.join();
  CHECK(conflicts(thisted) == 0);
  CHECK(divided.at(thisted, "organiser") == "Morsø");
  CHECK(divided.at(morso, "type") == "Møde");
}

TEST_CASE("conflict: a record that was removed while another council edited it comes back with the edit, and says so") {
  Divided divided;
  auto& [region, thisted, morso, event] = divided;
  region.cut();
  thisted.text({"event", "remove", event, "--yes"});
  CHECK(list(thisted, "event").empty());
  morso.text({"event", "edit", event, "--place", "Nykøbing"});
  region.join();
  for (const NodeUnderTest* node : {&thisted, &morso}) {
    const nlohmann::json record = show(*node, "event", event);
    CHECK(record.at("title") == "Fællesmøde");
    CHECK(record.at("place") == "Nykøbing");
    CHECK(record.value("edited_after_remove", false));
  }

  thisted.text({"event", "remove", event, "--yes"});  // knowing of the edit: now it goes
  REQUIRE(region.agrees());
  CHECK(error_code(morso.cli({"--json", "event", "show", event})) == "removed");
  CHECK(list(morso, "event").empty());
  thisted.text({"event", "restore", event});
  REQUIRE(region.agrees());
  CHECK(divided.at(morso, "place") == "Nykøbing");
}

TEST_CASE("conflict: many edits on both sides of a cut converge") {
  Divided divided;
  auto& [region, thisted, morso, event] = divided;
  for (int round = 0; round < 3; ++round) {
    region.cut();
    for (int i = 0; i < 5; ++i) {
      const std::string number = std::to_string(round) + std::to_string(i);
      thisted.text({"event", "edit", event, "--place", "Thisted " + number});
      morso.text({"event", "edit", event, "--place", "Mors " + number});
      add(thisted, "contact", {"--name", "Kontor " + number});
      add(morso, "contact", {"--name", "Kontor " + number});
    }
    region.join();
  }
  CHECK(conflicts(thisted) == 1);
  CHECK(thisted.json({"event", "export"}) == morso.json({"event", "export"}));
  CHECK(thisted.json({"contact", "export"}) == morso.json({"contact", "export"}));
  CHECK(list(morso, "contact").size() == 30);
}

TEST_CASE("sync: says what is the matter and exits 6 while the line is cut") {
  Divided divided;
  auto& [region, thisted, morso, event] = divided;
  REQUIRE(morso.cli({"sync", "--wait"}).code == 0);  // each knows that the other has everything
  region.cut();
  const Reply waited = morso.cli({"sync", "--wait", "--timeout", "1"});
  CHECK(waited.code == 6);
  CHECK(waited.out.find("Thisted Integrationsråd: ") != std::string::npos);
  CHECK(waited.out.find("not connected") != std::string::npos);
  CHECK(waited.err.find("1 s") != std::string::npos);
  region.line().set_mode(Proxy::Mode::Joined);
  const Reply joined = morso.cli({"sync", "--wait", "--timeout", "30"});
  CHECK(joined.code == 0);
  CHECK(eventually(std::chrono::seconds(30), [&] { return is_linked(thisted); }));
}

}  // namespace budstikke::tests
