// Values as JSON text, and back: the one place that meets a JSON library.
//
// Shape        Two blanks of indentation, keys in the order of the map, UTF-8 unescaped. Bytes that are not UTF-8 become U+FFFD.
// Errors       value_of_json() is nullopt for text that is not one JSON document of the types that Value has.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/value.h"

namespace budstikke::cli {

std::string json_of(const Value& value);       // over several lines, without a line break at the end
std::string json_line_of(const Value& value);  // on one line
std::optional<Value> value_of_json(std::string_view text);

}  // namespace budstikke::cli
