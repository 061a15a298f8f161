// How people are told what they can do about a conflict: the values by number, and the exact command for each choice.
//
// Invariants   The commands carry the mark of what is shown (--seen), so that none of them writes over a value that arrived
//              after it was looked at.
#pragma once

#include <string>

#include "cli/context.h"
#include "protocol/records/kinds.h"

namespace budstikke::cli {

struct FieldConflict {
  const KindInfo& kind;
  const Field& field;
  std::string short_id;
  std::string seen;
  const Value& values;  // [SAID] of wire/api.h
  bool permitted = true;
  bool offer = true;  // false: only the values are shown, as of a past state
};

// The values, each with the command that chooses it, then the commands to combine them and to write another.
void print_choices(Context& context, const FieldConflict& conflict);
// The text of a SAID: a value as people read it, or why there is none.
std::string said_text(const Context& context, const Field* field, const Value& said);
// "Ballerup Integrationsråd, 19. okt. 2026 kl. 12.00".
std::string by_whom(const Context& context, const Value& said);
// "budstikke begivenhed gendan", with the words of the reader's language.
std::string command_for(const Context& context, const KindInfo& kind, std::string_view verb);

}  // namespace budstikke::cli
