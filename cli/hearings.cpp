#include "cli/hearings.h"

#include <algorithm>
#include <map>

#include "cli/moments.h"
#include "cli/records.h"
#include "protocol/records/check.h"

namespace budstikke::cli {
namespace {

// What each council said in a field.
std::map<std::string, const Value*> said_in(const Value& hearing, std::string_view field) {
  std::map<std::string, const Value*> said;
  const Value* answers = hearing.find("answers");
  if (answers == nullptr) return said;
  for (const Value& one : answers->items(field)) said[one.text("council")] = &one;
  return said;
}

bool is_after(std::string_view time, const std::optional<Moment>& deadline) {
  const std::optional<Moment> when = parse_moment(time);
  return when && deadline && local_moment(*when).day > last_day(*deadline);
}

}  // namespace

std::string_view name_of(HearingState state) {
  switch (state) {
    case HearingState::Answered:
      return "answered";
    case HearingState::Abstained:
      return "abstained";
    case HearingState::Silent:
      break;
  }
  return "silent";
}

std::vector<HearingAnswer> hearing_answers(const Value& hearing, const std::vector<CouncilName>& councils) {
  const std::map<std::string, const Value*> responses = said_in(hearing, "responses"), positions = said_in(hearing, "positions");
  std::map<std::string, HearingAnswer> answers;
  for (const CouncilName& council : councils) answers[council.id].name = council.name;
  for (const auto& said : {responses, positions}) {
    for (const auto& [council, value] : said) answers[council].name = value->text("council_name");
  }
  const std::optional<Moment> deadline = parse_moment(hearing.text("deadline"));
  std::vector<HearingAnswer> ordered;
  for (auto& [council, answer] : answers) {
    const auto response = responses.find(council), position = positions.find(council);
    answer.council = council;
    if (response != responses.end()) {
      const Value* value = response->second->find("value");
      answer.state = HearingState::Answered;
      answer.text = value != nullptr ? text_of_value(*value) : std::string();
      answer.time = response->second->text("time");
    }
    if (position != positions.end()) {
      const bool abstained = position->second->text("value") == "abstained";
      answer.state = abstained ? HearingState::Abstained : HearingState::Answered;
      answer.time = position->second->text("time");
    }
    answer.late = is_after(answer.time, deadline);
    ordered.push_back(std::move(answer));
  }
  std::ranges::stable_sort(ordered, {}, [](const HearingAnswer& answer) { return sort_key(answer.name); });
  return ordered;
}

HearingState hearing_state_of(const Value& hearing, std::string_view council) {
  for (const HearingAnswer& answer : hearing_answers(hearing, {})) {
    if (answer.council == council) return answer.state;
  }
  return HearingState::Silent;
}

bool is_past_deadline(const Value& hearing, const Day& today) {
  const std::optional<Moment> deadline = parse_moment(hearing.text("deadline"));
  return deadline && last_day(*deadline) < today;
}

std::optional<std::int64_t> days_given(std::string_view received, std::string_view deadline) {
  const std::optional<Moment> from = parse_moment(received), to = parse_moment(deadline);
  if (!from || !to || from->precision != Precision::Day || to->precision != Precision::Day) return std::nullopt;
  return day_number(to->day) - day_number(from->day);
}

}  // namespace budstikke::cli
