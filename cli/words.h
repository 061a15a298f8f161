// A Danish word for each byte: what two people read to each other on the telephone to know that they mean the same keys.
//
// Shape        One word of a fixed list of 256 per byte, with blanks between. The list never changes: both sides must say the
//              same words whatever version they run.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace budstikke::cli {

std::string words_of(std::string_view hex);  // text that is not hexadecimal is given back as it is
const std::array<std::string_view, 256>& word_list();

}  // namespace budstikke::cli
