// What a council says to a record: `event rsvp`, `hearing respond`, `announcement confirm`, `comment`.
#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/records.h"

namespace budstikke::cli {
namespace {

const Field* answers_field(const KindInfo& kind) {
  const auto at = std::ranges::find_if(kind.fields, [](const Field& field) { return field.field_class == FieldClass::Answers; });
  return at == kind.fields.end() ? nullptr : &*at;
}

int answer(Context& context, const KindInfo& kind, const std::string& typed, Text done) {
  const Field* field = answers_field(kind);
  if (field == nullptr) return context.fail(ApiError::NotAnswerable, noun_of(kind, context.language()));
  const std::optional<std::string> value = stored_text(context, *field, typed);
  if (!value) return context.exit_code();
  Value args = named(kind, context.args().words[0]);
  args.set("field", field->name);
  args.set("value", *value);
  const std::optional<Value> reply = context.ask("record.answer", std::move(args));
  if (!reply) return context.exit_code();
  print_done(context, done, kind, *reply, ": " + shown(*field, Value(*value), Style::Long, context.language()));
  return 0;
}

}  // namespace

int rsvp(Context& context, const KindInfo& kind) { return answer(context, kind, context.args().words[1], Text::Answered); }

int respond(Context& context, const KindInfo& kind) { return answer(context, kind, context.args().words[1], Text::Answered); }

int confirm(Context& context, const KindInfo& kind) { return answer(context, kind, "confirmed", Text::Answered); }

int comment(Context& context, const KindInfo& kind) {
  Value args = named(kind, context.args().words[0]);
  args.set("text", context.args().words[1]);
  const std::optional<Value> reply = context.ask("record.comment", std::move(args));
  if (!reply) return context.exit_code();
  print_done(context, Text::Commented, kind, *reply);
  return 0;
}

}  // namespace budstikke::cli
