// What is told while something takes long: on a terminal, after half a second, and gone again.
#include "cli/progress.h"

#include <doctest/doctest.h>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

// A list of three pages, of which each look at the clock takes `step`.
Ran listed_slowly(Millis step, bool terminal, std::map<std::string, std::string> env = {}, std::vector<std::string> more = {}) {
  FakeNode node;
  node.answer("record.list", R"({"records":[{"id":"A","short":"A","kind":"plan","year":"2026"}],"next":"A"})");
  node.answer("record.list", R"({"records":[{"id":"B","short":"B","kind":"plan","year":"2027"}],"next":"B"})");
  node.answer("record.list", R"({"records":[]})");
  World world{.env = std::move(env)};
  world.err_is_terminal = terminal;
  world.step = step;
  more.insert(more.begin(), {"--home", node.home().string(), "plan", "list"});
  return run_cli(more, world);
}

}  // namespace

TEST_CASE("progress: counts are shown on a terminal after half a second, and taken away") {
  const Ran ran = listed_slowly(300ms, true);
  CHECK(ran.err == "\rRecords fetched: 1\033[K\rRecords fetched: 2\033[K\r\033[K");
  CHECK(ran.out == listed_slowly(300ms, false).out);
}

TEST_CASE("progress: an error is written where the counts stood") {
  FakeNode node;
  node.answer("record.list", R"({"records":[{"id":"A","short":"A","kind":"plan","year":"2026"}],"next":"A"})");
  node.refuse("record.list", ApiError::Internal);
  World world;
  world.err_is_terminal = true;
  world.step = 600ms;
  const Ran ran = run_cli({"--home", node.home().string(), "--lang", "en", "plan", "list"}, world);
  CHECK(ran.err.starts_with("\rRecords fetched: 0\033[K\rRecords fetched: 1\033[K\r\033[Kbudstikke: "));
}

TEST_CASE("progress: what is quick, quiet, on a dumb terminal or on none shows nothing") {
  CHECK(listed_slowly(1ms, true).err.empty());
  CHECK(listed_slowly(1s, false).err.empty());
  CHECK(listed_slowly(1s, true, {{"TERM", "dumb"}}).err.empty());
  CHECK(listed_slowly(1s, true, {}, {"--quiet"}).err.empty());
}

TEST_CASE("progress: an import counts its rows, and what is refused stands on a line of its own") {
  FakeNode node;
  node.answer("record.import", R"({"results":[{"line":2,"outcome":"refused","error":{"code":"not-permitted","subject":""}}]})");
  std::string rows = "år;titel\n";
  for (int i = 0; i < 450; ++i) rows += "2026;Plan " + std::to_string(i) + "\n";
  const TempHome folder;
  const std::string file = (folder.path() / "planer.csv").string();
  write_file(file, rows);
  World world;
  world.err_is_terminal = true;
  world.step = 1s;
  const Ran ran = run_cli({"--home", node.home().string(), "plan", "import", file}, world);
  CHECK(ran.err.starts_with("\rRead in: 200 of 450\033[K\rRead in: 400 of 450\033[K\r\033[Kline 2: "));
}

TEST_CASE("progress: while one answer takes long, what is known of it is told") {
  FakeNode node;
  node.delay("check", 900ms);
  node.answer("status", R"({"version":")" BUDSTIKKE_VERSION R"(","networks":[],"peers":[]})");
  node.answer("check", R"({"networks":[],"rows":{"sound":1,"damaged":0,"lost":0},"ok":true})");
  World world;
  world.err_is_terminal = true;
  world.step = 1s;
  const Ran ran = run_cli({"--home", node.home().string(), "check"}, world);
  CHECK(ran.code == 0);
  CHECK(contains(ran.err, "\rThe whole store is being looked through ("));
  CHECK(ran.err.ends_with("\r\033[K"));
}
