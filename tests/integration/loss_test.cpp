// Drills for what docs/loss.md tells: a computer is lost or stolen, and nobody has a backup of it.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/integration/steps.h"
#include "tests/support/wait.h"

using namespace budstikke::tests;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// The computer is gone, with all that was on it.
void lose(NodeUnderTest& node) {
  node.kill9();
  fs::remove_all(node.home());
}

// What a thief has of a computer: its home and a place to run it, which only dials.
std::unique_ptr<NodeUnderTest> stolen_from(NodeUnderTest& node) {
  auto thief = std::make_unique<NodeUnderTest>(node.council());
  fs::remove_all(thief->home());
  REQUIRE(run({"cp", {"-a", node.home().string(), thief->home().string()}}).code == 0);
  std::string config = read_file(thief->home() / "config.toml");
  for (const std::string key : {"listen = ", "advertise = "}) {
    const std::size_t at = config.find("\n" + key);
    REQUIRE(at != std::string::npos);
    config.replace(at + 1, config.find('\n', at + 1) - at - 1, key + "\"\"");
  }
  write_file(thief->home() / "config.toml", config);
  return thief;
}

std::string member_id(const NodeUnderTest& node) { return node.json({"status"}).at("member"); }

nlohmann::json row_of_member(const NodeUnderTest& at, const std::string& member) {
  for (const nlohmann::json& row : at.json({"member", "list"})) {
    if (row.at("member") == member) return row;
  }
  return nullptr;
}

bool is_out(const NodeUnderTest& at, const std::string& member) { return row_of_member(at, member).contains("removed"); }

std::string last_line(const std::string& text) { return text.substr(text.rfind('\n') + 1); }

// A new computer for a council that was there before, called `name` by whoever sets it up.
std::unique_ptr<NodeUnderTest> new_computer(const std::string& name, const std::string& ticket) {
  auto node = std::make_unique<NodeUnderTest>(name);
  node->init();
  node->start();
  node->text({"join", ticket});
  return node;
}

bool all_agree(const std::vector<const NodeUnderTest*>& nodes) {
  return eventually(60s, [&] {
    const Agreement first = agreement_of(*nodes.front());
    return std::all_of(nodes.begin(), nodes.end(), [&](const NodeUnderTest* node) {
      const Agreement one = agreement_of(*node);
      return one == first && one.missing == 0 && !one.state_digest.empty();
    });
  });
}

std::string council_named(const NodeUnderTest& at, const std::string& record) { return field(at, "council", record, "name"); }

}  // namespace

TEST_CASE("lost computer: a council without a backup comes back with a new key and owns all that it had written") {
  Region region;
  NodeUnderTest& roskilde = region.add("Roskilde Integrationsråd");
  NodeUnderTest& koge = region.add("Køge Integrationsråd");
  NodeUnderTest& greve = region.add("Greve Integrationsråd");
  const std::string meeting = add(roskilde, "event", {"--title", "Fællesmøde", "--start", "2027-02-02"});
  const std::string office = add(greve, "contact", {"--name", "Kontoret", "--phone", "43 97 97 97"});
  const std::string draft = add(greve, "initiative", {"--title", "Sprogcafé"});
  REQUIRE(region.agrees());
  greve.text({"event", "rsvp", meeting, "ja"});
  greve.text({"event", "comment", meeting, "Vi kommer to."});
  REQUIRE(region.agrees());
  const std::string record = own_council_record(greve);
  const std::string old_key = member_id(greve);
  const std::string council = row_of_member(roskilde, old_key).at("council");
  const std::unique_ptr<NodeUnderTest> thief = stolen_from(greve);  // without the key's computer, this is all that is left of it
  lose(greve);

  // The coordinator shuts the old key out, by its id, and lets a new computer in for the same council, by its name.
  roskilde.text({"member", "revoke", old_key.substr(0, 8), "--yes"});
  const std::string ticket = last_line(roskilde.text({"invite", "--council", "greve integrationsråd"}));
  const auto again = new_computer("Integrationsrådet i Greve", ticket);  // not as the old one was called
  REQUIRE(all_agree({&roskilde, &koge, again.get()}));
  CHECK(member_id(*again) != old_key);
  for (const NodeUnderTest* node :
       {static_cast<const NodeUnderTest*>(&roskilde), static_cast<const NodeUnderTest*>(again.get())}) {
    CAPTURE(node->council());
    CHECK(is_out(*node, old_key));
    CHECK(row_of_member(*node, member_id(*again)).at("council") == council);
    CHECK(council_named(*node, record) == "Greve Integrationsråd");
    CHECK(node->json({"conflicts"}).empty());
  }

  // Its records are its own again, and what it answered and said is still its answer.
  again->text({"contact", "edit", office, "--phone", "43 97 97 98", "--remove-phone", "43 97 97 97"});
  again->text({"initiative", "remove", draft, "--yes"});
  again->text({"event", "rsvp", meeting, "nej"});
  again->text({"council", "edit", record, "--web", "https://greve.example"});
  REQUIRE(all_agree({&roskilde, &koge, again.get()}));
  CHECK(list(koge, "contact").at(0).at("phone") == nlohmann::json{"43 97 97 98"});
  CHECK(list(koge, "initiative").empty());
  const nlohmann::json seen = show(koge, "event", meeting);
  REQUIRE(seen.at("answers").at("rsvp").size() == 1);
  CHECK(seen.at("answers").at("rsvp").at(0).at("value") == "no");
  CHECK(seen.at("comments").at(0).at("council_name") == "Greve Integrationsråd");

  // Whoever has the old computer gets no link, and what is written on it reaches nobody.
  thief->start();
  thief->cli({"contact", "add", "--name", "Fra en tyv"});
  CHECK(thief->cli({"sync", "--wait", "--timeout", "3"}).code != 0);
  CHECK_FALSE(is_linked(*thief));
  REQUIRE(all_agree({&roskilde, &koge, again.get()}));
  CHECK(list(koge, "contact").size() == 1);
  for (const NodeUnderTest* node : {static_cast<const NodeUnderTest*>(&koge), static_cast<const NodeUnderTest*>(again.get())}) {
    CHECK(node->json({"check"}).at("ok") == true);
  }
}

TEST_CASE("lost computer: the coordinator's is lost, and the recovery key on paper makes another member coordinator") {
  Region region;
  NodeUnderTest& roskilde = region.add("Roskilde Integrationsråd");
  NodeUnderTest& koge = region.add("Køge Integrationsråd");
  NodeUnderTest& greve = region.add("Greve Integrationsråd", "council", Reach::DialsOnly);
  const std::string meeting = add(roskilde, "event", {"--title", "Fællesmøde", "--start", "2027-02-02"});
  REQUIRE(region.agrees());
  const std::string old_key = member_id(roskilde);
  lose(roskilde);

  // Nobody else may let anybody in, or shut the lost key out.
  CHECK(koge.cli({"invite", "--for", "Solrød"}).code == 4);
  CHECK(koge.cli({"member", "revoke", old_key.substr(0, 8), "--yes"}).code == 4);
  CHECK(koge.cli({"network", "recover"}, "BBBB CCCC\n").code != 0);
  const Reply recovered = koge.cli({"network", "recover"}, region.recovery_key() + "\n");
  REQUIRE(recovered.code == 0);
  CHECK((recovered.out + recovered.err).find(region.recovery_key()) == std::string::npos);
  koge.text({"member", "revoke", old_key.substr(0, 8), "--yes"});

  const std::string for_roskilde =
      last_line(koge.text({"invite", "--council", "Roskilde Integrationsråd", "--role", "coordinator"}));
  const auto again = new_computer("Roskilde Integrationsråd", for_roskilde);
  const auto solrod = new_computer("Solrød Integrationsråd", ticket_from(koge, "Solrød"));
  const std::vector<const NodeUnderTest*> all = {&koge, &greve, again.get(), solrod.get()};
  REQUIRE(all_agree(all));
  for (const NodeUnderTest* node : all) {
    CAPTURE(node->council());
    CHECK(is_out(*node, old_key));
    CHECK(row_of_member(*node, member_id(koge)).at("recovered") == true);
    CHECK(network_status(*node).at("members") == 4);
    CHECK(node->json({"check"}).at("ok") == true);
  }
  again->text({"event", "edit", meeting, "--place", "Roskilde"});  // what the lost computer wrote is its council's still
  CHECK(again->cli({"invite", "--for", "Lejre"}).code == 0);       // and both are coordinators
  REQUIRE(all_agree(all));
  CHECK(field(greve, "event", meeting, "place") == "Roskilde");
}

TEST_CASE("lost computer: a thief of the coordinator's shuts others out first, and the recovery key takes the region back") {
  Region region;
  NodeUnderTest& roskilde = region.add("Roskilde Integrationsråd");
  NodeUnderTest& koge = region.add("Køge Integrationsråd");
  NodeUnderTest& greve = region.add("Greve Integrationsråd");
  add(koge, "contact", {"--name", "Kontoret"});
  REQUIRE(region.agrees());
  const std::string old_key = member_id(roskilde), koge_key = member_id(koge);
  const std::unique_ptr<NodeUnderTest> thief = stolen_from(roskilde);
  lose(roskilde);
  thief->start();
  thief->text({"member", "revoke", koge_key.substr(0, 8), "--yes"});
  REQUIRE(eventually(30s, [&] { return is_out(greve, koge_key); }));
  koge.cli({"contact", "add", "--name", "Mens vi var ude"});

  const Reply recovered = koge.cli({"network", "recover"}, region.recovery_key() + "\n");
  REQUIRE(recovered.code == 0);
  koge.text({"member", "revoke", old_key.substr(0, 8), "--yes"});
  // The others have cut all ways to it: one of them is handed the line, by telephone or mail.
  const std::size_t at = recovered.out.find("BUDR1");
  REQUIRE(at != std::string::npos);
  const std::string handed = recovered.out.substr(at, recovered.out.find_first_of(" \n", at) - at);
  CHECK(greve.cli({"network", "recover", "--given", handed.substr(0, handed.size() - 3)}).code != 0);
  greve.text({"network", "recover", "--given", handed});
  REQUIRE(all_agree({&koge, &greve}));
  for (const NodeUnderTest* node : {static_cast<const NodeUnderTest*>(&koge), static_cast<const NodeUnderTest*>(&greve)}) {
    CAPTURE(node->council());
    CHECK(is_out(*node, old_key));
    CHECK_FALSE(is_out(*node, koge_key));
    CHECK(list(*node, "contact").size() == 2);
    CHECK(node->json({"check"}).at("ok") == true);
  }
  thief->cli({"contact", "add", "--name", "Fra en tyv"});
  CHECK(thief->cli({"member", "revoke", member_id(greve).substr(0, 8), "--yes"}).code == 0);
  CHECK(eventually(10s, [&] { return !is_linked(*thief); }));
  CHECK(all_agree({&koge, &greve}));
  CHECK(list(greve, "contact").size() == 2);
  CHECK_FALSE(is_out(greve, member_id(greve)));
}
