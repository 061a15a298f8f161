// "Did you mean": the known word nearest to an unknown one.
//
// Source       Optimal string alignment distance (Levenshtein with swaps of neighbours) over folded letters: "reveiw" is one
//              step from "review", and "raad" none from "råd".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace budstikke {

// The nearest candidate within two steps (one for words of up to four letters); empty when there is none.
std::string nearest(std::string_view typed, const std::vector<std::string>& candidates);

}  // namespace budstikke
