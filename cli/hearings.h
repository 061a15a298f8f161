// What a hearing record says: who has answered, abstained or is silent, in time or late, and how long they were given.
//
// Shape        A council has abstained when its `positions` say so, has answered when they say that or, without any, when it
//              has a response, and is silent otherwise. The time of an answer is that of its position, which stays when the
//              response is mended later; a response without a position has its own.
// Units        Days are those of Denmark. A deadline given as a month or year ends with its last day.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/councils.h"
#include "protocol/base/value.h"
#include "protocol/records/moment.h"

namespace budstikke::cli {

inline constexpr std::int64_t kFairDays = 28;  // the least that authorities should give: four weeks

enum class HearingState : std::uint8_t { Answered, Abstained, Silent };
std::string_view name_of(HearingState state);  // "answered", "abstained", "silent"

struct HearingAnswer {
  std::string council;
  std::string name;
  HearingState state = HearingState::Silent;
  std::string text;  // what it said; may be empty
  std::string time;  // empty when silent
  bool late = false;
};

// Of these councils and of every other that has answered, in the order of their names.
std::vector<HearingAnswer> hearing_answers(const Value& hearing, const std::vector<CouncilName>& councils);
// Of one council.
HearingState hearing_state_of(const Value& hearing, std::string_view council);

// Whether the deadline is over; false without one.
bool is_past_deadline(const Value& hearing, const Day& today);
// The days from when it came to the deadline; nullopt when either is not known to the day.
std::optional<std::int64_t> days_given(std::string_view received, std::string_view deadline);

}  // namespace budstikke::cli
