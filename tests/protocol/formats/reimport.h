// Checks that what an import gave is exported and imported again with equal values. Used by the fuzz targets.
#pragma once

#include "protocol/base/text.h"
#include "protocol/formats/item.h"

namespace budstikke::formats {

inline constexpr std::size_t kMaxReimported = 200;  // more items could pass the bounds of a file when written out in full

inline std::vector<ExportRecord> records_of(const std::vector<Item>& items) {
  std::vector<ExportRecord> records;
  for (const Item& item : items) {
    Bytes id(32, 0);
    id[0] = static_cast<std::uint8_t>(records.size());
    records.push_back({base32_of(id), {1'700'000'000'000}, item.fields});
  }
  return records;
}

inline void require_same(const KindInfo& kind, const std::vector<ExportRecord>& records, const Result<Imported>& again) {
  require(again.ok(), "an exported file is read");
  require(again->errors.empty(), "no exported record is refused");
  require(again->items.size() == records.size(), "every exported record is read");
  for (std::size_t i = 0; i < records.size(); ++i) {
    require(again->items[i].uid == uid_of(records[i].id), "an exported record finds itself");
    require(same_fields(kind, again->items[i].fields, records[i].fields), "an exported record is read with equal values");
  }
}

// Every value that an import lets through is canonical: its own check changes nothing.
inline void require_canonical(const KindInfo& kind, const std::vector<Item>& items) {
  for (const Item& item : items) {
    for (const auto& [name, values] : item.fields) {
      const Field* field = find_field(kind, name);
      require(field != nullptr && is_written(*field), "an imported field is one of its kind");
      require(values.size() <= 1 || field->field_class == FieldClass::Set, "a register has one value");
      for (const std::string& value : values) {
        const Result<Value> checked = check_value(*field, value);
        require(checked.ok() && text_of_value(*checked) == value, "an imported value is canonical");
      }
    }
  }
}

}  // namespace budstikke::formats
