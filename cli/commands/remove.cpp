// `KIND remove` and `KIND restore`.
#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/records.h"

namespace budstikke::cli {

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
  const std::optional<Value> reply = context.ask("record.remove", named(kind, id));
  if (!reply) return context.exit_code();
  print_done(context, Text::Removed, kind, *reply);
  return 0;
}

int restore(Context& context, const KindInfo& kind) {
  const std::optional<Value> reply = context.ask("record.restore", named(kind, context.args().words[0]));
  if (!reply) return context.exit_code();
  print_done(context, Text::Restored, kind, *reply);
  return 0;
}

}  // namespace budstikke::cli
