// Long texts from standard input and from files.
#include <doctest/doctest.h>

#include "protocol/base/limits.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr const char* kSaid = R"({"id":"K3F9QXXXXX","short":"K3F9QX","changed":true})";

std::string in_folder(const TempHome& folder, const std::string& text) {
  write_file(folder.path() / "tekst.txt", text);
  return "@" + (folder.path() / "tekst.txt").string();
}

Ran run_with_input(const FakeNode& node, std::vector<std::string> args, const std::string& in) {
  args.insert(args.begin(), {"--home", node.home().string()});
  World world{.in = in};
  return run_cli(args, world);
}

}  // namespace

TEST_CASE("long text: a field's comes from a file or from standard input, and is itself otherwise") {
  FakeNode node;
  node.answer("record.add", kSaid);
  const TempHome folder;
  const auto described = [&](const std::string& given, const std::string& in = "") {
    const Ran ran = run_with_input(node, {"event", "add", "--title", "@-", "--start", "2027-01-01", "--description", given}, in);
    CAPTURE(ran.err);
    CHECK(ran.code == 0);
    CHECK(*node.last_request().args.find("fields")->items("title")[0].if_text() == "@-");  // no long text
    return *node.last_request().args.find("fields")->items("description")[0].if_text();
  };
  CHECK(described(in_folder(folder, "\xEF\xBB\xBFKære alle\r\n\r\nkom.\r\n\n")) == "Kære alle\n\nkom.");
  CHECK(described("-", "Fra et rør\nto linjer\n") == "Fra et rør\nto linjer");
  CHECK(described("@@Mette: kom") == "@Mette: kom");
  CHECK(described("a@b, -") == "a@b, -");
}

TEST_CASE("long text: so does the TEXT of every command that has one") {
  FakeNode node;
  for (const char* command : {"record.answer", "record.comment", "record.edit"}) node.answer(command, kSaid);
  const TempHome folder;
  const std::string file = in_folder(folder, "Vi er enige.\nMed to linjer.\n");
  const std::vector<std::vector<std::string>> commands = {
      {"hearing", "respond", "K3F9"},           {"hearing", "respond", "K3F9", "--abstain"}, {"hearing", "draft", "K3F9"},
      {"hearing", "outcome", "K3F9", "partly"}, {"initiative", "endorse", "K3F9"},           {"initiative", "comment", "K3F9"}};
  for (std::vector<std::string> command : commands) {
    const bool is_line = command[1] == "endorse";  // which has room for one
    if (is_line) in_folder(folder, "Vi er enige.");
    CAPTURE(command[1]);
    command.push_back(file);
    CHECK(run_at(node, command).code == 0);
    CHECK(contains(args_of(node.last_request()), is_line ? "Vi er enige." : "Vi er enige.\\nMed to linjer.\""));
    in_folder(folder, "Vi er enige.\nMed to linjer.\n");
    command.back() = "-";
    CHECK(run_with_input(node, command, "Fra et rør\n").code == 0);
    CHECK(contains(args_of(node.last_request()), "\"Fra et rør\""));
  }
}

TEST_CASE("long text: what cannot be one is refused before anything is sent") {
  FakeNode node;
  const TempHome folder;
  const auto refused = [&](const std::string& given, const char* code, const std::string& in = "") {
    CAPTURE(given);
    const Ran flag = run_with_input(node, {"--json", "event", "edit", "K3F9", "--description", given}, in);
    CHECK(flag.code != 0);
    CHECK(contains(flag.err, code));
    const Ran word = run_with_input(node, {"--json", "event", "comment", "K3F9", given}, in);
    CHECK(word.code == flag.code);
    CHECK(contains(word.err, code));
  };
  refused("@" + (folder.path() / "findes-ikke").string(), "no-text-file");
  refused("@" + folder.path().string(), "no-");
  refused("@", "no-text-file");
  refused(in_folder(folder,
                    "r\xF8"
                    "dgr\xF8"
                    "d"),
          "not-utf-8");
  refused(in_folder(folder, " \r\n \n"), "no-text");
  refused(in_folder(folder, std::string(10 * kMaxTextBytes, 'x')), "too-long");
  refused("@/dev/zero", "too-long");
  refused("-", "no-text");
  refused("-", "not-utf-8", "\xFF\xFE");
  CHECK(node.requests().empty());
}
