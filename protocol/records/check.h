// Turns a text that a person or a file gave for a field into the field's canonical value, or says why it does not fit.
//
// Shape        Text           one line, trimmed                     LongText  lines end in LF, trimmed at both ends
//              Number         an integer of at least 0; groups of three may be set apart by '.' or ' ' ("12.000")
//              YesNo          yes no ja nej true false sand falsk, in any case; gives a bool
//              Date, Moment   the canonical texts of moment.h; what people write is read by formats/dates.h first
//              Email          local@domain, with at least one dot in the domain, whose ASCII letters become lower case
//              Phone          digits, spaces, + ( ) -, and at least 4 digits; dots and runs of spaces become one space
//              Url            http://, https:// or mailto: and something behind it; "www." gets https:// put before it
//              Zone           looks like an IANA name ("Europe/Copenhagen", "UTC"); whether it exists is formats/zones.h's
//              OneOf          a value or alias of `choices`, compared by fold_case; gives the value
//              Suggested      as OneOf, but any other text stands as it is
//              Record         a whole record id in base32, 52 letters; the start of one is completed by whoever knows the records
//              Every text is UTF-8 without control characters and without marks that turn the direction of writing, and at
//              most kMaxTextBytes long. Letters of Latin-1 that arrive decomposed (as macOS writes "å") are composed. Full
//              NFC needs the Unicode tables and is not done: other decomposed letters are kept as they came.
// Invariants   Checking the text of a checked value gives the same value.
// Errors       Code::TooLarge for a text that is too long, Code::Invalid for everything else; `subject` is the field's name.
//              `why`, when given, tells which. Messages never hold the text itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/base/result.h"
#include "protocol/base/value.h"
#include "protocol/records/kinds.h"

namespace budstikke {

enum class FieldFault : std::uint8_t {
  Empty,    // nothing there, or nothing but spaces
  Text,     // not clean text of its kind
  TooLong,  // more than kMaxTextBytes, or more than kMaxSetElements values
  Date,
  Number,
  YesNo,
  Email,
  Phone,
  Url,
  Zone,
  Choice,  // none of the field's choices; the hint names them
  Record,  // not the whole id of a record
  Row,     // used by the importers: the row or component itself cannot be read
};

struct FieldError {
  FieldFault fault = FieldFault::Text;
  std::string field;
  std::string message;  // "not a date"
  std::string hint;     // what would fit: "2027, 2027-03, 2027-03-31 or 2027-03-31T15:00:00Z"
};

Result<Value> check_value(const Field& field, std::string_view text, FieldError* why = nullptr);

// The text whose check gives the value back: "yes" or "no" for a bool, digits for an integer.
std::string text_of_value(const Value& value);
// How a canonical text is shown to a Danish reader: "ja" for yes, and for a choice that is a code word in lower case, such
// as `running`, its first alias ("i drift"). check_value understands what this gives.
std::string danish_text(const Field& field, std::string_view canonical);

bool is_email(std::string_view text);
bool is_zone_name(std::string_view text);

}  // namespace budstikke
