// `KIND import`: reads a file, and sends what it holds to the node in batches. Good rows are imported, bad ones named, and so are
// those that another council has as well. With --dry-run the node only says what it would do with each. On a terminal the same is
// asked first where much would be written.
#include <algorithm>
#include <map>
#include <ostream>

#include "cli/commands/commands.h"
#include "cli/commands/files.h"
#include "cli/fields.h"
#include "cli/progress.h"
#include "protocol/base/limits.h"
#include "protocol/base/pack.h"
#include "protocol/formats/csv.h"
#include "protocol/formats/ical.h"
#include "protocol/formats/vcard.h"

namespace budstikke::cli {
namespace {

// A batch must fit one request; this leaves room for its frame.
constexpr std::size_t kMaxBatchBytes = kMaxApiBytes - 4'096;

struct RefusedRow {
  std::int64_t line = 0;
  std::string code;
  std::string message;
};

constexpr std::size_t kElsewhereShown = 10;   // items that others have as well; the rest is counted
constexpr std::int64_t kWrittenUnasked = 20;  // records; a mistake in so many is mended by hand

struct Tally {
  bool is_look = false;  // nothing is written
  std::int64_t created = 0, changed = 0, unchanged = 0, removed = 0, erased = 0;
  std::vector<RefusedRow> refusals = {};
  Value::Array elsewhere = {};  // results of items that another council has as well
  Value::Array looked = {};     // of a dry run: all results
};

Result<formats::Imported> parse_file(Format format, const KindInfo& kind, const std::string& text) {
  if (format == Format::Ical) return formats::read_ical(text, formats::default_zone());
  if (format == Format::Vcard) return formats::read_vcard(text);
  return formats::read_csv(kind, text, formats::default_zone());
}

Value value_of(const formats::Item& item) {
  Value fields = Value::map();
  for (const auto& [name, texts] : item.fields) {
    Value list = Value::array();
    for (const std::string& text : texts) list.push(text);
    fields.set(name, std::move(list));
  }
  Value value;
  value.set("line", std::uint64_t{item.line});
  if (!item.uid.empty()) value.set("uid", item.uid);
  value.set("fields", std::move(fields));
  return value;
}

// A field by its label; anything else as it is.
std::string subject_of(const Context& context, const KindInfo& kind, const std::string& name) {
  const Field* field = find_field(kind, std::string_view(name));
  return field != nullptr ? label_of(*field, context.language()) : name;
}

RefusedRow refusal_of(const Context& context, const KindInfo& kind, const formats::RowError& error) {
  const std::string label = subject_of(context, kind, error.field);
  const ApiError code = api_error_of(error.why);
  const bool whole_row = error.why == FieldFault::Row;
  std::string message = whole_row ? context.say(Text::ImportRow) : error_line(code, label, context.language());
  if (whole_row) message += " (" + error.message + ")";
  return {static_cast<std::int64_t>(error.line), std::string(text_of(code)), std::move(message)};
}

void count_outcomes(const Context& context, const KindInfo& kind, const Value& result, Tally& tally) {
  const std::string outcome = result.text("outcome");
  if (outcome == "created") ++tally.created;
  if (outcome == "changed") ++tally.changed;
  if (outcome == "unchanged") ++tally.unchanged;
  if (outcome == "removed") ++tally.removed;
  if (outcome == "erased") ++tally.erased;
  if (!result.items("elsewhere").empty()) tally.elsewhere.push_back(result);
  const Value* error = result.find("error");
  if (outcome != "refused" || error == nullptr) {
    if (tally.is_look) tally.looked.push_back(result);
    return;
  }
  const ApiError code = api_error(error->text("code")).value_or(ApiError::Internal);
  const std::string subject = subject_of(context, kind, error->text("subject"));
  RefusedRow refused{result.integer("line"), std::string(text_of(code)), error_line(code, subject, context.language())};
  if (tally.is_look) {
    Value told = result, why;  // in the person's words, as other errors are
    why.set("code", refused.code);
    why.set("message", refused.message);
    told.set("error", std::move(why));
    tally.looked.push_back(std::move(told));
  }
  tally.refusals.push_back(std::move(refused));
}

bool send(Context& context, const KindInfo& kind, Value::Array batch, Tally& tally) {
  Value args;
  args.set("kind", kind.name);
  args.set("items", Value(std::move(batch)));
  if (context.args().has("again")) args.set("again", true);
  if (tally.is_look) args.set("look", true);
  const std::optional<Value> reply = context.ask("record.import", context.with_network(std::move(args)));
  if (!reply) return false;
  for (const Value& result : reply->items("results")) count_outcomes(context, kind, result, tally);
  return true;
}

// All items in batches that fit a request. False has been reported; what was sent before stays imported.
bool send_all(Context& context, const KindInfo& kind, const std::vector<formats::Item>& items, Tally& tally) {
  Value::Array batch;
  std::size_t bytes = 0, sent = 0;
  Progress progress(context, Text::ProgressImport);
  for (const formats::Item& item : items) {
    Value value = value_of(item);
    const std::size_t size = pack(value).size();
    if (size > kMaxBatchBytes) {
      const std::string message = error_line(ApiError::TooLong, "", context.language());
      tally.refusals.push_back({static_cast<std::int64_t>(item.line), std::string(text_of(ApiError::TooLong)), message});
      continue;
    }
    if (batch.size() == kMaxImportItems || bytes + size > kMaxBatchBytes) {
      sent += batch.size();
      if (!send(context, kind, std::exchange(batch, {}), tally)) return false;
      bytes = 0;
      progress.tell({std::to_string(sent), std::to_string(items.size())});
    }
    batch.push_back(std::move(value));
    bytes += size;
  }
  return batch.empty() || send(context, kind, std::move(batch), tally);
}

Value json_of_tally(const Tally& tally, const std::vector<std::string>& not_kept) {
  Value refusals = Value::array();
  for (const RefusedRow& refusal : tally.refusals) {
    Value row;
    row.set("line", refusal.line);
    row.set("code", refusal.code);
    row.set("message", refusal.message);
    refusals.push(std::move(row));
  }
  Value names = Value::array();
  for (const std::string& name : not_kept) names.push(name);
  Value value;
  value.set("created", tally.created);
  value.set("changed", tally.changed);
  value.set("unchanged", tally.unchanged);
  value.set("removed", tally.removed);
  value.set("erased", tally.erased);
  value.set("refused", std::uint64_t{tally.refusals.size()});
  value.set("refusals", std::move(refusals));
  value.set("not_kept", std::move(names));
  if (!tally.elsewhere.empty()) value.set("elsewhere", Value(tally.elsewhere));
  return value;
}

// What a field holds, before or after, in words.
std::string texts_in(const Context& context, const Field& field, const Value::Array& texts) {
  std::string text;
  for (const Value& one : texts) {
    const Result<Value> value = check_value(field, text_of_value(one));
    text += (text.empty() ? "" : ", ") + shown(field, value ? *value : one, Style::Long, context.language());
  }
  std::ranges::replace(text, '\n', ' ');
  return text.empty() ? context.say(Text::EmptyValue) : text;
}

void print_changed_fields(Context& context, const KindInfo& kind, const Value& result) {
  const bool is_new = result.text("outcome") == "created";
  for (const Value& change : result.items("fields")) {
    const Field* field = find_field(kind, std::string_view(change.text("field")));
    if (field == nullptr) continue;
    const std::string before = is_new ? std::string() : texts_in(context, *field, change.items("before")) + " → ";
    context.line("    " + label_of(*field, context.language()) + ": " + before +
                 texts_in(context, *field, change.items("after")));
  }
}

// What a dry run found, line by line. What stands in the file twice is told as such: only the first time it is new.
void print_looked(Context& context, const KindInfo& kind, const Tally& tally) {
  std::map<std::string, std::int64_t> lines;
  for (const Value& result : tally.looked) {
    const std::string outcome = result.text("outcome"), title = result.text("title");
    const std::string line = std::to_string(result.integer("line"));
    const auto [first, is_first] = lines.emplace(result.text("id"), result.integer("line"));
    if (outcome == "refused") continue;
    if (!is_first) {
      context.say_line(Text::ImportRepeated, {line, std::to_string(first->second)});
    } else if (outcome == "created" || outcome == "changed") {
      const bool is_new = outcome == "created";
      context.say_line(is_new ? Text::ImportNew : Text::ImportChange,
                       {line, is_new ? title : result.text("short") + " " + title});
      print_changed_fields(context, kind, result);
    } else if (outcome == "removed") {
      context.say_line(Text::ImportRemovedLine, {line, result.text("short") + " " + title});
    } else if (outcome == "erased") {
      context.say_line(Text::ImportErasedLine, {line});
    }
  }
}

void print_elsewhere(Context& context, const Tally& tally) {
  for (std::size_t i = 0; i < std::min(tally.elsewhere.size(), kElsewhereShown); ++i) {
    const Value& result = tally.elsewhere[i];
    for (const Value& one : result.items("elsewhere")) {
      context.tell(Text::ImportElsewhere,
                   {std::to_string(result.integer("line")), one.text("council_name"), one.text("short"), one.text("title")});
    }
  }
  if (tally.elsewhere.size() > kElsewhereShown) {
    context.tell(Text::ImportElsewhereMore, {std::to_string(tally.elsewhere.size() - kElsewhereShown)});
  }
}

std::string counts_of(const Context& context, const Tally& tally) {
  return context.say(Text::ImportCounts,
                     {std::to_string(tally.created), std::to_string(tally.changed), std::to_string(tally.unchanged),
                      std::to_string(tally.removed), std::to_string(tally.refusals.size())});
}

void print_tally(Context& context, const Tally& tally, const std::vector<std::string>& not_kept) {
  context.line(counts_of(context, tally));
  if (tally.erased > 0) context.say_line(Text::ImportErased, {std::to_string(tally.erased)});
  for (const RefusedRow& refusal : tally.refusals) {
    context.tell(Text::ImportLine, {std::to_string(refusal.line), refusal.message});
  }
  if (!context.quiet()) print_elsewhere(context, tally);
  if (not_kept.empty() || context.quiet()) return;
  std::string names;
  for (const std::string& name : not_kept) names += (names.empty() ? "" : ", ") + name;
  context.tell(Text::ImportNotKept, {names});
}

// Whoever sits at a terminal sees what would come of a large file before anything is written. False has been reported.
bool confirm_bulk(Context& context, const KindInfo& kind, const std::vector<formats::Item>& items) {
  const bool may_be_many = static_cast<std::int64_t>(items.size()) > kWrittenUnasked;
  if (!may_be_many || !context.may_ask() || context.args().yes) return true;
  Tally look{.is_look = true};
  if (!send_all(context, kind, items, look)) return false;
  const std::int64_t written = look.created + look.changed;
  if (written <= kWrittenUnasked) return true;
  const std::optional<Value> network = context.ask("network.show", context.with_network(Value::map()));
  if (!network) return false;
  context.tell(counts_of(context, look));
  const std::string name = network->text("name");
  return context.confirm_by_name(context.say(Text::AskImport, {std::to_string(written), name}), name);
}

}  // namespace

int import_file(Context& context, const KindInfo& kind) {
  const std::string& file = context.args().words[0];
  const std::optional<Format> format = format_of(context, kind, file, std::nullopt);
  if (!format) return context.exit_code();
  if (*format == Format::Json) return context.fail(Trouble::UnknownFormat, {file});
  const std::optional<std::string> text = read_file(context, file);
  if (!text) return context.exit_code();
  Result<formats::Imported> imported = parse_file(*format, kind, *text);
  if (!imported && imported.error().code == Code::TooLarge) return context.fail(ApiError::TooLong, file);
  if (!imported) return context.fail(Trouble::BadFile, {file, std::string(name_of(*format))});
  if (!context.args().dry_run() && !confirm_bulk(context, kind, imported->items)) return context.exit_code();
  Tally tally{.is_look = context.args().dry_run()};
  for (const formats::RowError& error : imported->errors) tally.refusals.push_back(refusal_of(context, kind, error));
  const bool all_sent = send_all(context, kind, imported->items, tally);
  std::ranges::stable_sort(tally.refusals, {}, &RefusedRow::line);
  if (!all_sent) return context.exit_code();
  if (context.json()) {
    Value document = json_of_tally(tally, imported->not_kept);
    if (context.args().dry_run()) document.set("items", Value(std::move(tally.looked)));
    context.print(document);
  } else {
    if (context.args().dry_run()) print_looked(context, kind, tally);
    print_tally(context, tally, imported->not_kept);
    if (context.args().dry_run()) context.say_line(Text::ImportLook);
  }
  if (tally.refusals.empty()) return 0;
  return context.fail(Trouble::SomeRefused, {std::to_string(tally.refusals.size())});
}

}  // namespace budstikke::cli
