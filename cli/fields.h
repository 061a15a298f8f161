// From flags to the values of a record's fields, and back to what a person reads. All of it is driven by the table of kinds.
//
// Errors       What a person gave and its field cannot hold has been reported through the context, with the field's name; the
//              node checks again.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/context.h"
#include "cli/spoken_dates.h"
#include "protocol/records/check.h"
#include "protocol/records/kinds.h"

namespace budstikke::cli {

// The field a flag names: its English name with '-' for '_', or its Danish label.
const Field* field_of_flag(const KindInfo& kind, std::string_view flag);
// The field that `remove-FIELD` (or fjern-) takes a value from; nullptr when the flag does not begin so.
const Field* field_taken_by(const KindInfo& kind, std::string_view flag);
std::string flag_of(const Field& field);                      // "valid-until"
std::string danish_flag_of(const Field& field);               // "gælder-til"
std::string flag_for(const Field& field, Language language);  // the one for a reader of that language
std::string label_of(const Field& field, Language language);  // "valid until", "gælder til"
std::string noun_of(const KindInfo& kind, Language language);

// The text that a field stores for what a person typed ("på torsdag kl. 17", "ja", "måske").
std::optional<std::string> stored_text(Context& context, const Field& field, const std::string& typed, Lean lean = Lean::Ahead);

// The canonical text of a date that is no field's, by the clock of Denmark. `subject` is the flag.
std::optional<std::string> date_given(Context& context, const std::string& subject, const std::string& typed, Lean lean,
                                      Edge edge);

// The last second, in UTC, of what a person called a moment ("15. marts 2026", "15-03-2026 kl. 12.00"): the whole day, month,
// week, year or minute counts; a time in UTC ("2026-03-15T12:00:00Z", as JSON has them) means that second. `subject` is the flag.
std::optional<std::string> end_of_moment(Context& context, const std::string& subject, const std::string& typed,
                                         Lean lean = Lean::Ahead);

// The first second of it, likewise.
std::optional<std::string> start_of_moment(Context& context, const std::string& subject, const std::string& typed,
                                           Lean lean = Lean::Back);

// What `add` and `edit` are to write.
struct Changes {
  Value set = Value::map();                                 // field → [text…]
  Value take = Value::map();                                // field → [text…], of sets
  std::vector<std::pair<const Field*, std::string>> dates;  // those given, to read back to the person
  bool empty() const { return set.if_map()->empty() && take.if_map()->empty(); }
};
// An empty value clears a register where `clears` is set (edit), and says nothing elsewhere (add). Files are put into the network
// on the way.
std::optional<Changes> read_changes(Context& context, const KindInfo& kind, bool clears);

// ", torsdag den 22. oktober 2026 kl. 17.00": how the dates given were understood.
std::string reading_of(const Changes& changes, Language language);

enum class Style : std::uint8_t {
  Stored,  // as it is stored, for programs
  Short,   // for a column
  Long,    // dates with weekday
};
// A value in words: choices, dates and yes/no in the reader's language, the elements of a set with commas between.
std::string shown(const Field& field, const Value& value, Style style, Language language);

// Of a field that the table does not have (UNKNOWN of wire/api.h): "unknown field 77", and its values.
std::string unknown_label(const Context& context, const Value& unknown);
std::string unknown_text(const Value& unknown);

// Refuses a field that the kind does not have, with the nearest that it has. Gives the exit code.
int unknown_field(Context& context, const KindInfo& kind, const std::string& typed);

}  // namespace budstikke::cli
