// Small text helpers that every layer shares: UTF-8, hexadecimal, Crockford base32.
//
// Source       Crockford base32: 0-9 and A-Z without I, L, O, U; reading takes either case and I, L as 1, O as 0.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.h"

namespace budstikke {

bool is_utf8(std::string_view text);
// True for text a person may give as a value: UTF-8, no control characters but line breaks and tabs (and those only when
// `lines` is set), and no characters that turn the direction of writing.
bool is_clean_text(std::string_view text, bool lines);
std::string trim(std::string_view text);
// Compares without regard to case and with aa = å, as Danish names are compared: "Ærø" = "ærø", "Aabenraa" = "Åbenrå".
std::string fold_case(std::string_view text);

std::string hex_of(View bytes);
std::optional<Bytes> bytes_of_hex(std::string_view hex);

std::string base32_of(View bytes);  // most significant bit first, padded with zero bits
// The bytes whose base32 starts with `text`; nullopt when a character is not of the alphabet or the padding is not zero.
std::optional<Bytes> bytes_of_base32(std::string_view text, std::size_t size);
// Canonical letters of a prefix a person typed; nullopt when a character is not of the alphabet.
std::optional<std::string> base32_letters(std::string_view text);

}  // namespace budstikke
