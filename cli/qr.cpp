// The one place that meets libqrencode.
#include "cli/qr.h"

#include <qrencode.h>

#include <memory>

namespace budstikke::cli {
namespace {

constexpr std::size_t kBorder = 4;

struct FreeCode {
  void operator()(QRcode* code) const { ::QRcode_free(code); }
};

}  // namespace

std::optional<QrCode> qr_of(const std::string& text) {
  // Lowest correction: the code stays as small as can be, and neither a screen nor a fresh print has holes in it.
  const std::unique_ptr<QRcode, FreeCode> made(::QRcode_encodeString(text.c_str(), 0, QR_ECLEVEL_L, QR_MODE_8, 1));
  if (made == nullptr) return std::nullopt;
  const auto width = static_cast<std::size_t>(made->width);
  QrCode code{width + 2 * kBorder, {}};
  code.dark.resize(code.size * code.size);
  for (std::size_t y = 0; y < width; ++y) {
    for (std::size_t x = 0; x < width; ++x)
      code.dark[(y + kBorder) * code.size + x + kBorder] = (made->data[y * width + x] & 1) != 0;
  }
  return code;
}

std::string terminal_text(const QrCode& code, bool colour) {
  // Indexed by: the upper module is drawn, the lower one is.
  constexpr const char* kBlocks[] = {" ", "▄", "▀", "█"};
  std::string text;
  for (std::size_t y = 0; y < code.size; y += 2) {
    if (colour) text += "\x1b[30;47m";
    for (std::size_t x = 0; x < code.size; ++x) {
      const bool upper = code.is_dark(x, y) == colour;
      const bool lower = code.is_dark(x, y + 1) == colour && (colour || y + 1 < code.size);
      text += kBlocks[(upper ? 2 : 0) + (lower ? 1 : 0)];
    }
    text += colour ? "\x1b[0m\n" : "\n";
  }
  return text;
}

std::string svg_of(const QrCode& code, int millimetres) {
  const std::string size = std::to_string(code.size), width = std::to_string(millimetres) + "mm";
  std::string path;
  for (std::size_t y = 0; y < code.size; ++y) {
    for (std::size_t x = 0; x < code.size; ++x) {
      if (!code.is_dark(x, y)) continue;
      std::size_t end = x;
      while (end < code.size && code.is_dark(end, y)) ++end;
      path += "M" + std::to_string(x) + " " + std::to_string(y) + "h" + std::to_string(end - x) + "v1H" + std::to_string(x) + "z";
      x = end;
    }
  }
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + width + "\" viewBox=\"0 0 " + size +
         " " + size + "\" shape-rendering=\"crispEdges\" role=\"img\" aria-hidden=\"true\"><rect width=\"" + size +
         "\" height=\"" + size + "\" fill=\"#fff\"/><path d=\"" + path + "\" fill=\"#000\"/></svg>";
}

}  // namespace budstikke::cli
