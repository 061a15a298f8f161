// Where a text mentions what somebody is known by, and the text without it.
//
// Shape        Compared as Danish names are (fold_case): without regard to case, aa as å.
// Invariants   What without() gives mentions it no more, and is at most kMaxTextBytes long.
#pragma once

#include <string>
#include <string_view>

namespace budstikke::daemon {

// `folded` is the subject by fold_case(), not empty.
bool mentions(std::string_view text, const std::string& folded);
// Every occurrence replaced. Where that would pass the bound, or would itself spell the subject, the replacement alone.
std::string without(const std::string& text, const std::string& folded, const std::string& replacement);

}  // namespace budstikke::daemon
