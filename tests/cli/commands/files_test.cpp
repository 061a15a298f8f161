// import and export.
#include <doctest/doctest.h>

#include "cli/json.h"
#include "protocol/base/limits.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

const std::string kFileId = "K3F9QX" + std::string(46, '0');

constexpr const char* kContacts =
    "\xEF\xBB\xBFnavn;rolle;e-mail\r\n"
    "Sekretariatet;sekretær;post@ballerup.example\r\n"
    "Formanden;formand;ikke en adresse\r\n"
    "Kassereren;kasserer;kasse@ballerup.example\r\n";

}  // namespace

TEST_CASE("import: good rows are imported, bad ones named with their line, exit 1") {
  FakeNode node;
  node.answer("record.import", R"({"results":[{"line":2,"outcome":"created","id":"A"},{"line":4,"outcome":"refused",
    "error":{"code":"not-permitted","message":"x","subject":"name","args":{}}}]})");
  const TempHome folder;
  write_file(folder.path() / "kontakter.csv", kContacts);
  const Ran ran = run_danish(node, {"kontakt", "importer", (folder.path() / "kontakter.csv").string()});
  CHECK(ran.code == 1);
  CHECK(ran.out == "1 oprettet, 0 ændret, 0 uændret, 0 slettet her før og ladt være, 2 afvist\n");
  CHECK(ran.err ==
        "linje 3: Det er ikke en e-mailadresse: e-mail\n"
        "linje 4: Det må jeres råd ikke: navn\n"
        "budstikke: Afvist fra filen: 2\n"
        "  Det, der kunne læses, er indlæst. Ret linjerne, og indlæs filen igen; det der er inde, bliver ikke lavet to gange.\n");
  CHECK(cli::json_line_of(node.last_request().args) ==
        R"({"kind":"contact","items":[{"line":2,"fields":{"name":["Sekretariatet"],"role":["sekretær"],)"
        R"("email":["post@ballerup.example"]}},)"
        R"({"line":4,"fields":{"name":["Kassereren"],"role":["kasserer"],"email":["kasse@ballerup.example"]}}]})");
}

TEST_CASE("import: a file that changes nothing is done, exit 0, and JSON counts it") {
  FakeNode node;
  node.answer("record.import", R"({"results":[{"line":2,"outcome":"unchanged"},
    {"line":3,"outcome":"changed"},{"line":4,"outcome":"removed"}]})");
  const TempHome folder;
  const std::string file = (folder.path() / "planer.csv").string();
  write_file(file, "år;titel;vejr\n2026;A;sol\n2027;B;\n2028;C;\n");
  const Ran ran = run_at(node, {"plan", "import", file, "--json"});
  CHECK(ran.code == 0);
  CHECK(ran.err.empty());
  const Value counts = json(ran.out);
  CHECK(counts.integer("unchanged") == 1);
  CHECK(counts.integer("changed") == 1);
  CHECK(counts.integer("removed") == 1);
  CHECK(counts.integer("refused", -1) == 0);
  REQUIRE(counts.items("not_kept").size() == 1);
  CHECK(*counts.items("not_kept")[0].if_text() == "vejr");
}

TEST_CASE("import: a dry run only asks, and tells what would be new, changed, left or refused") {
  constexpr const char* kLooked = R"({"results":[
    {"line":2,"outcome":"created","id":"A","short":"AAAAAA","title":"Sekretariatet","fields":[
      {"field":"name","before":[],"after":["Sekretariatet"]},{"field":"email","before":[],"after":["a@b.dk","c@d.dk"]}]},
    {"line":3,"outcome":"changed","id":"B","short":"BBBBBB","title":"Formanden","fields":[
      {"field":"role","before":["formand"],"after":["næstformand"]},{"field":"notes","before":["x"],"after":[]}]},
    {"line":4,"outcome":"unchanged","id":"C","short":"CCCCCC","title":"Kassereren","fields":[],
      "elsewhere":[{"council":"G","council_name":"Greve","id":"D","short":"DDDDDD","title":"Kassereren"}]},
    {"line":5,"outcome":"created","id":"A","short":"AAAAAA","title":"Sekretariatet","fields":[]},
    {"line":6,"outcome":"removed","id":"E","short":"EEEEEE","title":"Den gamle"},
    {"line":7,"outcome":"erased","id":"F","short":"FFFFFF","title":""}]})";
  FakeNode node;
  node.answer("record.import", kLooked);
  const TempHome folder;
  const std::string file = (folder.path() / "kontakter.csv").string();
  write_file(file, kContacts);
  const Ran ran = run_danish(node, {"kontakt", "importer", file, "--prøv"});
  CHECK(node.last_request().args.boolean("look"));
  CHECK(node.requests().size() == 1);
  CHECK(ran.code == 1);  // a row of the file cannot be read
  CHECK(ran.out ==
        "linje 2: ny: Sekretariatet\n"
        "    navn: Sekretariatet\n"
        "    e-mail: a@b.dk, c@d.dk\n"
        "linje 3: ændres: BBBBBB Formanden\n"
        "    rolle: formand → næstformand\n"
        "    noter: x → (tomt)\n"
        "linje 5: den samme som linje 2\n"
        "linje 6: slettet her før, og lades være: EEEEEE Den gamle\n"
        "linje 7: udslettet her før, og lades være\n"
        "2 oprettet, 1 ændret, 1 uændret, 1 slettet her før og ladt være, 1 afvist\n"
        "1 udslettet her før og ladt være; indlæs dem på ny med --again\n"
        "Intet er skrevet: dette siger kun hvad en indlæsning ville gøre.\n");
  CHECK(contains(ran.err, "linje 4: Greve har den samme: DDDDDD Kassereren. Aftal med dem hvilken der bliver"));
  const Value document = json(run_at(node, {"contact", "import", file, "--dry-run", "--json"}).out);
  CHECK(document.items("items").size() == 6);
  CHECK(document.items("elsewhere").size() == 1);
}

TEST_CASE("import: what other councils have as well is told, at most ten of them one by one") {
  FakeNode node;
  std::string results;
  for (int i = 2; i < 14; ++i) {
    results +=
        (results.empty() ? "" : ",") + std::string(R"({"line":)") + std::to_string(i) +
        R"(,"outcome":"created","id":"A","elsewhere":[{"council":"G","council_name":"Greve","id":"D","short":"DDDDDD","title":"T"}]})";
  }
  node.answer("record.import", R"({"results":[)" + results + "]}");
  const TempHome folder;
  const std::string file = (folder.path() / "planer.csv").string();
  write_file(file, "år;titel\n2026;A\n");
  const Ran ran = run_at(node, {"plan", "import", file});
  CHECK(ran.code == 0);
  CHECK(contains(ran.err, "line 11: Greve has the same: DDDDDD T."));
  CHECK_FALSE(contains(ran.err, "line 12:"));
  CHECK(contains(ran.err, "2 more are at other councils as well\n"));
}

TEST_CASE("import: large files go in batches") {
  FakeNode node;
  node.answer("record.import", R"({"results":[]})");
  std::string rows = "år;titel\n";
  for (int i = 0; i < 450; ++i) rows += "2026;Plan " + std::to_string(i) + "\n";
  const TempHome folder;
  const std::string file = (folder.path() / "planer.csv").string();
  write_file(file, rows);
  CHECK(run_at(node, {"plan", "import", file}).code == 0);
  const std::vector<ApiRequest> requests = node.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].args.items("items").size() == kMaxImportItems);
  CHECK(requests[2].args.items("items").size() == 50);
}

TEST_CASE("import: on a terminal more than twenty records are counted and asked about first") {
  const auto results = [](int created) {
    std::string text = R"({"results":[)";
    for (int i = 0; i < created; ++i) text += R"({"line":2,"outcome":"created"},)";
    return text + R"({"line":99,"outcome":"unchanged"}]})";
  };
  const auto rows = [](int count) {
    std::string text = "år;titel\n";
    for (int i = 0; i < count; ++i) text += "2026;Plan " + std::to_string(i) + "\n";
    return text;
  };
  const TempHome folder;
  const std::string file = (folder.path() / "planer.csv").string();
  write_file(file, rows(21));
  FakeNode many;
  many.answer("record.import", results(21));
  many.answer("network.show", R"({"name":"Region Syddanmark"})");
  const Ran declined = run_on_terminal(many, {"plan", "importer", file}, "da", "ja\n");
  CHECK(declined.code == 1);
  CHECK(contains(declined.err, "21 oprettet, 0 ændret, 1 uændret"));
  CHECK(contains(declined.err, "21 poster ville blive skrevet, og ses af alle råd i Region Syddanmark."));
  CHECK(many.requests().size() == 2);
  CHECK(many.requests()[0].args.boolean("look"));
  CHECK(run_on_terminal(many, {"plan", "import", file}, "en", "region syddanmark\n").code == 0);
  CHECK_FALSE(many.last_request().args.boolean("look"));
  CHECK(run_on_terminal(many, {"plan", "import", file, "--yes"}).code == 0);
  CHECK(run_at(many, {"plan", "import", file}).code == 0);
  CHECK(many.requests().size() == 7);
  CHECK(run_on_terminal(many, {"plan", "import", file, "--dry-run"}).code == 0);  // which asks nothing
  FakeNode few;
  few.answer("record.import", results(20));
  CHECK(run_on_terminal(few, {"plan", "import", file}).code == 0);
  CHECK(few.requests().size() == 2);
  write_file(file, rows(20));  // cannot be more
  CHECK(run_on_terminal(few, {"plan", "import", file}).code == 0);
  CHECK(few.requests().size() == 3);
}

TEST_CASE("import: long texts make batches that still fit a request") {
  FakeNode node;
  node.answer("record.import", R"({"results":[]})");
  std::string rows = "titel;tekst\n";
  for (int i = 0; i < 100; ++i) rows += "M" + std::to_string(i) + ";" + std::string(20'000, 'x') + "\n";
  const TempHome folder;
  const std::string file = (folder.path() / "meddelelser.csv").string();
  write_file(file, rows);
  CHECK(run_at(node, {"announcement", "import", file}).code == 0);
  std::size_t items = 0;
  for (const ApiRequest& request : node.requests()) items += request.args.items("items").size();
  CHECK(items == 100);
  CHECK(node.requests().size() == 2);
}

TEST_CASE("import: iCalendar and vCard by the file's ending, standard input by --format") {
  FakeNode node;
  node.answer("record.import", R"({"results":[{"line":1,"outcome":"created"}]})");
  const TempHome folder;
  const std::string events = (folder.path() / "moeder.ics").string();
  write_file(events,
             "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a@b\r\n"
             "DTSTART;VALUE=DATE:20261022\r\nSUMMARY:Møde\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
  CHECK(run_at(node, {"event", "import", events}).code == 0);
  const Value item = node.last_request().args.items("items")[0];
  CHECK(item.text("uid") == "a@b");
  World world{.in = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ishøj\r\nEND:VCARD\r\n"};
  CHECK(run_cli({"--home", node.home().string(), "contact", "import", "-", "--format", "vcf"}, world).code == 0);
  CHECK(node.last_request().args.text("kind") == "contact");
}

TEST_CASE("import: a file of another kind is refused as a whole, and nothing is sent") {
  FakeNode node;
  const TempHome folder;
  const std::string file = (folder.path() / "moeder.ics").string();
  write_file(file, "navn;rolle\nx;y\n");
  const Ran ran = run_danish(node, {"begivenhed", "importer", file});
  CHECK(ran.code == 1);
  CHECK(ran.err.starts_with("budstikke: Der er intet at læse i " + file + " som ics.\n"));
  CHECK(node.requests().empty());
}

TEST_CASE("export: canonical JSON is sorted and holds nothing that is only local") {
  FakeNode node;
  node.answer("record.list", R"({"records":[
    {"id":"B","short":"B","kind":"plan","owner":"O","owner_name":"x","network":"N",
     "changed":"d","uid":"u","title":"T","year":"2027"},
    {"id":"A","short":"A","kind":"plan","owner":"O","title":"S",
     "conflicts":{"title":[{"value":"S","council":"O","council_name":"x","time":"t"}]}}]})");
  const Ran ran = run_at(node, {"plan", "export", "--json"});
  CHECK(ran.code == 0);
  CHECK(cli::json_line_of(json(ran.out)) ==
        R"([{"conflicts":{"title":[{"council":"O","time":"t","value":"S"}]},"id":"A","kind":"plan","owner":"O","title":"S"},)"
        R"({"id":"B","kind":"plan","owner":"O","title":"T","year":"2027"}])");
  CHECK(node.last_request().args.boolean("all"));
}

TEST_CASE("export: to standard output as CSV, to a file by its ending") {
  FakeNode node;
  node.answer("record.list", R"({"records":[{"id":")" + kFileId + R"(","kind":"event","title":"Møde","start":"2026-10-22",
    "changed":"2026-10-02T10:00:00Z"}]})");
  CHECK(contains(run_at(node, {"event", "export"}).out, "Møde"));
  const TempHome folder;
  const std::string file = (folder.path() / "ud.ics").string();
  const Ran ran = run_danish(node, {"begivenhed", "eksporter", file});
  CHECK(ran.code == 0);
  CHECK(ran.out == "1 skrevet til " + file + "\n");
  const std::string text = read_file(file);
  CHECK(text.starts_with("BEGIN:VCALENDAR\r\n"));
  CHECK(contains(text, "UID:" + kFileId + "@budstikke\r\n"));
  CHECK(json(run_at(node, {"event", "export", file, "--json"}).out).integer("records") == 1);
}

TEST_CASE("export: a file that cannot be written is said, and leaves nothing behind") {
  FakeNode node;
  node.answer("record.list", R"({"records":[]})");
  const TempHome folder;
  std::filesystem::create_directory(folder.path() / "mappe.csv");
  const Ran ran = run_at(node, {"plan", "export", (folder.path() / "mappe.csv").string()});
  CHECK(ran.code == 1);
  CHECK(contains(ran.err, "cannot be written"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "mappe.csv.part"));
  CHECK(run_at(node, {"plan", "export", (folder.path() / "no" / "such.csv").string()}).code == 1);
}

TEST_CASE("export: an import of the export changes no value") {
  FakeNode node;
  node.answer("record.list",
              R"({"records":[{"id":")" + kFileId + R"(","kind":"contact","name":"Ærø Råd","email":["a@b.dk","c@d.dk"],
    "phone":["12 34 56 78"],"notes":"en\nto","changed":"2026-10-02T10:00:00Z"}]})");
  node.answer("record.import", R"({"results":[]})");
  const TempHome folder;
  for (const char* name : {"ud.csv", "ud.vcf"}) {
    const std::string file = (folder.path() / name).string();
    REQUIRE(run_at(node, {"contact", "export", file}).code == 0);
    REQUIRE(run_at(node, {"contact", "import", file}).code == 0);
    const Value item = node.last_request().args.items("items")[0];
    CHECK(item.text("uid") == kFileId + "@budstikke");
    const Value* fields = item.find("fields");
    REQUIRE(fields != nullptr);
    CHECK(fields->items("name") == Value::Array{"Ærø Råd"});
    CHECK(fields->items("email") == Value::Array{"a@b.dk", "c@d.dk"});
    CHECK(fields->items("notes") == Value::Array{"en\nto"});
  }
}
