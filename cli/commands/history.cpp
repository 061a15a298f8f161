// `KIND history`: who wrote what when, newest first, field by field, with what it was before and what has become of it.
#include <algorithm>
#include <charconv>

#include "cli/commands/commands.h"
#include "cli/commands/past.h"
#include "cli/diff.h"
#include "cli/fields.h"
#include "cli/moments.h"
#include "cli/records.h"
#include "cli/settle.h"

namespace budstikke::cli {
namespace {

constexpr std::int64_t kDefaultChanges = 20;
constexpr std::int64_t kMostChanges = 1'000'000;
constexpr std::int64_t kPageChanges = 200;  // asked for at a time; the node may send fewer
constexpr std::string_view kArrow = " → ";

struct PastText {
  std::string_view code;
  Text text;
};
constexpr PastText kOperations[] = {
    {"wrote", Text::PastWrote},         {"cleared", Text::PastCleared},    {"added", Text::PastAdded},
    {"took-away", Text::PastTookAway},  {"flagged", Text::PastFlagged},    {"answered", Text::PastAnswered},
    {"commented", Text::PastCommented}, {"took-back", Text::PastTookBack}, {"removed", Text::PastRemoved},
    {"restored", Text::PastRestored},   {"erased", Text::PastErased},      {"redacted", Text::PastRedacted},
    {"receipted", Text::PastReceipted}, {"unknown", Text::PastUnknown}};
constexpr PastText kReasons[] = {{"not-member", Text::VoidNotMember},       {"no-role", Text::VoidNoRole},
                                 {"not-owner", Text::VoidNotOwner},         {"not-shared", Text::VoidNotShared},
                                 {"unknown-class", Text::VoidUnknownClass}, {"after-cut", Text::VoidAfterCut}};
constexpr PastText kAbsences[] = {{"missing", Text::NotHere},
                                  {"erased", Text::ValueErased},
                                  {"unreadable", Text::ValueUnreadable},
                                  {"unknown", Text::ValueTooFar}};

// A code of the node in words; one that this version does not know is shown as it comes.
std::string said(const Context& context, std::span<const PastText> known, const std::string& code) {
  for (const PastText& row : known) {
    if (row.code == code) return context.say(row.text);
  }
  return code;
}

const Field* field_of(const KindInfo& kind, const Value& operation) {
  return find_field(kind, std::string_view(operation.text("field")));
}

// "sted", "ukendt felt 77"; empty where the operation concerns the whole record.
std::string label_in(const Context& context, const KindInfo& kind, const Value& operation) {
  const Value* field = operation.find("field");
  if (field == nullptr) return {};
  if (const Field* known = field_of(kind, operation)) return label_of(*known, context.language());
  return context.say(Text::UnknownField, {std::to_string(operation.integer("field"))});
}

// A value as people read it, or why there is none.
std::string value_text(const Context& context, const Field* field, const Value& past) {
  if (!past.text("absent").empty()) return said(context, kAbsences, past.text("absent"));
  const Value* value = past.find("value");
  if (value == nullptr || value->is_nil()) return context.say(Text::EmptyValue);
  return field != nullptr ? shown(*field, *value, Style::Long, context.language()) : text_of_value(*value);
}

std::string old_text(const Context& context, const Field* field, const Value& operation) {
  std::string text;
  for (const Value& old : operation.items("old")) text += (text.empty() ? "" : " | ") + value_text(context, field, old);
  const std::int64_t left_out = operation.integer("old_left_out");
  if (left_out > 0) text += " " + context.say(Text::AndMore, {std::to_string(left_out)});
  return text;
}

// What has become of it; nothing for what only acted on others.
std::string state_text(const Context& context, const Value& operation) {
  const std::string state = operation.text("state");
  if (state == "live") return context.say(Text::PastLive);
  if (state == "overwritten") return context.say(Text::PastOverwritten);
  if (state == "void") return context.say(Text::PastVoid, {said(context, kReasons, operation.text("reason"))});
  return state == "done" ? std::string() : state;
}

// Of a long text that was written over one other: the lines and words that changed.
std::optional<std::string> changed_words(const Context& context, const Field* field, const Value& operation) {
  if (field == nullptr || field->type != FieldType::LongText || operation.items("old").size() != 1) return std::nullopt;
  const Value* before = operation.items("old")[0].find("value");
  const Value* after = operation.find("value");
  if (before == nullptr || after == nullptr || before->if_text() == nullptr || after->if_text() == nullptr) return std::nullopt;
  return difference(*before->if_text(), *after->if_text(), context.colour());
}

void indented(Context& context, const std::string& text) {
  std::string line = "    ";
  for (const char c : text) {
    line += c;
    if (c == '\n') line += "    ";
  }
  context.line(line);
}

}  // namespace

std::string operation_text(const Context& context, const KindInfo& kind, const Value& operation) {
  const Field* field = field_of(kind, operation);
  const std::string what = operation.text("operation");
  const bool says_itself = what == "wrote" || what == "flagged" || what == "answered";  // by the field's name
  std::string text = says_itself ? std::string() : said(context, kOperations, what);
  if (what != "commented") {
    const std::string label = label_in(context, kind, operation);
    text += (text.empty() || label.empty() ? "" : " ") + label;
  }
  const bool carries = operation.find("value") != nullptr || operation.find("absent") != nullptr;
  const std::string before = old_text(context, field, operation);
  const std::string after = carries && what != "cleared" ? value_text(context, field, operation) : std::string();
  const std::string values = before + (!before.empty() && !after.empty() ? std::string(kArrow) : "") + after;
  if (!values.empty()) text += ": " + values;
  std::ranges::replace(text, '\n', ' ');
  return text;
}

void print_operation(Context& context, const KindInfo& kind, const Value& operation, const std::string& ending) {
  const Field* field = field_of(kind, operation);
  std::string line = "  " + said(context, kOperations, operation.text("operation"));
  if (const std::string label = label_in(context, kind, operation); !label.empty()) line += " " + label;
  const bool carries = operation.find("value") != nullptr || operation.find("absent") != nullptr;
  if (const std::optional<std::string> changed = changed_words(context, field, operation)) {
    context.line(line + ":" + ending);
    return indented(context, *changed);
  }
  const std::string before = old_text(context, field, operation);
  const std::string after = carries ? value_text(context, field, operation) : std::string();
  const std::string text = before + (!before.empty() && carries ? std::string(kArrow) : "") + after;
  if (text.find('\n') != std::string::npos) {
    context.line(line + ":" + ending);
    return indented(context, text);
  }
  if (!text.empty()) line += ": " + text;
  context.line(line + ending);
}

namespace {

void print_change(Context& context, const KindInfo& kind, const Value& change) {
  const std::string council = change.text("council_name");
  context.line(short_moment(change.text("time"), context.language()) + "  " + (council.empty() ? "?" : council) + " (" +
               change.text("member_short") + ")");
  for (const Value& operation : change.items("operations")) {
    const std::string state = state_text(context, operation);
    print_operation(context, kind, operation, state.empty() ? "" : "  (" + state + ")");
  }
}

// For programs that read lines: one line per operation.
void print_changes(Context& context, const Value& changes) {
  const auto stored = [](const Value& past) {
    const Value* value = past.find("value");
    return !past.text("absent").empty() ? "(" + past.text("absent") + ")" : value != nullptr ? text_of_value(*value) : "";
  };
  Table table({"", "", "", "", "", "", "", "", ""});
  for (const Value& change : changes.items()) {
    for (const Value& operation : change.items("operations")) {
      std::string old;
      for (const Value& past : operation.items("old")) old += (old.empty() ? "" : " | ") + stored(past);
      const Value* field = operation.find("field");
      table.row({change.text("time"), change.text("council_name"), change.text("member_short"), operation.text("operation"),
                 field != nullptr ? text_of_value(*field) : "", operation.text("state"), operation.text("reason"), old,
                 stored(operation)});
    }
  }
  context.print(table);
}

// How many changes are wanted: all, or --limit. nullopt has been reported.
std::optional<std::int64_t> wanted(Context& context) {
  const std::optional<std::string> given = context.args().flag("limit");
  if (context.args().has("all")) {
    if (given) {
      context.fail(Trouble::NotTogether, {"--all", "--limit"});
      return std::nullopt;
    }
    return kMostChanges;
  }
  if (!given) return kDefaultChanges;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), number);
  if (error == std::errc() && end == given->data() + given->size() && number >= 1 && number <= kMostChanges) return number;
  context.fail(ApiError::BadNumber, *given);
  return std::nullopt;
}

// Page after page until there are `limit` changes: the node's document with all of them.
std::optional<Value> fetch(Context& context, const KindInfo& kind, std::int64_t limit) {
  Value args = named(kind, context.args().words[0]);
  if (const std::optional<std::string> after = context.args().flag("after")) args.set("after", *after);
  Value::Array changes;
  for (;;) {
    args.set("limit", std::min(kPageChanges, limit - static_cast<std::int64_t>(changes.size())));
    std::optional<ApiReply> reply = context.ask_reply("record.history", args);
    if (!reply) return std::nullopt;
    if (const std::optional<ApiFailure>& failed = reply->failure) {
      const bool is_mark = failed->code == ApiError::BadRequest && failed->subject == "after";
      is_mark ? context.fail(ApiError::BadChoice, "--after", context.say(Text::HistoryMarkHint)) : context.fail(*failed);
      return std::nullopt;
    }
    Value page = std::move(reply->result);
    const Value::Array& found = page.items("changes");
    changes.insert(changes.end(), found.begin(), found.end());
    const std::string next = page.text("next");
    if (next.empty() || next == args.text("after") || static_cast<std::int64_t>(changes.size()) >= limit) {
      page.set("changes", Value(std::move(changes)));
      return page;
    }
    args.set("after", next);
  }
}

}  // namespace

int history(Context& context, const KindInfo& kind) {
  const std::optional<std::int64_t> limit = wanted(context);
  if (!limit) return context.exit_code();
  const std::optional<Value> found = fetch(context, kind, *limit);
  if (!found) return context.exit_code();
  const Value* changes = found->find("changes");
  if (context.json()) {
    context.print(*found);
  } else if (!context.io().out_is_terminal) {
    print_changes(context, *changes);
  } else {
    context.line(noun_of(kind, context.language()) + " " + found->text("short") + "  " + found->text("title"));
    for (const Value& change : changes->items()) print_change(context, kind, change);
    if (!found->text("next").empty()) {
      context.say_line(Text::HistoryOlder,
                       {command_for(context, kind, "history") + " " + found->text("short") + " --after " + found->text("next")});
    }
  }
  return 0;
}

}  // namespace budstikke::cli
