#include "cli/table.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <sstream>

using namespace budstikke::cli;

TEST_CASE("table: width counts display columns, not bytes") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("æøå ÆØÅ") == 7);
  CHECK(display_width("e\xCC\x81") == 1);  // e and a combining accent
  CHECK(display_width("日本") == 4);
  CHECK(display_width("🎉") == 2);
  CHECK(display_width("") == 0);
  CHECK(display_width("\xFF\xC3") == 2);  // broken bytes take a column each
}

TEST_CASE("table: a text is cut between letters, never within one") {
  CHECK(cut_to_width("Rådhuset", 8) == "Rådhuset");
  CHECK(cut_to_width("Rådhuset", 5) == "Rådh…");
  CHECK(cut_to_width("ååå", 2) == "å…");
  CHECK(cut_to_width("et møde i dag", 4) == "et…");  // no blank before the ellipsis
  CHECK(cut_to_width("日本語", 4) == "日…");
  CHECK(cut_to_width("abc", 0).empty());
}

TEST_CASE("table: columns with æøå line up on a terminal") {
  Table table({"ID", "sted", "titel"});
  table.row({"K3F9QX", "Ærø", "Åbent møde"});
  table.row({"ABCDEF", "Hjørring", "Fest"});
  CHECK(table.text({.aligned = true}) ==
        "ID      sted      titel\n"
        "K3F9QX  Ærø       Åbent møde\n"
        "ABCDEF  Hjørring  Fest\n");
}

TEST_CASE("table: the widest columns are cut to fit the terminal") {
  Table table({"ID", "titel"});
  table.row({"K3F9QX", "Ordinært møde i Integrationsrådet, Holbæk"});
  CHECK(table.text({.aligned = true, .columns = 24}) ==
        "ID      titel\n"
        "K3F9QX  Ordinært møde i…\n");
}

TEST_CASE("table: whatever the terminal, no line is wider, and an ID is never cut") {
  Table table({"ID", "navn", "rolle", "organisation", "e-mail", "telefon", "ejer", "budget, kr."});
  table.row({"K3F9QX", "Åse Holm Sørensen", "", "Integrationsrådet i Ærøskøbing", "aase@integrationsraad.example.dk",
             "12 34 56 78", "Ærø Råd", "12000"});
  for (std::size_t columns = 10; columns < 140; ++columns) {
    CAPTURE(columns);
    std::istringstream lines(table.text({.aligned = true, .columns = columns}));
    for (std::string line; std::getline(lines, line);) CHECK(display_width(line) <= columns);
    CHECK(table.text({.aligned = true, .columns = columns}).find("K3F9QX") != std::string::npos);
  }
  CHECK(table.text({.aligned = true, .columns = 80}).find("rolle") == std::string::npos);  // nothing stands in it
  CHECK(table.text({.aligned = true, .columns = 140}).find("rolle") != std::string::npos);
}

TEST_CASE("table: headings are bold only when asked") {
  Table table({"a"});
  table.row({"b"});
  CHECK(table.text({.aligned = true, .bold = true}) == "\033[1ma\033[0m\nb\n");
  CHECK(table.text({.aligned = true}) == "a\nb\n");
}

TEST_CASE("table: elsewhere cells are set apart by tabs, without headings, and nothing is cut") {
  Table table({"ID", "titel"});
  table.row({"K3F9QX", "Ordinært møde\ni\tIntegrationsrådet"});
  CHECK(table.text({.aligned = false, .columns = 10}) == "K3F9QX\tOrdinært møde i Integrationsrådet\n");
}

TEST_CASE("table: no line is wider than the terminal while columns can be cut") {
  CHECK(rc::check([](const std::vector<std::string>& cells) {
    Table table({"a", "b", "c"});
    for (std::size_t i = 0; i + 3 <= cells.size(); i += 3) table.row({cells[i], cells[i + 1], cells[i + 2]});
    const std::string text = table.text({.aligned = true, .columns = 40});
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      RC_ASSERT(display_width(text.substr(at, end - at)) <= 40);
      at = end + 1;
    }
  }));
}
