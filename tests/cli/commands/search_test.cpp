// search, and what is shown of similar ideas before one is added.
#include <doctest/doctest.h>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

const std::string kHits = R"({"hits":[
  {"id":"K3F9","short":"K3F9QX","kind":"initiative","owner":"C1","owner_name":"Ishøj","title":[{"text":"Venskabs","hit":false},
   {"text":"familier","hit":true}],"excerpt":[{"text":"… mødes med ","hit":false},{"text":"familier","hit":true},
   {"text":" i hverdagen","hit":false}],"found":"words"},
  {"id":"K7AB","short":"K7ABCD","kind":"event","owner":"C2","owner_name":"Odense","title":[{"text":"Fest","hit":false}],
   "excerpt":[],"found":"parts"}]})";

}  // namespace

TEST_CASE("search: each hit with its id, kind, title and council, and the sentence under it") {
  FakeNode node;
  node.answer("search", kHits);
  World coloured{.env = {{"LANG", "da"}}, .terminal = true};
  CHECK(contains(run_cli({"--home", node.home().string(), "søg", "familie", "fest"}, coloured).out, "\033[1mfamilier\033[0m"));
  World plain{.env = {{"NO_COLOR", "1"}, {"LANG", "da"}}, .terminal = true};
  CHECK(run_cli({"--home", node.home().string(), "søg", "familie", "fest"}, plain).out ==
        "K3F9QX  idé: Venskabsfamilier (Ishøj)\n"
        "        … mødes med familier i hverdagen\n"
        "K7ABCD  begivenhed: Fest (Odense)\n");
  CHECK(args_of(node.last_request()) == R"({"limit":20,"words":"familie fest"})");
}

TEST_CASE("search: a narrow terminal cuts titles and sentences, and programs get whole ones") {
  FakeNode node;
  node.answer("search", kHits);
  World narrow{.env = {{"NO_COLOR", "1"}, {"LANG", "en"}}, .terminal = true, .columns = 36};
  const std::string out = run_cli({"--home", node.home().string(), "search", "familie"}, narrow).out;
  CHECK(contains(out, "K3F9QX  initiative: Venskab… (Ishøj)\n"));
  CHECK(run_at(node, {"search", "familie"}).out ==
        "K3F9QX\tinitiative\tIshøj\tVenskabsfamilier\t… mødes med familier i hverdagen\n"
        "K7ABCD\tevent\tOdense\tFest\t\n");
  CHECK(json(run_at(node, {"search", "familie", "--json"}).out) == json(kHits));
}

TEST_CASE("search: filters are given in words of either language, days as people write them") {
  FakeNode node;
  node.answer("search", R"({"hits":[]})");
  CHECK(run_danish(node, {"søg", "fest", "--kind", "begivenhed", "--council", "ishøj", "--since", "1. marts 2026", "--until",
                          "2026", "--limit", "5", "--network", "Midt"})
            .code == 0);
  CHECK(args_of(node.last_request()) ==
        R"({"network":"Midt","limit":5,"kind":"event","council":"ishøj","since":"2026-03-01","until":"2026","words":"fest"})");
  CHECK(run_at(node, {"search", "fest", "--kind", "evnt"}).code == 2);
  CHECK(contains(run_at(node, {"search", "fest", "--kind", "evnt"}).err, "event"));
  CHECK(run_at(node, {"search", "fest", "--since", "whenever"}).code == 2);
  CHECK(run_at(node, {"search", "fest", "--limit", "0"}).code == 2);
  CHECK(run_at(node, {"search"}).code == 2);
}

TEST_CASE("search: nothing found, something near, and an index that is being made are said") {
  FakeNode node;
  node.answer("search", R"({"hits":[]})");
  CHECK(run_on_terminal(node, {"søg", "xyzzy"}, "da").out == "Intet fundet: xyzzy\n");
  FakeNode near;
  near.answer("search", R"({"hits":[{"short":"K7ABCD","kind":"event","owner_name":"Odense","title":[{"text":"Fest"}],
    "found":"nearly"}],"searched":10,"records":400})");
  CHECK(run_on_terminal(near, {"search", "fset"}).out ==
        "Nothing has just these words: fset. This is near:\n"
        "K7ABCD  event: Fest (Odense)\n"
        "The index is being made: 10 of 400 records have been looked through. Search again in a moment.\n");
  FakeNode broken;
  broken.refuse("search", ApiError::NoSearch, "disk");
  CHECK(run_at(broken, {"search", "x"}).code == 1);
  CHECK(contains(run_danish(broken, {"søg", "x"}).err, "Søgning virker ikke nu: disk"));
}

TEST_CASE("initiative add: on a terminal similar ideas are shown first, and it is added when that is wanted all the same") {
  FakeNode node;
  node.answer("search", kHits);
  node.answer("record.add", R"({"id":"K3F9","short":"K3F9QX"})");
  const Ran refused = run_on_terminal(node, {"initiative", "add", "--title", "Familier"}, "en", "n\n");
  CHECK(refused.code == 1);
  CHECK(contains(refused.out, "Others have something like it:\nK3F9QX  initiative: "));
  CHECK(contains(refused.err, "Add it all the same? (y/n)"));
  CHECK(node.last_request().command == "search");
  CHECK(args_of(node.last_request()) == R"({"words":"Familier","kind":"initiative","limit":3})");
  CHECK(run_on_terminal(node, {"initiative", "add", "--title", "Familier"}, "en", "y\n").code == 0);
  CHECK(node.last_request().command == "record.add");
}

TEST_CASE("initiative add: nobody is asked without a terminal, with --yes, or when nothing is like it") {
  FakeNode node;
  node.answer("search", R"({"hits":[{"short":"K7ABCD","kind":"initiative","title":[],"found":"some"}]})");
  node.answer("record.add", R"({"id":"K3F9","short":"K3F9QX"})");
  CHECK(run_on_terminal(node, {"initiative", "add", "--title", "Familier"}).code == 0);
  CHECK(node.requests().size() == 2);
  CHECK(run_at(node, {"initiative", "add", "--title", "Familier"}).code == 0);
  CHECK(run_on_terminal(node, {"initiative", "add", "--title", "Familier", "--yes"}).code == 0);
  CHECK(node.requests().size() == 4);
  FakeNode without;  // an index that does not work stops nobody
  without.answer("record.add", R"({"id":"K3F9","short":"K3F9QX"})");
  CHECK(run_on_terminal(without, {"initiative", "add", "--title", "Familier"}).code == 0);
}
