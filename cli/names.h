// How typed words meet the names of commands, kinds and fields, in both languages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/context.h"
#include "protocol/records/kinds.h"

namespace budstikke::cli {

// The first of aliases separated by '|'.
std::string_view first_alias(std::string_view aliases);
// Whether a typed word is the name or one of the aliases; letters are folded, so "raad" is "råd".
bool is_named(std::string_view typed, std::string_view name, std::string_view aliases);
// The kind a noun means: its English or Danish name, or either plural.
const KindInfo* kind_named(std::string_view typed);

std::vector<std::string> noun_names();                       // of all commands and kinds, both languages
std::vector<std::string> verb_names(std::string_view noun);  // of all verbs of a command's or kind's noun, both languages
std::vector<std::string> flag_names(const KindInfo& kind);   // of all fields that are written, both languages

// "Did you mean …?", or empty when nothing is near.
std::string did_you_mean(const Context& context, std::string_view typed, const std::vector<std::string>& candidates);
// Refuses words that name no command, with the nearest there is. Gives the exit code.
int unknown_command(Context& context, const std::vector<std::string>& words);

}  // namespace budstikke::cli
