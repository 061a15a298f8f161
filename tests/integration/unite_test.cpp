// Two regions of real nodes become one, as two coordinators would do it.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/integration/steps.h"
#include "tests/support/wait.h"

using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

std::string last_printed(const std::string& text) { return text.substr(text.rfind('\n') + 1); }

// What a node holds of all its networks, as `status` says it.
std::set<std::string> digests(const NodeUnderTest& node) {
  std::set<std::string> all;
  const nlohmann::json status = node.json({"status"});
  for (const nlohmann::json& network : status.at("networks")) {
    all.insert(network.at("id").get<std::string>() + network.at("membership_digest").get<std::string>() +
               network.at("vector_digest").get<std::string>() + network.at("state_digest").get<std::string>());
    if (network.at("missing") != 0) all.insert("missing");
  }
  return all;
}

bool are_one(const std::vector<const NodeUnderTest*>& nodes, std::size_t members) {
  return eventually(120s, [&] {
    const std::set<std::string> first = digests(*nodes.front());
    return first.size() == 2 && !first.contains("missing") &&
           std::all_of(nodes.begin(), nodes.end(), [&](const NodeUnderTest* node) {
             const nlohmann::json networks = node->json({"network", "list"});
             return digests(*node) == first && networks.size() == 1 && networks[0].at("members") == members;
           });
  });
}

std::size_t lines_with(const std::string& text, const std::string& part) {
  std::istringstream lines(text);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) count += line.find(part) != std::string::npos ? 1 : 0;
  return count;
}

std::set<std::string> contact_names(const NodeUnderTest& node) {
  std::set<std::string> names;
  for (const nlohmann::json& contact : list(node, "contact")) names.insert(contact.at("name"));
  return names;
}

}  // namespace

TEST_CASE(
    "merge: two coordinators exchange codes, and two regions are one, with late entries, old tickets and ids as they were") {
  Region east("Region Hovedstaden"), west("Region Sjælland");
  NodeUnderTest& ballerup = east.add("Ballerup Integrationsråd");
  NodeUnderTest& ishoj = east.add("Ishøj Integrationsråd", "council", Reach::DialsOnly);
  NodeUnderTest& roskilde = west.add("Roskilde Integrationsråd");
  NodeUnderTest& koge = west.add("Køge Integrationsråd", "council", Reach::DialsOnly);
  const std::string eastern = add(ishoj, "contact", {"--name", "Kontoret i Ishøj"});
  const std::string western = add(koge, "contact", {"--name", "Kontoret i Køge"});
  REQUIRE(east.agrees());
  REQUIRE(west.agrees());
  const std::string ticket = ticket_from(roskilde, "Solrød");
  ballerup.stop();  // so that what is written next has not come out when the two become one
  add(ishoj, "contact", {"--name", "Skrevet alene"});
  ishoj.stop();
  ballerup.start();

  CHECK(koge.cli({"network", "merge"}).code == 4);
  CHECK(ballerup.cli({"network", "merge", "BUDM1-ABCD", "--yes"}).code == 2);
  const std::string from_east = last_printed(ballerup.text({"network", "merge"}));
  const std::string from_west = last_printed(roskilde.text({"network", "merge", "Region Sjælland"}));
  CHECK(ballerup.cli({"network", "merge", from_west}).code == 1);  // not on a terminal, and nobody said --yes
  const std::string said = ballerup.text({"network", "merge", from_west, "--into", "Region Østdanmark", "--yes"});
  CHECK(said.find("is to be one with Region Sjælland") != std::string::npos);
  CHECK(ballerup.json({"network", "merge", from_west, "--yes"}).at("other_name") == "Region Sjælland");  // twice is once
  CHECK(ballerup.json({"network", "merge", from_west, "--yes"}).at("words").is_string());
  roskilde.text({"network", "merge", from_east, "--yes"});
  REQUIRE(are_one({&ballerup, &roskilde, &koge}, 4));
  ishoj.start();
  REQUIRE(are_one({&ballerup, &roskilde, &koge, &ishoj}, 4));

  NodeUnderTest solrod("Solrød Integrationsråd");
  solrod.init();
  solrod.start();
  solrod.text({"join", ticket});
  const std::vector<const NodeUnderTest*> all = {&ballerup, &ishoj, &roskilde, &koge, &solrod};
  REQUIRE(are_one(all, 5));
  for (const NodeUnderTest* node : all) {
    CAPTURE(node->council());
    CHECK(node->json({"network", "list"})[0].at("name") == "Region Østdanmark");
    CHECK(contact_names(*node) == std::set<std::string>{"Kontoret i Ishøj", "Kontoret i Køge", "Skrevet alene"});
    CHECK(show(*node, "contact", eastern).at("owner_name") == "Ishøj Integrationsråd");
    CHECK(show(*node, "contact", western).at("owner_name") == "Køge Integrationsråd");
    for (const std::string name : {"Region Hovedstaden", "Region Sjælland", "region østdanmark"}) {
      CHECK(node->json({"network", "show", name}).at("name") == "Region Østdanmark");
    }
    CHECK(lines_with(node->text({"status"}), "Region Østdanmark") == 1);  // one network, whatever it is made of
    CHECK(lines_with(node->text({"peers"}), "Integrationsråd") == all.size() - 1);
    CHECK(node->json({"check"}).at("ok") == true);
  }
  koge.text({"contact", "edit", western, "--role", "Kontor"});
  CHECK(ishoj.cli({"contact", "edit", western, "--role", "Andet"}).code == 4);
  REQUIRE(are_one(all, 5));
  CHECK(field(ishoj, "contact", western, "role") == "Kontor");
}
