// A QR code's marks, and how it is drawn. (zbarimg, tried by hand, reads it from the page and from the terminal.)
#include "cli/qr.h"

#include <doctest/doctest.h>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::cli;
using namespace budstikke::tests;

namespace {

// The square of 7 modules that stands in three corners: dark, light within it, dark in its middle.
bool has_finder(const QrCode& code, std::size_t left, std::size_t top) {
  for (std::size_t y = 0; y < 7; ++y) {
    for (std::size_t x = 0; x < 7; ++x) {
      const std::size_t from_edge = std::min({x, y, 6 - x, 6 - y});
      if (code.is_dark(left + x, top + y) != (from_edge != 1)) return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("qr: a square with its three marks within a light border; a text that is too long has none") {
  for (const std::size_t length : {1U, 300U, 1500U}) {
    const std::optional<QrCode> code = qr_of("BUD1-" + std::string(length, 'K'));
    REQUIRE(code);
    const std::size_t end = code->size - 4;
    CHECK(has_finder(*code, 4, 4));
    CHECK(has_finder(*code, end - 7, 4));
    CHECK(has_finder(*code, 4, end - 7));
    for (std::size_t i = 0; i < code->size; ++i) {
      for (const std::size_t edge : {std::size_t{0}, std::size_t{3}, end, code->size - 1}) {
        CHECK_FALSE(code->is_dark(i, edge));
        CHECK_FALSE(code->is_dark(edge, i));
      }
    }
  }
  CHECK(qr_of("BUD1-0123456789")->size == 21 + 8);  // letters and digits take the short form
  CHECK_FALSE(qr_of(std::string(4297, 'K')));
}

TEST_CASE("qr: drawn in half blocks, two rows a line, each as wide as the code") {
  const QrCode code{2, {true, false, true, true}};  // dark light, dark dark
  CHECK(terminal_text(code, false) == " ▀\n");
  CHECK(terminal_text(code, true) == "\x1b[30;47m█▄\x1b[0m\n");
  const QrCode odd{1, {true}};  // below it there is nothing
  CHECK(terminal_text(odd, false) == " \n");
  CHECK(terminal_text(odd, true) == "\x1b[30;47m▀\x1b[0m\n");
  const std::string svg = svg_of(code, 90);
  CHECK(contains(svg, "width=\"90mm\""));
  CHECK(contains(svg, "d=\"M0 0h1v1H0zM0 1h2v1H0z\""));
}
