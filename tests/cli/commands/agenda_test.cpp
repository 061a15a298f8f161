// agenda. Today is Tuesday 20 October 2026.
#include <doctest/doctest.h>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

// Three kinds are asked for in this order: events, hearings, announcements.
void script(FakeNode& node) {
  node.answer("network.list", R"({"networks":[{"id":"N"}]})");
  node.answer("record.list", R"({"records":[
    {"id":"E1","short":"E1AAAA","title":"Åbent møde","start":"2026-10-22T15:00:00Z","place":"Rådhuset"},
    {"id":"E2","short":"E2AAAA","title":"Temadage","start":"2026-10-18","end":"2026-10-21"},
    {"id":"E3","short":"E3AAAA","title":"Overstået","start":"2026-10-19T15:00:00Z","end":"2026-10-19T17:00:00Z"},
    {"id":"E4","short":"E4AAAA","title":"Langt ude","start":"2027-10-19"},
    {"id":"E5","short":"E5AAAA","title":"Uden dag","start":"2026-11"},
    {"id":"E6","short":"E6AAAA","title":"Fest","start":"2026-10-22","cancelled":true}]})");
  node.answer("record.list", R"({"records":[{"id":"H1","short":"H1AAAA","title":"Ny lov","deadline":"2026-10-22"}]})");
  node.answer("record.list", R"({"records":[{"id":"A1","short":"A1AAAA","title":"Konference","valid_until":"2026-11-01"}]})");
}

}  // namespace

TEST_CASE("agenda: by day with weekday, in Danish") {
  FakeNode node;
  script(node);
  CHECK(run_on_terminal(node, {"kalender"}, "da").out ==
        "tirsdag den 20. oktober 2026\n"
        "         E2AAAA  begivenhed: Temadage\n"
        "torsdag den 22. oktober 2026\n"
        "         E6AAAA  begivenhed: Fest (aflyst)\n"
        "         H1AAAA  høring: Ny lov (frist)\n"
        "  17.00  E1AAAA  begivenhed: Åbent møde, Rådhuset\n"
        "søndag den 1. november 2026\n"
        "         A1AAAA  meddelelse: Konference (sidste dag)\n");
}

TEST_CASE("agenda: programs get one line each, or an array") {
  FakeNode node;
  script(node);
  CHECK(run_at(node, {"agenda", "--days", "2"}).out ==
        "2026-10-20\t\tevent\tevent\tE2AAAA\tTemadage\t\n"
        "2026-10-22\t\tevent\tevent\tE6AAAA\tFest\t\n"
        "2026-10-22\t\tdeadline\thearing\tH1AAAA\tNy lov\t\n"
        "2026-10-22\t17:00\tevent\tevent\tE1AAAA\tÅbent møde\tRådhuset\n");
  FakeNode other;
  script(other);
  const Value list = json(run_at(other, {"agenda", "--json", "--days", "0"}).out);
  REQUIRE(list.items().size() == 1);
  CHECK(list.items()[0].text("date") == "2026-10-20");
  CHECK(list.items()[0].text("what") == "event");
}

TEST_CASE("agenda: a repeated event is on every day that its rule gives") {
  FakeNode node;
  node.answer("network.list", R"({"networks":[{"id":"N"}]})");
  node.answer("record.list", R"({"records":[{"id":"E1","short":"E1AAAA","title":"Café","start":"2026-09-03T15:00:00Z",
    "end":"2026-09-03T17:00:00Z",
    "rrule":"FREQ=WEEKLY;BYDAY=TH"}]})");
  node.answer("record.list", R"({"records":[]})");
  CHECK(run_at(node, {"agenda", "--days", "14"}).out ==
        "2026-10-22\t17:00\tevent\tevent\tE1AAAA\tCafé\t\n"
        "2026-10-29\t17:00\tevent\tevent\tE1AAAA\tCafé\t\n");  // local time stays the same when summer time ends
}

TEST_CASE("agenda: a repeated event leaves out the times, days and months that it excepts") {
  FakeNode node;
  node.answer("network.list", R"({"networks":[{"id":"N"}]})");
  node.answer("record.list", R"({"records":[{"id":"E1","short":"E1AAAA","title":"Café","start":"2026-09-03T15:00:00Z",
    "rrule":"FREQ=WEEKLY;BYDAY=TH","exceptions":["2026-10-22T15:00:00Z","2026-10-29T15:00:00Z","2026-11-05","2026-12"]},
    {"id":"E2","short":"E2AAAA","title":"Fest","start":"2026-10-21","exceptions":["2026-10-21"]}]})");
  node.answer("record.list", R"({"records":[]})");
  CHECK(run_at(node, {"agenda", "--days", "75"}).out ==
        "2026-10-21\t\tevent\tevent\tE2AAAA\tFest\t\n"       // does not repeat: there is nothing to except
        "2026-10-29\t17:00\tevent\tevent\tE1AAAA\tCafé\t\n"  // what is excepted is an hour earlier, after summer time
        "2026-11-12\t17:00\tevent\tevent\tE1AAAA\tCafé\t\n"
        "2026-11-19\t17:00\tevent\tevent\tE1AAAA\tCafé\t\n"
        "2026-11-26\t17:00\tevent\tevent\tE1AAAA\tCafé\t\n");
}

TEST_CASE("agenda: nothing to come is said on a terminal") {
  FakeNode node;
  node.answer("network.list", R"({"networks":[{"id":"N"}]})");
  node.answer("record.list", R"({"records":[]})");
  CHECK(contains(run_on_terminal(node, {"kalender"}, "da").out, "Intet forestående."));
  CHECK(run_at(node, {"agenda"}).out.empty());
  CHECK(run_at(node, {"agenda", "--json"}).out == "[]\n");
}

TEST_CASE("agenda: is of all networks, or of the one that is named") {
  FakeNode node;
  node.answer("network.list", R"({"networks":[{"id":"N1"},{"id":"N2"}]})");
  node.answer("record.list", R"({"records":[{"id":"E1","short":"E1AAAA","title":"Her","start":"2026-10-22"}]})");
  node.answer("record.list", R"({"records":[{"id":"E2","short":"E2AAAA","title":"Der","start":"2026-10-21"}]})");
  node.answer("record.list", R"({"records":[]})");
  CHECK(run_at(node, {"agenda"}).out ==
        "2026-10-21\t\tevent\tevent\tE2AAAA\tDer\t\n"
        "2026-10-22\t\tevent\tevent\tE1AAAA\tHer\t\n");
  std::vector<std::string> networks;
  for (const ApiRequest& request : node.requests()) networks.push_back(request.args.text("network"));
  CHECK(networks == std::vector<std::string>{"", "N1", "N2", "N1", "N2", "N1", "N2"});
  FakeNode other;
  other.answer("record.list", R"({"records":[]})");
  CHECK(run_at(other, {"agenda", "--network", "N2"}).code == 0);
  CHECK(other.last_request().args.text("network") == "N2");
}
