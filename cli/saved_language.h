// The language that somebody has chosen, for all commands of theirs that are not told one by --lang.
//
// Shape        One word, "da" or "en", in `budstikke/language` in the person's folder of settings (XDG_CONFIG_HOME, else
//              ~/.config). Anything else there counts as nothing.
#pragma once

#include <filesystem>
#include <optional>

#include "cli/io.h"
#include "cli/text.h"

namespace budstikke::cli {

std::filesystem::path language_file(const Io& io);  // empty: the environment names no place for it
std::optional<Language> saved_language(const Io& io);
bool save_language(const Io& io, Language language);  // false: it cannot be written

// "da", "en", and as people answer: "dansk", "engelsk", "danish", "english".
std::optional<Language> language_named(std::string_view typed);

}  // namespace budstikke::cli
