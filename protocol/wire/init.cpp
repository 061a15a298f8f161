#include "protocol/wire/init.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "protocol/base/text.h"

namespace budstikke {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_council_name(std::string_view text) {
  return !trim(text).empty() && text.size() <= kMaxCouncilNameBytes && is_clean_text(text, false);
}

bool is_municipality_code(std::string_view text) { return text.size() == 4 && is_digits(text); }

bool is_node_address(std::string_view text) {
  constexpr std::size_t kMaxAddressBytes = 255;  // of a name in DNS
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || text.size() > kMaxAddressBytes) return false;
  const std::string_view port = text.substr(colon + 1);
  std::uint16_t number = 0;
  const bool fits = is_digits(port) && std::from_chars(port.data(), port.data() + port.size(), number).ec == std::errc();
  return fits && is_clean_text(text, false) && text.find(' ') == std::string_view::npos;
}

}  // namespace budstikke
