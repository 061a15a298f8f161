// Questions on a terminal for what is missing.
#include <doctest/doctest.h>

#include <filesystem>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr const char* kAdded = R"({"id":"K3F9QXXXXX","short":"K3F9QX"})";

bool is_asked(const Ran& ran, std::string_view question) { return contains(ran.err, std::string(question) + " "); }

}  // namespace

TEST_CASE("ask: add without a field asks for those that lists show, and tells at once what it cannot read") {
  FakeNode node;
  node.answer("record.add", kAdded);
  const std::string typed = "\n  Kaffe i caféen \nsnart\non Thursday at 17\n\nmeeting\n";
  const Ran ran = run_on_terminal(node, {"event", "add"}, "en", typed);
  CHECK(ran.code == 0);
  CHECK(is_asked(ran, "title (what it is):"));
  CHECK(contains(ran.err, "This has to be there."));
  CHECK(contains(ran.err, "Not a date: --start \"snart\""));
  CHECK(contains(ran.err, "  Thursday 22 October 2026 at 17:00\n"));
  CHECK_FALSE(contains(ran.err, "rrule"));
  CHECK(args_of(node.last_request()) ==
        R"({"kind":"event","fields":{"title":["Kaffe i caféen"],"start":["2026-10-22T15:00:00Z"],"type":["meeting"]}})");
}

TEST_CASE("ask: in Danish, with the choices of a field") {
  FakeNode node;
  node.answer("record.add", kAdded);
  node.answer("record.similar", R"({"records":[]})");
  const Ran ran = run_on_terminal(node, {"idé", "tilføj"}, "da", "Sprogcafé\nkultur\n\n\n");
  CHECK(is_asked(ran, "titel (hvad det hedder):"));
  CHECK(contains(ran.err, "    Kulturelle arrangementer\n"));
  CHECK(contains(ran.err, "Tilføj idé."));
}

TEST_CASE("ask: the end of what is typed cancels, and nothing is sent") {
  FakeNode node;
  const Ran ran = run_on_terminal(node, {"event", "add"}, "en", "Coffee\n");
  CHECK(ran.code == 1);
  CHECK(contains(ran.err, "Nothing was done."));
  CHECK(node.requests().empty());
  for (const char* command : {"join", "network create"}) {
    const std::string line(command);
    const std::size_t blank = line.find(' ');
    std::vector<std::string> words = {line.substr(0, blank)};
    if (blank != std::string::npos) words.push_back(line.substr(blank + 1));
    CHECK(run_on_terminal(node, words).code == 1);
  }
  CHECK(node.requests().empty());
}

TEST_CASE("ask: the word that is missing is asked for: a ticket, a name, a comment") {
  FakeNode node;
  node.answer("network.create", R"({"id":"NETNETNET","name":"Fyn","recovery_key":"KEY"})");
  CHECK(run_on_terminal(node, {"network", "create"}, "en", "Fyn\n").code == 0);
  CHECK(node.last_request().args.text("name") == "Fyn");
  node.answer("join", R"({"name":"Fyn","role":"council","council":"C","words":"000000000001"})");
  CHECK(is_asked(run_on_terminal(node, {"join"}, "en", "\n BUD1-AB \n"), "The ticket you were given:"));
  CHECK(node.last_request().args.text("ticket") == "BUD1-AB");
  node.answer("record.comment", kAdded);
  CHECK(is_asked(run_on_terminal(node, {"event", "comment", "K3F9"}, "da", "Vi kommer.\n"), "Din kommentar:"));
  CHECK(node.last_request().args.text("text") == "Vi kommer.");
}

TEST_CASE("ask: nobody is asked without a terminal, for programs, and with --no-input") {
  FakeNode node;
  const std::vector<std::vector<std::string>> commands = {
      {"init"}, {"event", "add"}, {"join"}, {"network", "create"}, {"event", "comment", "K3F9"}};
  for (const std::vector<std::string>& command : commands) {
    for (const char* how : {"", "--json", "--no-input"}) {
      World world{.terminal = *how != '\0', .in = "x\nx\nx\nx\nx\nx\n"};
      std::vector<std::string> args = {"--home", node.home().string()};
      args.insert(args.end(), command.begin(), command.end());
      if (*how != '\0') args.emplace_back(how);
      const Ran ran = run_cli(args, world);
      CAPTURE(ran.err);
      CHECK(ran.code == 2);
      CHECK_FALSE(contains(ran.err, "? "));
      CHECK_FALSE(contains(ran.err, "):"));
    }
  }
  CHECK(node.requests().empty());
}

TEST_CASE("ask: init without a council is a first run, which asks for its name and address") {
  TempHome folder;
  const std::string home = (folder.path() / "new").string();
  const auto first_run = [&](const std::string& typed, World world = {}) {
    world.terminal = true;
    world.in = typed;
    const Ran ran = run_cli({"--home", home, "init"}, world);
    return std::pair(ran, world.daemon_args);
  };
  const auto [alone, alone_args] = first_run("\n\nBallerup Integrationsråd\n\n\n");
  CHECK(alone.code == 0);
  CHECK(contains(alone.err, "What is your council called?"));
  CHECK(contains(alone.err, "This has to be there."));
  CHECK(alone_args ==
        std::vector<std::string>{"--home", home, "--init", "--quiet", "--council", "Ballerup Integrationsråd", "--listen", ""});
  CHECK(contains(alone.out, "Start the node: budstikked --home " + home));
  const auto [reached, reached_args] = first_run("en\nKøge\nkoege\nkoege.example.dk:7420\n\n");
  CHECK(contains(reached.err, "Not an address: koege\n"));
  CHECK(reached_args.back() == "koege.example.dk:7420");
  const auto [ended, ended_args] = first_run("\nKøge\n");
  CHECK(ended.code == 1);
  CHECK(ended_args.empty());
}
