// Real nodes whose homes are copied, put back and run twice: nothing is lost, nothing doubled, nobody frozen, and people are
// told.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/integration/steps.h"
#include "tests/support/wait.h"

using namespace budstikke::tests;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

void copy_folder(const fs::path& from, const fs::path& to) {  // as an operator does, sockets and all
  REQUIRE(run({"cp", {"-a", from.string(), to.string()}}).code == 0);
}

void overwrite_folder(const fs::path& from, const fs::path& to) {
  REQUIRE(run({"cp", {"-a", from.string() + "/.", to.string()}}).code == 0);
}

std::vector<std::string> contacts(const NodeUnderTest& node) {
  std::vector<std::string> names;
  for (const nlohmann::json& contact : list(node, "contact")) names.push_back(contact.at("name"));
  std::sort(names.begin(), names.end());
  return names;
}

bool says(NodeUnderTest& node, const std::string& event) { return node.daemon().err().find(event) != std::string::npos; }

// Paths of the files of a home, but for those that belong to a run, to the file system they lie on, or are made of the others.
// Any other that a node ever has must be in a backup.
std::set<std::string> files_of_node(const fs::path& home) {
  const std::set<std::string> of_a_run = {"lock",           "running", "stopped",        "api.sock",    "api.path",
                                          "store/lock.mdb", "search",  "search-journal", "last-backup", "ticket"};
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(home)) {
    const std::string name = fs::relative(entry.path(), home).string();
    if (!entry.is_directory() && !of_a_run.contains(name)) names.insert(name);
  }
  return names;
}

bool has_forks(const NodeUnderTest& node) { return network_status(node).contains("forks"); }

bool tells_of_two(const NodeUnderTest& node) { return node.json({"status"}).contains("two_stores"); }

// Two councils; the second one's home is copied away, and then it writes on.
struct Copied {
  Region region;
  NodeUnderTest& ishoj = region.add("Ishøj Integrationsråd");
  NodeUnderTest& ballerup = region.add("Ballerup Integrationsråd");
  TempHome elsewhere;
  fs::path earlier = elsewhere.path() / "earlier";

  Copied() {
    add(ballerup, "contact", {"--name", "Tidlig"});
    REQUIRE(region.agrees());
    ballerup.stop();
    copy_folder(ballerup.home(), earlier);
    ballerup.start();
    CHECK_FALSE(says(ballerup, "store-moved"));
    add(ballerup, "contact", {"--name", "Sen"});
    REQUIRE(region.agrees());
    ballerup.stop();
  }
  void put_back() {
    fs::remove_all(ballerup.home());
    copy_folder(earlier, ballerup.home());
  }
  void check(const std::vector<std::string>& names) {
    REQUIRE(region.agrees());
    for (NodeUnderTest* node : {&ishoj, &ballerup}) {
      CAPTURE(node->council());
      CHECK(contacts(*node) == names);
      CHECK_FALSE(has_forks(*node));
      CHECK_FALSE(tells_of_two(*node));
      CHECK(node->json({"check"})["ok"] == true);
    }
  }
};

}  // namespace

TEST_CASE("restored home: put back while peers are up, nothing is lost or doubled, and its log does not fork") {
  Copied copied;
  copied.put_back();
  copied.ballerup.start();
  CHECK(says(copied.ballerup, "store-moved"));
  add(copied.ballerup, "contact", {"--name", "Efter"});
  copied.check({"Efter", "Sen", "Tidlig"});
  add(copied.ishoj, "contact", {"--name", "Fra Ishøj"});
  copied.check({"Efter", "Fra Ishøj", "Sen", "Tidlig"});
}

TEST_CASE("restored home: put back while peers are down, it writes, and they meet again") {
  Copied copied;
  copied.ishoj.stop();
  copied.put_back();
  copied.ballerup.start();
  CHECK(network_status(copied.ballerup)["withheld"] == true);
  CHECK(copied.ballerup.text({"status"}).find("Put back or copied") != std::string::npos);
  add(copied.ballerup, "contact", {"--name", "Alene"});
  CHECK(contacts(copied.ballerup) == std::vector<std::string>{"Alene", "Tidlig"});
  copied.ishoj.start();
  copied.check({"Alene", "Sen", "Tidlig"});
  CHECK_FALSE(network_status(copied.ballerup).contains("withheld"));
  copied.ballerup.stop();
  copied.ballerup.start();
  CHECK_FALSE(says(copied.ballerup, "store-moved"));
  copied.check({"Alene", "Sen", "Tidlig"});
}

TEST_CASE("restored home: copied back over the files that are there, which stay the same files") {
  Copied copied;
  copied.ishoj.stop();
  overwrite_folder(copied.earlier, copied.ballerup.home());
  copied.ballerup.start();
  CHECK(says(copied.ballerup, "store-moved"));
  add(copied.ballerup, "contact", {"--name", "Alene"});
  copied.ishoj.start();
  copied.check({"Alene", "Sen", "Tidlig"});
}

TEST_CASE("restored home: a restart, a crash, and a folder that is renamed are no restore") {
  Region region;
  NodeUnderTest& node = region.add("Ishøj Integrationsråd");
  node.stop();
  node.start();
  CHECK_FALSE(says(node, "store-moved"));
  node.kill9();
  node.start();
  CHECK_FALSE(says(node, "store-moved"));
  node.stop();
  fs::rename(node.home(), node.home().string() + "-away");
  fs::rename(node.home().string() + "-away", node.home());
  node.start();
  CHECK_FALSE(says(node, "store-moved"));
}

TEST_CASE("copied home: both run, and within a minute all three tell of it, with what to do; everything that they write counts") {
  Copied copied;
  NodeUnderTest clone("Ballerup Integrationsråd");
  fs::remove_all(clone.home());
  copy_folder(copied.ballerup.home(), clone.home());
  // It listens nowhere, as its original has the port: it only dials.
  std::string config = read_file(clone.home() / "config.toml");
  const std::size_t listen = config.find("listen = ");
  REQUIRE(listen != std::string::npos);
  config.replace(listen, config.find('\n', listen) - listen, "listen = \"\"");
  write_file(clone.home() / "config.toml", config);
  copied.ballerup.start();
  clone.start();
  CHECK(says(clone, "store-moved"));
  const auto all_tell = [&] { return tells_of_two(copied.ishoj) && tells_of_two(copied.ballerup) && tells_of_two(clone); };
  REQUIRE(eventually(60s, all_tell));
  for (NodeUnderTest* node : {&copied.ishoj, &copied.ballerup, &clone}) {
    CHECK(says(*node, "two-stores"));
    CHECK(node->text({"status"}).find("Two computers act") != std::string::npos);
  }
  CHECK(copied.ishoj.json({"status"})["two_stores"][0]["name"] == "Ballerup Integrationsråd");
  add(copied.ballerup, "contact", {"--name", "Fra den ene"});
  add(clone, "contact", {"--name", "Fra den anden"});
  const std::vector<std::string> expected = {"Fra den anden", "Fra den ene", "Sen", "Tidlig"};
  for (NodeUnderTest* node : {&copied.ishoj, &copied.ballerup, &clone}) {
    CHECK(eventually(30s, [&] { return contacts(*node) == expected; }));
    CHECK_FALSE(has_forks(*node));
  }
}

TEST_CASE("backup: a home is made again from it on another computer, what was written since comes back, and no log forks") {
  Region region;
  NodeUnderTest& ishoj = region.add("Ishøj Integrationsråd");
  NodeUnderTest& ballerup = region.add("Ballerup Integrationsråd");
  add(ballerup, "contact", {"--name", "Tidlig"});
  REQUIRE(region.agrees());
  TempHome stick;
  const std::string file = (stick.path() / "ballerup.kopi").string();
  const nlohmann::json backed_up = ballerup.json({"backup", file});
  CHECK(backed_up["left_out"] == 0);
  CHECK(backed_up["bytes"] == fs::file_size(file));
  add(ballerup, "contact", {"--name", "Sen"});
  REQUIRE(region.agrees());

  const std::string whole = read_file(file);
  const Reply running = ballerup.cli({"restore", file, "--yes", "--json"});
  CHECK(running.code == 1);
  CHECK(error_code(running) == "home-in-use");
  ballerup.stop();
  const Reply unasked = ballerup.cli({"restore", file, "--json"});
  CHECK(unasked.code == 1);
  CHECK(error_code(unasked) == "needs-yes");
  for (const std::string& bad :
       {whole.substr(0, whole.size() / 2), whole.substr(0, whole.size() - 1) + "x", std::string("brev")}) {
    const std::string damaged = (stick.path() / "damaged").string();
    write_file(damaged, bad);
    const Reply refused = ballerup.cli({"restore", damaged, "--yes", "--json"});
    CHECK(refused.code == 1);
    CHECK(error_code(refused) == "not-a-backup");
  }
  CHECK(error_code(ballerup.cli({"restore", file + "-nowhere", "--yes", "--json"})) == "no-file");
  ballerup.start();  // nothing of all that has changed anything
  CHECK_FALSE(says(ballerup, "store-moved"));
  CHECK(contacts(ballerup) == std::vector<std::string>{"Sen", "Tidlig"});
  ballerup.stop();

  const std::set<std::string> files = files_of_node(ballerup.home());
  std::map<std::string, std::string> keys;
  for (const std::string& name : files) {
    if (name.starts_with("keys/") || name == "config.toml") keys[name] = read_file(ballerup.home() / name);
  }
  CHECK(keys.size() == 4);
  fs::remove_all(ballerup.home());  // the computer is lost
  const nlohmann::json restored = ballerup.json({"restore", file});
  CHECK(restored["home"] == ballerup.home().string());
  CHECK(files_of_node(ballerup.home()) == files);
  for (const auto& [name, content] : keys) CHECK(read_file(ballerup.home() / name) == content);
  ballerup.start();
  add(ballerup, "contact", {"--name", "Efter"});
  REQUIRE(region.agrees());
  for (NodeUnderTest* node : {&ishoj, &ballerup}) {
    CHECK(contacts(*node) == std::vector<std::string>{"Efter", "Sen", "Tidlig"});
    CHECK_FALSE(has_forks(*node));
    CHECK(node->json({"check"})["ok"] == true);
  }

  // Over a home that is there, which is kept; what only it had is not thrown away.
  ballerup.stop();
  const nlohmann::json again = ballerup.json({"restore", file, "--yes"});
  CHECK(fs::exists(fs::path(again["put_aside"].get<std::string>()) / "store" / "data.mdb"));
  ballerup.start();
  REQUIRE(region.agrees());
  CHECK(contacts(ballerup) == std::vector<std::string>{"Efter", "Sen", "Tidlig"});
}

TEST_CASE("backup: written while others write, it restores to a sound store, and is refused where it must not go") {
  Region region;
  NodeUnderTest& node = region.add("Ishøj Integrationsråd");
  for (int i = 0; i < 20; ++i) add(node, "contact", {"--name", "Kontakt " + std::to_string(i)});
  TempHome stick;
  const std::string file = (stick.path() / "kopi").string();
  const std::vector<std::string> arguments = {"--home", node.home().string(), "--json", "backup", file};
  Process backup({program("budstikke"), arguments});
  for (int i = 20; i < 30; ++i) add(node, "contact", {"--name", "Kontakt " + std::to_string(i)});
  REQUIRE(backup.wait(30s) == 0);
  CHECK(error_code(node.cli({"backup", file, "--json"})) == "needs-yes");
  CHECK(node.cli({"backup", file, "--yes"}).code == 0);
  write_file(stick.path() / "brev", "Kære alle");
  CHECK(error_code(node.cli({"backup", (stick.path() / "brev").string(), "--yes", "--json"})) == "not-a-backup-there");
  CHECK(read_file(stick.path() / "brev") == "Kære alle");
  CHECK(error_code(node.cli({"backup", (node.home() / "kopi").string(), "--json"})) == "backup-in-home");
  CHECK(error_code(node.cli({"backup", (stick.path() / "nowhere" / "kopi").string(), "--json"})) == "backup-failed");
  CHECK((fs::status(file).permissions() & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
  node.stop();
  CHECK(node.cli({"backup", file, "--yes"}).code == 3);
  CHECK(node.cli({"restore", file, "--yes"}).code == 0);
  node.start();
  CHECK(node.json({"check"})["ok"] == true);
  CHECK(contacts(node).size() == 30);
}
