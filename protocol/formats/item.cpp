#include "protocol/formats/item.h"

#include <algorithm>

#include "protocol/base/ids.h"
#include "protocol/base/limits.h"
#include "protocol/base/text.h"

namespace budstikke::formats {
namespace {

constexpr std::string_view kUidEnd = "@budstikke";
constexpr std::size_t kIdLetters = (RecordId::kSize * 8 + 4) / 5;

auto find_field_texts(auto& fields, std::string_view name) {
  return std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; });
}

// A text for a field of one line: whatever breaks lines becomes one space.
std::string on_one_line(std::string_view text) {
  std::string out;
  for (char c : text) {
    const bool space = c == '\n' || c == '\r' || c == '\t';
    if (!space) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

// Calls `each` with the parts of a list such as "case|title+authority".
void for_each_part(std::string_view list, char separator, auto each) {
  while (true) {
    const std::size_t end = list.find(separator);
    each(list.substr(0, end));
    if (end == std::string_view::npos) return;
    list.remove_prefix(end + 1);
  }
}

// Whether the fields hold the first field of one of the kind's natural keys; the others of a key may be empty.
bool has_key(const KindInfo& kind, const FieldTexts& fields) {
  bool found = false;
  for_each_part(kind.natural_key, '|',
                [&](std::string_view key) { found = found || !first_of(fields, key.substr(0, key.find('+'))).empty(); });
  return found;
}

}  // namespace

std::span<const std::string> values_of(const FieldTexts& fields, std::string_view name) {
  const auto found = find_field_texts(fields, name);
  return found == fields.end() ? std::span<const std::string>{} : std::span<const std::string>(found->second);
}

std::string_view first_of(const FieldTexts& fields, std::string_view name) {
  const auto values = values_of(fields, name);
  return values.empty() ? std::string_view{} : std::string_view(values.front());
}

bool speaks_of(const FieldTexts& fields, std::string_view name) { return find_field_texts(fields, name) != fields.end(); }

std::string uid_of(const ExportRecord& record) {
  const bool is_one_of_series = record.uid.find('#') != std::string::npos;
  return record.uid.empty() || is_one_of_series ? uid_of(record.id) : record.uid;
}

std::string uid_of(std::string_view id) { return std::string(id).append(kUidEnd); }

std::string id_of_uid(std::string_view uid) {
  if (!uid.ends_with(kUidEnd)) return {};
  uid.remove_suffix(kUidEnd.size());
  const auto letters = uid.size() == kIdLetters && bytes_of_base32(uid, RecordId::kSize) ? base32_letters(uid) : std::nullopt;
  return letters.value_or("");
}

bool same_fields(const KindInfo& kind, const FieldTexts& a, const FieldTexts& b) {
  return std::all_of(kind.fields.begin(), kind.fields.end(), [&](const Field& field) {
    const auto left = values_of(a, field.name), right = values_of(b, field.name);
    return left.size() == right.size() && std::is_permutation(left.begin(), left.end(), right.begin());
  });
}

void Draft::mention(std::string_view field) {
  if (!speaks_of(item_.fields, field)) item_.fields.emplace_back(field, std::vector<std::string>{});
}

void Draft::add(std::string_view name, std::string_view text, std::size_t line) {
  const Field* field = find_field(kind_, name);
  require(field != nullptr, "import of a field that its kind does not have");
  mention(name);
  const bool lines = field->type == FieldType::LongText;
  const std::string plain = lines ? std::string(text) : on_one_line(text);
  if (trim(plain).empty()) return;
  std::vector<std::string>& values = find_field_texts(item_.fields, name)->second;
  const bool is_set = field->field_class == FieldClass::Set;
  if (!is_set && !values.empty()) return;
  FieldError error;
  const Result<Value> value = check_value(*field, plain, &error);
  if (!value) return fail(line, error.fault, name, value.error().text);
  std::string canonical = text_of_value(*value);
  if (std::find(values.begin(), values.end(), canonical) != values.end()) return;
  if (values.size() == kMaxSetElements) return fail(line, FieldFault::TooLong, name, "too many values");
  values.push_back(std::move(canonical));
}

void Draft::fail(std::size_t line, FieldFault why, std::string_view field, std::string message) {
  errors_.push_back({line, why, std::string(field), std::move(message)});
}

void Draft::deliver(Imported& out) {
  if (errors_.empty() && item_.uid.empty() && !has_key(kind_, item_.fields)) {
    const std::string_view key = kind_.natural_key;
    fail(item_.line, FieldFault::Empty, key.substr(0, key.find_first_of("+|")), "nothing there");
  }
  if (errors_.empty()) {
    out.items.push_back(std::move(item_));
  } else {
    out.errors.insert(out.errors.end(), errors_.begin(), errors_.end());
  }
}

void sort_not_kept(Imported& imported) {
  auto& names = imported.not_kept;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace budstikke::formats
