#include "protocol/base/text.h"

#include <array>

namespace budstikke {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// One code point at text[at], with its width; width 0 when the bytes there are not valid UTF-8.
struct CodePoint {
  char32_t value = 0;
  std::size_t width = 0;
};

CodePoint code_point(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return {lead, 1};
  const std::size_t width = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + width > text.size()) return {};
  char32_t value = lead & (0x7F >> width);
  for (std::size_t i = 1; i < width; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(at + i) & 0x3F);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[width] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, width};
}

bool turns_direction(char32_t c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x061C;
}
bool breaks_lines(char32_t c) { return c == 0x2028 || c == 0x2029; }  // lines end in LF, and in nothing else

int base32_digit(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'I' || c == 'L') c = '1';
  if (c == 'O') c = '0';
  std::size_t digit = kAlphabet.find(c);
  return digit == std::string_view::npos ? -1 : static_cast<int>(digit);
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point(text, at);
    if (point.width == 0) return false;
    at += point.width;
  }
  return true;
}

bool is_clean_text(std::string_view text, bool lines) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point(text, at);
    if (point.width == 0 || turns_direction(point.value) || breaks_lines(point.value) || point.value == 0x7F) return false;
    if (point.value >= 0x80 && point.value <= 0x9F) return false;
    if (point.value < 0x20 && !(lines && (point.value == '\n' || point.value == '\t'))) return false;
    at += point.width;
  }
  return true;
}

std::string trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kSpace) - first + 1));
}

std::string fold_case(std::string_view text) {
  std::string lower;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 'A' && byte <= 'Z') {
      lower += static_cast<char>(byte + 32);
    } else if (byte == 0xC3 && i + 1 < text.size()) {  // À..Þ become à..þ: æ, ø, å, é, ö, ü are all here
      auto next = static_cast<unsigned char>(text[++i]);
      if (next >= 0x80 && next <= 0x9E && next != 0x97) next = static_cast<unsigned char>(next + 0x20);
      lower += static_cast<char>(byte);
      lower += static_cast<char>(next);
    } else {
      lower += text[i];
    }
  }
  std::string folded;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    if (lower.compare(i, 2, "aa") == 0) {
      folded += "å";
      ++i;
    } else {
      folded += lower[i];
    }
  }
  return folded;
}

std::string hex_of(View bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (std::uint8_t byte : bytes) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

std::optional<Bytes> bytes_of_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  Bytes bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit(hex[i]), low = digit(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return bytes;
}

std::string base32_of(View bytes) {
  std::string letters;
  unsigned buffer = 0, bits = 0;
  for (std::uint8_t byte : bytes) {
    buffer = buffer << 8 | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      letters += kAlphabet[buffer >> bits & 31];
    }
  }
  if (bits > 0) letters += kAlphabet[buffer << (5 - bits) & 31];
  return letters;
}

std::optional<Bytes> bytes_of_base32(std::string_view text, std::size_t size) {
  if (text.size() != (size * 8 + 4) / 5) return std::nullopt;
  Bytes bytes;
  unsigned buffer = 0, bits = 0;
  for (char c : text) {
    const int digit = base32_digit(c);
    if (digit < 0) return std::nullopt;
    buffer = buffer << 5 | static_cast<unsigned>(digit);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<std::uint8_t>(buffer >> bits));
      buffer &= (1u << bits) - 1;
    }
  }
  if (bytes.size() != size || buffer != 0) return std::nullopt;
  return bytes;
}

std::optional<std::string> base32_letters(std::string_view text) {
  std::string letters;
  for (char c : text) {
    const int digit = base32_digit(c);
    if (digit < 0) return std::nullopt;
    letters += kAlphabet[static_cast<std::size_t>(digit)];
  }
  return letters;
}

}  // namespace budstikke
