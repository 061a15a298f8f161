// Days as people say them today, written out so that protocol/formats/dates.h reads them.
//
// Shape        i dag, i morgen, i overmorgen, i går · på torsdag, torsdag (the next one, never today), i torsdags (the last one)
// ·
//              om 3 dage, om 2 uger, om en måned · uge 43, torsdag i uge 43, uge 43 2027 · 15. marts, 15/3 (no year); each but a
//              week with a time behind: kl. 17, 17.30, 17, "i morgen 10". The same in English: tomorrow, on Thursday, in 3 days,
//              week 43. A week is its Monday, or its Sunday where the end of what was said is wanted.
// Errors       Any other text is given back as it is: whoever reads it then says what is wrong with it. `unclear` for what
//              can mean two days ("næste torsdag", "next week"): it is to be refused, not guessed.
#pragma once

#include <string>
#include <string_view>

#include "protocol/base/time.h"
#include "protocol/records/moment.h"

namespace budstikke::cli {

// Where the year, or the weekday, that was not said is to be looked for: most dates are to come, that of a letter's arrival is
// not.
enum class Lean : std::uint8_t { Ahead, Back };
enum class Edge : std::uint8_t { First, Last };

struct SpokenDate {
  std::string text;
  bool unclear = false;
};

SpokenDate date_in_full(std::string_view said, const Day& today, Lean lean = Lean::Ahead, Edge edge = Edge::First);

// The day it is in Denmark.
Day danish_today(WallTime now);

}  // namespace budstikke::cli
