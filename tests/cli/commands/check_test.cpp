// check, against a scripted node.
#include <doctest/doctest.h>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

const std::string kSound = R"({"networks":[{"id":"N","name":"Midtjylland","entries":130,"records":120,"state_ok":true,
  "vector_ok":true,"differences":[]}],"rows":{"sound":400,"damaged":0,"lost":0},"repaired":0,"healed_wanted":0,"ok":true})";
const std::string kDamaged = R"({"networks":[{"id":"N","name":"Midtjylland","entries":130,"records":120,"state_ok":false,
  "vector_ok":true,"differences":["record K3F9QX: another state than its log"]}],"rows":{"sound":399,"damaged":1,"lost":2},
  "repaired":3,"healed_wanted":1,"ok":false})";

}  // namespace

TEST_CASE("check: a sound store is said to be, and ends with 0") {
  FakeNode node;
  node.answer("check", kSound);
  const Ran ran = run_danish(node, {"tjek"});
  CHECK(ran.code == 0);
  CHECK(ran.out ==
        "Midtjylland: 130 logindførsler, 120 poster: alt er som loggen siger\n"
        "Lager: 400 rækker hele, 0 beskadigede, 0 tabt\n"
        "Alt er som det skal være.\n");
  CHECK(node.last_request().args.find("repair") == nullptr);
  CHECK(json(run_at(node, {"check", "--json"}).out) == json(kSound));
  CHECK(run_at(node, {"check", "--quiet"}).out.empty());
}

TEST_CASE("check: differences and damage are told, with what to do, and end with 1") {
  FakeNode node;
  node.answer("check", kDamaged);
  const Ran found = run_at(node, {"check"});
  CHECK(found.code == 1);
  CHECK(found.out ==
        "Midtjylland: 130 log entries, 120 records: not as the log says\n"
        "  record K3F9QX: another state than its log\n"
        "Store: 399 rows sound, 1 damaged, 2 lost\n");
  CHECK(found.err == "budstikke: The store is not as it should be.\n  Mend it: budstikke check --repair\n");
  const Ran repaired = run_at(node, {"check", "--repair"});
  CHECK(node.last_request().args.boolean("repair"));
  CHECK(contains(repaired.out, "Repaired here: 3, asked of other nodes: 1\n"));
  CHECK(contains(repaired.err, "keep this one running"));
  const Ran as_json = run_at(node, {"check", "--json"});
  CHECK(as_json.code == 1);
  CHECK(contains(as_json.err, "\"check-failed\""));
}

TEST_CASE("check: rows that only a start can mend are told with what to do") {
  FakeNode node;
  node.answer("check", R"({"networks":[],"rows":{"sound":9,"damaged":0,"lost":1},"repaired":0,"healed_wanted":0,"restart":true,
    "ok":false})");
  CHECK(contains(run_danish(node, {"tjek", "--repair"}).err, "start den igen"));
  CHECK(contains(run_danish(node, {"tjek"}).err, "budstikke tjek --repair"));
}
