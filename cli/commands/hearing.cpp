// `hearing outcome`, and what `hearing show` and `hearing add` tell beyond other kinds.
#include "cli/commands/hearing.h"

#include <ostream>

#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/hearings.h"
#include "cli/long_text.h"
#include "cli/moments.h"
#include "cli/records.h"
#include "cli/settle.h"

namespace budstikke::cli {
namespace {

constexpr int kMovesRead = 200;  // changes of a hearing that are looked through for moves of its deadline

std::string answer_line(const Context& context, const HearingAnswer& answer) {
  std::string said = answer.text;
  if (answer.state == HearingState::Abstained) {
    said = context.say(Text::HearingAbstained) + (said.empty() ? "" : ": " + said);
  } else if (said.empty()) {
    said = context.say(Text::HearingAnswered);
  }
  std::string when = short_moment(answer.time, context.language());
  if (answer.late) when += ", " + context.say(Text::HearingLate);
  return "  " + answer.name + ": " + said + "  (" + when + ")";
}

void show_answers(Context& context, const KindInfo& kind, const std::vector<HearingAnswer>& answers) {
  std::vector<std::string> silent;
  bool any = false;
  for (const HearingAnswer& answer : answers) {
    if (answer.state == HearingState::Silent) {
      silent.push_back(answer.name);
      continue;
    }
    if (!any) context.line(label_of(*find_field(kind, "responses"), context.language()) + ":");
    any = true;
    context.line(answer_line(context, answer));
  }
  if (silent.empty()) return context.say_line(Text::HearingNobodySilent);
  context.say_line(Text::HearingSilent, {names_of(silent)});
}

// The text of an old or new value of the deadline in a CHANGE of wire/api.h.
std::string deadline_in(const Context& context, const Value* value) {
  const std::string text = value != nullptr ? value->text("value") : std::string();
  return text.empty() ? context.say(Text::EmptyValue) : short_moment(text, context.language());
}

// Every move, the oldest first.
bool show_moves(Context& context, const KindInfo& kind, const Value& record) {
  Value args = named(kind, record.text("id"));
  args.set("limit", kMovesRead);
  const std::optional<Value> history = context.ask("record.history", std::move(args));
  if (!history) return false;
  std::vector<std::string> moves;
  for (const Value& change : history->items("changes")) {
    for (const Value& operation : change.items("operations")) {
      const bool moved =
          operation.text("field") == "deadline" && operation.text("state") != "void" && !operation.items("old").empty();
      if (!moved) continue;
      const std::string from = deadline_in(context, &operation.items("old").front()), to = deadline_in(context, &operation);
      if (from == to) continue;
      const std::string by = change.text("council_name") + ", " + short_moment(change.text("time"), context.language());
      moves.push_back(context.say(Text::DeadlineMoved, {from, to, by}));
    }
  }
  for (auto move = moves.rbegin(); move != moves.rend(); ++move) context.line(*move);
  return true;
}

// What is to be said of a deadline that leaves too few days; empty of others.
std::string short_deadline(const Context& context, std::string_view received, std::string_view deadline) {
  const std::optional<std::int64_t> days = days_given(received, deadline);
  return days && *days < kFairDays ? context.say(Text::ShortDeadline, {std::to_string(*days)}) : std::string();
}

std::string first_given(const Value& set, std::string_view field) {
  const Value::Array& texts = set.items(field);
  return texts.empty() || texts.front().if_text() == nullptr ? std::string() : *texts.front().if_text();
}

}  // namespace

bool show_hearing(Context& context, const KindInfo& kind, const Value& record) {
  const std::optional<std::vector<CouncilName>> councils = councils_of(context, record.text("network"));
  if (!councils) return false;
  show_answers(context, kind, hearing_answers(record, *councils));
  if (!show_moves(context, kind, record)) return false;
  const std::string warning = short_deadline(context, record.text("received"), record.text("deadline"));
  if (!warning.empty()) context.line(warning);
  return true;
}

std::optional<Value> hearing_with_silent(Context& context, const Value& record) {
  const std::optional<std::vector<CouncilName>> councils = councils_of(context, record.text("network"));
  if (!councils) return std::nullopt;
  Value silent = Value::array();
  for (const HearingAnswer& answer : hearing_answers(record, *councils)) {
    if (answer.state != HearingState::Silent) continue;
    Value council;
    council.set("council", answer.council);
    council.set("council_name", answer.name);
    silent.push(std::move(council));
  }
  Value whole = record;
  whole.set("silent", std::move(silent));
  return whole;
}

void warn_of_short_deadline(Context& context, const KindInfo& kind, const Value& set) {
  if (kind.kind != Kind::Hearing || context.json() || context.quiet()) return;
  const std::string received = first_given(set, "received"), deadline = first_given(set, "deadline");
  const std::string today = text_of(local_moment(moment_of(context.now())).day);
  const std::string warning = short_deadline(context, received.empty() ? today : received, deadline);
  if (!warning.empty()) context.tell(warning);
}

int outcome(Context& context, const KindInfo& kind) {
  const std::vector<std::string>& words = context.args().words;
  const Field& field = *find_field(kind, "outcome");
  const std::optional<std::string> value = stored_text(context, field, words[1]);
  if (!value) return context.exit_code();
  Value set = Value::map();
  set.set(field.name, Value::Array{Value(*value)});
  if (words.size() > 2) {
    const std::optional<std::string> note = long_text(context, context.say(Text::TextPlace), words[2]);
    if (!note) return context.exit_code();
    set.set("outcome_note", Value::Array{Value(*note)});
  }
  Value args = named(kind, words[0]);
  args.set("set", std::move(set));
  const std::optional<Value> reply = context.ask("record.edit", std::move(args));
  if (!reply) return context.exit_code();
  const bool changed = reply->boolean("changed", true);
  const std::string reading = ": " + shown(field, Value(*value), Style::Long, context.language());
  print_done(context, changed ? Text::Saved : Text::Unchanged, kind, *reply, changed ? reading : "");
  return 0;
}

}  // namespace budstikke::cli
