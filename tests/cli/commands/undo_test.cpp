// undo, against a scripted node.
#include <doctest/doctest.h>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

const std::string kLooked = R"({"network":"N","name":"Midtjylland","time":"2026-10-20T07:00:00Z","mark":"M4RK","written":false,
  "councils":3,"holders":["Ballerup","Greve"],"records":[
  {"id":"K3F9QXAAAA","short":"K3F9QX","kind":"event","title":"Åbent møde","does":"changes","operations":[
    {"operation":"wrote","field":"place","state":"live","value":"Biblioteket","old":[{"value":"Rådhuset"}]},
    {"operation":"wrote","field":"type","state":"overwritten","value":"Kursus","kept":"overwritten"}]},
  {"id":"T7M2QXAAAA","short":"T7M2QX","kind":"contact","title":"Kontoret","does":"removes","later":2,"operations":[
    {"operation":"wrote","field":"name","state":"live","value":"Kontoret"}]}]})";
const std::string kNothing = R"({"network":"N","name":"Midtjylland","time":"2026-10-20T07:00:00Z","mark":"M4RK","written":false,
  "councils":3,"holders":[],"records":[{"id":"K3F9QXAAAA","short":"K3F9QX","kind":"event","does":"nothing","reason":"for-good",
  "operations":[]}]})";

}  // namespace

TEST_CASE("undo: shows what will be done and who has seen it, asks, and does just that") {
  FakeNode node;
  node.answer("undo", kLooked);
  const Ran ran = run_on_terminal(node, {"fortryd"}, "da", "j\n");
  CHECK(ran.code == 0);
  CHECK(ran.out ==
        "Sidst skrevet her, 20. okt. 2026 kl. 09.00 i Midtjylland:\n"
        "begivenhed K3F9QX Åbent møde\n"
        "  skrev sted: Rådhuset → Biblioteket\n"
        "  skrev type: Kursus  (bliver: nogen har skrevet over det)\n"
        "kontakt T7M2QX Kontoret: fjernes, med 2 senere ændringer\n"
        "  skrev navn: Kontoret\n"
        "Allerede hos: Ballerup, Greve. De får også det der tager det tilbage.\n"
        "Taget tilbage. Vil du tage det tilbage der blev skrevet før: budstikke fortryd\n");
  CHECK(contains(ran.err, "Skal det tages tilbage? [j/N]"));
  REQUIRE(node.requests().size() == 2);
  CHECK(args_of(node.requests()[0]) == R"({"look":true})");
  CHECK(args_of(node.requests()[1]) == R"({"seen":"M4RK"})");
}

TEST_CASE("undo: --dry-run and a no only look, and without a terminal --yes is needed") {
  FakeNode node;
  node.answer("undo", kLooked);
  CHECK(run_at(node, {"undo", "--dry-run"}).code == 0);
  CHECK(json(run_at(node, {"undo", "--dry-run", "--json"}).out) == json(kLooked));
  CHECK(run_on_terminal(node, {"undo"}, "en", "n\n").code == 1);
  CHECK(run_at(node, {"undo"}).code == 1);
  for (const ApiRequest& request : node.requests()) CHECK(request.args.boolean("look"));
  CHECK(run_at(node, {"undo", "--yes", "--json"}).code == 0);
  CHECK_FALSE(node.last_request().args.boolean("look"));
}

TEST_CASE("undo: says how much was written later that stays") {
  FakeNode node;
  std::string looked = kLooked;
  looked.insert(1, R"("passed_over":1,)");
  node.answer("undo", looked);
  const Ran ran = run_danish(node, {"fortryd", "--dry-run"});
  CHECK(ran.out.starts_with("Intet af det der er skrevet senere, kan tages tilbage: 1 logindførsel.\nSidst skrevet her"));
}

TEST_CASE("undo: where nothing can be taken back, nothing is asked and nothing written") {
  FakeNode node;
  node.answer("undo", kNothing);
  const Ran ran = run_on_terminal(node, {"undo"}, "en", "y\n");
  CHECK(ran.code == 1);
  CHECK(contains(ran.out, "event K3F9QX: stays: an erasure is for good\nNo other council is known to have it yet.\n"));
  CHECK(contains(ran.err, "There is nothing that can be taken back."));
  CHECK(node.requests().size() == 1);
  node.refuse("undo", ApiError::NothingToUndo);
}
