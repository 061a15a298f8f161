#include "cli/fields.h"

#include <algorithm>

#include "cli/attach.h"
#include "cli/long_text.h"
#include "cli/moments.h"
#include "cli/names.h"
#include "cli/records.h"
#include "cli/spoken_dates.h"
#include "protocol/base/text.h"
#include "protocol/formats/dates.h"

namespace budstikke::cli {
namespace {

constexpr std::size_t kShortLettersOfId = 6;

std::string with_dashes(std::string_view name) {
  std::string text(name);
  std::ranges::replace_if(
      text, [](char c) { return c == '_' || c == ' '; }, '-');
  return text;
}

bool is_date(const Field& field) { return field.type == FieldType::Date || field.type == FieldType::Moment; }

Text hint_of(formats::DateFault fault) {
  switch (fault) {
    case formats::DateFault::NotADate:
      return Text::DateHint;
    case formats::DateFault::NoSuchDay:
      return Text::NoSuchDayHint;
    case formats::DateFault::NoSuchTime:
      return Text::NoSuchTimeHint;
    case formats::DateFault::MonthFirst:
      return Text::MonthFirstHint;
    case formats::DateFault::Unclear:
      return Text::UnclearDateHint;
    case formats::DateFault::ShortYear:
      return Text::ShortYearHint;
    case formats::DateFault::WrongWeekday:
      return Text::WrongWeekdayHint;
  }
  return Text::DateHint;
}

std::string choices_of(const Field& field, Language language) {
  if (field.type == FieldType::YesNo) return language == Language::Danish ? "ja, nej" : "yes, no";
  std::string list;
  for (const Choice& choice : field.choices) {
    list += list.empty() ? "" : ", ";
    list += language == Language::Danish ? danish_text(field, choice.value) : std::string(choice.value);
  }
  return list;
}

// The zone in which a person means a time: the one given in the same command, else that of Denmark.
std::optional<formats::TimeZone> zone_meant(Context& context) {
  const std::optional<std::string> name = context.args().flag("zone");
  if (!name || trim(*name).empty()) return formats::default_zone();
  std::optional<formats::TimeZone> zone = formats::find_zone(*name);
  if (!zone) context.fail(ApiError::BadZone, *name);
  return zone;
}

std::string quoted(const Context& context, const std::string& subject, const std::string& typed) {
  const std::string cut = cut_to_width(typed, 60);
  return subject + (context.danish() ? " »" + cut + "«" : " \"" + cut + "\"");
}

std::string quoted(const Context& context, const Field& field, const std::string& typed) {
  return quoted(context, "--" + flag_for(field, context.language()), typed);
}

// What a person typed as a date, in a canonical text; `subject` is the flag.
std::optional<std::string> read_date(Context& context, const std::string& subject, const std::string& typed,
                                     const formats::TimeZone& zone, Lean lean, Edge edge) {
  const SpokenDate full = date_in_full(typed, danish_today(context.now()), lean, edge);
  formats::DateFault fault{};
  Result<std::string> read = formats::read_moment(full.text, zone, &fault);
  if (read && !full.unclear) return std::move(*read);
  context.fail(ApiError::BadDate, quoted(context, subject, typed),
               context.say(full.unclear ? Text::NextDayHint : hint_of(fault)));
  return std::nullopt;
}

std::optional<std::string> stored_date(Context& context, const Field& field, const std::string& typed, Lean lean) {
  const std::optional<formats::TimeZone> zone = zone_meant(context);
  if (!zone) return std::nullopt;
  const bool has_been = field.name == "received" || field.name == "silent_since";
  return read_date(context, "--" + flag_for(field, context.language()), typed, *zone, has_been ? Lean::Back : lean, Edge::First);
}

// The whole id of the record that a person named by the start of it. One that is whole already may be of a record that has not
// arrived yet.
std::optional<std::string> whole_id(Context& context, const Field& field, const std::string& typed) {
  const KindInfo* kind = find_kind(field.refers_to);
  if (kind == nullptr || check_value(field, typed)) return typed;
  Value args;
  args.set("kind", kind->name);
  args.set("id", typed);
  const std::optional<Value> reply = context.ask("record.show", std::move(args));
  if (!reply) return std::nullopt;
  const Value* record = reply->find("record");
  return record != nullptr ? record->text("id") : typed;
}

// The network of what the files go with: of the record that is edited, or the one that a new record goes to.
std::optional<std::string> network_of_files(Context& context, const KindInfo& kind, bool is_edit) {
  if (!is_edit) return context.args().flag("network").value_or("");
  const std::optional<Value> reply = context.ask("record.show", named(kind, context.args().words[0]));
  const Value* record = reply ? reply->find("record") : nullptr;
  return record != nullptr ? std::optional(record->text("network")) : std::nullopt;
}

// The id of the file that a person names: one that is to be put there, or of those that the record has, one to take away.
std::optional<std::string> file_id(Context& context, const KindInfo& kind, const Field& field, const std::string& typed,
                                   bool is_edit, bool take) {
  if (check_value(field, typed)) return typed;
  if (!take) {
    const std::optional<std::string> network = network_of_files(context, kind, is_edit);
    return network ? attach(context, typed, *network) : std::nullopt;
  }
  const std::optional<Value> reply = context.ask("record.show", named(kind, context.args().words[0]));
  if (!reply) return std::nullopt;
  const Value* record = reply->find("record");
  const Value* file = record != nullptr ? attached(record->items("files"), typed) : nullptr;
  if (file != nullptr) return file->text("file");
  context.fail(Trouble::NoFiles, {typed});
  return std::nullopt;
}

void push_text(Value& map, const Field& field, const std::string& text) {
  const Value* old = map.find(field.name);
  Value list = old != nullptr ? *old : Value::array();
  list.push(text);
  map.set(field.name, std::move(list));
}

}  // namespace

std::string flag_of(const Field& field) { return with_dashes(field.name); }

std::string danish_flag_of(const Field& field) { return with_dashes(field.danish); }

std::string flag_for(const Field& field, Language language) {
  return language == Language::Danish ? danish_flag_of(field) : flag_of(field);
}

std::string label_of(const Field& field, Language language) {
  if (language == Language::Danish) return std::string(field.danish);
  std::string label(field.name);
  std::ranges::replace(label, '_', ' ');
  return label;
}

std::string noun_of(const KindInfo& kind, Language language) {
  return std::string(language == Language::Danish ? kind.danish : kind.name);
}

const Field* field_of_flag(const KindInfo& kind, std::string_view flag) {
  const std::string folded = fold_case(with_dashes(flag));
  for (const Field& field : kind.fields) {
    if (folded == fold_case(flag_of(field))) return &field;
  }
  for (const Field& field : kind.fields) {
    if (folded == fold_case(danish_flag_of(field))) return &field;
  }
  return nullptr;
}

const Field* field_taken_by(const KindInfo& kind, std::string_view flag) {
  for (const std::string_view prefix : {"remove-", "fjern-"}) {
    if (flag.starts_with(prefix)) return field_of_flag(kind, flag.substr(prefix.size()));
  }
  return nullptr;
}

std::optional<std::string> stored_text(Context& context, const Field& field, const std::string& typed, Lean lean) {
  std::string text = typed;
  if (is_date(field)) {
    std::optional<std::string> read = stored_date(context, field, typed, lean);
    if (!read) return std::nullopt;
    text = std::move(*read);
  }
  if (field.type == FieldType::Record && !trim(text).empty()) {
    std::optional<std::string> id = whole_id(context, field, trim(text));
    if (!id) return std::nullopt;
    text = std::move(*id);
  }
  FieldError why;
  const Result<Value> value = check_value(field, text, &why);
  if (!value) {
    const ApiError error = api_error_of(why.fault);
    std::string hint;
    if (error == ApiError::BadChoice) hint = context.say(Text::ChoicesHint, {choices_of(field, context.language())});
    if (error == ApiError::BadDate) hint = context.say(Text::NoTimeHint);
    if (why.fault == FieldFault::Phone) hint = context.say(Text::PhoneHint);
    context.fail(error, quoted(context, field, typed), hint);
    return std::nullopt;
  }
  if (field.type == FieldType::Zone && !formats::find_zone(text)) {
    context.fail(ApiError::BadZone, quoted(context, field, typed));
    return std::nullopt;
  }
  return text_of_value(*value);
}

std::optional<std::string> date_given(Context& context, const std::string& subject, const std::string& typed, Lean lean,
                                      Edge edge) {
  return read_date(context, subject, typed, formats::default_zone(), lean, edge);
}

std::optional<std::string> end_of_moment(Context& context, const std::string& subject, const std::string& typed, Lean lean) {
  constexpr int kLastSecond = 59;
  const formats::TimeZone zone = formats::default_zone();
  const std::optional<std::string> read = read_date(context, subject, typed, zone, lean, Edge::Last);
  const std::optional<Moment> moment = read ? parse_moment(*read) : std::nullopt;
  if (!moment) return std::nullopt;
  if (moment->precision != Precision::Time) {
    const WallTime next_day = zone.utc_of({day_of(day_number(last_day(*moment)) + 1), 0});
    return format_utc(WallTime{next_day.ms - 1});
  }
  const bool is_exact = parse_moment(trim(typed)).has_value();
  const int rest = is_exact || moment->seconds % 60 != 0 ? 0 : kLastSecond;
  return format_utc(wall_time(moment->day, moment->seconds + rest));
}

std::optional<std::string> start_of_moment(Context& context, const std::string& subject, const std::string& typed, Lean lean) {
  const formats::TimeZone zone = formats::default_zone();
  const std::optional<std::string> read = read_date(context, subject, typed, zone, lean, Edge::First);
  const std::optional<Moment> moment = read ? parse_moment(*read) : std::nullopt;
  if (!moment) return std::nullopt;
  if (moment->precision == Precision::Time) return read;
  return format_utc(zone.utc_of({first_day(*moment), 0}));
}

std::optional<Changes> read_changes(Context& context, const KindInfo& kind, bool clears) {
  Changes changes;
  for (const Flag& flag : context.args().flags) {
    const Field* field = field_of_flag(kind, flag.name);
    const bool take = field == nullptr;
    if (take) field = field_taken_by(kind, flag.name);
    if (field == nullptr) continue;  // a flag of the command itself, such as --network
    const bool is_set = field->field_class == FieldClass::Set;
    std::string typed = flag.value;
    if (field->type == FieldType::LongText && !take) {
      std::optional<std::string> text = long_text(context, "--" + flag.name, typed);
      if (!text) return std::nullopt;
      typed = std::move(*text);
    }
    if (take && !is_set) {
      context.fail(ApiError::NotASet, "--" + flag.name);
      return std::nullopt;
    }
    if (!is_set && changes.set.find(field->name) != nullptr) {
      context.fail(Trouble::GivenTwice, {"--" + flag.name});
      return std::nullopt;
    }
    if (!is_set && trim(typed).empty()) {
      if (clears) push_text(changes.set, *field, "");
      continue;
    }
    const std::optional<std::string> text =
        names_files(*field) ? file_id(context, kind, *field, typed, clears, take) : stored_text(context, *field, typed);
    if (!text) return std::nullopt;
    push_text(take ? changes.take : changes.set, *field, *text);
    if (is_date(*field)) changes.dates.emplace_back(field, *text);
  }
  return changes;
}

std::string reading_of(const Changes& changes, Language language) {
  std::string reading;
  for (const auto& [field, text] : changes.dates) {
    reading += ", ";
    if (changes.dates.size() > 1) reading += label_of(*field, language) + " ";
    reading += long_moment(text, language);
  }
  return reading;
}

std::string shown(const Field& field, const Value& value, Style style, Language language) {
  if (value.if_array() != nullptr) {
    std::string list;
    for (const Value& element : value.items()) {
      list += list.empty() ? "" : ", ";
      list += shown(field, element, style, language);
    }
    return list;
  }
  const std::string text = text_of_value(value);
  if (style == Style::Stored) return text;
  if (field.type == FieldType::Record) return text.substr(0, kShortLettersOfId);
  if (is_date(field)) return style == Style::Long ? long_moment(text, language) : short_moment(text, language);
  return language == Language::Danish ? danish_text(field, text) : text;
}

std::string unknown_label(const Context& context, const Value& unknown) {
  return context.say(Text::UnknownField, {std::to_string(unknown.integer("field"))});
}

std::string unknown_text(const Value& unknown) {
  std::string text;
  for (const Value& value : unknown.items("values")) text += (text.empty() ? "" : ", ") + text_of_value(value);
  if (unknown.integer("left_out") > 0) text += " …";
  return text;
}

int unknown_field(Context& context, const KindInfo& kind, const std::string& typed) {
  std::string hint = did_you_mean(context, "--" + typed, flag_names(kind));
  if (hint.empty()) hint = context.say(Text::FieldsHint, {noun_of(kind, context.language())});
  return context.fail(ApiError::UnknownField, "--" + typed, hint);
}

}  // namespace budstikke::cli
