// What holds of every import, whatever the file. Kept apart from the importers' own code, so that a check that goes missing
// there is missed here.
#pragma once

#include <algorithm>

#include "protocol/base/limits.h"
#include "tests/protocol/formats/reimport.h"

namespace budstikke::formats {

inline bool is_plain(const std::string& text) {
  return is_utf8(text) && std::all_of(text.begin(), text.end(), [](char c) {
           return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) || c == '\n' || c == '\t';
         });
}

inline void require_bounds(const KindInfo& kind, const Item& item) {
  require(item.uid.size() <= 1'024, "an imported item has a UID of a length to keep");
  bool has_value = false;
  for (const auto& [name, values] : item.fields) {
    require(values.size() <= kMaxSetElements, "an imported set is within its bound");
    for (auto value = values.begin(); value != values.end(); ++value) {
      require(!value->empty() && value->size() <= kMaxTextBytes && is_plain(*value), "an imported text can be kept and shown");
      require(std::find(values.begin(), value, *value) == value, "an imported set has each value once");
      has_value = true;
    }
  }
  require(has_value || !item.uid.empty(), "an imported item says something");
  require_canonical(kind, {item});
}

}  // namespace budstikke::formats
