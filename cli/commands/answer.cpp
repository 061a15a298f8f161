// What a council says to a record: `event rsvp`, `hearing respond` and `draft`, `announcement confirm`, `initiative endorse` and
// `lighthouse`, `comment`. Each is one value per council, and --withdraw takes it back.
#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/long_text.h"
#include "cli/records.h"
#include "cli/settle.h"

namespace budstikke::cli {
namespace {

// One field of what is said: what was typed, or nullopt to take it back.
struct Said {
  const char* field;
  std::optional<std::string> typed;
  bool told = true;  // whether the person is told how it was understood
};

bool withdraws(const Context& context) { return context.args().has("withdraw"); }

// Says it all at once, and tells how it was understood.
int say_to(Context& context, const KindInfo& kind, const std::vector<Said>& said, Text done) {
  Value answers = Value::map();
  std::string reading;
  for (const auto& [name, typed, told] : said) {
    const Field* field = find_field(kind, std::string_view(name));
    if (field == nullptr) return context.fail(ApiError::NotAnswerable, noun_of(kind, context.language()));
    if (!typed) {
      answers.set(name, Value());
      continue;
    }
    const bool is_text = field->type == FieldType::LongText || field->type == FieldType::Suggested;
    const std::optional<std::string> text = is_text ? long_text(context, context.say(Text::TextPlace), *typed) : typed;
    const std::optional<std::string> value = text ? stored_text(context, *field, *text) : std::nullopt;
    if (!value) return context.exit_code();
    answers.set(name, *value);
    if (!told) continue;
    reading += reading.empty() ? ": " : ", ";
    reading += shown(*field, Value(*value), Style::Long, context.language());
  }
  Value args = named(kind, context.args().words[0]);
  if (said.size() == 1 && said.front().typed) {
    args.set("field", said.front().field);
    args.set("value", answers.if_map()->front().second);
  } else {
    args.set("answers", std::move(answers));
  }
  const std::optional<Value> reply = context.ask("record.answer", std::move(args));
  if (!reply) return context.exit_code();
  const bool changed = reply->boolean("changed", true);
  print_done(context, changed ? done : Text::Unchanged, kind, *reply, changed ? reading : std::string());
  return 0;
}

int take_back(Context& context, const KindInfo& kind, const std::vector<const char*>& fields) {
  if (context.args().words.size() > 1) return context.fail(Trouble::NotTogether, {"--withdraw", context.args().words[1]});
  std::vector<Said> said;
  for (const char* field : fields) said.push_back({field, std::nullopt});
  return say_to(context, kind, said, Text::TakenBack);
}

int missing(Context& context, const KindInfo& kind, std::string_view verb, const std::string& what) {
  return context.fail(Trouble::MissingArgument, {command_for(context, kind, verb) + " ID " + what});
}

// `verb ID [TEXT] | --withdraw`, of a field that says as much without a text.
int say_or_mark(Context& context, const KindInfo& kind, const char* field, const char* mark, Text done) {
  if (withdraws(context)) return take_back(context, kind, {field});
  const std::vector<std::string>& words = context.args().words;
  return say_to(context, kind, {{field, words.size() > 1 ? words[1] : mark}}, done);
}

}  // namespace

int rsvp(Context& context, const KindInfo& kind) {
  if (withdraws(context)) return take_back(context, kind, {"rsvp", "heads"});
  const std::vector<std::string>& words = context.args().words;
  if (words.size() < 2) return missing(context, kind, "rsvp", context.say(Text::RsvpPlace));
  const std::optional<std::string> coming = stored_text(context, *find_field(kind, "rsvp"), words[1]);
  if (!coming) return context.exit_code();
  const std::optional<std::string> heads = context.args().flag("heads");
  if (*coming == "no" && heads) return context.fail(Trouble::NotTogether, {words[1], "--heads"});
  if (*coming == "no") return say_to(context, kind, {{"rsvp", words[1]}, {"heads", std::nullopt}}, Text::Answered);
  if (heads) return say_to(context, kind, {{"rsvp", words[1]}, {"heads", *heads}}, Text::Answered);
  return say_to(context, kind, {{"rsvp", words[1]}}, Text::Answered);
}

int respond(Context& context, const KindInfo& kind) {
  std::vector<std::string> given;
  for (const char* flag : {"answered", "abstain", "withdraw"}) {
    if (context.args().has(flag)) given.push_back(std::string("--") + flag);
  }
  if (given.size() > 1) return context.fail(Trouble::NotTogether, {given[0], given[1]});
  if (withdraws(context)) return take_back(context, kind, {"responses", "positions"});
  const std::vector<std::string>& words = context.args().words;
  const std::optional<std::string> text = words.size() > 1 ? std::optional(words[1]) : std::nullopt;
  if (context.args().has("abstain")) {
    return say_to(context, kind, {{"positions", "abstained"}, {"responses", text}}, Text::Answered);
  }
  if (text) return say_to(context, kind, {{"responses", text}, {"positions", "answered", false}}, Text::Answered);
  if (context.args().has("answered")) return say_to(context, kind, {{"positions", "answered"}}, Text::Answered);
  return missing(context, kind, "respond", context.say(Text::TextPlace));
}

int draft(Context& context, const KindInfo& kind) {
  if (withdraws(context)) return take_back(context, kind, {"drafts"});
  const std::vector<std::string>& words = context.args().words;
  if (words.size() < 2) return missing(context, kind, "draft", context.say(Text::TextPlace));
  return say_to(context, kind, {{"drafts", words[1]}}, Text::DraftKept);
}

int confirm(Context& context, const KindInfo& kind) { return say_to(context, kind, {{"receipts", "confirmed"}}, Text::Answered); }

int endorse(Context& context, const KindInfo& kind) {
  return say_or_mark(context, kind, "endorsements", "endorsed", Text::Endorsed);
}

int lighthouse(Context& context, const KindInfo& kind) {
  return say_or_mark(context, kind, "lighthouse", "lighthouse", Text::MarkedLighthouse);
}

int comment(Context& context, const KindInfo& kind) {
  const std::optional<std::string> text = long_text(context, context.say(Text::TextPlace), context.args().words[1]);
  if (!text) return context.exit_code();
  Value args = named(kind, context.args().words[0]);
  args.set("text", *text);
  const std::optional<Value> reply = context.ask("record.comment", std::move(args));
  if (!reply) return context.exit_code();
  print_done(context, Text::Commented, kind, *reply);
  return 0;
}

}  // namespace budstikke::cli
