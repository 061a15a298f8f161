#include <doctest/doctest.h>

#include "cli/json.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

const std::string kConflicts = R"({"conflicts":[
  {"id":"K3F9QXAAAA","short":"K3F9QX","kind":"event","title":"Åbent møde","field":"start","values":[
    {"value":"2026-10-22T15:00:00Z","council":"B","council_name":"Ballerup Integrationsråd","time":"2026-10-19T10:00:00Z"},
    {"value":"2026-10-23","council":"I","council_name":"Ishøj Integrationsråd","time":"2026-10-19T09:00:00Z"}]},
  {"id":"ABCDEFAAAA","short":"ABCDEF","kind":"plan","title":"Plan","field":"title",
   "values":[{"value":"Plan"},{"value":null}]}]})";

std::string args_of(const ApiRequest& request) { return cli::json_line_of(request.args); }

}  // namespace

TEST_CASE("conflicts: people see both values, whose they are, and how to settle it") {
  FakeNode node;
  node.answer("record.conflicts", kConflicts);
  CHECK(run_on_terminal(node, {"begivenhed", "konflikter"}, "da").out ==
        "begivenhed K3F9QX  Åbent møde: start\n"
        "  1. torsdag den 22. oktober 2026 kl. 17.00  (Ballerup Integrationsråd, 19. okt. 2026 kl. 12.00)\n"
        "  2. fredag den 23. oktober 2026  (Ishøj Integrationsråd, 19. okt. 2026 kl. 11.00)\n"
        "  Afgør det: budstikke afgør K3F9QX start --choose 1, eller --value TEKST\n");
  const Ran all = run_on_terminal(node, {"conflicts"});
  CHECK(contains(all.out, "plan ABCDEF  Plan: title\n"));
  CHECK(contains(all.out, "  2. (empty)"));
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
  node.answer("record.conflicts", R"({"conflicts":[{"id":"K3F9QX1","kind":"event","field":"place"},
    {"id":"K3F9QX2","kind":"event","field":"place"}]})");
  const Ran none = run_at(node, {"resolve", "ZZZZ", "place", "--choose", "1"});
  CHECK(none.code == 1);
  CHECK(contains(none.err, "There is no such conflict: ZZZZ"));
  const Ran several = run_at(node, {"resolve", "K3F9", "place", "--choose", "1"});
  CHECK(several.code == 5);
  CHECK(contains(several.err, "Several begin so: K3F9"));
}
