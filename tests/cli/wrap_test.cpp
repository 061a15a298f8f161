// Sentences on a narrow terminal.
#include "cli/wrap.h"

#include <doctest/doctest.h>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;
using cli::wrapped;

TEST_CASE("wrap: a line is broken at blanks, and what follows is indented as it is") {
  CHECK(wrapped("one two three four", 9) == "one two\nthree\nfour");
  CHECK(wrapped("  one two three", 9) == "  one two\n  three");
  CHECK(wrapped("one two", 7) == "one two");
  CHECK(wrapped("a\n\nb c", 2) == "a\n\nb\nc");
  CHECK(wrapped("røde æbler på åen", 10) == "røde æbler\npå åen");  // widths, not bytes
  CHECK(wrapped("", 5).empty());
  CHECK(wrapped("one two three", 0) == "one two three");
}

TEST_CASE("wrap: nothing is cut, and gaps within a line stay") {
  CHECK(wrapped("ticket BUD1-ABCDEFGHIJ now", 10) == "ticket\nBUD1-ABCDEFGHIJ\nnow");
  CHECK(wrapped("K3F9QX  one two three", 16) == "K3F9QX  one two\nthree");
  CHECK(wrapped("            far in", 10) == "            far in");  // no room to indent: the terminal's to break
}

TEST_CASE("wrap: a command is left whole, for who copies it") {
  CHECK(wrapped("See: budstikke network list", 20) == "See:\nbudstikke network list");
  CHECK(wrapped("Do budstikke member role, then this and that.", 24) == "Do\nbudstikke member role,\nthen this and that.");
  CHECK(wrapped("  budstikke event show K3F9QX --json", 20) == "  budstikke event show K3F9QX --json");
}

TEST_CASE("wrap: what people read on a terminal is wrapped, not what programs read") {
  FakeNode node;
  node.refuse("join", ApiError::BadTicket, "BUD1-" + std::string(60, 'X'));
  const auto told = [&](bool err_is_terminal, std::vector<std::string> more) {
    World world{.terminal = true, .columns = 30, .err_is_terminal = err_is_terminal};
    more.insert(more.begin(), {"--home", node.home().string(), "join", "BUD1-X"});
    return run_cli(more, world).err;
  };
  CHECK(told(true, {}) == "budstikke: This is not a whole\nticket:\nBUD1-" + std::string(60, 'X') +
                              "\n  Copy it again, from the\n  first letter to the last.\n");
  CHECK(contains(told(false, {}), "  Copy it again, from the first letter to the last.\n"));
  CHECK(contains(told(true, {"--json"}), "Copy it again, from the first letter to the last."));
  CHECK(contains(told(true, {"--plain"}), "  Copy it again, from the first letter to the last.\n"));
}
