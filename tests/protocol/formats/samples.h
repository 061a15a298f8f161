// Records to export and import again, drawn at random from the table of kinds.
#pragma once

#include <rapidcheck.h>

#include <algorithm>

#include "protocol/base/text.h"
#include "protocol/formats/item.h"

namespace budstikke::formats {

inline std::string sample_id(std::uint8_t number) {
  Bytes bytes(32, 0);
  bytes[0] = number;
  bytes[31] = 0x5A;
  return base32_of(bytes);
}

// All texts of a field, in order.
using Texts = std::vector<std::string>;
inline Texts all_of(const FieldTexts& fields, std::string_view name) {
  const auto values = values_of(fields, name);
  return {values.begin(), values.end()};
}

// One canonical text for the field, full of what formats trip over.
inline std::string sample_text(const Field& field) {
  const auto pick = [](auto... texts) { return *rc::gen::element<std::string>(texts...); };
  switch (field.type) {
    case FieldType::Number:
      return std::to_string(*rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000));
    case FieldType::YesNo:
      return pick("yes", "no");
    case FieldType::Date:
      return pick("2027", "2027-03", "2027-03-31", "0099", "9999-12-31", "0001-01-01");
    case FieldType::Moment:
      return pick("2027", "2027-03", "2027-03-31", "2027-03-31T15:00:00Z", "2027-03-31T15:00:01Z", "2026-10-25T00:30:00Z",
                  "2026-10-25T01:30:00Z", "2026-03-29T01:30:00Z", "2027-04-01T23:30:00Z", "9999-12-31T23:59:59Z",
                  "0001-01-01T00:00:00Z", "9999-12-31");
    case FieldType::Email:
      return pick("a@b.dk", "åse@ærø.dk", "sekretariat@rem.example", "o'neil+x@kommune.example", "=1@b.dk");
    case FieldType::Phone:
      return pick("12 34 56 78", "+45 12 34 56 78", "(0045) 12-34", "+45-1234", "-1234", "0800");
    case FieldType::Url:
      return pick("https://kommune.dk/a;b,c?d=\\n", "mailto:a@b.dk", "http://x.dk/|");
    case FieldType::Zone:
      return pick("Europe/Copenhagen", "Europe/London", "UTC", "Europe/Nowhere", "GMT", "America/New_York");
    case FieldType::Record:
    case FieldType::Content:
      return sample_id(*rc::gen::inRange<std::uint8_t>(0, 4));
    default:
      break;
  }
  if (!field.choices.empty() && (field.type == FieldType::OneOf || *rc::gen::arbitrary<bool>()))
    return std::string(field.choices[*rc::gen::inRange<std::size_t>(0, field.choices.size())].value);
  const bool lines = field.type == FieldType::LongText;
  const auto pieces = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("=1+1", "'", "\"", ";", ",", "|", "\\", "\\n", "+45", "-", "@", "a", "råd", "Møde", " ",
                                    "\xC2\xA0", ":", "^n", "👋", "%0A", "\n", "\t", "\n\n", "1057 By", "2027", "FREQ=DAILY", "da",
                                    "mailto:", "a@b.dk", "<b>", "END:VEVENT", "BEGIN:VCARD", "invalid:nomail", "ja", "id")));
  std::string text;
  for (const std::string& piece : pieces) {
    if (lines || piece.find_first_of("\n\t") == std::string::npos) text += piece;
  }
  FieldError why;
  const auto value = check_value(field, text, &why);
  return value ? text_of_value(*value) : "tekst";
}

inline ExportRecord sample_record(const KindInfo& kind, std::uint8_t number) {
  ExportRecord record{sample_id(number), {*rc::gen::inRange<std::int64_t>(1'600'000'000'000, 1'900'000'000'000)}, {}};
  for (const Field& field : kind.fields) {
    if (!is_written(field) || *rc::gen::inRange(0, 4) == 0) continue;
    std::vector<std::string> values{sample_text(field)};
    const int more = field.field_class == FieldClass::Set ? *rc::gen::inRange(0, 4) : 0;
    for (int i = 0; i < more; ++i) {
      const std::string value = sample_text(field);
      if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
    }
    record.fields.emplace_back(field.name, values);
  }
  return record;
}

inline std::vector<ExportRecord> sample_records(const KindInfo& kind) {
  std::vector<ExportRecord> records;
  const auto count = *rc::gen::inRange<std::uint8_t>(0, 4);
  for (std::uint8_t i = 0; i < count; ++i) records.push_back(sample_record(kind, i));
  return records;
}

}  // namespace budstikke::formats
