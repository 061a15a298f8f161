#include "protocol/formats/own_lines.h"

#include <algorithm>

#include "protocol/base/text.h"

namespace budstikke::formats {
namespace {

constexpr std::string_view kPrefix = "X-BUDSTIKKE-";
constexpr std::string_view kNone = "X-BUDSTIKKE-NONE";  // its value names a field that has none

std::string line_name(const Field& field, std::string_view prefix = kPrefix) {
  std::string name(prefix);
  for (char c : field.name) name += c == '_' ? '-' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

// The field that an own line speaks of; nullptr when it is no such line.
const Field* field_of(const KindInfo& kind, const ContentLine& line) {
  const std::string named = std::string(line.name == kNone ? kPrefix : "") + (line.name == kNone ? trim(line.value) : line.name);
  for (const Field& field : kind.fields) {
    if (is_written(field) && line_name(field) == named) return &field;
  }
  return nullptr;
}

}  // namespace

bool is_own_line(const ContentLine& line) { return line.name.starts_with(kPrefix); }

void append_own_lines(std::string& out, const KindInfo& kind, const FieldTexts& actual, const FieldTexts& derived) {
  for (const Field& field : kind.fields) {
    const auto wanted = values_of(actual, field.name), read = values_of(derived, field.name);
    const bool same = wanted.size() == read.size() && std::is_permutation(wanted.begin(), wanted.end(), read.begin());
    if (same || !is_written(field)) continue;
    for (const std::string& value : wanted) append_line(out, line_name(field) + ':' + escape_text(value));
    if (wanted.empty()) append_line(out, std::string(kNone) + ':' + line_name(field, ""));
  }
}

FieldTexts with_own_lines(const KindInfo& kind, const Component& component, const FieldTexts& fields,
                          const StandardLines& standard) {
  Draft own(kind, component.line);
  for (const ContentLine& line : component.lines) {
    const Field* field = is_own_line(line) ? field_of(kind, line) : nullptr;
    if (field == nullptr) continue;
    own.mention(field->name);
    if (line.name == kNone) continue;
    for (const std::string& value : split_value(line.value, ',')) own.add(field->name, unescape_text(value), line.line);
  }
  if (own.fields().empty() || own.failed()) return fields;
  FieldTexts merged = own.fields();
  for (const auto& [name, values] : fields) {
    if (!speaks_of(merged, name)) merged.emplace_back(name, values);
  }
  return standard(merged) == standard(fields) ? merged : fields;
}

}  // namespace budstikke::formats
