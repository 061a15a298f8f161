// `KIND remove` and `KIND restore`.
#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/records.h"

namespace budstikke::cli {
namespace {

// The record, with the mark of what the person looked at, when it was given.
Value named_as_seen(const Context& context, const KindInfo& kind) {
  Value args = named(kind, context.args().words[0]);
  if (const std::optional<std::string> seen = context.args().flag("seen")) args.set("seen", *seen);
  return args;
}

}  // namespace

int remove(Context& context, const KindInfo& kind) {
  const std::string& id = context.args().words[0];
  std::string what = id;
  if (context.io().in_is_terminal && !context.args().yes && !context.json()) {  // name what is asked about
    const std::optional<Value> found = context.ask("record.show", named(kind, id));
    if (!found) return context.exit_code();
    const Value* record = found->find("record");
    if (record != nullptr) what = record->text("short") + " " + title_of(kind, *record);
  }
  if (!context.confirm(context.say(Text::AskRemove, {noun_of(kind, context.language()), what}))) return context.exit_code();
  const std::optional<Value> reply = context.ask("record.remove", named_as_seen(context, kind));
  if (!reply) return context.exit_code();
  print_done(context, Text::Removed, kind, *reply);
  return 0;
}

int restore(Context& context, const KindInfo& kind) {
  const std::optional<Value> reply = context.ask("record.restore", named_as_seen(context, kind));
  if (!reply) return context.exit_code();
  print_done(context, Text::Restored, kind, *reply);
  return 0;
}

}  // namespace budstikke::cli
