#include "protocol/formats/own_lines.h"

#include <algorithm>

namespace budstikke::formats {
namespace {

constexpr std::string_view kPrefix = "X-BUDSTIKKE-";

std::string line_name(const Field& field) {
  std::string name(kPrefix);
  for (char c : field.name) name += c == '_' ? '-' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

const Field* field_of(const KindInfo& kind, std::string_view name) {
  for (const Field& field : kind.fields) {
    if (is_written(field) && line_name(field) == name) return &field;
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
    std::string line = line_name(field) + ':';
    for (std::size_t i = 0; i < wanted.size(); ++i) line.append(i > 0 ? "," : "").append(escape_text(wanted[i]));
    append_line(out, line);
  }
}

FieldTexts with_own_lines(const KindInfo& kind, const Component& component, const FieldTexts& fields,
                          const StandardLines& standard) {
  Draft own(kind, component.line);
  for (const ContentLine& line : component.lines) {
    const Field* field = is_own_line(line) ? field_of(kind, line.name) : nullptr;
    if (field == nullptr || speaks_of(own.fields(), field->name)) continue;
    own.mention(field->name);
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
