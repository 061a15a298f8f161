// edit in an editor, against a scripted node and an editor that a test plays.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr const char* kRecord = R"({"record":{"id":"K3F9QXAAAA","short":"K3F9QX","kind":"event","title":"Møde",
  "start":"2026-10-22","place":"Hallen"}})";

using Swaps = std::vector<std::pair<std::string, std::string>>;

// Plays the editor: each call replaces a text in the file by another, and ends with 0.
struct Edited {
  explicit Edited(Swaps changes, const std::string& answers = "") {
    node.answer("record.show", kRecord);
    node.answer("record.edit", R"({"id":"K3F9QXAAAA","short":"K3F9QX","changed":true})");
    world.terminal = true;
    world.in = answers;
    world.env = {{"NO_COLOR", "1"}, {"TMPDIR", folder.path().string()}, {"EDITOR", "ed -s"}};
    world.editor = [this, changes, at = std::size_t{0}](const std::string& command, const std::string& file) mutable {
      commands.push_back(command);
      struct stat status {};
      CHECK(::stat(file.c_str(), &status) == 0);
      CHECK((status.st_mode & 0777U) == 0600U);
      std::string text = read_file(file);
      const auto& [from, to] = changes.at(std::min(at++, changes.size() - 1));
      const std::size_t found = text.find(from);
      if (found != std::string::npos) text.replace(found, from.size(), to);
      write_file(file, text);
      return 0;
    };
  }
  Ran run(const std::string& language = "da") {
    return run_cli({"--home", node.home().string(), "--lang", language, "event", "edit", "K3F9"}, world);
  }
  std::size_t drafts() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
  }
  FakeNode node;
  TempHome folder;
  World world;
  std::vector<std::string> commands;
};

}  // namespace

TEST_CASE("edit: without fields a terminal gets its editor, only what was changed is written, and no draft is left") {
  Edited edited(Swaps{{"sted: Hallen", "sted: Rådhuset"}});
  const Ran ran = edited.run();
  CAPTURE(ran.err);
  CHECK(ran.code == 0);
  CHECK(ran.out == "Gemt: begivenhed K3F9QX\n");
  CHECK(args_of(edited.node.last_request()) == R"({"kind":"event","id":"K3F9QXAAAA","set":{"place":["Rådhuset"]}})");
  CHECK(edited.commands == std::vector<std::string>{"ed -s"});
  CHECK(edited.drafts() == 0);
}

TEST_CASE("edit: what was left as it is writes nothing, and VISUAL goes before EDITOR") {
  Edited edited(Swaps{{"", ""}});
  edited.world.env["VISUAL"] = "nano";
  const Ran ran = edited.run("en");
  CHECK(ran.code == 0);
  CHECK(ran.out == "Nothing to change: event K3F9QX\n");
  CHECK(edited.node.last_request().command == "record.show");
  CHECK(edited.commands == std::vector<std::string>{"nano"});
  CHECK(edited.drafts() == 0);
}

TEST_CASE("edit: a line that cannot be read is told, and the same draft is offered again") {
  Edited edited(Swaps{{"start: 22-10-2026", "start: snart"}, {"start: snart", "start: 23-10-2026"}}, "j\n");
  const Ran ran = edited.run();
  CHECK(ran.code == 0);
  CHECK(contains(ran.err, "Det er ikke en dato"));
  CHECK(contains(ran.err, ": start\n"));
  CHECK(contains(ran.err, "Ret videre?"));
  CHECK(contains(ran.out, "fredag den 23. oktober 2026"));
  CHECK(edited.commands.size() == 2);
  CHECK(edited.drafts() == 0);
}

TEST_CASE("edit: who does not go on keeps the draft, and is told where") {
  Edited edited(Swaps{{"sted: Hallen", "hvad er det"}}, "n\n");
  const Ran ran = edited.run();
  CHECK(ran.code == 1);
  CHECK(contains(ran.err, "linje"));
  CHECK(contains(ran.err, "Udkastet er gemt: " + edited.folder.path().string() + "/budstikke-"));
  CHECK(edited.node.last_request().command == "record.show");
  CHECK(edited.drafts() == 1);
}

TEST_CASE("edit: a refusal keeps the draft; one of a value lets it be mended") {
  Edited refused(Swaps{{"sted: Hallen", "sted: Rådhuset"}});
  FakeNode strict;
  strict.answer("record.show", kRecord);
  strict.refuse("record.edit", ApiError::NotPermitted);
  const Ran ran = run_cli({"--home", strict.home().string(), "--lang", "da", "event", "edit", "K3F9"}, refused.world);
  CHECK(ran.code == 4);
  CHECK(contains(ran.err, "Udkastet er gemt: "));
  CHECK(refused.drafts() == 1);

  Edited mended(Swaps{{"titel: Møde", "titel:"}, {"titel:", "titel: Stormøde"}}, "j\n");
  FakeNode other;
  other.answer("record.show", kRecord);
  other.refuse("record.edit", ApiError::MissingValue, "title");
  other.answer("record.edit", R"({"id":"K3F9QXAAAA","short":"K3F9QX","changed":true})");
  CHECK(run_cli({"--home", other.home().string(), "--lang", "da", "event", "edit", "K3F9"}, mended.world).code == 0);
  CHECK(args_of(other.last_request()) == R"({"kind":"event","id":"K3F9QXAAAA","set":{"title":["Stormøde"]}})");
  CHECK(mended.drafts() == 0);
}

TEST_CASE("edit: what others changed meanwhile in the same field is told before it is written over, and in others it stays") {
  Edited edited(Swaps{{"sted: Hallen", "sted: Rådhuset"}, {"", ""}}, "j\n");
  FakeNode node;
  node.answer("record.show", kRecord);
  node.answer("record.show", R"({"record":{"id":"K3F9QXAAAA","short":"K3F9QX","kind":"event","title":"Stormøde",
    "start":"2026-10-22","place":"Biblioteket"}})");
  node.answer("record.edit", R"({"id":"K3F9QXAAAA","short":"K3F9QX","changed":true})");
  const Ran ran = run_cli({"--home", node.home().string(), "--lang", "da", "event", "edit", "K3F9"}, edited.world);
  CHECK(ran.code == 0);
  CHECK(contains(ran.err, "sted er ændret af andre imens, og er nu: Biblioteket"));
  CHECK_FALSE(contains(ran.err, "titel"));
  CHECK(args_of(node.last_request()) == R"({"kind":"event","id":"K3F9QXAAAA","set":{"place":["Rådhuset"]}})");
}

TEST_CASE("edit: an editor that is not there, and one that ends badly, write nothing") {
  Edited edited(Swaps{{"", ""}});
  edited.world.editor = [](const std::string&, const std::string&) { return 127; };
  const Ran none = edited.run("en");
  CHECK(none.code == 1);
  CHECK(contains(none.err, "There is no such editor: ed -s"));
  CHECK(edited.drafts() == 0);
  edited.world.editor = [](const std::string&, const std::string&) { return 1; };
  const Ran bad = edited.run("en");
  CHECK(bad.code == 1);
  CHECK(contains(bad.err, "The draft is kept: "));
  CHECK(edited.drafts() == 1);
}

TEST_CASE("edit: without a terminal, or for JSON, fields are asked for as before") {
  Edited edited(Swaps{{"", ""}});
  edited.world.terminal = false;
  CHECK(edited.run().code == 2);
  edited.world.terminal = true;
  CHECK(run_cli({"--home", edited.node.home().string(), "event", "edit", "K3F9", "--json"}, edited.world).code == 2);
  CHECK(edited.node.requests().empty());
}
