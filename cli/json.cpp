#include "cli/json.h"

#include <nlohmann/json.hpp>

#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

using Json = nlohmann::ordered_json;

Json json(const Value& value) {
  if (const bool* flag = value.if_bool()) return *flag;
  if (const std::int64_t* number = value.if_integer()) return *number;
  if (const std::string* text = value.if_text()) return *text;
  if (const Bytes* bytes = value.if_bytes()) return hex_of(*bytes);
  if (const Value::Array* array = value.if_array()) {
    Json out = Json::array();
    for (const Value& element : *array) out.push_back(json(element));
    return out;
  }
  if (const Value::Map* map = value.if_map()) {
    Json out = Json::object();
    for (const auto& [key, element] : *map) out[key] = json(element);
    return out;
  }
  return nullptr;
}

std::optional<Value> value(const Json& json) {
  if (json.is_null()) return Value();
  if (json.is_boolean()) return Value(json.get<bool>());
  if (json.is_number_integer()) return Value(json.get<std::int64_t>());
  if (json.is_string()) return Value(json.get<std::string>());
  if (json.is_array()) {
    Value out = Value::array();
    for (const Json& element : json) {
      std::optional<Value> inner = value(element);
      if (!inner) return std::nullopt;
      out.push(std::move(*inner));
    }
    return out;
  }
  if (!json.is_object()) return std::nullopt;
  Value out = Value::map();
  for (const auto& [key, element] : json.items()) {
    std::optional<Value> inner = value(element);
    if (!inner) return std::nullopt;
    out.set(key, std::move(*inner));
  }
  return out;
}

}  // namespace

std::string json_of(const Value& value) { return json(value).dump(2, ' ', false, Json::error_handler_t::replace); }

std::string json_line_of(const Value& value) { return json(value).dump(-1, ' ', false, Json::error_handler_t::replace); }

std::optional<Value> value_of_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return std::nullopt;
  return value(json);
}

}  // namespace budstikke::cli
