// `report activity|hearings|ideas`: what they count, and the forms they are given in.
#include <doctest/doctest.h>

#include "cli/html.h"
#include "tests/cli/fake_node.h"
#include "tests/support/home.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

// Today is 20 October 2026.
void script_activity(FakeNode& node) {
  node.answer("report.activity", R"({"network":"N1","name":"Hovedstaden","next":"M","councils":[
    {"council":"A","name":"Aarhus","last_written":"2026-10-18T10:00:00Z","records":2,"answers":1,"last_seen":"2026-10-19T10:00:00Z"},
    {"council":"B","name":"Ballerup","last_written":"2026-01-01T10:00:00Z","records":0,"answers":0},
    {"council":"N","name":"Nyborg","records":0,"answers":0},
    {"council":"S","name":"Samsø","last_written":"2026-10-19T10:00:00Z","records":0,"answers":0}]})");
  node.answer("report.activity", R"({"network":"N1","name":"Hovedstaden","councils":[
    {"council":"A","name":"Aarhus","last_written":"2026-10-19T10:00:00Z","records":3,"answers":4},
    {"council":"B","name":"Ballerup","last_written":"2026-08-20T10:00:00Z","records":1,"answers":0}]})");
  node.answer("record.list",
              R"({"records":[{"owner":"B","region":"Hovedstaden","secretary":"Åse <b>Holm</b>","term_end":"2025-12-31",
    "email":["raad@ballerup.example"]},{"owner":"S","silent_since":"2026-10"},{"owner":"A","silent_since":"2027-01-01"}]})");
}

void script_hearings(FakeNode& node) {
  node.answer("network.members", R"({"members":[{"council":"A","name":"Aarhus"},{"council":"B","name":"Ballerup"},
    {"council":"C","name":"Christiansø"}]})");
  node.answer("record.list", R"({"records":[
    {"id":"H1","short":"H1","title":"Ny lov","authority":"=Ministeriet","received":"2026-09-01","deadline":"2026-09-15","outcome":"partly",
     "answers":{"responses":[{"council":"A","council_name":"Aarhus","value":"x","time":"2026-09-15T21:00:00Z"},
       {"council":"B","council_name":"Ballerup","value":"x","time":"2026-09-15T22:30:00Z"}],"positions":[]}},
    {"id":"H2","short":"H2","title":"Bekendtgørelse","authority":"=ministeriet","received":"2026-08-01","deadline":"2026-08-31",
     "answers":{"responses":[],"positions":[{"council":"B","council_name":"Ballerup","value":"abstained","time":"2026-08-02T10:00:00Z"}]}},
    {"id":"H3","short":"H3","title":"Åben","authority":"Kommunen","received":"2026-10-01","deadline":"2026-11-15",
     "answers":{"responses":[],"positions":[]}},
    {"id":"H4","short":"H4","title":"Uden frist"}]})");
}

void script_ideas(FakeNode& node) {
  node.answer("record.list", R"({"records":[
    {"id":"I1","short":"I1","title":"Lektiecafé","area":"Unges uddannelse","origin":"Aarhus","owner_name":"Aarhus","status":"running",
     "budget":1200000,"answers":{"endorsements":[{"council":"X"},{"council":"Y"}],"lighthouse":[{"council":"NAT"}]}},
    {"id":"I2","short":"I2","title":"Lektiehjælp","area":"Unges uddannelse","owner_name":"Ballerup","status":"done","budget":50000,
     "same_as":["I1","GONE"],"answers":{"endorsements":[],"lighthouse":[]}},
    {"id":"I3","short":"I3","title":"Lektieværksted","area":"Unges uddannelse","owner_name":"aarhus","same_as":["I2"]},
    {"id":"I4","short":"I4","title":"Fodbold","area":"Idræt","owner_name":"Ishøj","same_as":["I4"]},
    {"id":"I5","short":"I5","title":"Job","area":"Beskæftigelse og ligestilling på arbejdsmarkedet","owner_name":"Ishøj"},
    {"id":"I6","short":"I6","title":"Uden område","owner_name":"Ishøj"}]})");
}

const Value* row_of(const Value& rows, std::string_view key, std::string_view name) {
  for (const Value& row : rows.items()) {
    if (row.text(key) == name) return &row;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("html: text of any kind stands between tags and in attributes as it is") {
  CHECK(cli::escaped_html("<a href=\"x\">R&D's</a>") == "&lt;a href=&quot;x&quot;&gt;R&amp;D&#39;s&lt;/a&gt;");
  CHECK(cli::escaped_html("Åse ✓") == "Åse ✓");
}

TEST_CASE("report activity: who has not written for so long, never, or says so, is silent and stands first") {
  FakeNode node;
  script_activity(node);
  const Value report = json(run_at(node, {"report", "activity", "--json"}).out);
  CHECK(report.text("report") == "activity");
  CHECK(report.text("network") == "Hovedstaden");
  CHECK(report.integer("silent_days") == 60);
  std::string order;
  for (const Value& council : report.items("councils")) order += council.text("name").substr(0, 1);
  CHECK(order == "NBSA");
  const Value& ballerup = *row_of(*report.find("councils"), "name", "Ballerup");
  CHECK(ballerup.boolean("silent"));
  CHECK(ballerup.integer("days") == 61);
  CHECK(ballerup.text("last_written") == "2026-08-20T10:00:00Z");
  CHECK(ballerup.text("email") == "raad@ballerup.example");
  const Value& aarhus = *row_of(*report.find("councils"), "name", "Aarhus");
  CHECK_FALSE(aarhus.boolean("silent", true));  // it is to rest from next year on
  CHECK(aarhus.integer("records") == 5);        // of both pages
  CHECK(aarhus.integer("answers") == 5);
  CHECK(row_of(*report.find("councils"), "name", "Nyborg")->find("last_written")->is_nil());
  CHECK(node.requests()[1].args.text("after") == "M");
}

TEST_CASE("report activity: the number of days is the person's to state") {
  FakeNode node;
  script_activity(node);
  const Value report = json(run_at(node, {"report", "activity", "--days", "61", "--json"}).out);
  CHECK_FALSE(row_of(*report.find("councils"), "name", "Ballerup")->boolean("silent", true));
  for (const char* days : {"0", "-1", "mange", "100000"}) CHECK(run_at(node, {"report", "activity", "--days", days}).code == 2);
  const Ran terminal = run_on_terminal(node, {"rapport", "aktivitet", "--days", "90"}, "da");
  CHECK(contains(terminal.out, "Rådenes aktivitet\nHovedstaden, tirsdag den 20. oktober 2026\n"));
  CHECK(contains(terminal.out, "ikke har skrevet noget i 90 dage"));
}

TEST_CASE("report hearings: by authority, in time by the day in Denmark, late, abstained, silent once it is over") {
  FakeNode node;
  script_hearings(node);
  const Value report = json(run_at(node, {"report", "hearings", "--json"}).out);
  REQUIRE(report.items("authorities").size() == 3);  // in capitals or not, it is one authority
  const Value& ministry = *row_of(*report.find("authorities"), "authority", "=ministeriet");
  CHECK(ministry.integer("hearings") == 2);
  CHECK(ministry.integer("open") == 0);
  CHECK(ministry.integer("under_four_weeks") == 1);
  CHECK(ministry.integer("in_time") == 1);
  CHECK(ministry.integer("late") == 1);  // half an hour into the next day
  CHECK(ministry.integer("abstained") == 1);
  CHECK(ministry.integer("silent") == 3);
  CHECK(ministry.integer("partly") == 1);
  CHECK(ministry.integer("outcome_not_noted") == 1);
  const Value& municipality = *row_of(*report.find("authorities"), "authority", "Kommunen");
  CHECK(municipality.integer("open") == 1);
  CHECK(municipality.integer("silent") == 0);  // there is time left
  CHECK(report.items("authorities")[2].find("authority")->is_nil());
  CHECK(report.items("hearings").size() == 4);
}

TEST_CASE("report hearings: of a period and of one council, as an annual report needs it") {
  FakeNode node;
  script_hearings(node);
  const Value report = json(
      run_at(node, {"report", "hearings", "--since", "2026-09-01", "--until", "2026-09-30", "--council", "ball", "--json"}).out);
  REQUIRE(report.items("authorities").size() == 1);
  CHECK(report.items("authorities")[0].integer("hearings") == 1);
  CHECK(report.items("authorities")[0].integer("in_time") == 0);
  CHECK(report.items("authorities")[0].integer("late") == 1);
  CHECK(report.items("authorities")[0].integer("silent") == 0);
  CHECK(report.text("since") == "2026-09-01");
  CHECK(run_at(node, {"report", "hearings", "--council", "Ingensteds"}).code == 5);
  CHECK(run_at(node, {"report", "hearings", "--since", "engang"}).code == 2);
  const Ran terminal = run_on_terminal(node, {"report", "hearings", "--until", "2026-12-31", "--council", "Ball"});
  CHECK(contains(terminal.out, "Period: the beginning to 31 Dec 2026\nOnly answers of: Ballerup\n"));
}

TEST_CASE("report ideas: by the areas of the councils' report, with lighthouses, endorsements and the same idea elsewhere") {
  FakeNode node;
  script_ideas(node);
  const Value report = json(run_at(node, {"report", "ideas", "--json"}).out);
  const Value::Array& areas = report.items("areas");
  REQUIRE(areas.size() == 4);
  CHECK(areas[0].text("area").starts_with("Beskæftigelse"));
  CHECK(areas[1].text("area") == "Unges uddannelse");
  CHECK(areas[1].integer("initiatives") == 3);
  CHECK(areas[1].integer("councils") == 2);  // Aarhus under two spellings is one
  CHECK(areas[1].integer("running") == 1);
  CHECK(areas[1].integer("done") == 1);
  CHECK(areas[1].integer("lighthouses") == 1);
  CHECK(areas[1].integer("endorsed") == 1);
  CHECK(areas[1].integer("tried_elsewhere") == 3);  // the third is linked to the first through the second
  CHECK(areas[1].integer("budget") == 1'250'000);
  CHECK(areas[2].text("area") == "Idræt");
  CHECK(areas[2].integer("tried_elsewhere") == 0);  // the same as itself
  CHECK(areas[3].find("area")->is_nil());
  REQUIRE(report.items("initiatives").size() == 3);
  CHECK(report.items("initiatives")[0].text("title") == "Lektiecafé");
  CHECK(report.items("initiatives")[0].boolean("lighthouse"));
  CHECK(report.items("initiatives")[0].items("tried_elsewhere") == Value::Array{Value("Ballerup")});
  const Ran terminal = run_on_terminal(node, {"rapport", "idéer"}, "da");
  CHECK(contains(terminal.out, "1.250.000"));
  CHECK(contains(terminal.out, "i alt"));
}

TEST_CASE("report ideas: budgets that add up beyond all sense do not overflow") {
  FakeNode node;
  node.answer("record.list", R"({"records":[{"id":"A","title":"a","owner_name":"X","budget":9223372036854775807},
    {"id":"B","title":"b","owner_name":"X","budget":9223372036854775807},{"id":"C","title":"c","owner_name":"X","budget":7}]})");
  CHECK(json(run_at(node, {"report", "ideas", "--json"}).out).items("areas")[0].integer("budget") >= 7);
}

TEST_CASE("report: programs get tabs without headings and sums, and CSV the first table guarded against formulas") {
  FakeNode node;
  script_hearings(node);
  const Ran plain = run_at(node, {"report", "hearings"});
  CHECK(plain.out.starts_with("=ministeriet\t2\t0\t1\t1\t1\t1\t3\t0\t1\t0\t0\t1\n"));
  CHECK_FALSE(contains(plain.out, "in all"));
  const Ran danish = run_danish(node, {"rapport", "høringer", "--format", "csv"});
  CHECK(danish.out.starts_with("\xEF\xBB\xBFmyndighed;høringer;åbne;"));
  CHECK(contains(danish.out, "\r\n'=ministeriet;2;0;1;"));
  CHECK(contains(run_at(node, {"report", "hearings", "--format", "csv"}).out, "authority,hearings,open,"));
}

TEST_CASE("report: a page is whole, prints on A4, is in the reader's language, and holds what people wrote as text") {
  FakeNode node;
  script_activity(node);
  const std::string page = run_danish(node, {"rapport", "aktivitet", "--format", "html"}).out;
  CHECK(page.starts_with("<!DOCTYPE html>\n<html lang=\"da\">"));
  CHECK(page.ends_with("</html>\n"));
  CHECK(contains(page, "size: A4"));
  CHECK(contains(page, "<h1>Rådenes aktivitet</h1>"));
  CHECK(contains(page, "Åse &lt;b&gt;Holm&lt;/b&gt;"));
  CHECK_FALSE(contains(page, "<b>"));
  for (const char* foreign : {"<script", "http:", "https:", "url(", "@import"}) CHECK_FALSE(contains(page, foreign));
  CHECK(contains(page, "<tr role=\"row\" class=\"marked\"><th role=\"rowheader\" scope=\"row\">Nyborg</th>"));
  CHECK(contains(page, ">aldrig</td>"));
  CHECK(contains(run_at(node, {"report", "activity", "--format", "html"}).out, "<html lang=\"en\">"));
}

TEST_CASE("report: a file takes its form from its name, and any other form is refused") {
  FakeNode node;
  script_ideas(node);
  const std::filesystem::path file = node.home() / "ideer.html";
  const Ran ran = run_danish(node, {"rapport", "idéer", file.string()});
  CHECK(ran.out == "Skrevet: " + file.string() + "\n");
  CHECK(contains(read_file(file), "<h1>Initiativer efter område</h1>"));
  CHECK(contains(read_file(file), "<tr role=\"row\" class=\"total\">"));
  for (const char* form : {"pdf", "ics"}) CHECK(run_at(node, {"report", "ideas", "--format", form}).code == 2);
  CHECK(run_at(node, {"report", "ideas", (node.home() / "ideer.doc").string()}).code == 2);
  CHECK(run_at(node, {"report", "ideas", (node.home() / "ideer").string()}).code == 2);
  const Ran with_json = run_at(node, {"report", "ideas", file.string(), "--json"});
  CHECK(json(with_json.out).text("file") == file.string());
}

TEST_CASE("report today: what waits, what comes, hearings, announcements, contacts and connections on one page") {
  FakeNode node;
  node.answer("status", R"({"member":"MMMMMMMM","council":"C1","council_name":"Ballerup Integrationsråd",
    "networks":[{"id":"N1","name":"Hovedstaden","role":"council"}],
    "peers":[{"name":"Ishøj","council":"C2","connected":true,"in_sync":true,"last_seen":"2026-10-20T08:00:00Z"}]})");
  node.answer("network.list", R"({"networks":[{"id":"N1"}]})");
  node.answer("record.list", R"({"records":[{"id":"E1AAAAAA","short":"E1AAAA","network":"N1","owner":"C2","owner_name":"Ishøj",
    "title":"Åbent <møde>","start":"2026-10-22T15:00:00Z","place":"Rådhuset"}]})");
  node.answer("record.list", R"({"records":[
    {"id":"H1AAAAAA","short":"H1AAAA","network":"N1","owner":"C2","owner_name":"Ishøj","title":"Ny lov","authority":"SIRI","deadline":"2026-10-25"},
    {"id":"H2AAAAAA","short":"H2AAAA","network":"N1","owner":"C2","owner_name":"Ishøj","title":"Gammel lov","deadline":"2026-08-01"}]})");
  node.answer("record.list", R"({"records":[
    {"id":"A1AAAAAA","short":"A1AAAA","network":"N1","owner":"C3","owner_name":"REM","title":"Konference","valid_until":"2026-11-01"},
    {"id":"A2AAAAAA","short":"A2AAAA","network":"N1","owner":"C3","owner_name":"REM","title":"Forbi","valid_until":"2026-10-19"}]})");
  node.answer("record.list", R"({"records":[{"id":"K1AAAAAA","short":"K1AAAA","network":"N1","owner":"C2","owner_name":"Ishøj",
    "name":"Biblioteket","email":["a@example.dk","b@example.dk"]}]})");
  const std::string page = run_danish(node, {"rapport", "i-dag", "--format", "html"}).out;
  CHECK(contains(page, "<h1>Ballerup Integrationsråd</h1>\n<p>tirsdag den 20. oktober 2026</p>\n<p>Det venter på jer:</p>"));
  CHECK(contains(page, "budstikke høring svar H1AAAA TEKST"));
  CHECK(contains(page, "data-label=\"titel\">Åbent &lt;møde&gt;</td>"));
  CHECK(contains(page, "<h2>Høringer</h2>"));
  CHECK(contains(page, "SIRI"));
  CHECK_FALSE(contains(page, "Gammel lov"));
  CHECK(contains(page, "Konference"));
  CHECK_FALSE(contains(page, ">Forbi<"));
  CHECK(contains(page, "a@example.dk, b@example.dk"));
  CHECK(contains(page, "Ishøj: har alt"));

  FakeNode again;
  again.answer("status", R"({"member":"MMMMMMMM","council_name":"Ballerup","networks":[],"peers":[]})");
  again.answer("network.list", R"({"networks":[]})");
  again.answer("record.list", R"({"records":[]})");
  const Value document = json(run_at(again, {"report", "today", "--json"}).out);
  CHECK(document.text("council_name") == "Ballerup");
  CHECK(document.items("contacts").empty());
  CHECK(contains(run_at(again, {"report", "today", "--format", "html"}).out, "Nothing waits for you."));
}
