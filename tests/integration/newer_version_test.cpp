// A region in which some run a later version of the program (tests/next: a field and a kind more): nothing that it writes is lost
// where it is not understood, and all of it is there once the old node is brought up to date.
#include <doctest/doctest.h>

#include "tests/integration/steps.h"
#include "tests/support/wait.h"

namespace budstikke::tests {
namespace {

const std::string kNext = "-next";

// What a node with the later version shows of the room and the event.
void check_shown(const NodeUnderTest& node, const std::string& room, const std::string& event) {
  CAPTURE(node.council());
  const nlohmann::json shown = show(node, "room", room);
  CHECK(shown.at("name") == "Foreningshuset");
  CHECK(shown.at("seats") == 40);
  CHECK(shown.at("equipment") == nlohmann::json::array({"projektor", "tavle"}));
  CHECK(shown.at("shared") == true);
  CHECK(list(node, "room").size() == 1);
  CHECK(field(node, "event", event, "sponsor") == "Sparekassen");
}

void restart_as(NodeUnderTest& node, const std::string& version) {
  node.stop();
  node.use_version(version);
  node.start();
}

}  // namespace

TEST_CASE(
    "newer version: an old node keeps and forwards what it does not know, shows it when upgraded, keeps it when downgraded") {
  Region region;
  NodeUnderTest& old = region.add("Aarhus Integrationsråd");
  const NodeUnderTest& writer = region.add("Samsø Integrationsråd", "council", Reach::DialsOnly, kNext);
  const NodeUnderTest& reader = region.add("Skive Integrationsråd", "council", Reach::DialsOnly, kNext);

  const std::string room =
      add(writer, "room",
          {"--name", "Foreningshuset", "--seats", "40", "--equipment", "tavle", "--equipment", "projektor", "--shared", "yes"});
  const std::string event =
      add(writer, "event", {"--title", "Høstfest", "--start", "2027-09-01", "--sponsor", "Sparekassen", "--shared", "yes"});
  REQUIRE(region.agrees());

  // Writer and reader cannot be dialled: what the reader has came through the old node.
  const nlohmann::json peers = reader.json({"peers"}).at("peers");
  for (const nlohmann::json& peer : peers) CHECK(peer.at("connected") == (peer.at("name") == old.council()));
  CHECK_FALSE(peers.empty());
  check_shown(writer, room, event);
  check_shown(reader, room, event);

  // The old node knows neither, and says so; what it knows of the event it shows and edits, and the rest stays.
  CHECK(old.cli({"room", "list"}).code == 2);
  CHECK(old.cli({"event", "edit", event, "--sponsor", "Nej"}).code == 2);
  CHECK(field(old, "event", event, "title") == "Høstfest");
  CHECK_FALSE(show(old, "event", event).contains("sponsor"));
  old.text({"event", "edit", event, "--title", "Stor høstfest"});
  REQUIRE(region.agrees());
  CHECK(field(reader, "event", event, "title") == "Stor høstfest");
  check_shown(reader, room, event);

  // Brought up to date, it shows what it has kept, without asking anybody, and takes part.
  const Agreement before = agreement_of(old);
  restart_as(old, kNext);
  check_shown(old, room, event);
  CHECK(agreement_of(old) == before);
  old.text({"room", "comment", room, "Husk nøglen"});
  old.text({"event", "edit", event, "--sponsor", "Sparekassen", "--place", "Foreningshuset"});
  const std::string own =
      add(old, "event", {"--title", "Julefrokost", "--start", "2027-12-10", "--sponsor", "Bageren", "--shared", "yes"});
  REQUIRE(region.agrees());
  CHECK(show(reader, "room", room).at("comments").size() == 1);
  CHECK(field(reader, "event", own, "sponsor") == "Bageren");

  // Back again: everything stays and is forwarded still, and a record is removed with what is not known of it.
  const Agreement upgraded = agreement_of(old);
  restart_as(old, "");
  CHECK(agreement_of(old) == upgraded);
  CHECK(old.cli({"room", "list"}).code == 2);
  old.text({"event", "remove", own, "--yes"});
  REQUIRE(region.agrees());
  CHECK(list(reader, "event").size() == 1);
  check_shown(writer, room, event);
  check_shown(reader, room, event);

  restart_as(old, kNext);
  check_shown(old, room, event);
  CHECK(show(old, "room", room).at("comments").size() == 1);
  CHECK(region.agrees());
}

}  // namespace budstikke::tests
