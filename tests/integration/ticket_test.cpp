// A home that is made with a ticket joins by itself, with real nodes: also when nobody is there yet; a ticket that cannot be used
// is told of, and a person's own join comes first.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/integration/steps.h"
#include "tests/support/wait.h"

using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

void init_with(const NodeUnderTest& node, const std::string& ticket) {
  const Reply made = node.cli({"init", "--council", node.council(), "--listen", "", "--ticket", ticket});
  CAPTURE(made.err);
  REQUIRE(made.code == 0);
  CHECK(made.out.find("It joins with the ticket by itself") != std::string::npos);
  CHECK(std::filesystem::exists(node.home() / "ticket"));
}

bool joined_by_itself(const NodeUnderTest& node) {
  return eventually(60s, [&] {
    return node.json({"network", "list"}).size() == 1 && !std::filesystem::exists(node.home() / "ticket");
  });
}

std::string told_trouble(const NodeUnderTest& node) { return node.json({"status"}).value("trouble_code", ""); }

}  // namespace

TEST_CASE(
    "ticket: a home that is made with one joins at its first start, also when that who invited is up later, and after kill -9") {
  Region region("Region Syddanmark");
  NodeUnderTest& odense = region.add("Odense Integrationsråd");
  const std::string ticket = ticket_from(odense, "Nyborg"), other = ticket_from(odense, "Fanø");
  NodeUnderTest nyborg("Nyborg Integrationsråd"), fano("Fanø Integrationsråd");
  init_with(nyborg, ticket);
  nyborg.start();
  CHECK(joined_by_itself(nyborg));
  CHECK(told_trouble(nyborg).empty());
  CHECK(odense.json({"member", "list"}).size() == 2);

  odense.stop();
  init_with(fano, other);
  fano.start();
  fano.kill9();
  CHECK(std::filesystem::exists(fano.home() / "ticket"));
  fano.start();
  odense.start();
  CHECK(joined_by_itself(fano));
  CHECK(eventually(30s, [&] { return fano.cli({"check"}).code == 0; }));
}

TEST_CASE("ticket: one that was used already is refused, told with what to do, and not tried again; a person's own leads in") {
  Region region("Region Syddanmark");
  NodeUnderTest& odense = region.add("Odense Integrationsråd");
  const std::string ticket = ticket_from(odense, "Nyborg");
  NodeUnderTest nyborg("Nyborg Integrationsråd"), fano("Fanø Integrationsråd");
  init_with(nyborg, ticket);
  init_with(fano, ticket);
  nyborg.start();
  REQUIRE(joined_by_itself(nyborg));
  fano.start();
  CHECK(eventually(60s, [&] { return told_trouble(fano) == "ticket-refused"; }));
  CHECK_FALSE(std::filesystem::exists(fano.home() / "ticket"));
  CHECK(fano.text({"status"}).find("Ask for another one: budstikke join TICKET") != std::string::npos);
  CHECK(fano.cli({"check"}).code == 1);
  fano.json({"join", ticket_from(odense, "Fanø")});
  CHECK(told_trouble(fano).empty());
}

TEST_CASE("ticket: while nobody answers to it, a person joins by another, and the first is given up") {
  Region region("Region Syddanmark"), gone("Region Nordjylland");
  NodeUnderTest& odense = region.add("Odense Integrationsråd");
  NodeUnderTest& skagen = gone.add("Skagen Integrationsråd");
  NodeUnderTest nyborg("Nyborg Integrationsråd");
  init_with(nyborg, ticket_from(skagen, "Nyborg"));
  skagen.stop();
  nyborg.start();
  CHECK(nyborg.json({"join", ticket_from(odense, "Nyborg")}).at("name") == "Region Syddanmark");
  CHECK_FALSE(std::filesystem::exists(nyborg.home() / "ticket"));
  CHECK(told_trouble(nyborg).empty());
}
