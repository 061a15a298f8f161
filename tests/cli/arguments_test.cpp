#include "cli/arguments.h"

#include <doctest/doctest.h>

#include "cli/fields.h"
#include "protocol/records/kinds.h"

using namespace budstikke;
using namespace budstikke::cli;
using Words = std::vector<std::string>;

TEST_CASE("arguments: words and flags may stand in any place") {
  const Arguments args = parse({"--title", "Møde", "event", "--json", "add", "--place=Rådhuset", "--home", "/tmp/x"});
  CHECK(args.words == Words{"event", "add"});
  REQUIRE(args.flags.size() == 2);
  CHECK(args.flag("title") == "Møde");
  CHECK(args.flag("place") == "Rådhuset");
  CHECK(args.json);
  CHECK(args.home == "/tmp/x");
  CHECK_FALSE(args.mistake);
}

TEST_CASE("arguments: two dashes alone end the flags") {
  const Arguments args = parse({"hearing", "respond", "K3F9", "--", "--ikke et flag", "--json"});
  CHECK(args.words == Words{"hearing", "respond", "K3F9", "--ikke et flag", "--json"});
  CHECK_FALSE(args.json);
}

TEST_CASE("arguments: a value may begin with one dash, hold an equals sign or be empty") {
  const Arguments args = parse({"--title", "-5 grader", "--notes=a=b", "--url="});
  CHECK(args.flag("title") == "-5 grader");
  CHECK(args.flag("notes") == "a=b");
  CHECK(args.flag("url") == "");
}

TEST_CASE("arguments: a yes/no field may leave its yes out, and takes only yes or no from what follows") {
  const Arguments alone = parse({"event", "add", "--all-day", "--title", "Fest"});
  CHECK(alone.flag("all-day") == "yes");
  const Arguments before_word = parse({"event", "edit", "--shared", "K3F9"});
  CHECK(before_word.flag("shared") == "yes");
  CHECK(before_word.words == Words{"event", "edit", "K3F9"});
  CHECK(parse({"--shared", "nej"}).flag("shared") == "nej");
  CHECK(parse({"--aflyst", "JA"}).flag("aflyst") == "JA");
  CHECK(parse({"--shared=måske"}).flag("shared") == "måske");
}

TEST_CASE("arguments: the last of several equal flags counts, and all are kept") {
  const Arguments args = parse({"--email", "a@b.dk", "--email", "c@d.dk"});
  CHECK(args.flags.size() == 2);
  CHECK(args.flag("email") == "c@d.dk");
}

TEST_CASE("arguments: a flag without its value is refused") {
  for (const Words& line : {Words{"--title"}, Words{"--title", "--json"}, Words{"--home"}, Words{"--lang", "--yes"}}) {
    const Arguments args = parse(line);
    REQUIRE(args.mistake);
    CHECK(args.mistake->what == Mistake::What::MissingValue);
    CHECK("--" + args.mistake->subject == line[0]);
  }
}

TEST_CASE("arguments: --version alone asks for the program's, with a value it is a field") {
  CHECK(parse({"--version"}).version);
  CHECK(parse({"--version", "--json"}).version);
  const Arguments args = parse({"document", "add", "--version", "2.1", "--title", "X"});
  CHECK_FALSE(args.version);
  CHECK(args.flag("version") == "2.1");
  CHECK(parse({"--version=3"}).flag("version") == "3");
}

TEST_CASE("arguments: a value for a flag that takes none is refused") {
  for (const char* flag : {"--json=1", "--all=yes", "--wait=", "--yes=ja"}) {
    const Arguments args = parse({flag});
    REQUIRE(args.mistake);
    CHECK(args.mistake->what == Mistake::What::UnexpectedValue);
  }
}

TEST_CASE("arguments: a language that is not spoken is refused") {
  const Arguments args = parse({"--lang", "sv"});
  REQUIRE(args.mistake);
  CHECK(args.mistake->what == Mistake::What::BadLanguage);
  CHECK(args.mistake->subject == "sv");
}

TEST_CASE("arguments: the first mistake is kept, and the rest is read all the same") {
  const Arguments args = parse({"--all=1", "--lang", "xx", "--json"});
  REQUIRE(args.mistake);
  CHECK(args.mistake->subject == "all");
  CHECK(args.json);
}

TEST_CASE("arguments: no field of any kind is called as a bare flag or an option of every command") {
  for (const KindInfo& kind : kinds()) {
    for (const std::string_view flag : bare_flags()) CHECK(field_of_flag(kind, flag) == nullptr);
    for (const Option& option : bare_options()) {
      if (option.name != "version") CHECK(field_of_flag(kind, option.name) == nullptr);  // documents have a version
    }
    for (const char* option : {"home", "lang", "network", "format"}) {
      CHECK(field_of_flag(kind, option) == nullptr);
    }
  }
}

TEST_CASE("arguments: yes and no are understood in both languages and any case") {
  CHECK(yes_or_no("ja") == true);
  CHECK(yes_or_no("YES") == true);
  CHECK(yes_or_no("Nej") == false);
  CHECK(yes_or_no("no") == false);
  CHECK_FALSE(yes_or_no("måske"));
  CHECK_FALSE(yes_or_no(""));
}

TEST_CASE("arguments: --origin stands alone for config show, and takes a value as the field of contacts") {
  CHECK(parse({"config", "show", "--origin", "--json"}).has("origin"));
  CHECK_FALSE(parse({"konfig", "vis", "--oprindelse"}).mistake);
  CHECK(parse({"contact", "add", "--origin", "Ærø"}).flag("origin") == "Ærø");
  CHECK(parse({"contact", "add", "--origin"}).mistake.has_value());
}
