#include "cli/draft.h"

#include <algorithm>
#include <ostream>
#include <sstream>

#include "cli/settle.h"
#include "protocol/base/text.h"
#include "protocol/formats/dates.h"

namespace budstikke::cli {
namespace {

constexpr std::size_t kLineOfText = 80;        // a longer text gets lines of its own
constexpr std::size_t kShownOfConflict = 100;  // columns of a value that others wrote
constexpr std::string_view kBlock = "|", kDraftIndent = "  ";

// What a council's node keeps by itself is nobody's to fill in, and files are not named by what people can type.
bool is_in_form(const KindInfo& kind, const Field& field) {
  return is_written(field) && !names_files(field) && !(kind.kind == Kind::Council && field.name == "node");
}

// A value as people type it, and as it is read back to the same.
std::string typed_text(const Field& field, const Value& value, Language language) {
  if (field.type == FieldType::Date || field.type == FieldType::Moment) {
    return formats::danish_date(text_of_value(value), formats::default_zone());
  }
  return trim(shown(field, value, Style::Short, language));
}

bool needs_block(const std::string& text) {
  return text.find('\n') != std::string::npos || display_width(text) > kLineOfText || text == kBlock;
}

void put_line(std::string& out, const std::string& label, const std::string& text) {
  if (!needs_block(text)) {
    out += label + ":" + (text.empty() ? "" : " " + text) + "\n";
    return;
  }
  out += label + ": " + std::string(kBlock) + "\n";
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out += (line.empty() ? line : std::string(kDraftIndent) + line) + "\n";
}

void put_comment(std::string& out, const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out += "# " + line + "\n";
}

std::string help_line(const Context& context, const Field& field) {
  std::string help(context.danish() ? field.help_danish : field.help);
  std::string choices;
  for (const Choice& choice : field.choices) {
    choices += (choices.empty() ? "" : ", ") + shown(field, Value(choice.value), Style::Short, context.language());
  }
  if (!choices.empty()) help += ": " + choices;
  if (field.field_class == FieldClass::Set) help += " (" + context.say(Text::EditOften) + ")";
  return help;
}

void put_conflict(const Context& context, const Field& field, const Value& record, std::string& out) {
  const Value* conflicts = record.find("conflicts");
  if (conflicts == nullptr || conflicts->items(field.name).empty()) return;
  put_comment(out, context.say(Text::EditConflict));
  for (const Value& said : conflicts->items(field.name)) {
    std::string text = said_text(context, &field, said);
    std::ranges::replace(text, '\n', ' ');
    put_comment(out, "  " + cut_to_width(text, kShownOfConflict) + "  (" + by_whom(context, said) + ")");
  }
}

// The lines of a file, without what editors put at their ends or before the first.
std::vector<std::string> draft_lines(const std::string& text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::istringstream in(text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(std::move(line));
  }
  return lines;
}

// The text in the lines below a name, from `at`, which is then behind it.
std::string read_block(const std::vector<std::string>& lines, std::size_t& at) {
  std::string text;
  for (; at < lines.size(); ++at) {
    const std::string& line = lines[at];
    const bool is_blank = trim(line).empty();
    if (!is_blank && !line.starts_with(kDraftIndent) && !line.starts_with('\t')) break;
    const std::size_t indent = line.starts_with(kDraftIndent) ? kDraftIndent.size() : line.starts_with('\t') ? 1 : line.size();
    text += line.substr(indent) + "\n";
  }
  return trim(text);
}

}  // namespace

DraftValues draft_values(const Context& context, const KindInfo& kind, const Value& record) {
  DraftValues values;
  for (const Field& field : kind.fields) {
    if (!is_in_form(kind, field)) continue;
    std::vector<DraftText>& texts = values[&field];
    const Value* value = record.find(field.name);
    if (value == nullptr) continue;
    for (const Value& one : value->if_array() != nullptr ? value->items() : Value::Array{*value}) {
      texts.push_back({typed_text(field, one, context.language()), text_of_value(one)});
    }
  }
  return values;
}

std::string draft_text(const Context& context, const KindInfo& kind, const Value& record, const DraftValues& values) {
  const Field& title = kind.fields[kind.shareable ? 1 : 0];
  std::string out;
  put_comment(out, context.say(Text::EditHead,
                               {noun_of(kind, context.language()) + " " + record.text("short") + " " + record.text(title.name)}));
  for (const Value& unknown : record.items("unknown")) {
    put_comment(out, context.say(Text::EditUnknown, {unknown_label(context, unknown) + " " + unknown_text(unknown)}));
  }
  for (const Field& field : kind.fields) {
    const auto of_field = values.find(&field);
    if (of_field == values.end()) continue;
    out += "\n";
    put_comment(out, help_line(context, field));
    put_conflict(context, field, record, out);
    const std::string label = label_of(field, context.language());
    for (const DraftText& text : of_field->second) put_line(out, label, text.typed);
    if (of_field->second.empty()) put_line(out, label, "");
  }
  return out;
}

ReadDraft read_draft(const Context& context, const KindInfo& kind, const std::string& text) {
  ReadDraft draft;
  const std::vector<std::string> lines = draft_lines(text);
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t number = at + 1;
    const std::string line = lines[at++];
    if (line.starts_with('#') || trim(line).empty()) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) {
      draft.faults.push_back({number, context.say(Text::EditNoField)});
      continue;
    }
    const std::string label = trim(line.substr(0, colon));
    std::string value = trim(line.substr(colon + 1));
    if (value == kBlock) value = read_block(lines, at);
    const Field* field = field_of_flag(kind, label);
    if (field == nullptr || !is_in_form(kind, *field)) {
      draft.faults.push_back({number, context.say(Text::EditUnknownField, {label})});
      continue;
    }
    std::vector<DraftLine>& given = draft.fields[field];
    const bool is_again = field->field_class != FieldClass::Set && !given.empty();
    if (is_again) draft.faults.push_back({number, context.say(Text::EditTwice, {label})});
    if (!is_again) given.push_back({number, std::move(value)});
  }
  return draft;
}

std::optional<Changes> draft_changes(Context& context, const DraftValues& before, const ReadDraft& draft) {
  bool is_whole = draft.faults.empty();
  for (const DraftLine& fault : draft.faults) {
    context.tell(Text::EditLine, {std::to_string(fault.number), fault.text});
  }
  Changes changes;
  const auto put = [&](Value& map, const Field& field, const std::string& text) {
    const Value* old = map.find(field.name);
    Value list = old != nullptr ? *old : Value::array();
    list.push(text);
    map.set(field.name, std::move(list));
  };
  for (const auto& [field, given] : draft.fields) {
    const std::vector<DraftText>& was = before.at(field);
    const bool is_set = field->field_class == FieldClass::Set;
    const auto was_typed = [&](const std::string& text) {
      return std::ranges::any_of(was, [&](const DraftText& old) { return trim(old.typed) == text; });
    };
    for (const DraftLine& line : given) {
      if (was_typed(line.text) || (line.text.empty() && (is_set || was.empty()))) continue;
      if (line.text.empty()) {
        put(changes.set, *field, "");
        continue;
      }
      const std::optional<std::string> stored = stored_text(context, *field, line.text);
      if (!stored) {
        const std::string label = label_of(*field, context.language());
        context.tell("  " + context.say(Text::EditLine, {std::to_string(line.number), label}));
        is_whole = false;
        continue;
      }
      const bool is_same = std::ranges::any_of(was, [&](const DraftText& old) { return old.stored == *stored; });
      if (is_same) continue;  // the same in other words
      put(changes.set, *field, *stored);
      if (field->type == FieldType::Date || field->type == FieldType::Moment) changes.dates.emplace_back(field, *stored);
    }
    if (!is_set) continue;
    for (const DraftText& old : was) {
      const bool stays = std::ranges::any_of(given, [&](const DraftLine& line) { return line.text == trim(old.typed); });
      if (!stays) put(changes.take, *field, old.stored);
    }
  }
  return is_whole ? std::optional(std::move(changes)) : std::nullopt;
}

}  // namespace budstikke::cli
