// A network and a council get other names, with real nodes: who was away hears of it, and the old names and tickets still work.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/steps.h"
#include "tests/support/wait.h"

using namespace budstikke::tests;
using namespace std::chrono_literals;

TEST_CASE("rename: who was off hears of it, an old ticket still leads in, and the old names still find network and council") {
  Region region("Region Hovedstaden");
  NodeUnderTest& ballerup = region.add("Ballerup Integrationsråd");
  NodeUnderTest& ishoj = region.add("Ishøj Integrationsråd");
  NodeUnderTest& greve = region.add("Greve Integrationsråd", "council", Reach::DialsOnly);
  const std::string ticket = ticket_from(ballerup, "Solrød");  // given out before
  const std::string office = add(ishoj, "contact", {"--name", "Kontoret"});
  REQUIRE(region.agrees());
  greve.stop();

  CHECK(ishoj.cli({"network", "rename", "Vores"}).code == 4);
  ballerup.text({"network", "rename", "Region Hovedstaden", "Region Østdanmark"});
  ishoj.text({"member", "rename", "Integrationsrådet i Ishøj"});
  REQUIRE(region.agrees());
  NodeUnderTest solrod("Solrød Integrationsråd");
  solrod.init();
  solrod.start();
  CHECK(solrod.json({"join", ticket}).at("network") == network_status(ballerup).at("id"));
  greve.start();
  REQUIRE(region.agrees());
  for (const NodeUnderTest* node : {&ballerup, &ishoj, &greve, &solrod}) {
    CAPTURE(node->council());
    CHECK(eventually(30s, [&] { return network_status(*node).at("name") == "Region Østdanmark"; }));
    for (const std::string name : {"region østdanmark", "Region Hovedstaden"}) {
      const nlohmann::json contacts = node->json({"contact", "list", "--network", name});
      REQUIRE(contacts.size() == 1);
      CHECK(contacts[0].at("id") == office);
      CHECK(contacts[0].at("owner_name") == "Integrationsrådet i Ishøj");
    }
    CHECK(node->cli({"contact", "list", "--network", "Region Sjælland"}).code == 5);
  }
  CHECK(ishoj.json({"status"}).at("council_name") == "Integrationsrådet i Ishøj");
  const nlohmann::json shut_out = ballerup.json({"member", "revoke", "Ishøj Integrationsråd", "--yes"});
  CHECK(shut_out.at("name") == "Integrationsrådet i Ishøj");

  ballerup.stop();  // and it is kept
  ballerup.start();
  CHECK(network_status(ballerup).at("name") == "Region Østdanmark");
  CHECK(ballerup.json({"check"}).at("ok") == true);
}
