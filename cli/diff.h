// What changed between two texts, for people: [-what was taken out-] and {+what was put in+}.
//
// Shape        Lines that stayed are left out, but for one before and after each change; "…" stands for those left out. A line
//              that changed in part shows which words; one that has little in common with what it was is shown whole.
// Cost         At most kMostCells steps of comparing, and as many bytes of memory; nullopt for texts that would take more, which
//              are then best shown whole.
// Source       Longest common subsequence, by dynamic programming over lines and then over the words of what differs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace budstikke::cli {

inline constexpr std::size_t kMostCells = 1'000'000;  // a few milliseconds

// With `colour`, what was taken out is red and what was put in green, the marks as well.
std::optional<std::string> difference(std::string_view before, std::string_view after, bool colour);

}  // namespace budstikke::cli
