// Sentences in lines that a terminal shows without breaking their words.
#pragma once

#include <string>
#include <string_view>

namespace budstikke::cli {

// The text with each line broken at blanks so that it takes at most `columns`, what follows indented as the line is; 0: as it is.
// Nothing is cut: a word that is wider, such as a ticket, has a line of its own and is left whole, and so is a command that
// somebody may copy, from "budstikke" to the end of its sentence.
std::string wrapped(std::string_view text, std::size_t columns);

}  // namespace budstikke::cli
