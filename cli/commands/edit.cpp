// `KIND edit`.
#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/records.h"

namespace budstikke::cli {

int edit(Context& context, const KindInfo& kind) {
  const std::optional<Changes> changes = read_changes(context, kind, true);
  if (!changes) return context.exit_code();
  if (changes->empty()) return context.fail(Trouble::NothingGiven, {noun_of(kind, context.language()), std::string(kind.name)});
  Value args = named(kind, context.args().words[0]);
  if (!changes->set.if_map()->empty()) args.set("set", changes->set);
  if (!changes->take.if_map()->empty()) args.set("take", changes->take);
  const std::optional<Value> reply = context.ask("record.edit", std::move(args));
  if (!reply) return context.exit_code();
  const bool changed = reply->boolean("changed");
  print_done(context, changed ? Text::Saved : Text::Unchanged, kind, *reply, reading_of(*changes, context.language()));
  return 0;
}

}  // namespace budstikke::cli
