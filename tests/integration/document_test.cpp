// Documents and attachments between real daemons: put there, cut off, killed, opened elsewhere, erased from every byte.
#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/integration/steps.h"
#include "tests/support/wait.h"

namespace budstikke::tests {
namespace {

using namespace std::chrono_literals;

std::string made_up_content(std::size_t size) {
  std::string content(size, 0);
  std::uint32_t state = 12'345;
  for (char& c : content) {
    state = state * 1'664'525 + 1'013'904'223;
    c = static_cast<char>(state >> 24U);
  }
  return content;
}

bool is_anywhere(const NodeUnderTest& node, const std::string& needle) {
  for (const auto& file : std::filesystem::recursive_directory_iterator(node.home())) {
    if (file.is_regular_file() && read_file(file.path()).find(needle) != std::string::npos) return true;
  }
  return false;
}

// False also while the store is written anew, and files come and go under the look.
bool is_nowhere(const NodeUnderTest& node, const std::string& needle) {
  try {
    return !is_anywhere(node, needle);
  } catch (const std::runtime_error&) {
    return false;
  }
}

void set_files(const NodeUnderTest& node, const std::string& when) {
  const std::filesystem::path config = node.home() / "config.toml";
  write_file(config, read_file(config) + "files = \"" + when + "\"\n");  // [network] is the last table
}

std::int64_t here(const NodeUnderTest& node, const std::string& id) {
  return show(node, "document", id).at("files").at(0).value("here", std::int64_t{0});
}

}  // namespace

TEST_CASE("documents: a file of 8 MiB arrives through a line that is cut and a node that is killed, and is what it was") {
  Region region("Region Sjælland");
  NodeUnderTest& ishoej = region.add("Ishøj Integrationsråd", "coordinator", Reach::BehindProxy);
  NodeUnderTest& greve = region.add("Greve Integrationsråd", "council", Reach::DialsOnly);
  const TempHome folder;
  const std::string content = made_up_content(8 * 1024 * 1024 + 77);
  write_file(folder.path() / "Vedtægt.pdf", content);
  const std::string id = ishoej.text({"document", "add", "--quiet", (folder.path() / "Vedtægt.pdf").string()});
  REQUIRE(eventually(20s, [&] { return greve.cli({"document", "show", id}).code == 0; }));
  int killed = 0;
  for (; killed < 3 && here(greve, id) < 259; ++killed) {
    greve.kill9();
    greve.start();
    if (killed == 1) {
      region.cut();
      region.join();
    }
    std::this_thread::sleep_for(100ms);
  }
  MESSAGE("killed " << killed << " times on the way");
  const std::string target = (folder.path() / "hentet.pdf").string();
  greve.text({"document", "save", id, target});
  CHECK(read_file(target) == content);
  CHECK(region.agrees());
  // What is written meanwhile does not wait for a file.
  write_file(folder.path() / "Film.mp4", made_up_content(16 * 1024 * 1024));
  ishoej.text({"document", "add", (folder.path() / "Film.mp4").string()});
  const std::string event = add(ishoej, "event", {"--title", "Hastemøde", "--start", "2027-03-31"});
  CHECK(eventually(5s, [&] { return greve.cli({"event", "show", event}).code == 0; }));
}

TEST_CASE("documents: where files are fetched when wanted they are, also from the one between, and erased from every byte") {
  Region region("Region Syddanmark");
  NodeUnderTest& odense = region.add("Odense Integrationsråd", "coordinator");
  NodeUnderTest& assens = region.add("Assens Integrationsråd", "council", Reach::DialsOnly);
  NodeUnderTest& faaborg = region.add("Faaborg Integrationsråd", "council", Reach::DialsOnly);
  for (NodeUnderTest* node : {&odense, &faaborg}) {
    node->stop();
    set_files(*node, "wanted");
    node->start();
  }
  const TempHome folder;
  const std::string content = made_up_content(300'000);
  const std::string needle = content.substr(150'000, 40);
  write_file(folder.path() / "Personale.xlsx", content);
  const std::string id = assens.text({"document", "add", "--quiet", (folder.path() / "Personale.xlsx").string()});
  REQUIRE(eventually(20s, [&] { return faaborg.cli({"document", "show", id}).code == 0; }));
  REQUIRE(region.agrees());
  CHECK(here(odense, id) == 0);
  CHECK(here(faaborg, id) == 0);
  CHECK_FALSE(is_anywhere(odense, needle));
  const std::string target = (folder.path() / "hentet.xlsx").string();
  faaborg.text({"document", "save", id, target});
  CHECK(read_file(target) == content);
  CHECK(is_anywhere(faaborg, needle));
  CHECK(is_anywhere(odense, needle));  // through which it came
  CHECK(assens.json({"erase", id, "--now", "--yes"}).size() >= 1);
  CHECK(eventually(30s, [&] { return is_nowhere(odense, needle) && is_nowhere(faaborg, needle) && is_nowhere(assens, needle); }));
  CHECK(faaborg.cli({"document", "save", id, target, "--yes"}).code != 0);
  CHECK(odense.json({"check"}).at("ok") == true);
}

}  // namespace budstikke::tests
