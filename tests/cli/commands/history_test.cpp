// history, show --at, list --removed and unknown, as transcripts against a scripted node.
#include <doctest/doctest.h>

#include "cli/json.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

const std::string kHistory = R"({"id":"K3F9QXAAAA","short":"K3F9QX","kind":"event","title":"Åbent møde","total":4,"changes":[
  {"time":"2026-10-19T10:00:00Z","member":"M1AAAAAA","member_short":"M1AAAA","council":"B","council_name":"Ballerup","operations":[
    {"operation":"wrote","field":"place","state":"live","value":"Biblioteket","old":[{"value":"Rådhuset"},{"absent":"missing"}]},
    {"operation":"wrote","field":"description","state":"live","value":"Kom og hør\nMed kaffe","old":[{"value":"Kom og se\nMed kaffe"}]},
    {"operation":"cleared","field":"type","state":"live","value":null,"old":[{"value":"Møde"}],"old_left_out":2}]},
  {"time":"2026-10-19T09:00:00Z","member":"M2AAAAAA","member_short":"M2AAAA","operations":[
    {"operation":"wrote","field":"title","state":"void","reason":"not-member","value":"Hacket"}]},
  {"time":"2026-10-18T09:00:00Z","member":"M1AAAAAA","member_short":"M1AAAA","council":"B","council_name":"Ballerup","operations":[
    {"operation":"flagged","field":"shared","state":"live","value":true},
    {"operation":"wrote","field":"description","state":"overwritten","value":"Kom og se\nMed kaffe"},
    {"operation":"wrote","field":"start","state":"overwritten","value":"2026-10-22T15:00:00Z"},
    {"operation":"wrote","field":77,"state":"live","value":"nyt"},
    {"operation":"took-back","field":"comments","state":"done","old":[{"value":"hov"}]},
    {"operation":"removed","state":"overwritten"}]}]})";

}  // namespace

TEST_CASE("history: tells who wrote what when, what it was before and what has become of it") {
  FakeNode node;
  node.answer("record.history", kHistory);
  CHECK(run_on_terminal(node, {"begivenhed", "historik", "K3F9"}, "da").out ==
        "begivenhed K3F9QX  Åbent møde\n"
        "19. okt. 2026 kl. 12.00  Ballerup (M1AAAA)\n"
        "  skrev sted: Rådhuset | (ikke her: udslettet, eller endnu ikke hentet) → Biblioteket  (gælder)\n"
        "  skrev beskrivelse:  (gælder)\n"
        "    Kom og [-se-]{+hør+}\n"
        "    Med kaffe\n"
        "  tømte type: Møde … og 2 til → (tomt)  (gælder)\n"
        "19. okt. 2026 kl. 11.00  ? (M2AAAA)\n"
        "  skrev titel: Hacket  (gælder ikke: forfatteren er ikke medlem)\n"
        "18. okt. 2026 kl. 11.00  Ballerup (M1AAAA)\n"
        "  satte fælles: ja  (gælder)\n"
        "  skrev beskrivelse:  (overskrevet)\n"
        "    Kom og se\n"
        "    Med kaffe\n"
        "  skrev start: torsdag den 22. oktober 2026 kl. 17.00  (overskrevet)\n"
        "  skrev ukendt felt 77: nyt  (gælder)\n"
        "  tog tilbage kommentarer: hov\n"
        "  slettede den  (overskrevet)\n");
  CHECK(args_of(node.last_request()) == R"({"kind":"event","id":"K3F9","limit":20})");
}

TEST_CASE("history: programs get a line per operation, or the document") {
  FakeNode node;
  node.answer("record.history", kHistory);
  const std::string rows = run_at(node, {"event", "history", "K3F9"}).out;
  CHECK(rows.starts_with("2026-10-19T10:00:00Z\tBallerup\tM1AAAA\twrote\tplace\tlive\t\tRådhuset | (missing)\tBiblioteket\n"));
  CHECK(contains(rows, "\t\tM2AAAA\twrote\ttitle\tvoid\tnot-member\t\tHacket\n"));
  CHECK(contains(rows, "\twrote\t77\tlive\t\t\tnyt\n"));
  const Value document = json(run_at(node, {"event", "history", "K3F9", "--json"}).out);
  CHECK(document.items("changes").size() == 3);
  CHECK(document.integer("total") == 4);
}

TEST_CASE("history: goes from page to page until there is as much as was asked for") {
  FakeNode node;
  const std::string page = R"({"short":"K3F9QX","title":"x","next":"MARK1",)" + kHistory.substr(kHistory.find("\"changes\""));
  node.answer("record.history", page);
  node.answer("record.history", kHistory);
  CHECK(json(run_at(node, {"event", "history", "K3F9", "--all", "--json"}).out).items("changes").size() == 6);
  CHECK(node.last_request().args.text("after") == "MARK1");
  CHECK(node.last_request().args.integer("limit") == 200);
  FakeNode other;
  other.answer("record.history", page);
  const Ran ran = run_on_terminal(other, {"event", "history", "K3F9", "--limit", "3", "--after", "MARK0"});
  CHECK(args_of(other.last_request()) == R"({"kind":"event","id":"K3F9","after":"MARK0","limit":3})");
  CHECK(ran.out.ends_with("Older changes: budstikke event history K3F9QX --after MARK1\n"));
}

TEST_CASE("history: a limit that is no number, and --all with one, are refused") {
  FakeNode node;
  for (const char* limit : {"0", "-1", "mange", "1000001"}) {
    CHECK(run_at(node, {"event", "history", "K3F9", "--limit", limit}).code == 2);
  }
  CHECK(contains(run_at(node, {"event", "history", "K3F9", "--all", "--limit", "3"}).err, "--all and --limit"));
  CHECK(node.requests().empty());
}

TEST_CASE("history: a mark that is none of this record's says what to give instead") {
  FakeNode node;
  node.refuse("record.history", ApiError::BadRequest, "after");
  node.refuse("record.history", ApiError::NoSuchRecord, "K3F9");
  const Ran ran = run_at(node, {"event", "history", "K3F9", "--after", "ABCD"});
  CHECK(ran.code == 2);
  CHECK(ran.err ==
        "budstikke: Not one of the choices: --after\n"
        "  Give the whole mark that this record's history ended with, or leave --after out.\n");
  CHECK(run_at(node, {"event", "history", "K3F9"}).code == 5);
}

TEST_CASE("show --at: a date is its whole day in Denmark, a time its minute, and a time in UTC its second") {
  FakeNode node;
  node.answer("record.show", R"({"record":{"id":"K3F9","short":"K3F9QX","title":"Møde","owner_name":"Ballerup",
    "changed":"2026-10-01T10:00:00Z","at":"2026-10-02T21:59:59Z","removed":{"council_name":"Greve","time":"2026-10-01T09:00:00Z"}}})");
  const auto at = [&](const std::string& typed) {
    const Ran ran = run_at(node, {"event", "show", "K3F9", "--at", typed});
    CHECK(ran.code == 0);
    return node.last_request().args.text("at");
  };
  CHECK(at("2. oktober 2026") == "2026-10-02T21:59:59Z");
  CHECK(at("25-10-2026") == "2026-10-25T22:59:59Z");  // a day of 25 hours
  CHECK(at("2026") == "2026-12-31T22:59:59Z");
  CHECK(at("marts 2026") == "2026-03-31T21:59:59Z");
  CHECK(at("02-10-2026 kl. 12.30") == "2026-10-02T10:30:59Z");
  CHECK(at("2026-10-02 12:30:15") == "2026-10-02T10:30:15Z");
  CHECK(at("2026-10-02T10:30:00Z") == "2026-10-02T10:30:00Z");
  const Ran shown = run_danish(node, {"begivenhed", "vis", "K3F9", "--at", "02-10-2026"});
  CHECK(contains(shown.out, "Som forfatternes ure havde den til og med fredag den 2. oktober 2026 kl. 23.59\n"));
  CHECK(contains(shown.out, "Slettet af Greve, 1. okt. 2026 kl. 11.00\nDen var slettet på det tidspunkt.\n"));
}

TEST_CASE("show --at: what is no time is refused, and a time before the record says so") {
  FakeNode node;
  const Ran bad = run_at(node, {"event", "show", "K3F9", "--at", "3/15/2026"});
  CHECK(bad.code == 2);
  CHECK(contains(bad.err, "--at \"3/15/2026\""));
  CHECK(contains(bad.err, "The month seems to stand first"));
  CHECK(node.requests().empty());
  node.refuse("record.show", ApiError::NotYet, "2026-01-01T10:00:00Z");
  const Ran early = run_at(node, {"event", "show", "K3F9", "--at", "2026-01-01T10:00:00Z"});
  CHECK(early.code == 5);
  CHECK(contains(early.err, "It did not exist yet at that time: Thursday 1 January 2026 at 11:00\n"));
}

TEST_CASE("show: fields of a newer version are listed as unknown") {
  FakeNode node;
  node.answer("record.show", R"({"record":{"id":"K3F9","short":"K3F9QX","title":"Møde","owner_name":"B",
    "changed":"2026-10-01T10:00:00Z","unknown":[{"field":77,"class":"set","values":["a","b"]}]}})");
  CHECK(contains(run_at(node, {"event", "show", "K3F9"}).out, "unknown field 77: a, b\n"));
}

TEST_CASE("list --removed: shows what can be restored, and by whom it was removed") {
  FakeNode node;
  node.answer("record.list", R"({"records":[{"id":"K3F9","short":"K3F9QX","title":"Møde","start":"2020-01-01","owner_name":"B",
    "removed":{"council_name":"Greve","time":"2026-10-01T09:00:00Z"}}]})");
  const Ran ran = run_on_terminal(node, {"begivenhed", "liste", "--removed"}, "da");
  CHECK(contains(ran.out, "slettet af"));
  CHECK(contains(ran.out, "Greve"));
  CHECK(contains(ran.out, "1. okt. 2026 kl. 11.00"));
  CHECK(node.last_request().args.boolean("removed"));
  CHECK(contains(run_at(node, {"event", "list", "--removed"}).out, "\tGreve\t2026-10-01T09:00:00Z\t"));
  FakeNode empty;
  empty.answer("record.list", R"({"records":[]})");
  CHECK(run_on_terminal(empty, {"event", "list", "--removed"}).out == "Nothing is removed.\n");
}

TEST_CASE("restore and remove: carry the mark of what was seen, and another council's record is its owner's") {
  FakeNode node;
  node.answer("record.restore", R"({"id":"K3F9QXAAAA","short":"K3F9QX"})");
  node.answer("record.remove", R"({"id":"K3F9QXAAAA","short":"K3F9QX"})");
  run_at(node, {"event", "restore", "K3F9", "--seen", "4T7M2A"});
  CHECK(args_of(node.last_request()) == R"({"kind":"event","id":"K3F9","seen":"4T7M2A"})");
  run_at(node, {"event", "remove", "K3F9", "--seen", "4T7M2A", "--yes"});
  CHECK(args_of(node.last_request()) == R"({"kind":"event","id":"K3F9","seen":"4T7M2A"})");
  FakeNode other;
  other.refuse("record.restore", ApiError::NotOwner, "Greve Integrationsråd");
  const Ran refused = run_danish(other, {"begivenhed", "gendan", "K3F9"});
  CHECK(refused.code == 4);
  CHECK(contains(refused.err, "Jeres råd må hverken slette eller gendanne den; den ejes af: Greve Integrationsråd"));
}

TEST_CASE("unknown: lists records of kinds that only a newer version knows, and says so") {
  FakeNode node;
  node.answer("record.unknown", R"({"records":[{"id":"K3F9QXAAAA","short":"K3F9QX","kind":42,"owner":"C","owner_name":"Greve",
    "network":"N","changed":"2026-10-01T09:00:00Z","unknown":[{"field":2,"class":"register","values":["Titel",null]},
    {"field":9,"class":"set","values":["a"],"left_out":3}]}],"next":"K3F9QXAAAA"})");
  node.answer("record.unknown", R"({"records":[]})");
  CHECK(run_on_terminal(node, {"ukendt"}, "da").out ==
        "K3F9QX  ukendt slags 42, Greve, ændret 1. okt. 2026 kl. 11.00\n"
        "  ukendt felt 2: Titel, \n"
        "  ukendt felt 9: a …\n"
        "En nyere version af budstikke har skrevet dem. De bliver gemt og sendt videre; opdatér denne for at\n"
        "arbejde med dem.\n");
  CHECK(node.last_request().args.text("after") == "K3F9QXAAAA");
  CHECK(run_on_terminal(node, {"unknown"}).out == "Nothing unknown.\n");
  CHECK(run_at(node, {"unknown", "--json"}).out == "[]\n");
}

TEST_CASE("status: counts records of unknown kinds when there are any") {
  FakeNode node;
  node.answer("status", R"({"council_name":"Aarhus","version":"0.1.0","peers":[],
    "networks":[{"id":"N","name":"Midt","role":"council","unknown":2}]})");
  CHECK(contains(run_danish(node, {"status"}).out, "  Poster af ukendt slags, fra en nyere version: 2 (budstikke ukendt)\n"));
}
