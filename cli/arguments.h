// Splits a command line into words, flags and the options that every command knows.
//
// Shape        `--name VALUE`, `--name=VALUE`; flags may stand in any place; `--` ends them. A flag without a value is one of
//              bare_flags(), or a yes/no field of the table of kinds, which may leave its "yes" out. `--version` alone asks for
//              the program's; with a value behind it, it is the field of documents. So with `--origin` of `config show`.
// Errors       The first mistake is kept in `mistake`, and the rest is read all the same, so that the complaint about it comes
//              in the language and form that was asked for. Whether a flag belongs to the command is decided later.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace budstikke::cli {

struct Flag {
  std::string name;   // without the dashes, with '-' as typed
  std::string value;  // empty for a bare flag
};

struct Mistake {
  enum class What { MissingValue, UnexpectedValue, BadLanguage } what;
  std::string subject;  // the flag
};

struct Arguments {
  std::vector<std::string> words;
  std::vector<Flag> flags;  // those that are not options of every command, in order
  std::optional<std::string> home;
  std::optional<std::string> language;
  bool json = false;
  bool quiet = false;
  bool yes = false;
  bool no_color = false;
  bool plain = false;       // what a terminal gets is as elsewhere
  bool no_input = false;    // nobody is asked
  bool help = false;        // --help
  bool brief_help = false;  // -h
  bool version = false;
  std::optional<Mistake> mistake;

  // The value of the last flag of that name.
  std::optional<std::string> flag(std::string_view name) const;
  bool has(std::string_view name) const { return flag(name).has_value(); }
  bool dry_run() const { return has("dry-run") || has("prøv"); }
};

// The options without a value that every command knows.
struct Option {
  std::string_view name;
  bool Arguments::*set;
};
std::span<const Option> bare_options();

// Flags that take no value, apart from the options that every command knows. No field of any kind may have such a name.
std::span<const std::string_view> bare_flags();

Arguments parse(const std::vector<std::string>& args);

// What a person types for yes and no, in both languages.
std::optional<bool> yes_or_no(std::string_view text);
bool is_yes(std::string_view text);  // also "j" and "y", as an answer to a question

}  // namespace budstikke::cli
