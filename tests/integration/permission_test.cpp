// Who may do what, as the command line tells it: exit code 4, a message, and nothing written.
#include <doctest/doctest.h>

#include "tests/integration/steps.h"

namespace budstikke::tests {
namespace {

struct Councils {
  Region region{"Region Sjælland"};
  NodeUnderTest& coordinator = region.add("Roskilde Integrationsråd");
  NodeUnderTest& council = region.add("Køge Integrationsråd", "council", Reach::DialsOnly);
  NodeUnderTest& national = region.add("Rådet for Etniske Minoriteter", "national", Reach::DialsOnly);
  Councils() { REQUIRE(region.agrees()); }
};

// Refused for want of rights, with a message, and nothing written.
void check_refused(const NodeUnderTest& node, const std::vector<std::string>& arguments) {
  CAPTURE(node.council());
  const std::int64_t before = entries(node);
  const Reply reply = node.cli(arguments);
  CHECK(reply.code == 4);
  CHECK(reply.err.find("may not") != std::string::npos);
  CHECK(reply.out.empty());
  CHECK(entries(node) == before);
  const std::string code = error_code(node.cli(joined({"--json"}, arguments)));
  CHECK(code == (arguments[1] == "remove" ? "not-owner" : "not-permitted"));
}

}  // namespace

TEST_CASE("rights: only the national council announces; councils confirm, and it sees who has") {
  Councils councils;
  auto& [region, coordinator, council, national] = councils;
  check_refused(council, {"announcement", "add", "--title", "Fra et råd"});
  check_refused(coordinator, {"announcement", "add", "--title", "Fra en koordinator"});
  const std::string id = add(national, "announcement", {"--title", "Konference", "--importance", "høj"});
  REQUIRE(region.agrees());
  CHECK(field(council, "announcement", id, "importance") == "high");
  check_refused(council, {"announcement", "edit", id, "--title", "Aflyst"});
  check_refused(council, {"announcement", "remove", id, "--yes"});

  council.text({"announcement", "confirm", id});
  council.text({"announcement", "confirm", id});  // twice is once
  REQUIRE(region.agrees());
  const nlohmann::json receipts = national.json({"announcement", "receipts", id});
  nlohmann::json confirmed;
  for (const nlohmann::json& receipt : receipts)
    confirmed[receipt.at("council_name").get<std::string>()] = receipt.at("confirmed");
  CHECK(confirmed == nlohmann::json{{"Køge Integrationsråd", true}, {"Roskilde Integrationsråd", false}});
}

TEST_CASE("rights: a council edits its own records and those that others share, and no others") {
  Councils councils;
  auto& [region, coordinator, council, national] = councils;
  const std::string own = add(coordinator, "event", {"--title", "Rådsmøde", "--start", "2027-02-01"});
  const std::string shared = add(coordinator, "event", {"--title", "Fællesmøde", "--start", "2027-02-02", "--shared", "ja"});
  const std::string contact = add(coordinator, "contact", {"--name", "Kontoret"});
  REQUIRE(region.agrees());

  check_refused(council, {"event", "edit", own, "--place", "Køge"});
  check_refused(council, {"event", "edit", own, "--shared", "ja"});
  check_refused(council, {"event", "remove", own, "--yes"});
  check_refused(council, {"contact", "edit", contact, "--role", "Formand"});
  check_refused(council, {"council", "edit", own_council_record(coordinator), "--web", "https://koege.example"});

  council.text({"event", "edit", shared, "--place", "Køge"});
  check_refused(council, {"event", "edit", shared, "--shared", "nej"});
  REQUIRE(region.agrees());
  CHECK(field(coordinator, "event", shared, "place") == "Køge");
  CHECK(show(coordinator, "event", shared).at("owner_name") == "Roskilde Integrationsråd");

  coordinator.text({"event", "edit", shared, "--shared", "nej"});
  REQUIRE(region.agrees());
  check_refused(council, {"event", "edit", shared, "--place", "Igen"});
  CHECK(field(coordinator, "event", shared, "place") == "Køge");  // what was written while it was shared stays
}

TEST_CASE("rights: every council answers for itself, and changes its own answer") {
  Councils councils;
  auto& [region, coordinator, council, national] = councils;
  const std::string event = add(coordinator, "event", {"--title", "Fællesmøde", "--start", "2027-02-02"});
  const std::string hearing = add(coordinator, "hearing", {"--title", "Ny skolepolitik", "--authority", "Køge Kommune"});
  REQUIRE(region.agrees());
  council.text({"event", "rsvp", event, "måske"});
  council.text({"event", "rsvp", event, "ja"});
  national.text({"event", "rsvp", event, "nej"});
  council.text({"hearing", "respond", hearing, "Vi støtter forslaget."});
  council.text({"event", "comment", event, "Er der plads til to?"});
  REQUIRE(region.agrees());
  nlohmann::json answers;
  const nlohmann::json record = show(coordinator, "event", event);
  for (const nlohmann::json& answer : record.at("answers").at("rsvp")) {
    answers[answer.at("council_name").get<std::string>()] = answer.at("value");
  }
  CHECK(answers == nlohmann::json{{"Køge Integrationsråd", "yes"}, {"Rådet for Etniske Minoriteter", "no"}});
  const nlohmann::json responses = show(national, "hearing", hearing).at("answers").at("responses");
  REQUIRE(responses.size() == 1);
  CHECK(responses[0].at("value") == "Vi støtter forslaget.");
  CHECK(show(national, "event", event).at("comments").at(0).at("value") == "Er der plads til to?");
}

TEST_CASE("rights: a reader reads all and writes nothing, and only a coordinator lets new councils in") {
  Councils councils;
  auto& [region, coordinator, council, national] = councils;
  NodeUnderTest& reader = region.add("Læseren", "reader", Reach::DialsOnly);
  const std::string event = add(council, "event", {"--title", "Åbent møde", "--start", "2027-02-02", "--shared", "ja"});
  REQUIRE(region.agrees());
  CHECK(field(reader, "event", event, "title") == "Åbent møde");
  check_refused(reader, {"event", "edit", event, "--place", "Her"});
  check_refused(reader, {"event", "rsvp", event, "ja"});
  check_refused(reader, {"contact", "add", "--name", "Nogen"});
  const std::string why = reader.cli({"contact", "add", "--name", "Nogen"}).err;
  CHECK(why.find("only a node with the role coordinator, council, national; this one is reader") != std::string::npos);
  check_refused(reader, {"invite", "--for", "Nogen"});
  check_refused(council, {"invite", "--for", "Nogen"});
  check_refused(national, {"invite", "--for", "Nogen"});
}

TEST_CASE("rights: an import into what is not ours is refused line by line") {
  Councils councils;
  auto& [region, coordinator, council, national] = councils;
  TempHome folder;
  const std::string file = folder.path() / "meddelelser.csv";
  write_file(file, "titel;tekst\nEn;første\nTo;anden\n");
  const std::int64_t before = entries(council);
  const Reply reply = council.cli({"announcement", "import", file});
  CHECK(reply.code == 1);
  CHECK(reply.err.find("line 2: Your council may not do this") != std::string::npos);
  CHECK(reply.err.find("line 3: Your council may not do this") != std::string::npos);
  CHECK(entries(council) == before);
  CHECK(list(council, "announcement").empty());

  const std::string list_of_councils = folder.path() / "raad.csv";
  write_file(list_of_councils,
             "navn;hjemmeside\nRoskilde Integrationsråd;https://roskilde.example\nKøge Integrationsråd;https://koege.example\n");
  const Reply others = council.cli({"council", "import", list_of_councils});
  CHECK(others.code == 1);
  CHECK(others.err.find("line 2: Your council may not do this") != std::string::npos);
  CHECK(field(council, "council", own_council_record(council), "web") == "https://koege.example");
}

}  // namespace budstikke::tests
