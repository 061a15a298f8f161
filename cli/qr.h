// A text as a QR code (ISO/IEC 18004): for a telephone's camera, from a screen or from paper.
//
// Shape        Square, with the border of four light modules that readers need. Digits, capital letters and "-" take 5.5 bits
//              each, anything else 8; at most 4,296 of the former fit.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace budstikke::cli {

struct QrCode {
  std::size_t size;        // modules on each side, with the border
  std::vector<bool> dark;  // by rows
  bool is_dark(std::size_t x, std::size_t y) const { return y < size && dark[y * size + x]; }
};

std::optional<QrCode> qr_of(const std::string& text);  // nullopt: too long

// Lines of `size` columns, two rows of modules in each. With colour black on white, whatever the terminal's are; without, the
// light modules are drawn, as is right on a dark terminal, and readers take the other way, too.
std::string terminal_text(const QrCode& code, bool colour);
// An element of HTML, black on white, `millimetres` wide.
std::string svg_of(const QrCode& code, int millimetres);

}  // namespace budstikke::cli
