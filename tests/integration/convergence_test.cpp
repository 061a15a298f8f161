// Nodes that hold the same, whatever they went through.
#include <doctest/doctest.h>

#include "protocol/records/kinds.h"
#include "tests/integration/steps.h"
#include "tests/support/wait.h"

namespace budstikke::tests {
namespace {

const std::string kDemo = BUDSTIKKE_SOURCE_DIR "/configs/demo/";

// One table of contacts as a council keeps it; `edition` is in every row's notes.
std::string contacts_csv(int rows, const std::string& edition) {
  std::string csv = "name;organisation;notes\n";
  for (int row = 0; row < rows; ++row) csv += "Kontor " + std::to_string(row) + ";Vejle Kommune;" + edition + "\n";
  return csv;
}

// Exports of every kind, under its name.
nlohmann::json exports_of(const NodeUnderTest& node) {
  nlohmann::json all;
  for (const KindInfo& kind : kinds()) all[std::string(kind.name)] = node.json({std::string(kind.name), "export"});
  return all;
}

void write_everything(Region& region) {
  const NodeUnderTest& ishoj = region[0];
  const NodeUnderTest& ballerup = region[1];
  const NodeUnderTest& herlev = region[2];
  const NodeUnderTest& national = region[3];
  ishoj.text({"event", "import", kDemo + "moeder.ics"});
  ballerup.text({"contact", "import", kDemo + "kontakter.vcf"});
  herlev.text({"initiative", "import", kDemo + "initiativer.csv"});
  herlev.text({"hearing", "import", kDemo + "hoeringer.csv"});
  national.text({"announcement", "import", kDemo + "meddelelser.csv"});
  add(ballerup, "document", {"--title", "Forretningsorden", "--version", "3", "--shared", "ja"});
  add(herlev, "plan", {"--year", "2027", "--title", "Årsplan", "--goals", "Flere i foreninger", "--goals", "Flere i arbejde"});
  const std::string event = add(ishoj, "event", {"--title", "Fællesmøde", "--start", "2027-03-31 17:00", "--shared", "ja"});
  REQUIRE(region.agrees());
  ballerup.text({"event", "rsvp", event, "ja"});
  herlev.text({"event", "rsvp", event, "måske"});
  herlev.text({"event", "comment", event, "Vi tager kage med"});
  ballerup.text({"event", "edit", event, "--place", "Baltoppen"});
  const std::string announcement = list(ballerup, "announcement").at(0).at("id");
  ballerup.text({"announcement", "confirm", announcement});
  ishoj.text({"council", "edit", own_council_record(ishoj), "--web", "https://www.kommune.dk"});
}

}  // namespace

TEST_CASE("region: four nodes come to equal digests and equal exports of every kind, and keep them over a restart of all") {
  Region region("Region Hovedstaden");
  region.add("Ishøj Integrationsråd");
  region.add("Ballerup Integrationsråd", "council", Reach::DialsOnly);
  region.add("Herlev Integrationsråd");
  region.add("Rådet for Etniske Minoriteter", "national", Reach::DialsOnly);
  write_everything(region);
  REQUIRE(region.agrees());

  const Agreement before = agreement_of(region[0]);
  CHECK(before.missing == 0);
  const nlohmann::json exported = exports_of(region[0]);
  for (const KindInfo& kind : kinds()) {
    CAPTURE(kind.name);
    CHECK_FALSE(exported.at(std::string(kind.name)).empty());
  }
  for (std::size_t i = 1; i < region.size(); ++i) {
    CAPTURE(region[i].council());
    CHECK(exports_of(region[i]) == exported);
  }

  for (std::size_t i = 0; i < region.size(); ++i) region[i].stop();
  for (std::size_t i = 0; i < region.size(); ++i) region[i].start();
  for (std::size_t i = 0; i < region.size(); ++i) {
    CAPTURE(region[i].council());
    CHECK(agreement_of(region[i]) == before);  // a restart writes nothing
    CHECK(exports_of(region[i]) == exported);
  }
  CHECK(region.agrees());
}

TEST_CASE("region: a node that was off for a thousand edits catches up") {
  Region region;
  const NodeUnderTest& writer = region.add("Vejle Integrationsråd");
  NodeUnderTest& sleeper = region.add("Horsens Integrationsråd", "council", Reach::DialsOnly);
  TempHome folder;
  const std::string file = folder.path() / "kontakter.csv";
  write_file(file, contacts_csv(500, "første udgave"));
  writer.text({"contact", "import", file});
  REQUIRE(region.agrees());
  const std::int64_t before = entries(writer);

  sleeper.stop();
  write_file(file, contacts_csv(500, "anden udgave"));
  CHECK(writer.json({"contact", "import", file}).at("changed") == 500);
  write_file(file, contacts_csv(500, "tredje udgave"));
  CHECK(writer.json({"contact", "import", file}).at("changed") == 500);
  CHECK(entries(writer) == before + 1000);

  sleeper.start();
  REQUIRE(region.agrees());
  CHECK(entries(sleeper) == before + 1000);
  const nlohmann::json contacts = list(sleeper, "contact");
  CHECK(contacts.size() == 500);
  for (const nlohmann::json& contact : contacts) CHECK(contact.at("notes") == "tredje udgave");
}

TEST_CASE("region: what one node writes reaches another through a third that both dial") {
  Region region;
  region.add("Aarhus Integrationsråd");
  const NodeUnderTest& samso = region.add("Samsø Integrationsråd", "council", Reach::DialsOnly);
  const NodeUnderTest& skive = region.add("Skive Integrationsråd", "council", Reach::DialsOnly);
  const std::string id = add(samso, "event", {"--title", "Høstfest", "--start", "2027-09-01"});
  CHECK(eventually(std::chrono::seconds(30), [&] { return skive.cli({"event", "show", id}).code == 0; }));
  CHECK(field(skive, "event", id, "title") == "Høstfest");
  CHECK(show(skive, "event", id).at("owner_name") == "Samsø Integrationsråd");
}

}  // namespace budstikke::tests
