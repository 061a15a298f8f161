// `undo`: shows what was written here last and what of it can be taken back, asks, and writes the opposite.
#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/commands/erased.h"
#include "cli/commands/past.h"
#include "cli/moments.h"

namespace budstikke::cli {
namespace {

struct Kept {
  std::string_view code;
  Text text;
};
constexpr Kept kKept[] = {{"overwritten", Text::KeptOverwritten}, {"void", Text::KeptVoid},
                          {"conflict", Text::KeptConflict},       {"gone", Text::KeptGone},
                          {"for-good", Text::KeptForGood},        {"already", Text::KeptAlready}};

std::string kept_text(const Context& context, const std::string& code) {
  for (const Kept& kept : kKept) {
    if (kept.code == code) return context.say(kept.text);
  }
  return code;
}

// What happens to the record: "kontakt K7M2QX Amina: fjernes".
std::string outcome_line(const Context& context, const Value& record) {
  std::string line = record_name(context, record);
  if (!record.text("title").empty()) line += " " + record.text("title");
  if (record.text("does") == "changes") return line;
  if (record.text("does") != "removes") {
    const std::string reason = record.text("reason");
    return line + ": " + (reason.empty() ? context.say(Text::UndoNothing) : kept_text(context, reason));
  }
  const std::int64_t later = record.integer("later");
  return line + ": " +
         (later == 0 ? context.say(Text::UndoRemoves) : context.say(Text::UndoRemovesLater, {std::to_string(later)}));
}

void print_undo(Context& context, const Value& reply) {
  if (const std::int64_t passed = reply.integer("passed_over"); passed > 0) {
    context.say_line(Text::UndoPassedOver, {std::to_string(passed)});
  }
  context.say_line(Text::UndoLast, {short_moment(reply.text("time"), context.language()), reply.text("name")});
  for (const Value& record : reply.items("records")) {
    context.line(outcome_line(context, record));
    const KindInfo* kind = find_kind(std::string_view(record.text("kind")));
    if (kind == nullptr) continue;
    for (const Value& operation : record.items("operations")) {
      const std::string kept = operation.text("kept");
      print_operation(context, *kind, operation, kept.empty() ? "" : "  (" + kept_text(context, kept) + ")");
    }
  }
  std::string names;
  for (const Value& name : reply.items("holders")) {
    if (const std::string* text = name.if_text()) names += (names.empty() ? "" : ", ") + *text;
  }
  const std::int64_t more = reply.integer("holders_more");
  if (more > 0) names += " " + context.say(Text::AndMore, {std::to_string(more)});
  context.line(names.empty() ? context.say(Text::UndoSeenByNobody) : context.say(Text::UndoSeenBy, {names}));
}

bool does_anything(const Value& reply) {
  const Value::Array& records = reply.items("records");
  return std::any_of(records.begin(), records.end(), [](const Value& record) { return record.text("does") != "nothing"; });
}

}  // namespace

int undo(Context& context) {
  Value look = context.with_network(Value::map());
  look.set("look", true);
  const std::optional<Value> last = context.ask("undo", std::move(look));
  if (!last) return context.exit_code();
  const bool only_look = context.args().dry_run();
  if (only_look && context.json()) {
    context.print(*last);
    return 0;
  }
  if (!context.json() && !context.quiet()) print_undo(context, *last);
  if (only_look) return 0;
  if (!does_anything(*last)) return context.fail(ApiError::NothingToUndo);
  if (!context.confirm(context.say(Text::AskUndo))) return context.exit_code();
  Value args = context.with_network(Value::map());
  args.set("seen", last->text("mark"));
  const std::optional<Value> reply = context.ask("undo", std::move(args));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(*reply);
  } else if (!context.quiet()) {
    context.say_line(Text::Undone);
  }
  return 0;
}

}  // namespace budstikke::cli
