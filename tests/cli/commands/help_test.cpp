// help, --version and the choice of language.
#include <doctest/doctest.h>

#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/names.h"
#include "cli/table.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::cli;
using namespace budstikke::tests;

TEST_CASE("help: names every command and kind, in both languages") {
  const std::string english = run_cli({"help"}).out;
  const std::string danish = run_cli({"--lang", "da", "hjælp"}).out;
  for (const Command& command : commands()) {
    CHECK(contains(english, command.noun));
    CHECK(contains(danish, command.noun_danish.empty() ? command.noun : first_alias(command.noun_danish)));
  }
  for (const KindInfo& kind : kinds()) {
    CHECK(contains(english, kind.name));
    CHECK(contains(danish, kind.danish));
  }
}

TEST_CASE("help: of a kind names its verbs and fields and gives two examples") {
  for (const KindInfo& kind : kinds()) {
    const std::string text = run_cli({std::string(kind.name), "--help"}).out;
    const std::string danish = run_cli({"--lang", "da", std::string(kind.danish), "vis", "--help"}).out;
    for (const KindVerb& verb : kind_verbs()) {
      if (verb.applies(kind)) CHECK(contains(text, verb.name));
      if (verb.applies(kind)) CHECK(contains(danish, first_alias(verb.danish)));
    }
    for (const Field& field : kind.fields) {
      CAPTURE(field.name);
      if (is_written(field)) CHECK(contains(text, "--" + flag_of(field)));
      if (is_written(field)) CHECK(contains(danish, field.help_danish));
    }
    CHECK(contains(text, "  budstikke " + std::string(kind.name) + " add --"));
    CHECK(contains(text, "  budstikke " + std::string(kind.name) + " list --"));
    CHECK(contains(danish, "  budstikke " + std::string(kind.danish) + " tilføj --"));
  }
}

TEST_CASE("help: verbs that few kinds have are shown at work, twice, in either language") {
  const auto has_twice = [](const std::string& text, const std::string& start) {
    const std::size_t first = text.find("  budstikke " + start);
    return first != std::string::npos && text.find("  budstikke " + start, first + 1) != std::string::npos;
  };
  const std::string hearing = run_cli({"hearing", "--help"}).out, danish = run_cli({"--lang", "da", "høring", "--help"}).out;
  for (const char* verb : {"respond", "draft", "outcome"}) CHECK(has_twice(hearing, "hearing " + std::string(verb)));
  for (const char* verb : {"svar", "udkast", "resultat"}) CHECK(has_twice(danish, "høring " + std::string(verb)));
  CHECK(contains(hearing, "hearing list --overdue\n"));
  for (const char* verb : {"endorse", "lighthouse"}) {
    CHECK(has_twice(run_cli({"initiative", "--help"}).out, "initiative " + std::string(verb)));
  }
  CHECK(has_twice(run_cli({"event", "--help"}).out, "event rsvp"));
  const std::string report = run_cli({"help", "report"}).out, rapport = run_cli({"--lang", "da", "hjælp", "rapport"}).out;
  for (const char* verb : {"activity", "hearings", "ideas"}) CHECK(has_twice(report, "report " + std::string(verb)));
  CHECK(has_twice(run_cli({"help", "watch"}).out, "watch"));
  CHECK(has_twice(run_cli({"--lang", "da", "hjælp", "følg"}).out, "følg"));
  for (const char* verb : {"aktivitet", "høringer", "idéer"}) CHECK(has_twice(rapport, "rapport " + std::string(verb)));
}

TEST_CASE("help: the Danish main pages hold no English") {
  const std::string pages = run_cli({"--lang", "da", "help"}).out + run_cli({"--lang", "da", "event", "--help"}).out +
                            run_cli({"--lang", "da", "contact", "--help"}).out;
  for (const char* english :
       {" the ", " of ", " and ", " is ", " FIELD", " VALUE", "Commands", "Fields", "Examples", " this ", " add ", " list "}) {
    CAPTURE(english);
    CHECK_FALSE(contains(pages, english));
  }
}

TEST_CASE("help: of one command, and a bare kind shows its help") {
  CHECK(contains(run_cli({"help", "network"}).out, "network create NAME"));
  CHECK(contains(run_cli({"invite", "--help"}).out, "--expires 7d"));
  CHECK(run_cli({"event"}).out == run_cli({"event", "--help"}).out);
  CHECK(run_cli({"help", "event"}).code == 0);
}

TEST_CASE("help: the examples of every kind are commands that are understood") {
  FakeNode node;
  node.answer("record.add", R"({"id":"K3F9","short":"K3F9"})");
  for (const KindInfo& kind : kinds()) {
    for (const char* language : {"da", "en"}) {
      const std::string text = run_cli({"--lang", language, std::string(kind.name), "--help"}).out;
      const std::string start = "  budstikke ";
      const std::size_t at = text.find(start + std::string(std::string_view(language) == "da" ? kind.danish : kind.name) + " ",
                                       text.find(std::string_view(language) == "da" ? "Eksempler" : "Examples"));
      REQUIRE(at != std::string::npos);
      std::vector<std::string> words = {""};
      bool quoted = false;
      for (const char c : text.substr(at + start.size(), text.find('\n', at) - at - start.size())) {
        if (c == '"') quoted = !quoted;
        if (c == ' ' && !quoted) words.emplace_back();
        if (c != '"' && (c != ' ' || quoted)) words.back() += c;
      }
      const Ran ran = run_at(node, words);
      CAPTURE(ran.err);
      CHECK(ran.code == 0);
    }
  }
}

TEST_CASE("version: is said without a node") {
  const Ran ran = run_cli({"--version"});
  CHECK(ran.code == 0);
  CHECK(ran.out == "budstikke " BUDSTIKKE_VERSION "\n");
}

TEST_CASE("language: --lang, else the first of LC_ALL, LC_MESSAGES and LANG that is set") {
  const auto speaks_danish = [](const std::map<std::string, std::string>& env, std::vector<std::string> args = {}) {
    World world{.env = env};
    args.push_back("help");
    return contains(run_cli(args, world).out, "Kommandoer:");
  };
  CHECK_FALSE(speaks_danish({}));
  CHECK(speaks_danish({{"LANG", "da_DK.UTF-8"}}));
  CHECK_FALSE(speaks_danish({{"LANG", "da_DK.UTF-8"}, {"LC_ALL", "en_GB.UTF-8"}}));
  CHECK(speaks_danish({{"LANG", "C"}, {"LC_MESSAGES", "da_DK"}}));
  CHECK(speaks_danish({{"LC_ALL", ""}, {"LANG", "da"}}));
  CHECK(speaks_danish({{"LC_ALL", "C"}}, {"--lang", "da"}));
  CHECK_FALSE(speaks_danish({{"LC_ALL", "da"}}, {"--lang", "en"}));
}

TEST_CASE("colour: headings are bold on a terminal, unless NO_COLOR, TERM or --no-color say otherwise") {
  FakeNode node;
  node.answer("network.list", R"({"networks":[{"id":"N","name":"X"}]})");
  const auto bold = [&](const std::map<std::string, std::string>& env, bool terminal, std::vector<std::string> args = {}) {
    World world{.env = env, .terminal = terminal};
    args.insert(args.end(), {"--home", node.home().string(), "network", "list"});
    return contains(run_cli(args, world).out, "\033[");
  };
  CHECK(bold({}, true));
  CHECK_FALSE(bold({}, false));
  CHECK_FALSE(bold({{"NO_COLOR", "1"}}, true));
  CHECK_FALSE(bold({{"TERM", "dumb"}}, true));
  CHECK_FALSE(bold({}, true, {"--no-color"}));
  CHECK(bold({{"NO_COLOR", ""}}, true));
}
