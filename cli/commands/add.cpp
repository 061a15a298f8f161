// `KIND add`.
#include <filesystem>

#include "cli/ask.h"
#include "cli/attach.h"
#include "cli/commands/commands.h"
#include "cli/commands/hearing.h"
#include "cli/commands/search.h"
#include "cli/fields.h"
#include "cli/records.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

// `document add FILE`: the file, and as title what it is called when none is given.
bool add_named_file(Context& context, const std::string& path, Changes& changes) {
  if (changes.set.find("file") != nullptr) {
    context.fail(Trouble::GivenTwice, {"--file"});
    return false;
  }
  const std::optional<std::string> id = attach(context, path, context.args().flag("network").value_or(""));
  if (!id) return false;
  changes.set.set("file", Value(Value::Array{Value(*id)}));
  if (changes.set.find("title") == nullptr) {
    std::string title = trim(std::filesystem::path(path).stem().string());
    if (!is_clean_text(title, false) || title.empty()) title = *id;
    changes.set.set("title", Value(Value::Array{Value(std::move(title))}));
  }
  return true;
}

}  // namespace

int add(Context& context, const KindInfo& kind) {
  std::optional<Changes> changes = read_changes(context, kind, false);
  if (!changes) return context.exit_code();
  if (changes->empty() && context.args().words.empty() && context.may_ask()) changes = ask_fields(context, kind);
  if (!changes) return context.exit_code();
  if (!context.args().words.empty() && !add_named_file(context, context.args().words[0], *changes)) return context.exit_code();
  if (changes->empty()) return context.fail(Trouble::NothingGiven, {noun_of(kind, context.language()), std::string(kind.name)});
  if (!changes->take.if_map()->empty()) {
    return context.fail(Trouble::NothingToTake, {changes->take.if_map()->front().first});
  }
  if (kind.kind == Kind::Initiative) {  // somebody may have tried it
    const Value::Array& title = changes->set.items("title");
    const std::string* text = title.empty() ? nullptr : title.front().if_text();
    if (text != nullptr && !confirm_despite_similar(context, kind, *text)) return context.exit_code();
  }
  Value args;
  args.set("kind", kind.name);
  args.set("fields", changes->set);
  const std::optional<Value> reply = context.ask("record.add", context.with_network(std::move(args)));
  if (!reply) return context.exit_code();
  print_done(context, Text::Saved, kind, *reply, reading_of(*changes, context.language()));
  warn_of_short_deadline(context, kind, changes->set);
  return 0;
}

}  // namespace budstikke::cli
