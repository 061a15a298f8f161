// Who wrote what when, the record as it was, what waits for a decision, and taking a remove back: at real nodes.
#include <doctest/doctest.h>

#include <thread>

#include "tests/integration/divided.h"
#include "tests/integration/steps.h"

namespace budstikke::tests {
namespace {

void let_a_second_pass() { std::this_thread::sleep_for(std::chrono::milliseconds(1'100)); }

}  // namespace

TEST_CASE("history: both nodes tell the same of who wrote what, and show the record as it was") {
  Divided divided;
  auto& [region, thisted, morso, event] = divided;
  let_a_second_pass();
  morso.text({"event", "edit", event, "--place", "Morsø Rådhus"});
  let_a_second_pass();
  thisted.text({"event", "remove", event, "--yes"});
  REQUIRE(region.agrees());

  const nlohmann::json history = thisted.json({"event", "history", event});
  CHECK(morso.json({"event", "history", event}) == history);
  CHECK(history.at("total") == 3);
  const nlohmann::json& changes = history.at("changes");
  REQUIRE(changes.size() == 3);
  CHECK(changes[0].at("operations")[0].at("operation") == "removed");
  CHECK(changes[1].at("council_name") == "Morsø Integrationsråd");
  const nlohmann::json& edit = changes[1].at("operations")[0];
  CHECK(edit.at("field") == "place");
  CHECK(edit.at("value") == "Morsø Rådhus");
  CHECK(edit.at("old")[0].at("value") == "Ukendt");
  CHECK(edit.at("state") == "live");
  const nlohmann::json first = morso.json({"event", "history", event, "--limit", "1"});
  CHECK(morso.json({"event", "history", event, "--limit", "2", "--after", first.at("next").get<std::string>()}).at("changes") ==
        nlohmann::json::array({changes[1], changes[2]}));
  CHECK(error_code(morso.cli({"--json", "event", "history", event, "--after", "HVADSOMHELST"})) == "bad-choice");

  const auto at = [&](const std::string& time) { return morso.json({"event", "show", event, "--at", time}); };
  CHECK(at(changes[2].at("time")).at("place") == "Ukendt");
  CHECK(at(changes[1].at("time")).at("place") == "Morsø Rådhus");
  CHECK(at(changes[0].at("time")).at("removed").at("council_name") == "Thisted Integrationsråd");
  CHECK(error_code(morso.cli({"--json", "event", "show", event, "--at", "2001"})) == "not-yet");
}

TEST_CASE("restore: finds what was removed, and refuses what is not removed or another council's") {
  Divided divided;
  auto& [region, thisted, morso, event] = divided;
  CHECK(error_code(thisted.cli({"--json", "event", "restore", event})) == "not-removed");
  thisted.text({"event", "remove", event, "--yes"});
  REQUIRE(region.agrees());
  CHECK(list(morso, "event").empty());
  const nlohmann::json removed = morso.json({"event", "list", "--removed"});
  REQUIRE(removed.size() == 1);
  CHECK(removed[0].at("id") == event);
  CHECK(removed[0].at("removed").at("council_name") == "Thisted Integrationsråd");
  const Reply refused = morso.cli({"--json", "event", "restore", event});
  CHECK(refused.code == 4);
  CHECK(error_code(refused) == "not-owner");
  thisted.text({"event", "restore", event});
  CHECK(thisted.json({"event", "list", "--removed"}).empty());
  CHECK(error_code(morso.cli({"--json", "event", "remove", event, "--yes"})) == "not-owner");
}

TEST_CASE("conflicts: an inbox of both kinds, each settled by a command that overwrites only what was seen") {
  Divided divided;
  auto& [region, thisted, morso, event] = divided;
  region.cut();
  thisted.text({"event", "edit", event, "--description", "Vi mødes."});
  let_a_second_pass();
  morso.text({"event", "edit", event, "--description", "Husk kaffe."});
  region.join();
  const nlohmann::json fields = morso.json({"conflicts"});
  REQUIRE(fields.size() == 1);
  CHECK(fields[0].at("type") == "field");
  CHECK(fields[0].at("combinable") == true);
  const std::string seen = fields[0].at("seen");
  CHECK(error_code(morso.cli({"--json", "event", "resolve", event, "description", "--choose", "1", "--seen", "AAAAAA"})) ==
        "conflict-changed");
  morso.text({"event", "resolve", event, "description", "--combine", "--seen", seen});
  REQUIRE(region.agrees());
  CHECK(field(thisted, "event", event, "description") == "Vi mødes.\n\nHusk kaffe.");

  region.cut();
  thisted.text({"event", "remove", event, "--yes"});
  morso.text({"event", "edit", event, "--place", "Nykøbing"});
  region.join();
  CHECK(network_status(thisted).at("conflicts") == 1);
  CHECK(network_status(thisted).at("brought_back") == 1);
  const nlohmann::json back = thisted.json({"conflicts"})[0];
  CHECK(back.at("type") == "removed");
  CHECK(back.at("permitted") == true);
  CHECK(morso.json({"conflicts"})[0].at("permitted") == false);
  CHECK(back.at("removed")[0].at("council_name") == "Thisted Integrationsråd");
  CHECK(back.at("edited")[0].at("council_name") == "Morsø Integrationsråd");
  CHECK(back.at("edited")[0].at("field") == "place");
  thisted.text({"event", "restore", event, "--seen", back.at("seen").get<std::string>()});
  REQUIRE(region.agrees());
  CHECK(morso.json({"conflicts"}).empty());
  CHECK(field(morso, "event", event, "place") == "Nykøbing");
}

}  // namespace budstikke::tests
