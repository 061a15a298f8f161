// What Tab offers: read from the tables, and of a node that answers.
#include "cli/completion.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "cli/commands/commands.h"
#include "cli/names.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::cli;
using namespace budstikke::tests;

namespace {

// The candidates for a line, one a row, the last word being the one that is typed; without what stands behind the tab.
std::vector<std::string> offered(std::vector<std::string> words, const FakeNode* node = nullptr, const std::string& lang = "en") {
  World world{.env = {{"LANG", lang}, {"BUDSTIKKE_HOME", node != nullptr ? node->home().string() : "/nowhere"}}};
  words.insert(words.begin(), "__complete");
  const Ran ran = run_cli(words, world);
  CHECK(ran.code == 0);
  CHECK(ran.err.empty());
  std::vector<std::string> found;
  for (std::size_t at = 0; at < ran.out.size(); at = ran.out.find('\n', at) + 1) {
    const std::string line = ran.out.substr(at, ran.out.find('\n', at) - at);
    found.push_back(line.substr(0, line.find('\t')));
  }
  return found;
}

bool has(const std::vector<std::string>& texts, const std::string& text) { return std::ranges::count(texts, text) == 1; }

using Texts = std::vector<std::string>;

// What a shell makes of its script and a few lines of its own; empty when the shell is not installed.
std::string said_by(const std::string& shell, const std::string& script) {
  if (std::system(("command -v " + shell + " > /dev/null 2>&1").c_str()) != 0) return {};
  const TempHome folder;
  const std::filesystem::path file = folder.path() / "script", out = folder.path() / "out";
  std::ofstream(file) << script;
  const std::string command = shell + " " + file.string() + " > " + out.string() + " 2>&1 < /dev/null";
  CHECK(std::system(command.c_str()) == 0);
  std::ifstream in(out);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A program that answers __complete as a node with two events would have it.
constexpr const char* kStandIn = R"(budstikke() { printf 'K3F9QX\tÅbent møde\nK7ABCD\tFest & farver\n'; }
)";

}  // namespace

TEST_CASE("completion: nouns and verbs are offered in the reader's language, and in the other where only that goes on") {
  const Texts nouns = offered({""});
  for (const Command& command : commands()) CHECK(has(nouns, std::string(command.noun)));
  for (const KindInfo& kind : kinds()) CHECK(has(nouns, std::string(kind.name)));
  CHECK(offered({"ev"}) == Texts{"event"});
  CHECK(offered({"begiv"}) == Texts{"begivenhed"});
  CHECK(offered({"begiv"}, nullptr, "da_DK.UTF-8") == Texts{"begivenhed"});
  CHECK(has(offered({""}, nullptr, "da"), "høring"));
  CHECK(offered({"event", "rs"}) == Texts{"rsvp"});
  CHECK(offered({"hearing", "rs"}).empty());
  CHECK(offered({"begivenhed", "sv"}, nullptr, "da") == Texts{"svar"});
  CHECK(offered({"network", ""}) == Texts{"create", "list", "show", "members", "merge", "rename", "recover"});
  CHECK(offered({"no-such", ""}).empty());
  CHECK(offered({}).size() == nouns.size());
}

TEST_CASE("completion: flags are those of the command, of the kind's fields and of every command") {
  const Texts add = offered({"event", "add", "--"});
  CHECK(has(add, "--title"));
  CHECK(has(add, "--all-day"));
  for (const char* option : {"--json", "--plain", "--no-input", "--no-color"}) CHECK(has(add, option));
  CHECK_FALSE(has(add, "--rsvp"));  // is answered, not written
  CHECK(offered({"event", "add", "--ti"}) == Texts{"--title"});
  CHECK(has(offered({"begivenhed", "tilføj", "--"}, nullptr, "da"), "--titel"));
  CHECK(has(offered({"bundle", "write", "x", "--"}), "--since"));
  CHECK_FALSE(has(offered({"event", "show", "--"}), "--title"));
}

TEST_CASE("completion: a flag's value is a choice of its field, or what its usage says") {
  CHECK(has(offered({"initiative", "add", "--status", ""}), "running"));
  CHECK(has(offered({"idé", "tilføj", "--status", ""}, nullptr, "da"), "i drift"));
  CHECK(offered({"event", "export", "--format", ""}) == Texts{"csv", "ics", "vcf", "json"});
  CHECK(offered({"invite", "--role", "co"}) == Texts{"coordinator", "council"});
  CHECK(offered({"--lang", ""}) == Texts{"da", "en"});
  CHECK(offered({"event", "add", "--title", ""}).empty());
  CHECK(offered({"event", "rsvp", "K3F9QX", ""}) == Texts{"yes", "no", "maybe"});
  CHECK(offered({"member", "role", "M", ""}).size() == 4);
  CHECK(offered({"completion", ""}) == Texts{"bash", "zsh", "fish"});
  CHECK(offered({"event", "import", ""}).empty());  // the shell offers files
  CHECK(offered({"event", "rsvp", "K3F9QX", "yes", ""}).empty());
  CHECK(offered({"watch", "event", "an"}) == Texts{"announcement"});  // as many kinds as one likes, and nothing else
  CHECK(offered({"følg", "begivenhed", ""}, nullptr, "da").size() == kinds().size());
  CHECK(offered({"search", "x", "--kind", "mem"}).empty());
}

TEST_CASE("completion: ids come from the node with their titles, by their start or by a part of the title") {
  FakeNode node;
  node.answer("record.list", R"({"records":[{"id":"K3F9QXAA","short":"K3F9QX","title":"Åbent møde"},
                                            {"id":"K7ABCDAA","short":"K7ABCD","title":"Fest"}]})");
  node.answer("network.members",
              R"({"members":[{"member":"M2ABCDEF","name":"Ballerup"},{"member":"M3ABCDEF","name":"Odense"}]})");
  node.answer("network.list", R"({"networks":[{"id":"N1ABCDEF","name":"Midt"}]})");
  CHECK(offered({"event", "show", ""}, &node) == Texts{"K3F9QX", "K7ABCD"});
  CHECK(offered({"event", "show", "k3"}, &node) == Texts{"K3F9QX"});
  CHECK(offered({"event", "show", "åbent"}, &node) == Texts{"K3F9QX"});
  CHECK(offered({"event", "show", "nothing"}, &node).empty());
  CHECK(offered({"event", "show", "K3F9QX", ""}, &node).empty());
  CHECK(offered({"event", "restore", "K"}, &node).size() == 2);
  CHECK(node.last_request().args.boolean("removed"));
  CHECK(offered({"erase", "K3F9QX", "K7"}, &node) == Texts{"K7ABCD"});
  CHECK(offered({"member", "revoke", "oden"}, &node) == Texts{"M3ABCD"});
  CHECK(offered({"event", "list", "--network", ""}, &node) == Texts{"N1ABCD"});
  node.refuse("record.list", ApiError::NoNetwork);
}

TEST_CASE("completion: a node that does not answer offers nothing, within half a second") {
  FakeNode node;
  node.hold();
  const auto start = std::chrono::steady_clock::now();
  CHECK(offered({"event", "show", ""}, &node).empty());
  CHECK(offered({"member", "revoke", ""}, &node).empty());
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));  // it waits 30 s elsewhere
  CHECK(offered({"event", "show", ""}).empty());
}

TEST_CASE("completion: each shell takes its script, and offers what the program says") {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const Ran ran = run_cli({"completion", shell});
    CHECK(ran.code == 0);
    CHECK(ran.out == completion_script(shell));
  }
  CHECK(run_cli({"completion", "csh"}).code == 2);
  const std::string line = "COMP_WORDS=(budstikke event show '') COMP_CWORD=3\n_budstikke\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
  const std::string bash(completion_script("bash"));
  CHECK(said_by("bash", bash + kStandIn + line) == "K3F9QX  (Åbent møde)\nK7ABCD  (Fest & farver)\n");
  CHECK(said_by("bash", bash + "budstikke() { printf 'K3F9QX\\tÅbent\\n'; }\n" + line) == "K3F9QX\n");
  CHECK(said_by("bash", bash + "budstikke() { return 0; }\n" + line) == "\n");
  const std::string zsh = said_by("zsh", "compdef() { :; }\n_files() { echo files; }\ncompadd() { echo ${texts[@]}; }\n" +
                                             std::string(completion_script("zsh")) + kStandIn +
                                             "words=(budstikke event show '') CURRENT=4 PREFIX=K\n_budstikke\n");
  if (zsh.empty()) MESSAGE("zsh is not installed: its script was not run");
  if (!zsh.empty()) CHECK(zsh == "K3F9QX K7ABCD\n");
  const std::string fish = said_by(
      "fish",
      std::string(completion_script("fish")) +
          "function budstikke; printf 'K3F9QX\\tÅbent møde\\nK7ABCD\\tFest\\n'; end\ncomplete -C 'budstikke event show K'\n");
  if (fish.empty()) MESSAGE("fish is not installed: its script was not run");
  if (!fish.empty()) CHECK(fish == "K3F9QX\tÅbent møde\nK7ABCD\tFest\n");
}
