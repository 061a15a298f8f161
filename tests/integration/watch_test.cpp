// `budstikke watch --exec` at real nodes: each change reaches the program at least once, whatever is killed.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/integration/steps.h"
#include "tests/support/wait.h"

using namespace budstikke::tests;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr auto kWatchPatience = 60s;

// A node that is watched, and a program that notes each change that it was given, and each that it has done. While a file
// `hang` is there it hangs in between, and while there is a file `fail` it ends with 3.
struct WatchedNode {
  Region region;
  NodeUnderTest& ishoj = region.add("Ishøj Integrationsråd");
  TempHome folder;
  fs::path script = folder.path() / "note";
  fs::path given = folder.path() / "given", done = folder.path() / "done";
  std::unique_ptr<Process> watch;

  WatchedNode() {
    write_file(script,
               "#!/bin/sh\n"
               "cd \"$(dirname \"$0\")\" || exit 9\n"
               "read -r change\n"
               "printf '%s\\n' \"$change\" >> given\n"
               "[ -e fail ] && exit 3\n"
               "while [ -e hang ]; do sleep 0.05; done\n"
               "printf '%s\\n' \"$change\" >> done\n");
    fs::permissions(script, fs::perms::owner_all);
  }
  void start(const std::vector<std::string>& more = {}) {
    watch = std::make_unique<Process>(
        Command{.program = program("budstikke").string(),
                .arguments = joined({"--home", ishoj.home().string(), "--lang", "en", "watch", "--exec", script.string()}, more),
                .environment = {"XDG_STATE_HOME=" + folder.path().string()}});
  }
  // The names of contacts in one of the files, in order.
  static std::vector<std::string> names(const fs::path& file) {
    std::vector<std::string> found;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) found.push_back(nlohmann::json::parse(line).at("title"));
    return found;
  }
  bool has(const fs::path& file, const std::vector<std::string>& wanted) {
    return eventually(kWatchPatience, [&] { return names(file) == wanted; });
  }
  fs::path mark() const {
    for (const auto& entry : fs::directory_iterator(folder.path() / "budstikke/watch")) {
      if (entry.path().filename().string().ends_with("-default")) return entry.path();
    }
    return {};
  }
  bool is_watching() {
    return eventually(kWatchPatience, [&] { return fs::is_directory(folder.path() / "budstikke/watch") && !mark().empty(); });
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("watch: a program that is killed half-way with the watch is given its change again, and those that came meanwhile") {
  WatchedNode node;
  node.start();
  REQUIRE(node.is_watching());
  add(node.ishoj, "contact", {"--name", "Et"});
  REQUIRE(node.has(node.done, {"Et"}));
  write_file(node.folder.path() / "hang", "");
  add(node.ishoj, "contact", {"--name", "To"});
  REQUIRE(node.has(node.given, {"Et", "To"}));
  node.watch->kill_all();  // kill -9, the program as well
  add(node.ishoj, "contact", {"--name", "Tre"});
  fs::remove(node.folder.path() / "hang");
  CHECK(WatchedNode::names(node.done) == Names{"Et"});
  node.start();
  CHECK(node.has(node.done, {"Et", "To", "Tre"}));
  CHECK(WatchedNode::names(node.given) == Names{"Et", "To", "To", "Tre"});
}

TEST_CASE("watch: a program that fails is given the change again, and nothing behind it before") {
  WatchedNode node;
  node.start();
  REQUIRE(node.is_watching());
  write_file(node.folder.path() / "fail", "");
  add(node.ishoj, "contact", {"--name", "Et"});
  add(node.ishoj, "contact", {"--name", "To"});
  REQUIRE(eventually(kWatchPatience, [&] { return WatchedNode::names(node.given).size() >= 2; }));
  fs::remove(node.folder.path() / "fail");
  CHECK(node.has(node.done, {"Et", "To"}));
  const Names given = WatchedNode::names(node.given);
  CHECK(std::count(given.begin(), given.end(), "To") == 1);
  CHECK(node.watch->err().find("ended with 3 for contact") != std::string::npos);
}

TEST_CASE("watch: what others write is told as well, and a node that is killed and started again goes on being watched") {
  WatchedNode node;
  NodeUnderTest& greve = node.region.add("Greve Integrationsråd");
  REQUIRE(node.region.agrees());
  node.start({"contact"});
  REQUIRE(node.is_watching());
  add(greve, "contact", {"--name", "Fra Greve"});
  REQUIRE(node.has(node.done, {"Fra Greve"}));
  node.ishoj.kill9();
  REQUIRE(eventually(kWatchPatience, [&] { return node.watch->err().find("does not answer") != std::string::npos; }));
  add(greve, "contact", {"--name", "Imens"});
  add(greve, "event", {"--title", "Ikke spurgt om", "--start", "2027-03-31"});
  node.ishoj.start();
  CHECK(node.has(node.done, {"Fra Greve", "Imens"}));
  CHECK(node.watch->running());
}

TEST_CASE("watch: where a node is put back from a backup, what was written is told again, and what comes then") {
  WatchedNode node;
  NodeUnderTest& greve = node.region.add("Greve Integrationsråd");
  const std::string file = (node.folder.path() / "kopi").string();
  node.ishoj.text({"backup", file});
  node.start({"contact"});
  REQUIRE(node.is_watching());
  add(greve, "contact", {"--name", "Efter kopien"});
  REQUIRE(node.has(node.done, {"Efter kopien"}));
  node.ishoj.stop();
  node.ishoj.text({"restore", file, "--yes"});
  node.ishoj.start();
  add(greve, "contact", {"--name", "Senere"});
  CHECK(eventually(kWatchPatience, [&] {
    const Names told = WatchedNode::names(node.done);
    return std::count(told.begin(), told.end(), "Efter kopien") == 2 && std::count(told.begin(), told.end(), "Senere") >= 1;
  }));
}

TEST_CASE("watch: clients that went away cost nothing, and too many that wait are refused") {
  WatchedNode node;
  std::vector<std::unique_ptr<Process>> watchers;
  const auto begin = [&] {
    watchers.push_back(std::make_unique<Process>(Command{
        .program = program("budstikke").string(), .arguments = {"--home", node.ishoj.home().string(), "watch", "--json"}}));
  };
  constexpr std::size_t kMost = 64;
  for (std::size_t i = 0; i < kMost + 1; ++i) begin();
  CHECK(eventually(kWatchPatience, [&] {
    return std::count_if(watchers.begin(), watchers.end(), [](const auto& watcher) { return !watcher->running(); }) == 1;
  }));
  const auto refused = std::find_if(watchers.begin(), watchers.end(), [](const auto& watcher) { return !watcher->running(); });
  REQUIRE(refused != watchers.end());
  CHECK((*refused)->err().find("watchers-full") != std::string::npos);
  for (std::size_t i = 0; i < kMost / 2; ++i) watchers[i]->kill_all();
  add(node.ishoj, "contact", {"--name", "Til alle"});  // answers all, also those that are gone
  CHECK(eventually(kWatchPatience, [&] {
    return std::all_of(watchers.begin() + kMost / 2, watchers.end(), [&](const auto& watcher) {
      return watcher == *refused || watcher->out().find("Til alle") != std::string::npos;
    });
  }));
  begin();  // there is room again
  CHECK(eventually(kWatchPatience, [&] {
    add(node.ishoj, "contact", {"--name", "Igen"});
    return watchers.back()->out().find("Igen") != std::string::npos;
  }));
}
