#include <doctest/doctest.h>

#include "cli/json.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

const std::string kConflicts = R"({"conflicts":[
  {"type":"field","id":"K3F9QXAAAA","short":"K3F9QX","kind":"event","title":"Åbent møde","field":"start","seen":"4T7M2A",
   "permitted":true,"combinable":false,"values":[
    {"value":"2026-10-22T15:00:00Z","council":"B","council_name":"Ballerup Integrationsråd","time":"2026-10-19T10:00:00Z"},
    {"value":"2026-10-23","council":"I","council_name":"Ishøj Integrationsråd","time":"2026-10-19T09:00:00Z"}]},
  {"type":"field","id":"ABCDEFAAAA","short":"ABCDEF","kind":"plan","title":"Plan","field":"title","seen":"ZZZZZ1",
   "permitted":true,"combinable":true,"values":[{"value":"Plan"},{"value":null}]}]})";

const std::string kBroughtBack = R"({"conflicts":[
  {"type":"removed","id":"K3F9QXAAAA","short":"K3F9QX","kind":"event","title":"Åbent møde","seen":"4T7M2A","permitted":true,
   "owner_name":"Thisted Integrationsråd",
   "removed":[{"council":"T","council_name":"Thisted Integrationsråd","time":"2026-10-19T10:00:00Z"}],
   "edited":[{"value":"Nykøbing","council":"M","council_name":"Morsø Integrationsråd","time":"2026-10-19T09:00:00Z",
     "field":"place"}]}]})";

}  // namespace

TEST_CASE("conflicts: people see both values, whose they are, and how to settle it") {
  FakeNode node;
  node.answer("record.conflicts", kConflicts);
  CHECK(run_on_terminal(node, {"begivenhed", "konflikter"}, "da").out ==
        "begivenhed K3F9QX  Åbent møde: start\n"
        "  1. torsdag den 22. oktober 2026 kl. 17.00  (Ballerup Integrationsråd, 19. okt. 2026 kl. 12.00)\n"
        "     budstikke begivenhed afgør K3F9QX start --choose 1 --seen 4T7M2A\n"
        "  2. fredag den 23. oktober 2026  (Ishøj Integrationsråd, 19. okt. 2026 kl. 11.00)\n"
        "     budstikke begivenhed afgør K3F9QX start --choose 2 --seen 4T7M2A\n"
        "  Skriv en anden: budstikke begivenhed afgør K3F9QX start --seen 4T7M2A --value TEKST\n");
  const Ran all = run_on_terminal(node, {"conflicts"});
  CHECK(contains(all.out, "plan ABCDEF  Plan: title\n"));
  CHECK(contains(all.out, "  2. (empty)"));
  CHECK(contains(all.out, "  Combine them: budstikke plan resolve ABCDEF title --combine --seen ZZZZZ1\n"));
}

TEST_CASE("conflicts: a value that is not here is said to be, is no choice, and lets nothing be combined") {
  FakeNode node;
  node.answer("record.conflicts", R"({"conflicts":[{"type":"field","id":"ABCDEFAAAA","short":"ABCDEF","kind":"plan",
    "title":"Plan","field":"title","seen":"ZZZZZ1","permitted":true,"combinable":false,"values":[
    {"value":null,"absent":"missing","council":"C","council_name":"Ishøj","time":"2026-10-19T10:00:00Z"},
    {"value":"Plan","council":"C","council_name":"Greve","time":"2026-10-19T09:00:00Z","cut":true},
    {"absent":"left-out","count":7}]}]})");
  CHECK(run_on_terminal(node, {"conflicts"}).out ==
        "plan ABCDEF  Plan: title\n"
        "  1. (not here: erased, or not fetched yet)  (Ishøj, 19 Oct 2026 12:00)\n"
        "  2. Plan…  (Greve, 19 Oct 2026 11:00)\n"
        "     budstikke plan resolve ABCDEF title --choose 2 --seen ZZZZZ1\n"
        "  … and 7 more\n"
        "  Write another: budstikke plan resolve ABCDEF title --seen ZZZZZ1 --value TEXT\n");
  CHECK(contains(run_at(node, {"conflicts"}).out, "ABCDEF\tplan\ttitle\t1\t(missing)\tIshøj\t"));
}

TEST_CASE("conflicts: a record removed by one and edited by another is kept or removed again by one command each") {
  FakeNode node;
  node.answer("record.conflicts", kBroughtBack);
  CHECK(run_on_terminal(node, {"konflikter"}, "da").out ==
        "begivenhed K3F9QX  Åbent møde: slettet af én, rettet af en anden på samme tid\n"
        "  Slettet af Thisted Integrationsråd, 19. okt. 2026 kl. 12.00\n"
        "  Rettet af Morsø Integrationsråd, 19. okt. 2026 kl. 11.00: sted: Nykøbing\n"
        "  Behold den: budstikke begivenhed gendan K3F9QX --seen 4T7M2A\n"
        "  Slet den igen: budstikke begivenhed slet K3F9QX --seen 4T7M2A\n");
  CHECK(run_at(node, {"conflicts"}).out ==
        "K3F9QX\tevent\t\t\tremoved\tThisted Integrationsråd\t2026-10-19T10:00:00Z\n"
        "K3F9QX\tevent\tplace\t\tNykøbing\tMorsø Integrationsråd\t2026-10-19T09:00:00Z\n");
  const Ran resolved = run_at(node, {"resolve", "K3F9", "place", "--choose", "1"});
  CHECK(contains(resolved.err, "There is no such conflict: K3F9"));
}

TEST_CASE("conflicts: what this council may not settle offers no command") {
  FakeNode node;
  std::string others = kBroughtBack;
  others.replace(others.find("\"permitted\":true"), 16, "\"permitted\":false");
  node.answer("record.conflicts", others);
  const Ran ran = run_on_terminal(node, {"conflicts"});
  CHECK(contains(ran.out, "  Your council may not settle this; Thisted Integrationsråd can.\n"));
  CHECK_FALSE(contains(ran.out, "budstikke event"));
}

TEST_CASE("conflicts: are fetched page by page") {
  FakeNode node;
  node.answer("record.conflicts", R"({"next":"7",)" + kConflicts.substr(1));
  node.answer("record.conflicts", kBroughtBack);
  CHECK(json(run_at(node, {"conflicts", "--json"}).out).items().size() == 3);
  CHECK(node.last_request().args.text("after") == "7");
}

TEST_CASE("conflicts: programs get a line per value, or an array") {
  FakeNode node;
  node.answer("record.conflicts", kConflicts);
  CHECK(run_at(node, {"event", "conflicts"}).out ==
        "K3F9QX\tevent\tstart\t1\t2026-10-22T15:00:00Z\tBallerup Integrationsråd\t2026-10-19T10:00:00Z\n"
        "K3F9QX\tevent\tstart\t2\t2026-10-23\tIshøj Integrationsråd\t2026-10-19T09:00:00Z\n");
  CHECK(json(run_at(node, {"conflicts", "--json"}).out).items().size() == 2);
  CHECK(json(run_at(node, {"plan", "conflicts", "--json"}).out).items().size() == 1);
}

TEST_CASE("conflicts: none is said on a terminal only") {
  FakeNode node;
  node.answer("record.conflicts", R"({"conflicts":[]})");
  CHECK(run_on_terminal(node, {"konflikter"}, "da").out == "Ingen konflikter.\n");
  CHECK(run_at(node, {"conflicts"}).out.empty());
  CHECK(run_at(node, {"conflicts", "--json"}).out == "[]\n");
}

TEST_CASE("resolve: by kind, the choice or a new value goes to the node") {
  FakeNode node;
  node.answer("record.resolve", R"({"id":"K3F9QXAAAA","short":"K3F9QX"})");
  const Ran ran = run_danish(node, {"begivenhed", "afgør", "K3F9", "sted", "--choose", "2"});
  CHECK(ran.code == 0);
  CHECK(ran.out == "Afgjort: begivenhed K3F9QX: sted\n");
  CHECK(args_of(node.last_request()) == R"({"kind":"event","id":"K3F9","field":"place","choose":2})");
  run_at(node, {"event", "resolve", "K3F9", "start", "--value", "23. oktober 2026 kl. 18"});
  CHECK(args_of(node.last_request()) == R"({"kind":"event","id":"K3F9","field":"start","value":"2026-10-23T16:00:00Z"})");
  run_at(node, {"event", "resolve", "K3F9", "place", "--value", ""});
  CHECK(args_of(node.last_request()) == R"({"kind":"event","id":"K3F9","field":"place","value":""})");
}

TEST_CASE("resolve: texts are combined, and the mark of what was seen goes along") {
  FakeNode node;
  node.answer("record.resolve", R"({"id":"K3F9QXAAAA","short":"K3F9QX"})");
  run_at(node, {"event", "resolve", "K3F9", "place", "--combine", "--seen", "4T7M2A"});
  CHECK(args_of(node.last_request()) == R"({"kind":"event","id":"K3F9","field":"place","combine":true,"seen":"4T7M2A"})");
  const Ran dates = run_at(node, {"event", "resolve", "K3F9", "start", "--combine"});
  CHECK(dates.code == 2);
  CHECK(contains(dates.err, "These values cannot be combined: start"));
  for (const char* other : {"--choose", "--value"}) {
    CHECK(run_at(node, {"event", "resolve", "K3F9", "place", "--combine", other, "1"}).code == 2);
  }
  node.refuse("record.resolve", ApiError::ConflictChanged, "place");
  run_at(node, {"event", "resolve", "K3F9", "place", "--choose", "1"});
  const Ran changed = run_at(node, {"event", "resolve", "K3F9", "place", "--choose", "1", "--seen", "AAAAAA"});
  CHECK(changed.code == 1);
  CHECK(contains(changed.err, "Something else has come since you looked: --place"));
}

TEST_CASE("resolve: without a kind the record is found among those in conflict") {
  FakeNode node;
  node.answer("record.conflicts", kConflicts);
  node.answer("record.resolve", R"({"id":"ABCDEFAAAA","short":"ABCDEF"})");
  const Ran ran = run_at(node, {"resolve", "abcd", "title", "--choose", "1"});
  CHECK(ran.code == 0);
  CHECK(ran.out == "Settled: plan ABCDEF: title\n");
  CHECK(args_of(node.last_request()) == R"({"kind":"plan","id":"abcd","field":"title","choose":1})");
}

TEST_CASE("resolve: what is in no conflict, or begins as several do, is refused") {
  FakeNode node;
  node.answer("record.conflicts", R"({"conflicts":[{"type":"field","id":"K3F9QX1","kind":"event","field":"place"},
    {"id":"K3F9QX2","kind":"event","field":"place"}]})");
  const Ran none = run_at(node, {"resolve", "ZZZZ", "place", "--choose", "1"});
  CHECK(none.code == 1);
  CHECK(contains(none.err, "There is no such conflict: ZZZZ"));
  const Ran several = run_at(node, {"resolve", "K3F9", "place", "--choose", "1"});
  CHECK(several.code == 5);
  CHECK(contains(several.err, "Several begin so: K3F9"));
}
