#include "protocol/base/value.h"

namespace budstikke {

const Value* Value::find(std::string_view key) const {
  const Map* map = if_map();
  if (map == nullptr) return nullptr;
  for (const auto& [name, value] : *map) {
    if (name == key) return &value;
  }
  return nullptr;
}

void Value::set(std::string_view key, Value value) {
  if (is_nil()) data_ = Map{};
  for (auto& [name, old] : std::get<Map>(data_)) {
    if (name == key) {
      old = std::move(value);
      return;
    }
  }
  std::get<Map>(data_).emplace_back(std::string(key), std::move(value));
}

std::string Value::text(std::string_view key, std::string_view fallback) const {
  const Value* value = find(key);
  const std::string* found = value != nullptr ? value->if_text() : nullptr;
  return found != nullptr ? *found : std::string(fallback);
}

std::int64_t Value::integer(std::string_view key, std::int64_t fallback) const {
  const Value* value = find(key);
  const std::int64_t* found = value != nullptr ? value->if_integer() : nullptr;
  return found != nullptr ? *found : fallback;
}

bool Value::boolean(std::string_view key, bool fallback) const {
  const Value* value = find(key);
  const bool* found = value != nullptr ? value->if_bool() : nullptr;
  return found != nullptr ? *found : fallback;
}

const Value::Array& Value::items() const {
  static const Array kNone;
  const Array* array = if_array();
  return array != nullptr ? *array : kNone;
}

const Value::Array& Value::items(std::string_view key) const {
  static const Value kNil;
  const Value* value = find(key);
  return (value != nullptr ? *value : kNil).items();
}

void Value::push(Value value) {
  if (is_nil()) data_ = Array{};
  std::get<Array>(data_).push_back(std::move(value));
}

}  // namespace budstikke
