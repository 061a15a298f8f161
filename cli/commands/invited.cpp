#include "cli/commands/invited.h"

#include <algorithm>
#include <set>

#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

// "Ballerup" invites "Ballerup Integrationsråd".
bool is_invited(const Value::Array& invitees, const CouncilName& council) {
  const std::string name = fold_case(council.name);
  return std::ranges::any_of(invitees, [&](const Value& invitee) {
    const std::string invited = invitee.if_text() != nullptr ? fold_case(trim(*invitee.if_text())) : std::string();
    return !invited.empty() && (name == invited || name.starts_with(invited + " "));
  });
}

}  // namespace

std::optional<std::vector<CouncilName>> silent_invited(Context& context, const Value& event) {
  std::set<std::string> answered;
  if (const Value* answers = event.find("answers")) {
    for (const Value& answer : answers->items("rsvp")) answered.insert(answer.text("council"));
  }
  const Value::Array& invitees = event.items("invitees");
  std::vector<CouncilName> silent;
  if (event.boolean("cancelled") || (invitees.empty() && answered.empty())) return silent;
  std::optional<std::vector<CouncilName>> councils = councils_of(context, event.text("network"));
  if (!councils) return std::nullopt;
  const bool by_name = std::ranges::any_of(*councils, [&](const CouncilName& one) { return is_invited(invitees, one); });
  for (CouncilName& council : *councils) {
    const bool is_asked = by_name ? is_invited(invitees, council) : !answered.empty() && council.id != event.text("owner");
    if (is_asked && !answered.contains(council.id)) silent.push_back(std::move(council));
  }
  return silent;
}

bool show_silent_invited(Context& context, const Value& event) {
  const std::optional<std::vector<CouncilName>> silent = silent_invited(context, event);
  if (!silent) return false;
  std::vector<std::string> names;
  for (const CouncilName& council : *silent) names.push_back(council.name);
  if (!names.empty()) context.say_line(Text::HearingSilent, {names_of(names)});
  return true;
}

std::optional<Value> event_with_silent(Context& context, const Value& event) {
  const std::optional<std::vector<CouncilName>> councils = silent_invited(context, event);
  if (!councils) return std::nullopt;
  Value silent = Value::array();
  for (const CouncilName& one : *councils) {
    Value council;
    council.set("council", one.id);
    council.set("council_name", one.name);
    silent.push(std::move(council));
  }
  Value whole = event;
  whole.set("silent", std::move(silent));
  return whole;
}

}  // namespace budstikke::cli
