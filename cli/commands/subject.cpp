// `erase --subject` and `export --subject`: everything that mentions a person.
#include <algorithm>
#include <map>

#include "cli/commands/commands.h"
#include "cli/commands/erased.h"
#include "cli/fields.h"
#include "cli/moments.h"
#include "protocol/records/moment.h"

namespace budstikke::cli {
namespace {

constexpr std::size_t kIdsAtATime = 100;
constexpr Millis kSearchTimeout{120'000};  // of one page, of records with a long history

bool is_same(const Value& a, const Value& b) { return a.text("id") == b.text("id") && a.text("network") == b.text("network"); }

// Page after page; a record whose mentions fill several is put together again.
std::optional<Value::Array> find_subject(Context& context, const std::string& text) {
  Value args = context.with_network(Value::map());
  args.set("text", text);
  Value::Array records;
  for (;;) {
    const std::optional<ApiReply> reply = context.ask_reply("subject.find", args, kSearchTimeout);
    if (!reply) return std::nullopt;
    if (reply->failure) {
      const bool is_short = reply->failure->code == ApiError::MissingValue;
      is_short ? context.fail(ApiError::MissingValue, "--subject", context.say(Text::SubjectTooShort))
               : context.fail(*reply->failure);
      return std::nullopt;
    }
    const Value* page = &reply->result;
    for (const Value& record : page->items("records")) {
      if (records.empty() || !is_same(records.back(), record)) {
        records.push_back(record);
        continue;
      }
      Value::Array mentions = records.back().items("mentions");
      mentions.insert(mentions.end(), record.items("mentions").begin(), record.items("mentions").end());
      records.back().set("mentions", Value(std::move(mentions)));
    }
    const std::string next = page->text("next");
    if (next.empty() || next == args.text("after")) return records;
    args.set("after", next);
  }
}

const KindInfo* kind_of(const Value& record) {
  const Value* kind = record.find("kind");
  const std::string* name = kind != nullptr ? kind->if_text() : nullptr;
  return name != nullptr ? find_any_kind(*name) : nullptr;
}

std::string field_label(const Context& context, const Value& record, const Value& mention) {
  const Value* named = mention.find("field");
  if (named == nullptr) return {};
  if (named->if_text() == nullptr) return context.say(Text::UnknownField, {std::to_string(mention.integer("field"))});
  if (*named->if_text() == "import") return context.say(Text::SubjectImport);
  if (record.text("kind") == "ticket") return context.say(Text::ColumnTicketFor);
  const KindInfo* kind = kind_of(record);
  const Field* field = kind != nullptr ? find_field(*kind, std::string_view(*named->if_text())) : nullptr;
  return field != nullptr ? label_of(*field, context.language()) : *named->if_text();
}

std::string mention_state(const Context& context, const Value& mention) {
  return context.say(mention.text("state") == "live" ? Text::SubjectLive : Text::SubjectPast);
}

// "kontakt K3F9QX  Mette Hansen  (Ballerup Integrationsråd)".
std::string heading(const Context& context, const Value& record) {
  const Value* title = record.find("title");
  return record_name(context, record) + "  " + (title != nullptr ? text_of_value(*title) : "") + "  (" +
         record.text("owner_name") + ")";
}

void print_plan(Context& context, const Value& record) {
  context.line(heading(context, record));
  std::map<std::string, std::int64_t> fields;  // "noter, tidligere" and how often
  for (const Value& mention : record.items("mentions")) {
    ++fields[field_label(context, record, mention) + ", " + mention_state(context, mention)];
  }
  for (const auto& [field, count] : fields) context.line("  " + field + (count > 1 ? " ×" + std::to_string(count) : ""));
  const std::string action = record.text("action");
  const Text what = action == "erased" ? Text::SubjectErase : action == "redacted" ? Text::SubjectRedact : Text::SubjectNothing;
  context.line("  → " + context.say(what, {std::to_string(record.integer("changes"))}));
  for (const Value& left : record.items("left")) {
    const std::string changes = std::to_string(left.integer("changes"));
    context.line("  → " + (left.text("reason") == "newer-version"
                               ? context.say(Text::SubjectNewer, {changes})
                               : context.say(Text::SubjectLeftTo, {left.text("council_name"), changes})));
  }
}

// Whose it is to do what is left: "Ishøj Integrationsråd, Greve Integrationsråd"; the records where only a newer version can.
std::string who_is_left(const Context& context, const Value::Array& records) {
  std::vector<std::string> names;
  for (const Value& record : records) {
    for (const Value& left : record.items("left")) {
      std::string name = left.text("council_name").empty() ? record_name(context, record) : left.text("council_name");
      if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    }
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// Has the node do what is its to do; what it did to each record. A failure has been reported.
std::optional<Value::Array> erase_found(Context& context, const std::string& text, const Value::Array& found) {
  std::map<std::string, std::vector<std::string>> by_network;
  for (const Value& record : found) {
    if (record.text("action") != "nothing") by_network[record.text("network")].push_back(record.text("id"));
  }
  Value::Array done;
  for (const auto& [network, ids] : by_network) {
    for (std::size_t at = 0; at < ids.size(); at += kIdsAtATime) {
      Value batch = Value::array();
      for (std::size_t i = at; i < std::min(at + kIdsAtATime, ids.size()); ++i) batch.push(ids[i]);
      Value args;
      args.set("text", text);
      args.set("replacement", context.say(Text::SubjectReplacement));
      args.set("at_once", context.args().has("now"));
      args.set("network", network);
      args.set("ids", std::move(batch));
      const std::optional<ApiReply> reply = context.ask_reply("subject.erase", std::move(args), kSearchTimeout);
      if (!reply) return std::nullopt;
      if (reply->failure && reply->failure->code == ApiError::NothingToErase) continue;  // another has done it meanwhile
      if (reply->failure) {
        context.fail(*reply->failure);
        return std::nullopt;
      }
      done.insert(done.end(), reply->result.items("records").begin(), reply->result.items("records").end());
    }
  }
  return done;
}

}  // namespace

int erase_subject(Context& context, const std::string& text) {
  const std::optional<Value::Array> found = find_subject(context, text);
  if (!found) return context.exit_code();
  if (found->empty()) return context.fail(Trouble::SubjectNowhere, {text});
  const bool speaks = !context.json() && !context.quiet();
  if (speaks) {
    for (const Value& record : *found) print_plan(context, record);
  }
  const auto count = std::ranges::count_if(*found, [](const Value& record) { return record.text("action") != "nothing"; });
  std::optional<Value::Array> done = Value::Array{};
  if (count > 0) {
    if (!context.confirm(context.say(Text::AskSubject, {std::to_string(count)}))) return context.exit_code();
    done = erase_found(context, text, *found);
    if (!done) return context.exit_code();
  }
  // What is left is what is found now, also what came meanwhile.
  std::optional<Value::Array> left = find_subject(context, text);
  if (!left) return context.exit_code();
  const std::string who = who_is_left(context, *left);
  const bool is_left = !left->empty();
  if (context.json()) {
    Value document;
    document.set("records", Value(std::move(*done)));
    document.set("left", Value(std::move(*left)));
    context.print(document);
  } else if (speaks && count > 0) {
    const auto erased = std::ranges::count_if(*done, [](const Value& record) { return record.text("outcome") == "erased"; });
    const auto redacted = std::ranges::count_if(*done, [](const Value& record) { return record.text("outcome") == "redacted"; });
    context.say_line(Text::SubjectDone, {std::to_string(erased), std::to_string(redacted)});
    context.say_line(context.args().has("now") ? Text::EraseNowOwn : Text::EraseLater);
    context.say_line(Text::SubjectFiles);
    context.say_line(Text::EraseFollow);
  }
  return is_left ? context.fail(Trouble::SubjectLeft, {who}) : 0;
}

int export_subject(Context& context) {
  const std::optional<std::string> text = context.args().flag("subject");
  if (!text) return context.fail(Trouble::MissingFlag, {"--subject"});
  std::optional<Value::Array> found = find_subject(context, *text);
  if (!found) return context.exit_code();
  const std::string now = format_utc(context.now());
  if (context.json()) {
    Value document;
    document.set("subject", *text);
    document.set("time", now);
    document.set("records", Value(std::move(*found)));
    context.print(document);
    return 0;
  }
  if (found->empty()) {
    context.say_line(Text::SubjectNone);
    return 0;
  }
  context.say_line(Text::SubjectHeading, {*text, long_moment(now, context.language())});
  for (const Value& record : *found) {
    context.line("");
    context.line(heading(context, record) + "  " + record.text("network_name"));
    const KindInfo* kind = kind_of(record);
    for (const Value& mention : record.items("mentions")) {
      std::string line = "  " + field_label(context, record, mention);
      if (const Value* value = mention.find("value")) {
        const Field* field = kind != nullptr ? find_field(*kind, std::string_view(mention.text("field"))) : nullptr;
        line += ": " + (field != nullptr ? shown(*field, *value, Style::Long, context.language()) : text_of_value(*value));
      }
      line += "  (" + mention_state(context, mention);
      if (!mention.text("council_name").empty()) line += "; " + mention.text("council_name");
      if (!mention.text("time").empty()) line += ", " + short_moment(mention.text("time"), context.language());
      context.line(line + ")");
    }
  }
  return 0;
}

}  // namespace budstikke::cli
