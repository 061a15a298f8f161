// The configuration of a node: `config.toml` in its home, and what the files `config.d/*.toml` there say over it.
//
// Shape        TOML; settings() names every key, what it takes and where it is kept. The files of config.d are read in the order
//              of their names, and the later wins, key by key. council.name is the only key that must be there.
// Errors       Invalid: FILE:LINE:COLUMN, what is wrong and, for an unknown key, the nearest that there is. NotFound, Io: a file
//              that cannot be read. What is wrong in one file is told of the first such place.
// Cost         A file of at most kMostConfigBytes is read at once.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"

namespace budstikke::daemon {

struct Config {
  std::string council;            // what this council calls itself
  std::string municipality;       // four digits, or empty
  std::string listen = "*:7420";  // empty: do not listen
  std::string advertise;          // host:port that others can dial; empty when nobody can
  std::string files = "always";   // or "wanted": when the contents of other councils' files are fetched
};

struct Setting {
  std::string_view table;
  std::string_view name;
  std::string Config::*member;
  bool (*takes)(std::string_view);
  std::string_view wanted;  // what it takes, in words
  std::string key() const;  // "council.name"
};
std::span<const Setting> settings();

struct ReadConfig {
  Config config;
  std::map<std::string, std::string, std::less<>> origins;  // of keys that a file names: "FILE:LINE"
};

inline constexpr std::size_t kMostConfigBytes = 256 * 1024;
inline constexpr std::string_view kConfigFile = "config.toml";
inline constexpr std::string_view kDropInFolder = "config.d";

Result<ReadConfig> read_config(const std::filesystem::path& home);
// What a file says, over what is there already; `file` is what errors and origins call it.
Status add_config(ReadConfig& read, std::string_view text, const std::string& file);
// The files of config.d that count, in their order. Invalid when one has a name that is not of letters, digits and ._- alone.
Result<std::vector<std::filesystem::path>> drop_ins(const std::filesystem::path& home);
bool is_drop_in_name(std::string_view name);

// As a file says it: "Ishøj Integrationsråd" in quotes.
std::string toml_text(std::string_view text);
// The file that a new home begins with.
std::string text_of(const Config& config);

}  // namespace budstikke::daemon
