// news, against a scripted node, and what the overview says of it. Today is Tuesday 20 October 2026.
#include <doctest/doctest.h>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

std::string news_change(const std::string& title, const std::string& own = "false") {
  return R"({"time":"2026-10-19T12:02:00Z","kind":"event","id":"K3F9QXAAAA","short":"K3F9QX","title":")" + title +
         R"(","council_name":"Ballerup","own":)" + own + R"(,"created":true,"operations":[],"mark":"M1"})";
}
std::string page_of(const std::string& changes, const std::string& next, const std::string& more = "false") {
  return R"({"member":"MMMMMMMM","changes":[)" + changes + R"(],"next":")" + next + R"(","more":)" + more + "}";
}

struct Reader {
  Ran run(const FakeNode& node, std::vector<std::string> args) {
    args.insert(args.begin(), {"--home", node.home().string()});
    World world{.env = {{"XDG_STATE_HOME", state.path().string()}}, .terminal = true, .columns = 80};
    return run_cli(args, world);
  }
  std::string mark() const {  // empty: none is kept
    const std::filesystem::path file = state.path() / "budstikke/watch/MMMMMM-news.";
    return std::filesystem::exists(file) ? read_file(file) : std::string();
  }
  TempHome state;
};

}  // namespace

TEST_CASE("news: who never looked is shown a week, then what came since; what this node wrote is no news") {
  Reader reader;
  FakeNode node;
  node.answer("watch", page_of("", "M0"));
  node.answer("watch", page_of(news_change("Dialogmøde") + "," + news_change("Eget", "true"), "M1", "true"));
  node.answer("watch", page_of(news_change("Fest"), "M2"));
  const Ran first = reader.run(node, {"news"});
  CHECK(first.code == 0);
  CHECK(first.out ==
        "Monday 19 October 2026\n"
        "14:02  Ballerup  event K3F9QX Dialogmøde: new\n"
        "14:02  Ballerup  event K3F9QX Fest: new\n");
  CHECK(args_of(node.requests()[1]) == R"({"since":"2026-10-13T08:00:00Z","limit":200})");
  CHECK(args_of(node.requests()[2]) == R"({"since":"2026-10-13T08:00:00Z","limit":200,"after":"M1"})");
  CHECK(reader.mark() == "M2\n");

  FakeNode later;
  later.answer("watch", page_of("", "M2"));
  CHECK(reader.run(later, {"--lang", "da", "nyt"}).out == "Intet nyt fra andre siden du sidst så efter.\n");
  CHECK(args_of(later.last_request()) == R"({"after":"M2","limit":200})");
}

TEST_CASE("news: what could not be shown stays new, and --since leaves the place as it is") {
  Reader reader;
  FakeNode refusing;
  refusing.answer("watch", page_of("", "M0"));
  refusing.refuse("watch", ApiError::NoNetwork);
  CHECK(reader.run(refusing, {"news"}).code == 1);
  CHECK(reader.mark().empty());
  FakeNode node;
  node.answer("watch", page_of(news_change("Dialogmøde"), "M5"));
  CHECK(contains(reader.run(node, {"news", "--since", "1. oktober"}).out, "Dialogmøde: new\n"));
  CHECK(args_of(node.last_request()) == R"({"since":"2026-09-30T22:00:00Z","limit":200})");
  CHECK(reader.mark().empty());
  CHECK(reader.run(node, {"news", "--since", "måske"}).code == 2);
}

TEST_CASE("news: at most so many at a time, and for programs one document") {
  Reader reader;
  FakeNode node;
  std::string many;
  for (int i = 0; i < 300; ++i) many += (i == 0 ? "" : ",") + news_change("Møde " + std::to_string(i));
  node.answer("watch", page_of("", "M0"));
  node.answer("watch", page_of(many, "M1", "true"));
  node.answer("watch", page_of(many, "M2", "true"));
  node.answer("watch", page_of(many, "M3", "true"));
  CHECK(reader.run(node, {"news"}).out.ends_with("There is more: budstikke news\n"));
  CHECK(reader.mark() == "M2\n");
  const Value document = json(reader.run(node, {"news", "--json", "--since", "i går"}).out);
  CHECK(document.items("changes").size() == 600);
  CHECK(document.boolean("more"));
}

TEST_CASE("news: the overview counts it once somebody has looked, and does not take it as seen") {
  Reader reader;
  FakeNode node;
  node.answer("status", R"({"member":"MMMMMMMM","council":"C1","council_name":"Ballerup","networks":[{"id":"N1","name":"H"}]})");
  node.answer("network.list", R"({"networks":[{"id":"N1"}]})");
  node.answer("record.list", R"({"records":[]})");
  node.answer("watch", page_of(news_change("Dialogmøde") + "," + news_change("Eget", "true"), "M1"));
  CHECK(contains(reader.run(node, {}).out, "  What is new from the other councils: budstikke news\n"));
  CHECK(reader.mark().empty());
  reader.run(node, {"news"});
  CHECK(contains(reader.run(node, {}).out, "  1 change by others since you last looked: budstikke news\n"));
  const Value seen = json(reader.run(node, {"--json"}).out).items("needs").at(0);
  CHECK(seen.text("what") == "news");
  CHECK(seen.integer("count") == 1);
  CHECK(reader.mark() == "M1\n");
}
