// help, --version and the choice of language.
#include <doctest/doctest.h>

#include <sstream>

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
    const std::string danish = run_cli({"--lang", "da", std::string(kind.danish), "--help"}).out;
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

namespace {

// The words of a line as a shell would hand them on.
std::vector<std::string> shell_words(const std::string& line) {
  std::vector<std::string> words = {""};
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (c == ' ' && !quoted) words.emplace_back();
    if (c != '"' && (c != ' ' || quoted)) words.back() += c;
  }
  return words;
}

std::string_view in_language(bool danish, std::string_view name, std::string_view aliases) {
  return danish && !aliases.empty() ? first_alias(aliases) : name;
}

// What an example is held to: it begins with the command's own name, and has only what its row allows.
template <class Row, class Takes>
void check_examples(const std::vector<std::string>& examples, const std::string& start, std::size_t own_words, const Row& row,
                    Takes takes) {
  CAPTURE(start);
  CHECK(examples.size() >= 2);
  CHECK(examples.front() != examples.back());
  for (const std::string& example : examples) {
    CAPTURE(example);
    REQUIRE((example + " ").starts_with("budstikke " + start + " "));
    CHECK_FALSE(contains(example, "{"));
    std::vector<std::string> words = shell_words(example);
    words.erase(words.begin());
    const Arguments args = parse(words);
    CHECK_FALSE(args.mistake);
    CHECK(args.words.size() >= own_words + row.words_min);
    CHECK(args.words.size() <= own_words + row.words_max);
    for (const Flag& flag : args.flags) CHECK(takes(flag.name));
  }
}

std::vector<std::string> examples_in(const std::string& help) {
  std::vector<std::string> examples;
  std::istringstream in(help.substr(std::min(help.find("\nEx"), help.find("\nEks"))));
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("  ")) examples.push_back(line.substr(2));
  }
  return examples;
}

}  // namespace

TEST_CASE("help: every command has two examples of its own, in both languages") {
  for (const Command& command : commands()) {
    for (const char* language : {"en", "da"}) {
      const bool danish = std::string_view(language) == "da";
      std::string start(in_language(danish, command.noun, command.noun_danish));
      std::vector<std::string> args = {"--lang", language, "help", start};
      if (!command.verb.empty()) args.emplace_back(in_language(danish, command.verb, command.verb_danish));
      if (!command.verb.empty()) start += " " + args.back();
      std::vector<std::string> examples = examples_in(run_cli(args).out);
      if (command.run == erase || command.run == invite) examples.erase(examples.begin(), examples.begin() + 2);  // of its verb
      check_examples(examples, start, command.verb.empty() ? 1 : 2, command,
                     [&](std::string_view flag) { return takes_flag(command, flag); });
    }
  }
}

TEST_CASE("help: every verb of every kind has two examples of its own, in both languages") {
  for (const KindInfo& kind : kinds()) {
    for (const KindVerb& verb : kind_verbs()) {
      if (!verb.applies(kind)) continue;
      for (const char* language : {"en", "da"}) {
        const bool danish = std::string_view(language) == "da";
        const std::string noun(danish ? kind.danish : kind.name), name(in_language(danish, verb.name, verb.danish));
        check_examples(examples_in(run_cli({"--lang", language, noun, name, "--help"}).out), noun + " " + name, 2, verb,
                       [&](std::string_view flag) { return takes_flag(verb, kind, flag); });
      }
    }
  }
}

TEST_CASE("help: the usage of a command names every flag it takes") {
  const auto check = [](std::string_view flags, std::string_view usage, std::string_view danish) {
    while (!flags.empty()) {
      const std::string flag(first_alias(flags));
      CAPTURE(flag);
      const bool is_word = flag == "network" && contains(std::string(usage), "[NETWORK]");  // either names it
      CHECK((is_word || contains(std::string(usage), "--" + flag) || contains(std::string(danish), "--" + flag)));
      flags.remove_prefix(std::min(flags.size(), flag.size() + 1));
    }
  };
  for (const Command& command : commands()) check(command.flags, command.usage, command.usage_danish);
  for (const KindVerb& verb : kind_verbs()) check(verb.flags, verb.usage, verb.usage_danish);
}

TEST_CASE("help: of one command shows that one, of a noun all of it") {
  const std::string add = run_cli({"event", "add", "--help"}).out;
  CHECK(add == run_cli({"help", "event", "add"}).out);
  CHECK(contains(add, "  budstikke event add --FIELD VALUE …"));
  CHECK(contains(add, "--place"));
  CHECK_FALSE(contains(add, "event list"));
  const std::string show = run_cli({"event", "show", "K3F9QX", "--help"}).out;
  CHECK(contains(show, "  budstikke event show ID [--at TIME]"));
  CHECK_FALSE(contains(show, "--place"));
  const std::string revoke = run_cli({"--lang", "da", "medlem", "udeluk", "--help"}).out;
  CHECK(contains(revoke, "  budstikke medlem udeluk MEDLEM"));
  CHECK_FALSE(contains(revoke, "genoptag"));
  CHECK(contains(run_cli({"member", "--help"}).out, "member readmit"));
  CHECK(contains(run_cli({"erase", "K3F9QX", "--help"}).out, "erase ID…"));
  CHECK(run_cli({"help", "event", "lst"}).code == 2);
  CHECK(contains(run_cli({"event", "lst", "--help"}).err, "list"));
  CHECK(run_cli({"network", "mrge", "--help"}).code == 2);
}

TEST_CASE("help: -h is usage, two examples at most, and where there is more") {
  const std::vector<std::vector<std::string>> asked = {{},       {"event"}, {"event", "add"}, {"member"}, {"member", "revoke"},
                                                       {"erase"}};
  for (std::vector<std::string> args : asked) {
    std::string name = "budstikke";
    for (const std::string& word : args) name += " " + word;
    args.emplace_back("-h");
    const std::string brief = run_cli(args).out;
    args.back() = "--help";
    const std::string whole = run_cli(args).out;
    CHECK(brief.size() < whole.size());
    CHECK(brief.ends_with("\nMore: " + name + " --help\n"));
    std::vector<std::string> examples = examples_in(brief);
    CHECK(examples.size() == 2);
    args.emplace_back("-h");
    CHECK(run_cli(args).out == whole);
  }
  CHECK(contains(run_cli({"event", "-h"}).out, "  budstikke event rsvp ID"));
  CHECK_FALSE(contains(run_cli({"event", "-h"}).out, "--place"));
}

TEST_CASE("help: more than the screen holds goes through the pager") {
  World world{.terminal = true, .columns = 80, .rows = 24};
  CHECK(run_cli({"event", "--help"}, world).out.empty());
  REQUIRE(world.paged.size() == 1);
  CHECK(contains(world.paged[0].second, "budstikke event rsvp"));
  CHECK(contains(run_cli({"status", "--help"}, world).out, "budstikke status"));
}

TEST_CASE("help: for programs has the examples too") {
  const Value document = json(run_cli({"--json", "help", "member", "revoke"}).out);
  REQUIRE(document.items("commands").size() == 1);
  CHECK(document.items("commands")[0].items("examples").size() == 2);
}

TEST_CASE("help: the example of adding is understood, for every kind") {
  FakeNode node;
  node.answer("record.add", R"({"id":"K3F9","short":"K3F9"})");
  for (const KindInfo& kind : kinds()) {
    if (kind.kind == Kind::Document) continue;  // the file of its example is not here
    for (const char* language : {"da", "en"}) {
      const std::string noun(std::string_view(language) == "da" ? kind.danish : kind.name);
      std::vector<std::string> words = shell_words(examples_in(run_cli({"--lang", language, "help", noun, "add"}).out).front());
      words.erase(words.begin());
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

TEST_CASE("plain: a terminal gets what a file would, without colour, columns or pager") {
  FakeNode node;
  const std::string long_name(120, 'x');
  node.answer("network.list", R"({"networks":[{"id":"NNNNNNNN","name":")" + long_name + R"(","role":"reader"}]})");
  World world{.terminal = true, .columns = 40, .rows = 1, .err_is_terminal = true};
  const std::string out = run_cli({"--home", node.home().string(), "network", "list", "--plain"}, world).out;
  CHECK(out == run_at(node, {"network", "list"}).out);
  CHECK(contains(out, "\t" + long_name + "\t"));
  CHECK(world.paged.empty());
}

TEST_CASE("no-input: nobody is asked, and what needs a yes needs --yes") {
  FakeNode node;
  node.answer("record.remove", R"({"id":"K3F9","short":"K3F9"})");
  World world{.terminal = true, .in = "y\n"};
  const Ran ran = run_cli({"--home", node.home().string(), "event", "remove", "K3F9", "--no-input"}, world);
  CHECK(ran.code == 1);
  CHECK(contains(ran.err, "--yes"));
  CHECK(node.requests().empty());
  CHECK(run_cli({"--home", node.home().string(), "event", "remove", "K3F9", "--no-input", "--yes"}, world).code == 0);
  World piped{.in = "a passphrase\n"};  // what is not typed by anybody is read as ever
  node.answer("unlock", "{}");
  run_cli({"--home", node.home().string(), "unlock", "--no-input"}, piped);
  CHECK(contains(args_of(node.last_request()), "a passphrase"));
}
