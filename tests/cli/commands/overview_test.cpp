// What `budstikke` alone shows. Today is Tuesday 20 October 2026.
#include <doctest/doctest.h>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

void script_of_a_busy_council(FakeNode& node) {
  node.answer("status", R"({"member":"M1","council":"C1","council_name":"Ballerup Integrationsråd","version":"0.1.0",
    "networks":[{"id":"N1","name":"Hovedstaden","role":"council","conflicts":2,"councils":3,"own_alone":1},
                {"id":"N2","name":"Danmark","role":"reader","unknown":1,"councils":0,"own_alone":7}],
    "peers":[{"council":"C2","in_sync":true},{"council":"C2","in_sync":false},{"council":"C3","in_sync":false}]})");
  node.answer("network.list", R"({"networks":[{"id":"N1"},{"id":"N2"}]})");
  node.answer("record.list", R"({"records":[
    {"id":"E1","short":"E1AAAA","network":"N1","owner":"C2","title":"Åbent møde","start":"2026-10-22T15:00:00Z","place":"Rådhuset"},
    {"id":"E2","short":"E2AAAA","network":"N1","owner":"C1","title":"Vores egen","start":"2026-10-23"},
    {"id":"E3","short":"E3AAAA","network":"N1","owner":"C2","title":"Besvaret","start":"2026-10-24",
     "answers":{"rsvp":[{"council":"C1","value":"no"}]}},
    {"id":"E4","short":"E4AAAA","network":"N1","owner":"C2","title":"Aflyst","start":"2026-10-24","cancelled":true},
    {"id":"E5","short":"E5AAAA","network":"N1","owner":"C2","title":"Langt ude","start":"2027-10-19"}]})");
  node.answer("record.list", R"({"records":[
    {"id":"E6","short":"E6AAAA","network":"N2","owner":"C2","title":"Kun læst","start":"2026-10-24"}]})");
  node.answer("record.list", R"({"records":[
    {"id":"H1","short":"H1AAAA","network":"N1","owner":"C2","title":"Ny lov","deadline":"2026-10-22"},
    {"id":"H2","short":"H2AAAA","network":"N1","owner":"C2","title":"For sent","deadline":"2026-10-19"},
    {"id":"H3","short":"H3AAAA","network":"N1","owner":"C2","title":"For længst","deadline":"2026-09-01"},
    {"id":"H4","short":"H4AAAA","network":"N1","owner":"C1","title":"Uden dag"},
    {"id":"H5","short":"H5AAAA","network":"N1","owner":"C2","title":"Svaret","deadline":"2026-10-22",
     "answers":{"responses":[{"council":"C1","value":"Ja tak"}]}},
    {"id":"H6","short":"H6AAAA","network":"N1","owner":"C2","title":"I dag","deadline":"2026-10-20",
     "answers":{"responses":[{"council":"C2","value":"Ja tak"}]}}]})");
  node.answer("record.list", R"({"records":[]})");
  node.answer("record.list", R"({"records":[
    {"id":"A1","short":"A1AAAA","network":"N1","owner":"C3","owner_name":"REM","title":"Konference","valid_until":"2026-11-01"},
    {"id":"A2","short":"A2AAAA","network":"N1","owner":"C3","owner_name":"REM","title":"Gammel","valid_until":"2026-10-19"},
    {"id":"A3","short":"A3AAAA","network":"N1","owner":"C3","owner_name":"REM","title":"Kendt",
     "answers":{"receipts":[{"council":"C1","value":"confirmed"}]}},
    {"id":"A4","short":"A4AAAA","network":"N1","owner":"C1","owner_name":"Vi","title":"Vores"}]})");
  node.answer("record.list", R"({"records":[
    {"id":"A5","short":"A5AAAA","network":"N2","owner":"C3","owner_name":"REM","title":"Til alle"}]})");
}

}  // namespace

TEST_CASE("budstikke alone: what waits, most pressing first and each with its command, then what comes") {
  FakeNode node;
  script_of_a_busy_council(node);
  const Ran ran = run_on_terminal(node, {}, "da");
  CHECK(ran.code == 0);
  CHECK(ran.out ==
        "Ballerup Integrationsråd · tirsdag den 20. oktober 2026\n"
        "\n"
        "Det venter på jer:\n"
        "  meddelelse: Konference (REM): budstikke meddelelse bekræft A1AAAA\n"
        "  meddelelse: Til alle (REM): budstikke meddelelse bekræft A5AAAA\n"
        "  høring: For sent (1 dag over fristen): budstikke høring svar H2AAAA TEKST\n"
        "  høring: I dag (frist i dag): budstikke høring svar H6AAAA TEKST\n"
        "  høring: Ny lov (2 dage tilbage): budstikke høring svar H1AAAA TEKST\n"
        "  høring: Uden dag (uden frist): budstikke høring svar H4AAAA TEKST\n"
        "  begivenhed: Åbent møde (22. okt. 2026 kl. 17.00): budstikke begivenhed svar E1AAAA ja|nej|måske\n"
        "  2 konflikter at afgøre: budstikke konflikter\n"
        "  1 post fra en nyere version af programmet: budstikke ukendt\n"
        "  1 råd har ikke alt endnu: budstikke forbindelser\n"
        "  1 af jeres ændringer er ingen andre steder endnu: budstikke udbakke\n"
        "  Nyt fra de andre råd: budstikke nyt\n"
        "\n"
        "De næste 14 dage:\n"
        "tirsdag den 20. oktober 2026\n"
        "         H6AAAA  høring: I dag (frist)\n"
        "torsdag den 22. oktober 2026\n"
        "         H1AAAA  høring: Ny lov (frist)\n"
        "         H5AAAA  høring: Svaret (frist)\n"
        "  17.00  E1AAAA  begivenhed: Åbent møde, Rådhuset\n"
        "fredag den 23. oktober 2026\n"
        "         E2AAAA  begivenhed: Vores egen\n"
        "  og 4 mere: budstikke kalender\n"
        "\n"
        "Alt den kan: budstikke hjælp\n");
  FakeNode english;
  script_of_a_busy_council(english);
  const std::string out = run_on_terminal(english, {}).out;
  CHECK(contains(out, "  hearing: For sent (1 day overdue): budstikke hearing respond H2AAAA TEXT\n"));
  CHECK(contains(out, "  event: Åbent møde (22 Oct 2026 17:00): budstikke event rsvp E1AAAA yes|no|maybe\n"));
}

TEST_CASE("budstikke alone: programs get what waits as rows of an array") {
  FakeNode node;
  script_of_a_busy_council(node);
  const Value document = json(run_at(node, {"--json"}).out);
  CHECK(document.items("needs").size() == 11);
  const Value& overdue = document.items("needs")[2];
  CHECK(overdue.text("what") == "hearing");
  CHECK(overdue.text("id") == "H2");
  CHECK(overdue.integer("days_left") == -1);
  CHECK(overdue.text("command") == "budstikke hearing respond H2AAAA TEXT");
  CHECK(document.items("needs")[7].integer("count") == 2);
  CHECK(document.items("agenda").size() == 9);
  const Value* status = document.find("status");
  REQUIRE(status != nullptr);
  CHECK(status->text("council") == "C1");
}

TEST_CASE("budstikke alone: of many of a sort the first five are shown, and how many more") {
  FakeNode node;
  node.answer("status", R"({"council":"C1","council_name":"Ishøj","networks":[{"id":"N1","role":"council"}],"peers":[]})");
  node.answer("network.list", R"({"networks":[{"id":"N1"}]})");
  node.answer("record.list", R"({"records":[]})");
  std::string hearings;
  for (int i = 0; i < 8; ++i) {
    const std::string number = std::to_string(i);
    hearings += (i == 0 ? "" : ",") + std::string(R"({"id":"H)") + number + R"(","short":"H)" + number +
                R"(AAAAA","network":"N1","owner":"C2","title":"Lov","deadline":"2026-11-1)" + number + R"("})";
  }
  node.answer("record.list", R"({"records":[)" + hearings + "]}");
  node.answer("record.list", R"({"records":[]})");
  const std::string out = run_on_terminal(node, {}, "da").out;
  CHECK(contains(out, "høring svar H4AAAAA TEKST\n  … og 3 til\n"));
  CHECK(!contains(out, "H5AAAAA TEKST"));
}

TEST_CASE("budstikke alone: a narrow terminal gets the command on a line of its own, whole") {
  FakeNode node;
  script_of_a_busy_council(node);
  World world{.env = {{"LANG", "da_DK.UTF-8"}}, .terminal = true, .columns = 40};
  const std::string out = run_cli({"--home", node.home().string()}, world).out;
  CHECK(contains(out, "  høring: Uden dag (uden frist)\n      budstikke høring svar H4AAAA TEKST\n"));
}

TEST_CASE("budstikke alone: when nothing waits it says so, and in no network how to get into one") {
  FakeNode node;
  node.answer("status", R"({"council":"C1","council_name":"Ishøj","networks":[{"id":"N1","role":"council"}],"peers":[]})");
  node.answer("network.list", R"({"networks":[{"id":"N1"}]})");
  node.answer("record.list", R"({"records":[]})");
  CHECK(contains(run_on_terminal(node, {}, "da").out, "\nIntet venter på jer.\n"));
  FakeNode alone;
  alone.answer("status", R"({"council":"C1","council_name":"Ishøj","networks":[],"peers":[]})");
  const Ran ran = run_on_terminal(alone, {}, "da");
  CHECK(ran.code == 0);
  CHECK(contains(ran.out, "Ikke med i noget netværk endnu."));
  CHECK(!contains(ran.out, "De næste"));
}
