// `erase ID…` and `erase status`.
#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/commands/erased.h"
#include "cli/commands/wordings.h"
#include "cli/councils.h"
#include "cli/fields.h"
#include "cli/moments.h"

namespace budstikke::cli {
namespace {

Value erase_args(const Context& context) {
  Value ids = Value::array();
  for (const std::string& word : context.args().words) ids.push(word);
  Value args = context.with_network(Value::map());
  args.set("ids", std::move(ids));
  args.set("at_once", context.args().has("now"));
  return args;
}

// What will happen, or has: when the values go.
Text consequence(const Context& context, const Value& records) {
  if (!context.args().has("now")) return Text::EraseLater;
  const bool others = std::ranges::any_of(records.items(), [](const Value& record) { return record.boolean("others"); });
  return others ? Text::EraseNowOwn : Text::EraseNow;
}

std::string moment_text(const Context& context, const std::string& stored) { return short_moment(stored, context.language()); }

void print_erasure(Context& context, const Value& erasure) {
  const std::string by = erasure.text("by_name").empty() ? short_id(erasure.text("by_member")) : erasure.text("by_name");
  context.say_line(erasure.text("what") == "record" ? Text::ErasureRecord : Text::ErasureChanges,
                   {record_name(context, erasure), by, moment_text(context, erasure.text("asked")),
                    std::to_string(erasure.integer("changes"))});
  const auto detail = [&](Text text, std::initializer_list<std::string> parts) { context.line("  " + context.say(text, parts)); };
  if (!erasure.text("due").empty()) detail(Text::ErasureDue, {moment_text(context, erasure.text("due"))});
  if (!erasure.text("destroyed").empty()) detail(Text::ErasureDestroyed, {moment_text(context, erasure.text("destroyed"))});
  detail(Text::ErasureReceipts, {std::to_string(erasure.integer("receipts")), std::to_string(erasure.integer("expected"))});
  std::int64_t owing = erasure.integer("expected") - erasure.integer("receipts");
  for (const Value& member : by_name(erasure.items("members"))) {
    if (owing <= 0) break;
    if (!member.text("receipt").empty()) continue;
    --owing;
    const std::string heard = member.text("last_heard");
    const std::string name = member.text("name") + " (" + short_id(member.text("member")) + ")";
    if (member.boolean("you")) {
      detail(Text::ErasureOwesSelf, {name});
    } else if (member.boolean("connected")) {
      detail(Text::ErasureOwesLinked, {name});
    } else if (heard.empty()) {
      detail(Text::ErasureNeverHeard, {name});
    } else {
      detail(Text::ErasureOwes, {name, ago(context.now(), heard, context.language())});
    }
  }
  for (const Value& member : erasure.items("removed_members")) detail(Text::ErasureRemoved, {member.text("name")});
}

// One line per erasure and member, for programs.
void print_erasures(Context& context, const Value::Array& erasures) {
  Table table({"", "", "", "", "", "", "", "", "", ""});
  for (const Value& erasure : erasures) {
    const auto row = [&](const Value& member, std::string_view state) {
      table.row({erasure.text("short"), text_of_value(*erasure.find("kind")), erasure.text("what"), erasure.text("by_name"),
                 erasure.text("asked"), erasure.text("due"), erasure.text("destroyed"), member.text("name"),
                 state.empty() ? member.text("receipt") : std::string(state), member.text("last_heard")});
    };
    for (const Value& member : by_name(erasure.items("members"))) row(member, member.text("receipt").empty() ? "-" : "");
    for (const Value& member : erasure.items("removed_members")) row(member, "removed");
  }
  context.print(table);
}

std::optional<Value::Array> fetch_erasures(Context& context) {
  Value args = context.with_network(Value::map());
  Value::Array erasures;
  for (;;) {
    const std::optional<Value> page = context.ask("erase.status", args);
    if (!page) return std::nullopt;
    const Value::Array& found = page->items("erasures");
    erasures.insert(erasures.end(), found.begin(), found.end());
    const std::string next = page->text("next");
    if (next.empty() || next == args.text("after")) return erasures;
    args.set("after", next);
  }
}

}  // namespace

std::string record_name(const Context& context, const Value& record) {
  const Value* kind = record.find("kind");
  const std::string* name = kind != nullptr ? kind->if_text() : nullptr;
  const KindInfo* known = name != nullptr ? find_any_kind(*name) : nullptr;
  std::string noun = known != nullptr                       ? noun_of(*known, context.language())
                     : name != nullptr && *name == "ticket" ? context.say(Text::TicketNoun)
                     : name != nullptr                      ? *name
                                       : context.say(Text::UnknownKindOf, {std::to_string(record.integer("kind"))});
  return noun + " " + record.text("short");
}

int erase(Context& context) {
  const bool by_id = !context.args().words.empty();
  if (const std::optional<std::string> subject = context.args().flag("subject")) {
    if (by_id) return context.fail(Trouble::NotTogether, {"ID", "--subject"});
    return erase_subject(context, *subject);
  }
  if (!by_id) return context.fail(Trouble::MissingArgument, {"budstikke erase ID… | --subject TEXT"});
  if (context.io().in_is_terminal && !context.args().yes && !context.json()) {  // name what is asked about
    Value look = erase_args(context);
    look.set("look", true);
    const std::optional<Value> found = context.ask("erase.records", std::move(look));
    if (!found) return context.exit_code();
    const Value records(found->items("records"));
    for (const Value& record : records.items()) {
      context.line("  " + record_name(context, record) + "  " + record.text("title") + "  (" + record.text("owner_name") + ")");
    }
    context.say_line(consequence(context, records));
  }
  if (!context.confirm(context.say(Text::AskErase))) return context.exit_code();
  const std::optional<Value> reply = context.ask("erase.records", erase_args(context));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(Value(reply->items("records")));
    return 0;
  }
  bool any = false;
  for (const Value& record : reply->items("records")) {
    const bool already = record.text("outcome") == "already";
    any = any || !already;
    if (context.quiet()) {
      context.line(record.text("id"));
    } else {
      context.say_line(already ? Text::ErasedAlready : Text::Erased, {record_name(context, record)});
    }
  }
  if (context.quiet()) return 0;
  if (any) context.say_line(consequence(context, Value(reply->items("records"))));
  context.say_line(Text::EraseFollow);
  return 0;
}

int erase_status(Context& context) {
  std::optional<Value::Array> erasures = fetch_erasures(context);
  if (!erasures) return context.exit_code();
  if (context.json()) {
    context.print(Value(std::move(*erasures)));
    return 0;
  }
  // The parts of a file are told of while they are not gone where the file is.
  std::erase_if(*erasures, [](const Value& erasure) { return erasure.boolean("part") && erasure.boolean("complete"); });
  if (!context.io().out_is_terminal) {
    print_erasures(context, *erasures);
  } else if (erasures->empty()) {
    context.say_line(Text::NoErasures);
  } else {
    for (const Value& erasure : *erasures) print_erasure(context, erasure);
  }
  return 0;
}

}  // namespace budstikke::cli
