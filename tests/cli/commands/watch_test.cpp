// watch, against a scripted node; its last answer is a refusal, which ends it.
#include <doctest/doctest.h>

#include <fstream>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

const std::string kMember = std::string(52, 'M');

std::string change(const std::string& id, const std::string& time, const std::string& mark, const std::string& operations,
                   const std::string& created = "false") {
  return R"({"time":")" + time + R"(","network":"N","network_name":"Midtjylland","kind":"event","id":")" + id +
         R"(AAAA","short":")" + id + R"(","title":"Dialogmøde","member":"X","member_short":"XXXXXX","council":"C",)" +
         R"("council_name":"Ballerup","own":false,"created":)" + created + R"(,"operations":[)" + operations + R"(],"mark":")" +
         mark + R"("})";
}
constexpr const char* kPlace =
    R"({"operation":"wrote","field":"place","state":"live","value":"Hallen","old":[{"value":"Rådhuset"}]})";

std::string watch_answer(const std::string& changes, const std::string& next, const std::string& more = "") {
  return R"({"member":")" + kMember + R"(","changes":[)" + changes + R"(],"next":")" + next + R"(","more":false)" + more + "}";
}

// Two changes, and then an end.
struct Scripted {
  Scripted() {
    node.answer("watch", watch_answer("", "M0"));
    node.answer("watch",
                watch_answer(change("K3F9QX", "2026-10-20T12:02:00Z", "M1", kPlace) + "," +
                                 change("K7ABCD", "2026-10-20T23:30:00Z", "M2", R"({"operation":"removed","state":"live"})"),
                             "M3"));
    node.refuse("watch", ApiError::NoNetwork);
  }
  Ran run(std::vector<std::string> args) {
    args.insert(args.begin(), {"--home", node.home().string()});
    world.env["XDG_STATE_HOME"] = (state.path() / "deep" / "state").string();
    return run_cli(args, world);
  }
  std::filesystem::path mark(const std::string& name) const {
    return state.path() / "deep/state/budstikke/watch" / ("MMMMMM-" + name);
  }
  FakeNode node;
  TempHome state;
  World world;
};

}  // namespace

TEST_CASE("watch: a line for each change, below its day, in either language") {
  Scripted danish;
  danish.world.terminal = true;
  const Ran ran = danish.run({"--lang", "da", "følg"});
  CHECK(ran.code == 1);
  CHECK(ran.out ==
        "tirsdag den 20. oktober 2026\n"
        "14.02  Ballerup  begivenhed K3F9QX Dialogmøde: sted: Rådhuset → Hallen\n"
        "onsdag den 21. oktober 2026\n"
        "01.30  Ballerup  begivenhed K7ABCD Dialogmøde: slettede den\n");
  REQUIRE(danish.node.requests().size() == 3);
  CHECK(args_of(danish.node.requests()[0]) == "{}");
  CHECK(args_of(danish.node.requests()[1]) == R"({"timeout_ms":30000,"after":"M0"})");
  CHECK(args_of(danish.node.requests()[2]) == R"({"timeout_ms":30000,"after":"M3"})");
  CHECK_FALSE(std::filesystem::exists(danish.state.path() / "deep"));  // nothing is kept of a watch without a name

  Scripted english;
  english.world.terminal = true;
  english.world.columns = 40;
  CHECK(contains(english.run({"watch"}).out,
                 "Tuesday 20 October 2026\n14:02  Ballerup  event K3F9QX Dialogmød…\n       place: Rådhuset → Hallen\n"));
}

TEST_CASE("watch: for programs it gives a document or a row of tabs for each change") {
  Scripted json_lines;
  const Ran ran = json_lines.run({"watch", "--json"});
  CHECK(json(ran.out.substr(0, ran.out.find('\n'))) == json(change("K3F9QX", "2026-10-20T12:02:00Z", "M1", kPlace)));
  Scripted tabs;
  CHECK(
      contains(tabs.run({"watch"}).out, "2026-10-20T12:02:00Z\tBallerup\tevent\tK3F9QX\tDialogmøde\tplace: Rådhuset → Hallen\n"));
}

TEST_CASE("watch: what is made is told as new, and kinds are asked of the node") {
  FakeNode node;
  node.answer("watch", watch_answer("", "M0"));
  node.answer("watch", watch_answer(change("K3F9QX", "2026-10-20T12:02:00Z", "M1", kPlace, "true"), "M1"));
  node.refuse("watch", ApiError::NoNetwork);
  CHECK(contains(run_on_terminal(node, {"watch", "event", "høring"}).out, "event K3F9QX Dialogmøde: new\n"));
  CHECK(args_of(node.requests()[0]) == R"({"kinds":["event","hearing"]})");
  CHECK(run_at(node, {"watch", "hval"}).code == 2);
}

TEST_CASE("watch: a program gets each change, its end is looked at, and it is run again until it ends well") {
  Scripted watch;
  watch.world.program_codes = {1, 137, 0, 0};
  const Ran ran = watch.run({"watch", "--exec", "ring-bell"});
  REQUIRE(watch.world.programs.size() == 4);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(watch.world.programs[i].first == "ring-bell");
    CHECK(json(watch.world.programs[i].second).text("short") == "K3F9QX");
  }
  CHECK(json(watch.world.programs[3].second).text("short") == "K7ABCD");
  CHECK(watch.world.slept_ms == std::vector<std::int64_t>{1'000, 2'000});
  CHECK(contains(ran.err, "ring-bell ended with 1 for event K3F9QX."));
  CHECK(contains(ran.err, "ring-bell ended with 137 for event K3F9QX."));
  CHECK(contains(ran.err, "It is tried again in 2 s; nothing is passed over."));
  CHECK(read_file(watch.mark("default")) == "M3\n");
}

TEST_CASE("watch: it goes on behind what was told well, and a program that is not there ends it") {
  Scripted watch;
  watch.world.program_codes = {0, 127};
  CHECK(watch.run({"watch", "--exec", "ring-bell", "--name", "klokke"}).code == 1);
  CHECK(read_file(watch.mark("klokke")) == "M1\n");
  FakeNode again;
  again.answer("watch", watch_answer("", "M9"));
  again.refuse("watch", ApiError::NoNetwork);
  World world{.env = {{"HOME", "/nowhere"}, {"XDG_STATE_HOME", (watch.state.path() / "deep/state").string()}}};
  run_cli({"--home", again.home().string(), "watch", "--name", "klokke"}, world);
  CHECK(args_of(again.last_request()) == R"({"timeout_ms":30000,"after":"M1"})");
}

TEST_CASE("watch: a mark that is none, a name that is none, and a name in use are refused") {
  Scripted watch;
  CHECK(watch.run({"watch", "--name", "../x"}).code == 2);
  std::filesystem::create_directories(watch.mark("x").parent_path());
  write_file(watch.mark("x"), "noget andet\n");
  const Ran bad = watch.run({"watch", "--name", "x"});
  CHECK(bad.code == 1);
  CHECK(contains(bad.err, watch.mark("x").string()));
  CHECK(read_file(watch.mark("x")) == "noget andet\n");

  FakeNode node;
  node.answer("watch", watch_answer("", "M0"));
  node.answer("watch", watch_answer(change("K3F9QX", "2026-10-20T12:02:00Z", "M1", kPlace), "M1"));
  node.refuse("watch", ApiError::NoNetwork);
  const TempHome state;
  World outer{.env = {{"XDG_STATE_HOME", state.path().string()}}};
  Ran inner;
  outer.program = [&](const std::string&) {
    World same{.env = outer.env};
    FakeNode other;
    other.answer("watch", watch_answer("", "M0"));
    inner = run_cli({"--home", other.home().string(), "watch", "--name", "y"}, same);
    return 0;
  };
  run_cli({"--home", node.home().string(), "watch", "--name", "y", "--exec", "x"}, outer);
  CHECK(inner.code == 1);
  CHECK(contains(inner.err, "already being watched under the name y"));
}

TEST_CASE("watch: a node that was never there is not waited for") {
  FakeNode babbling;
  babbling.babble();
  CHECK(run_at(babbling, {"watch"}).code == 1);
  const TempHome empty;
  World world;
  CHECK(run_cli({"--home", empty.path().string(), "watch"}, world).code == 1);
  CHECK(world.slept_ms.empty());
}

TEST_CASE("watch: what is told again is said") {
  FakeNode node;
  node.answer("watch", watch_answer("", "M0"));
  node.answer("watch", watch_answer("", "M1", R"(,"told_again_since":"2026-10-13T08:00:00Z")"));
  node.refuse("watch", ApiError::NoNetwork);
  CHECK(contains(run_danish(node, {"følg"}).err,
                 "det der er skrevet siden tirsdag den 13. oktober 2026 kl. 10.00, fortælles igen."));
}
