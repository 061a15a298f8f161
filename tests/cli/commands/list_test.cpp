// `KIND list`: sorting by any field, bounds, whose it is, what is overdue, and pages on a terminal.
#include <doctest/doctest.h>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

// The short ids, in order, of what a list of these records shows.
std::string listed(std::string_view records, std::vector<std::string> words) {
  FakeNode node;
  node.answer("record.list", R"({"records":[)" + std::string(records) + "]}");
  node.answer("status", R"({"council":"OWN"})");
  words.emplace_back("--json");
  const Ran ran = run_at(node, std::move(words));
  CAPTURE(ran.err);
  REQUIRE(ran.code == 0);
  std::string ids;
  const Value list = json(ran.out);
  for (const Value& record : list.items()) ids += record.text("short");
  return ids;
}

const char* const kIdeas = R"(
  {"short":"A","title":"Æbler","owner_name":"Aarhus","budget":900,"status":"done","start":"2026","tags":["b","x"],
   "answers":{"endorsements":[{"council":"X"}]},"changed":"2026-10-03T10:00:00Z"},
  {"short":"B","title":"Banan","owner_name":"Ballerup","budget":12000,"status":"proposed","start":"2026-03-01",
   "answers":{"endorsements":[{"council":"X"},{"council":"Y"}]},"changed":"2026-10-01T10:00:00Z"},
  {"short":"C","title":"citron","owner_name":"Ærø","status":"running","start":"2026-02","tags":["a"],
   "answers":{"endorsements":[]},"changed":"2026-10-02T10:00:00Z"},
  {"short":"D","title":"Ål","owner_name":"Ishøj","budget":0,"status":"eget ord"})";

const char* const kHearings = R"(
  {"short":"A","title":"a","deadline":"2026-10-19","answers":{"responses":[],"positions":[]}},
  {"short":"B","title":"b","deadline":"2026-10-20","answers":{"responses":[],"positions":[]}},
  {"short":"C","title":"c","deadline":"2026-09","answers":{"responses":[{"council":"OWN","value":"x"}],"positions":[]}},
  {"short":"D","title":"d","deadline":"2026-09","answers":{"responses":[{"council":"OTHER","value":"x"}],"positions":[]}},
  {"short":"E","title":"e","deadline":"2026-01-01","answers":{"positions":[{"council":"OWN","value":"abstained"}]}},
  {"short":"F","title":"f"},
  {"short":"G","title":"g","deadline":"2026-10"})";

}  // namespace

TEST_CASE("list --sort: texts are in the order of the Danish alphabet, either way, and what has none comes last") {
  CHECK(listed(kIdeas, {"initiative", "list"}) == "BCAD");  // by title, as long as nothing else is asked for
  CHECK(listed(kIdeas, {"initiative", "list", "--sort", "title"}) == "BCAD");
  CHECK(listed(kIdeas, {"initiative", "list", "--sort", "titel", "--descending"}) == "DACB");
  CHECK(listed(kIdeas, {"initiative", "list", "--sort", "owner"}) == "BDCA");  // Aarhus is Århus
  CHECK(listed(kIdeas, {"initiative", "list", "--sort", "ejer", "--descending"}) == "ACDB");
}

TEST_CASE("list --sort: foreign letters go by the nearest of the alphabet, as Danish dictionaries have them") {
  const char* names = R"({"short":"1","name":"Östergren"},{"short":"2","name":"Zoo"},{"short":"3","name":"Änder"},
    {"short":"4","name":"Müller"},{"short":"5","name":"Mylius"},{"short":"6","name":"Nielsen"},{"short":"7","name":"Érik"},
    {"short":"8","name":"Erling"},{"short":"9","name":"Ørsted"})";
  CHECK(listed(names, {"contact", "list", "--sort", "name"}) == "785462391");
}

TEST_CASE("list --sort: numbers, dates, choices, sets and answers each in their own order") {
  CHECK(listed(kIdeas, {"initiative", "list", "--sort", "budget"}) == "DABC");
  CHECK(listed(kIdeas, {"initiative", "list", "--sort", "budget", "--descending"}) == "BADC");
  CHECK(listed(kIdeas, {"initiative", "list", "--sort", "start"}) == "ACBD");
  CHECK(listed(kIdeas, {"initiative", "list", "--sort", "status"}) == "BCAD");  // proposed, running, done, then other words
  CHECK(listed(kIdeas, {"initiative", "list", "--sort", "tags"}) == "CABD");
  CHECK(listed(kIdeas, {"initiative", "list", "--sort", "endorsements", "--descending"}) == "BACD");
  CHECK(listed(kIdeas, {"initiative", "list", "--sort", "changed"}) == "BCAD");
}

TEST_CASE("list --sort: a field that is none is refused with what there is") {
  FakeNode node;
  const Ran ran = run_danish(node, {"plan", "liste", "--sort", "qqqq"});
  CHECK(ran.code == 2);
  CHECK(contains(ran.err, "ejer, ændret, år, titel"));
  CHECK(contains(run_at(node, {"plan", "list", "--sort", "titel1"}).err, "title"));
  CHECK(node.requests().empty());
}

TEST_CASE("list: bounds of dates take in whole days, months and years, and bounds of numbers both ends") {
  CHECK(listed(kIdeas, {"initiative", "list", "--start-from", "2026-03-01", "--sort", "title"}) == "BA");  // some day of 2026
  CHECK(listed(kIdeas, {"initiative", "list", "--start-to", "28-02-2026", "--sort", "title"}) == "CA");
  CHECK(listed(kIdeas, {"idé", "liste", "--start-fra", "februar 2026", "--start-til", "februar 2026", "--sort", "titel"}) ==
        "CA");
  CHECK(listed(kIdeas, {"initiative", "list", "--budget-from", "900"}) == "BA");
  CHECK(listed(kIdeas, {"initiative", "list", "--budget-til", "900"}) == "AD");
  CHECK(listed(kIdeas, {"initiative", "list", "--budget-from", "12.000", "--budget-to", "12000"}) == "B");
}

TEST_CASE("list: bounds of times go by the clock of Denmark") {
  const char* events = R"({"short":"A","start":"2026-10-21T21:59:00Z"},{"short":"B","start":"2026-10-21T22:30:00Z"})";
  CHECK(listed(events, {"event", "list", "--all", "--start-to", "2026-10-21"}) == "A");
  CHECK(listed(events, {"event", "list", "--all", "--start-from", "22. oktober 2026"}) == "B");
}

TEST_CASE("list: what is no bound, or no bound of that field, is refused") {
  FakeNode node;
  CHECK(run_at(node, {"initiative", "list", "--title-from", "a"}).code == 2);
  CHECK(run_at(node, {"initiative", "list", "--start-from", "i går aftes"}).code == 2);
  CHECK(run_at(node, {"initiative", "list", "--budget-to", "meget"}).code == 2);
  CHECK(run_at(node, {"initiative", "add", "--title", "X", "--start-from", "2026"}).code == 2);
  CHECK(node.requests().empty());
}

TEST_CASE("list --owner: any part of the owner's name, in any case, with å as aa") {
  CHECK(listed(kIdeas, {"initiative", "list", "--owner", "århus"}) == "A");
  CHECK(listed(kIdeas, {"initiative", "list", "--owner", "ALLER"}) == "B");
}

TEST_CASE("hearing list --overdue: the deadline is over, and this council has neither answered nor abstained") {
  CHECK(listed(kHearings, {"hearing", "list", "--overdue"}) == "DA");
  FakeNode node;
  CHECK(run_at(node, {"event", "list", "--overdue"}).code == 2);
}

TEST_CASE("list: what is longer than the terminal is paged, with the person's own program, and only on a terminal") {
  FakeNode node;
  node.answer("record.list", R"({"records":[{"short":"1","title":"a","year":"2026"},{"short":"2","title":"b","year":"2027"},
    {"short":"3","title":"c","year":"2028"}]})");
  const auto run_in = [&](World& world) { return run_cli({"--home", node.home().string(), "plan", "list"}, world); };
  World small{.env = {{"NO_COLOR", "1"}, {"PAGER", "more"}}, .terminal = true, .columns = 80, .rows = 4};
  CHECK(run_in(small).out.empty());
  REQUIRE(small.paged.size() == 1);
  CHECK(small.paged[0].first == "more");
  CHECK(contains(small.paged[0].second, "2028"));
  World own{.env = {{"PAGER", "more"}, {"BUDSTIKKE_PAGER", "less -S"}}, .terminal = true, .columns = 80, .rows = 4};
  run_in(own);
  REQUIRE(own.paged.size() == 1);
  CHECK(own.paged[0].first == "less -S");
  World large{.terminal = true, .columns = 80, .rows = 24};
  CHECK(contains(run_in(large).out, "2028"));
  CHECK(large.paged.empty());
  World none{.env = {{"PAGER", ""}}, .terminal = true, .columns = 80, .rows = 2};
  CHECK(contains(run_in(none).out, "2028"));
  CHECK(none.paged.empty());
  World missing{.terminal = true, .columns = 80, .rows = 2, .has_pager = false};
  CHECK(contains(run_in(missing).out, "2028"));
  World piped{.rows = 2};
  CHECK(contains(run_in(piped).out, "2028"));
  CHECK(piped.paged.empty());
}
