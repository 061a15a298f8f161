#include "cli/saved_language.h"

#include <fstream>
#include <system_error>

#include "cli/part_file.h"
#include "protocol/base/text.h"

namespace budstikke::cli {

namespace fs = std::filesystem;

fs::path language_file(const Io& io) {
  const auto given = [&](const char* name) { return io.env(name).value_or(""); };
  if (const std::string settings = given("XDG_CONFIG_HOME"); !settings.empty()) return fs::path(settings) / "budstikke/language";
  if (const std::string home = given("HOME"); !home.empty()) return fs::path(home) / ".config/budstikke/language";
  return {};
}

std::optional<Language> saved_language(const Io& io) {
  std::ifstream in(language_file(io), std::ios::binary);
  std::string word(8, '\0');
  in.read(word.data(), static_cast<std::streamsize>(word.size()));
  word.resize(static_cast<std::size_t>(in.gcount()));
  word = trim(word);
  if (word == "da") return Language::Danish;
  return word == "en" ? std::optional(Language::English) : std::nullopt;
}

bool save_language(const Io& io, Language language) {
  const fs::path file = language_file(io);
  if (!file.is_absolute()) return false;
  std::error_code error;  // then the file cannot be made either
  fs::create_directories(file.parent_path(), error);
  PartFile part(file);
  return part.is_open() && part.write(view_of(language == Language::Danish ? "da\n" : "en\n")) && part.finish(true);
}

std::optional<Language> language_named(std::string_view typed) {
  const std::string word = fold_case(trim(typed));
  if (word == "da" || word == "dansk" || word == "danish") return Language::Danish;
  if (word == "en" || word == "engelsk" || word == "english") return Language::English;
  return std::nullopt;
}

}  // namespace budstikke::cli
