// The one place that meets toml++.
#define TOML_ENABLE_FORMATTERS 0
#include <fmt/format.h>
#include <toml++/toml.h>

#include <fstream>
#include <sstream>

#include "daemon/home.h"
#include "protocol/base/text.h"

namespace budstikke::daemon {
namespace {

struct Key {
  std::string_view table;
  std::string_view name;
  std::string Config::*member;
};
constexpr Key kKeys[] = {
    {"council", "name", &Config::council},  {"council", "municipality", &Config::municipality},
    {"network", "listen", &Config::listen}, {"network", "advertise", &Config::advertise},
    {"network", "files", &Config::files},
};

std::string where(const std::filesystem::path& file, const toml::source_region& region) {
  return fmt::format("{}:{}:{}", file.string(), region.begin.line, region.begin.column);
}

const Key* find_key(std::string_view table, std::string_view name) {
  for (const Key& key : kKeys) {
    if (key.table == table && key.name == name) return &key;
  }
  return nullptr;
}

Result<Config> read_tables(const toml::table& root, const std::filesystem::path& file) {
  Config config;
  for (const auto& [table_name, node] : root) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      return Error{Code::Invalid, fmt::format("{}: unknown key '{}'; keys belong under [council] or [network]",
                                              where(file, node.source()), table_name.str())};
    }
    for (const auto& [name, value] : *table) {
      const Key* key = find_key(table_name.str(), name.str());
      const auto text = value.value<std::string>();
      if (key == nullptr || !text) {
        return Error{Code::Invalid, fmt::format("{}: {} '{}.{}'", where(file, value.source()),
                                                key == nullptr ? "unknown key" : "a text in quotes is wanted for",
                                                table_name.str(), name.str())};
      }
      if (key->member == &Config::files && *text != "always" && *text != "wanted") {
        return Error{Code::Invalid, fmt::format("{}: 'network.files' is \"always\" or \"wanted\"", where(file, value.source()))};
      }
      config.*key->member = *text;
    }
  }
  if (config.council.empty()) return Error{Code::Invalid, fmt::format("{}: council.name is missing", file.string())};
  return config;
}

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

Result<Config> read_config(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return Error{Code::Io, "cannot read " + file.string()};
  try {
    const toml::table root = toml::parse(std::string_view(text.view()), std::string_view(file.native()));
    return read_tables(root, file);
  } catch (const toml::parse_error& error) {
    return Error{Code::Invalid, fmt::format("{}: {}", where(file, error.source()), error.description())};
  }
}

std::string text_of(const Config& config) {
  return fmt::format(
      "# A node of budstikke. Every key is explained in configs/budstikked.toml of the source.\n\n"
      "[council]\nname = {}\nmunicipality = {}\n\n[network]\nlisten = {}\nadvertise = {}\n",
      toml_text(config.council), toml_text(config.municipality), toml_text(config.listen), toml_text(config.advertise));
}

}  // namespace budstikke::daemon
