// add, list, show, edit, remove, restore, comment and answers, as transcripts against a scripted node.
#include <doctest/doctest.h>

#include "cli/json.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

const std::string kId = "K3F9QX" + std::string(46, '0');
const std::string kDone = R"({"id":")" + kId + R"(","short":"K3F9QX"})";

std::string event(const std::string& more = "") {
  return R"({"id":")" + kId + R"(","short":"K3F9QX","kind":"event","owner":"BBBB","owner_name":"Ballerup Integrationsråd",
    "network":"NNNN","created":"2026-10-01T10:00:00Z","changed":"2026-10-02T10:00:00Z","title":"Åbent møde",
    "start":"2026-10-22T15:00:00Z","place":"Rådhuset","shared":true)" +
         more + "}";
}

}  // namespace

TEST_CASE("add: fields go to the node as stored, and dates are read back with weekday") {
  FakeNode node;
  node.answer("record.add", kDone);
  const Ran ran = run_danish(node, {"event", "add", "--title", "Åbent møde", "--start", "22. oktober 2026 kl. 17", "--shared"});
  CHECK(ran.code == 0);
  CHECK(ran.out == "Gemt: begivenhed K3F9QX, torsdag den 22. oktober 2026 kl. 17.00\n");
  CHECK(ran.err.empty());
  CHECK(args_of(node.last_request()) ==
        R"({"kind":"event","fields":{"title":["Åbent møde"],"start":["2026-10-22T15:00:00Z"],"shared":["yes"]}})");
}

TEST_CASE("add: several dates are each named") {
  FakeNode node;
  node.answer("record.add", kDone);
  const Ran ran = run_at(node, {"event", "add", "--title", "X", "--start", "2026-10-22", "--end", "2026-10-23"});
  CHECK(ran.out == "Saved: event K3F9QX, start Thursday 22 October 2026, end Friday 23 October 2026\n");
}

TEST_CASE("add: where nobody is connected, a person is told that it is only here so far") {
  const auto done = [](int councils, int linked) {
    return R"({"id":"K3F9QX","short":"K3F9QX","changed":true,"councils":)" + std::to_string(councils) + R"(,"linked":)" +
           std::to_string(linked) + "}";
  };
  FakeNode node, danish, linked, alone;
  node.answer("record.add", done(1, 0));
  const std::vector<std::string> add = {"plan", "add", "--title", "X"};
  CHECK(run_on_terminal(node, add).out ==
        "Saved: plan K3F9QX\nIt is only here so far: 0 of 1 other council connected. Who has it: budstikke outbox\n");
  CHECK(run_at(node, add).out == "Saved: plan K3F9QX\n");
  danish.answer("record.add", done(11, 0));
  CHECK(contains(run_on_terminal(danish, add, "da").out, "Det er kun her endnu: 0 af 11 andre råd er forbundet."));
  linked.answer("record.add", done(11, 1));
  CHECK(run_on_terminal(linked, add).out == "Saved: plan K3F9QX\n");
  alone.answer("record.add", done(0, 0));
  CHECK(run_on_terminal(alone, add).out == "Saved: plan K3F9QX\n");
}

TEST_CASE("add: --quiet gives the full id alone, --json the reply") {
  FakeNode node;
  node.answer("record.add", kDone);
  CHECK(run_at(node, {"plan", "add", "--title", "X", "--quiet"}).out == kId + "\n");
  const Ran ran = run_at(node, {"plan", "add", "--title", "X", "--json"});
  REQUIRE(cli::value_of_json(ran.out));
  CHECK(cli::value_of_json(ran.out)->text("short") == "K3F9QX");
}

TEST_CASE("add: Danish nouns, verbs and fields do the same") {
  FakeNode node;
  node.answer("record.add", kDone);
  const Ran ran = run_danish(node, {"begivenhed", "tilføj", "--titel", "Fest", "--aflyst", "ja", "--network", "Hoved"});
  CHECK(ran.code == 0);
  CHECK(args_of(node.last_request()) == R"({"kind":"event","fields":{"title":["Fest"],"cancelled":["yes"]},"network":"Hoved"})");
}

TEST_CASE("add: a set takes several, an empty register none") {
  FakeNode node;
  node.answer("record.add", kDone);
  run_at(node, {"contact", "add", "--name", "Sekretariatet", "--email", "a@b.dk", "--email", "C@D.dk", "--notes", ""});
  CHECK(args_of(node.last_request()) == R"({"kind":"contact","fields":{"name":["Sekretariatet"],"email":["a@b.dk","C@d.dk"]}})");
}

TEST_CASE("add: a time is read in the zone that is given with it") {
  FakeNode node;
  node.answer("record.add", kDone);
  run_at(node, {"event", "add", "--title", "X", "--zone", "Europe/London", "--start", "2026-10-22 17:00"});
  CHECK(contains(args_of(node.last_request()), R"("start":["2026-10-22T16:00:00Z"])"));
}

TEST_CASE("edit: values are set, cleared and taken away") {
  FakeNode node;
  node.answer("record.edit", R"({"id":"K3F9","short":"K3F9QX","changed":true})");
  const Ran ran = run_danish(node, {"kontakt", "ret", "k3f9", "--rolle", "formand", "--notes", "", "--phone", "12 34 56 78",
                                    "--remove-email", "a@b.dk", "--fjern-sprog", "dansk"});
  CHECK(ran.code == 0);
  CHECK(ran.out == "Gemt: kontakt K3F9QX\n");
  CHECK(args_of(node.last_request()) ==
        R"({"kind":"contact","id":"k3f9","set":{"role":["formand"],"notes":[""],"phone":["12 34 56 78"]},)"
        R"("take":{"email":["a@b.dk"],"languages":["dansk"]}})");
}

TEST_CASE("edit: what changed nothing is said so") {
  FakeNode node;
  node.answer("record.edit", R"({"id":"K3F9","short":"K3F9QX","changed":false})");
  CHECK(run_at(node, {"plan", "edit", "K3F9", "--title", "X"}).out == "Nothing to change: plan K3F9QX\n");
  CHECK(run_danish(node, {"plan", "ret", "K3F9", "--titel", "X"}).out == "Intet at ændre: plan K3F9QX\n");
}

TEST_CASE("list: programs get stored values between tabs") {
  FakeNode node;
  node.answer("record.list", R"({"records":[)" + event() + "]}");
  const Ran ran = run_at(node, {"event", "list"});
  CHECK(ran.code == 0);
  CHECK(ran.out == "K3F9QX\tÅbent møde\t2026-10-22T15:00:00Z\tRådhuset\t\tBallerup Integrationsråd\t\n");
}

TEST_CASE("list: people get columns in their language, with a mark at conflicts") {
  FakeNode node;
  node.answer("record.list", R"({"records":[)" + event(R"(,"conflicts":{"place":[]})") + "]}");
  const Ran ran = run_on_terminal(node, {"begivenhed", "liste"}, "da");
  CHECK(ran.out ==
        "ID      titel       start                    sted      type  ejer\n"
        "K3F9QX  Åbent møde  22. okt. 2026 kl. 17.00  Rådhuset        Ballerup Integrationsråd  konflikt\n");
}

TEST_CASE("list: pages are followed to the end, and records are ordered by date") {
  FakeNode node;
  node.answer("record.list", R"({"records":[{"id":"A","short":"A","title":"sidst","start":"2026-12-01"},
    {"id":"B","short":"B","title":"uden"}],"next":"B"})");
  node.answer("record.list", R"({"records":[{"id":"C","short":"C","title":"først","start":"2026-11-01"}]})");
  const Ran ran = run_at(node, {"event", "list", "--all", "--json"});
  const Value list = json(ran.out);
  REQUIRE(list.items().size() == 3);
  CHECK(list.items()[0].text("short") == "C");
  CHECK(list.items()[1].text("short") == "A");
  CHECK(list.items()[2].text("short") == "B");
  const std::vector<ApiRequest> requests = node.requests();
  REQUIRE(requests.size() == 2);
  CHECK(args_of(requests[0]) == R"({"all":true,"kind":"event","limit":200})");
  CHECK(requests[1].args.text("after") == "B");
}

TEST_CASE("list: names are ordered as Danes order them") {
  FakeNode node;
  node.answer("record.list", R"({"records":[{"short":"1","name":"Aarhus"},{"short":"2","name":"Ærø"},{"short":"3","name":"Zoo"},
    {"short":"4","name":"ørsted"},{"short":"5","name":"Adam"}]})");
  CHECK(run_at(node, {"contact", "list"}).out ==
        "5\tAdam\t\t\t\t\t\t\n3\tZoo\t\t\t\t\t\t\n2\tÆrø\t\t\t\t\t\t\n4\tørsted\t\t\t\t\t\t\n1\tAarhus\t\t\t\t\t\t\n");
}

TEST_CASE("list: filters go to the node") {
  FakeNode node;
  node.answer("record.list", R"({"records":[]})");
  const Ran ran = run_at(node, {"event", "list", "--place", "rådhus", "--aflyst"});
  CHECK(ran.code == 0);
  CHECK(ran.out.empty());
  CHECK(args_of(node.last_request()) == R"({"filters":{"place":"rådhus","cancelled":"yes"},"kind":"event","limit":200})");
}

TEST_CASE("list: a choice is looked for as it is stored, a date in the order it is stored in") {
  FakeNode node;
  node.answer("record.list", R"({"records":[]})");
  run_at(node, {"initiative", "list", "--status", "i drift", "--start", "oktober 2026", "--area", "disk"});
  CHECK(contains(args_of(node.last_request()), R"("filters":{"status":"running","start":"2026-10","area":"disk"})"));
}

TEST_CASE("list: events that are over are shown with --all only") {
  FakeNode node;
  node.answer("record.list", R"({"records":[{"short":"PAST","start":"2026-10-19","end":"2026-10-19"},
    {"short":"NOW","start":"2026-10-19","end":"2026-10-20"},{"short":"TODAY","start":"2026-10-20T06:00:00Z"},
    {"short":"WEEKLY","start":"2020-01-01","rrule":"FREQ=WEEKLY"},
    {"short":"ENDED","start":"2020-01-01","rrule":"FREQ=WEEKLY;COUNT=3"},{"short":"MONTH","start":"2026-10"},
    {"short":"OLD","start":"2025"},{"short":"UNDATED","title":"x"}]})");
  const auto shown = [&](std::vector<std::string> args) {
    std::string list;
    const Value records = json(run_at(node, std::move(args)).out);
    for (const Value& record : records.items()) list += record.text("short") + " ";
    return list;
  };
  CHECK(shown({"event", "list", "--json"}) == "WEEKLY MONTH NOW TODAY UNDATED ");
  CHECK(shown({"event", "list", "--json", "--all"}) == "WEEKLY ENDED OLD MONTH PAST NOW TODAY UNDATED ");
}

TEST_CASE("list: an empty list is said on a terminal only, and is an empty array as JSON") {
  FakeNode node;
  node.answer("record.list", R"({"records":[]})");
  CHECK(run_on_terminal(node, {"plan", "list"}).out == "Nothing found.\n");
  CHECK(run_on_terminal(node, {"begivenhed", "liste"}, "da").out == "Intet forestående. Alt: budstikke begivenhed liste --all\n");
  CHECK(run_at(node, {"plan", "list", "--json"}).out == "[]\n");
}

TEST_CASE("show: all fields, conflicts, answers and comments in Danish") {
  FakeNode node;
  node.answer("record.show", R"({"record":)" + event(R"(,"conflicts":{"place":[
      {"value":"Rådhuset","council":"BBBB","council_name":"Ballerup Integrationsråd","time":"2026-10-19T10:00:00Z"},
      {"value":null,"council":"IIII","council_name":"Ishøj Integrationsråd","time":"2026-10-19T09:00:00Z"}]},
    "answers":{"rsvp":[{"council":"IIII","council_name":"Ishøj Integrationsråd","value":"maybe","time":"2026-10-19T10:00:00Z"}]},
    "comments":[{"council":"IIII","council_name":"Ishøj Integrationsråd","value":"God idé","time":"2026-10-19T10:00:00Z"}],
    "edited_after_remove":true)") +
                                 "}");
  node.answer("network.members", R"({"members":[]})");
  const Ran ran = run_danish(node, {"begivenhed", "vis", "K3F9"});
  CHECK(ran.code == 0);
  CHECK(ran.out ==
        "begivenhed K3F9QX  Åbent møde\n"
        "fælles:           ja\n"
        "titel:            Åbent møde\n"
        "start:            torsdag den 22. oktober 2026 kl. 17.00\n"
        "sted:             Rådhuset\n"
        "ejer:             Ballerup Integrationsråd\n"
        "ændret:           fredag den 2. oktober 2026 kl. 12.00\n"
        "ID:               " +
            kId +
            "\n"
            "Skrevet forskelligt på samme tid: sted\n"
            "  1. Rådhuset  (Ballerup Integrationsråd, 19. okt. 2026 kl. 12.00)\n"
            "     budstikke begivenhed afgør K3F9QX sted --choose 1\n"
            "  2. (tomt)  (Ishøj Integrationsråd, 19. okt. 2026 kl. 11.00)\n"
            "     budstikke begivenhed afgør K3F9QX sted --choose 2\n"
            "  Saml dem: budstikke begivenhed afgør K3F9QX sted --combine\n"
            "  Skriv en anden: budstikke begivenhed afgør K3F9QX sted --value TEKST\n"
            "svar:\n"
            "  Ishøj Integrationsråd: måske  (19. okt. 2026 kl. 12.00)\n"
            "kommentarer:\n"
            "  God idé  (Ishøj Integrationsråd, 19. okt. 2026 kl. 12.00)\n"
            "Den blev slettet ét sted, mens den blev rettet et andet, og er derfor bevaret.\n");
}

TEST_CASE("show: several lines stand below each other, and JSON is the record") {
  FakeNode node;
  node.answer("record.show", R"({"record":{"short":"K3F9QX","title":"T","text":"en\nto"}})");
  CHECK(contains(run_at(node, {"announcement", "show", "K3F9"}).out, "text:             en\n                  to\n"));
  CHECK(json(run_at(node, {"announcement", "show", "K3F9", "--json"}).out).text("title") == "T");
}

TEST_CASE("remove: off a terminal it needs --yes, and asks nothing of the node without") {
  FakeNode node;
  node.answer("record.remove", kDone);
  const Ran refused = run_danish(node, {"plan", "slet", "K3F9"});
  CHECK(refused.code == 1);
  CHECK(refused.err == "budstikke: Det kræver et ja, og der er ingen at spørge.\n  Tilføj --yes hvis det er meningen.\n");
  CHECK(node.requests().empty());
  const Ran done = run_danish(node, {"plan", "slet", "K3F9", "--yes"});
  CHECK(done.code == 0);
  CHECK(done.out == "Slettet: plan K3F9QX. Fortryd med gendan.\n");
}

TEST_CASE("remove: a terminal is asked, with the record's title") {
  FakeNode node;
  node.answer("record.show", R"({"record":{"short":"K3F9QX","title":"Plan 2027"}})");
  node.answer("record.remove", kDone);
  const Ran no = run_on_terminal(node, {"plan", "remove", "K3F9"}, "en", "n\n");
  CHECK(no.code == 1);
  CHECK(no.err == "Remove plan K3F9QX Plan 2027 at every council? (y/n) budstikke: Nothing was done.\n");
  CHECK(node.last_request().command == "record.show");
  const Ran yes = run_on_terminal(node, {"plan", "remove", "K3F9"}, "da", "j\n");
  CHECK(yes.code == 0);
  CHECK(node.last_request().command == "record.remove");
  CHECK(run_on_terminal(node, {"plan", "remove", "K3F9"}, "da", "").code == 1);  // end of input is no yes
}

TEST_CASE("restore and comment: the record is named to the node") {
  FakeNode node;
  node.answer("record.restore", kDone);
  node.answer("record.comment", kDone);
  CHECK(run_at(node, {"event", "restore", "K3F9"}).out == "Restored: event K3F9QX\n");
  CHECK(run_danish(node, {"idé", "kommenter", "K3F9", "Det gjorde vi også"}).out == "Kommenteret: idé K3F9QX\n");
  CHECK(args_of(node.last_request()) == R"({"kind":"initiative","id":"K3F9","text":"Det gjorde vi også"})");
}
