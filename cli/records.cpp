#include "cli/records.h"

#include <algorithm>

#include "cli/fields.h"
#include "cli/progress.h"
#include "protocol/base/text.h"

namespace budstikke::cli {

std::optional<Value::Array> fetch_records(Context& context, const KindInfo& kind, Value args) {
  args.set("kind", kind.name);
  args.set("limit", kPageRecords);
  Value::Array records;
  Progress progress(context, Text::ProgressRecords);
  for (;;) {
    progress.tell({std::to_string(records.size())});
    std::optional<Value> page = context.ask("record.list", args);
    if (!page) return std::nullopt;
    const Value::Array& found = page->items("records");
    records.insert(records.end(), found.begin(), found.end());
    const std::string next = page->text("next");
    if (next.empty() || next == args.text("after")) return records;
    args.set("after", next);
  }
}

const Field* title_field(const KindInfo& kind) {
  const auto at = std::ranges::find_if(kind.fields, [](const Field& field) {
    return field.in_list && field.field_class == FieldClass::Register && field.type == FieldType::Text;
  });
  return at == kind.fields.end() ? nullptr : &*at;
}

std::string title_of(const KindInfo& kind, const Value& record) {
  const Field* field = title_field(kind);
  return field != nullptr ? record.text(field->name) : std::string();
}

std::string sort_key(std::string_view text) {
  // Foreign letters go by the nearest one of the alphabet, as Danish dictionaries order them.
  constexpr std::pair<std::string_view, std::string_view> kLetters[] = {
      {"æ", "~1"}, {"ä", "~1"}, {"ø", "~2"}, {"ö", "~2"}, {"å", "~3"}, {"ü", "y"}, {"é", "e"},  {"è", "e"},
      {"ê", "e"},  {"ë", "e"},  {"á", "a"},  {"à", "a"},  {"â", "a"},  {"ã", "a"}, {"í", "i"},  {"ì", "i"},
      {"î", "i"},  {"ï", "i"},  {"ó", "o"},  {"ò", "o"},  {"ô", "o"},  {"õ", "o"}, {"ú", "u"},  {"ù", "u"},
      {"û", "u"},  {"ñ", "n"},  {"ç", "c"},  {"ý", "y"},  {"ÿ", "y"},  {"ð", "d"}, {"þ", "th"}, {"ß", "ss"}};
  std::string key;
  const std::string folded = fold_case(text);
  for (std::size_t i = 0; i < folded.size(); ++i) {
    const std::string_view letter = std::string_view(folded).substr(i, 2);
    const auto known = std::ranges::find(kLetters, letter, [](const auto& pair) { return pair.first; });
    if (known == std::end(kLetters)) {
      key += folded[i];
      continue;
    }
    key += known->second;  // '~' comes after every letter of ASCII
    ++i;
  }
  return key;
}

void order_for_people(const KindInfo& kind, Value::Array& records) {
  const auto dated = std::ranges::find_if(kind.fields, [](const Field& field) {
    return field.in_list && (field.type == FieldType::Date || field.type == FieldType::Moment);
  });
  struct Row {
    bool undated;
    std::string date;
    std::string title;
    Value record;
  };
  std::vector<Row> rows;
  for (Value& record : records) {
    const std::string date = dated == kind.fields.end() ? std::string() : record.text(dated->name);
    const std::string title = sort_key(title_of(kind, record));
    rows.push_back({date.empty(), date, title, std::move(record)});
  }
  std::ranges::stable_sort(rows, [](const Row& a, const Row& b) {
    return std::tie(a.undated, a.date, a.title) < std::tie(b.undated, b.date, b.title);
  });
  std::ranges::transform(rows, records.begin(), [](Row& row) { return std::move(row.record); });
}

Value named(const KindInfo& kind, const std::string& id) {
  Value args;
  args.set("kind", kind.name);
  args.set("id", id);
  return args;
}

void print_done(Context& context, Text text, const KindInfo& kind, const Value& reply, const std::string& reading) {
  if (context.json()) return context.print(reply);
  if (context.quiet()) return context.line(reply.text("id"));
  context.line(context.say(text, {noun_of(kind, context.language()) + " " + reply.text("short") + reading}));
  const std::int64_t others = reply.integer("councils");
  if (context.io().out_is_terminal && reply.boolean("changed") && others > 0 && reply.integer("linked") == 0) {
    context.say_line(Text::SavedHereAlone, {std::to_string(others)});
  }
}

}  // namespace budstikke::cli
