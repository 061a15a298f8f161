// A record as a form that people fill in with their editor, and what they have changed in it. Driven by the table of kinds.
//
// Shape        name: value        the name of a field in the reader's language; either language's is read back
//              name: |            a long text, in the lines below, each two blanks in
//                text
//              # …                not read
//              A set has a line for each element. A name without a value holds nothing.
// Invariants   What is read back as it was written is no change, whatever its value: only what differs is looked at further.
// Errors       Each line that cannot be read is named with its number; the others are read all the same.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/fields.h"

namespace budstikke::cli {

// What the form holds of a record: for each field the texts that people see, each with the text that is stored.
struct DraftText {
  std::string typed;
  std::string stored;
  friend bool operator==(const DraftText&, const DraftText&) = default;
};
using DraftValues = std::map<const Field*, std::vector<DraftText>>;

// Every field that a person writes, also those without a value.
DraftValues draft_values(const Context& context, const KindInfo& kind, const Value& record);
std::string draft_text(const Context& context, const KindInfo& kind, const Value& record, const DraftValues& values);

struct DraftLine {
  std::size_t number;  // in the file, from 1
  std::string text;
};
struct ReadDraft {
  std::map<const Field*, std::vector<DraftLine>> fields;
  std::vector<DraftLine> faults;  // what is wrong with a line
};
ReadDraft read_draft(const Context& context, const KindInfo& kind, const std::string& text);

// What was changed. Values that do not fit are reported, with their lines; then, and when the form has other faults, nullopt.
std::optional<Changes> draft_changes(Context& context, const DraftValues& before, const ReadDraft& draft);

}  // namespace budstikke::cli
