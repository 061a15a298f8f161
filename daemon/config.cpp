// The one place that meets toml++.
#include "daemon/config.h"

#include <fmt/format.h>

// toml++ 3.3 asserts that a heading begins with a letter that may begin one, or has the compiler take that for granted, though
// what comes next refuses "[/a]" with an error: neither is to be.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expression) static_assert(true)
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include <algorithm>
#include <fstream>
#include <system_error>

#include "protocol/base/suggest.h"
#include "protocol/base/text.h"
#include "protocol/wire/init.h"
#include "store/file_system.h"

namespace budstikke::daemon {
namespace {

namespace fs = std::filesystem;

bool takes_code(std::string_view text) { return text.empty() || is_municipality_code(text); }
bool takes_address(std::string_view text) { return text.empty() || is_node_address(text); }
bool takes_files(std::string_view text) { return text == "always" || text == "wanted"; }

constexpr std::string_view kAddressWanted = "host:port, or \"\" for none";
constexpr Setting kSettings[] = {
    {"council", "name", &Config::council, is_council_name, "one line of plain text of at most 200 bytes"},
    {"council", "municipality", &Config::municipality, takes_code, "the municipality's four-digit code, for example \"0183\""},
    {"network", "listen", &Config::listen, takes_address, kAddressWanted},
    {"network", "advertise", &Config::advertise, takes_address, kAddressWanted},
    {"network", "files", &Config::files, takes_files, "\"always\" or \"wanted\""},
};

constexpr std::string_view kDropInEnd = ".toml";
constexpr std::size_t kMostDropInNameBytes = 64;

Error wrong(const std::string& file, const toml::source_region& region, std::string_view what) {
  return {Code::Invalid, fmt::format("{}:{}:{}: {}", file, region.begin.line, region.begin.column, what)};
}

std::string unknown_key(const std::string& key) {
  std::vector<std::string> known;
  for (const Setting& setting : kSettings) known.push_back(setting.key());
  std::string near = nearest(key, known);
  for (const Setting& setting : kSettings) {  // under the wrong heading, or under none
    if (near.empty() && key.substr(key.rfind('.') + 1) == setting.name) near = setting.key();
  }
  return fmt::format("unknown key '{}'", key) +
         (near.empty() ? "; man budstikked has all keys" : fmt::format("; did you mean '{}'?", near));
}

// toml++ shows a key as the file has it, with whatever bytes.
std::string shown(std::string_view name) { return is_clean_text(name, false) ? std::string(name) : "?"; }

Status take_value(ReadConfig& read, const std::string& key, const toml::key& at, const toml::node& value,
                  const std::string& file) {
  const auto setting = std::ranges::find_if(kSettings, [&](const Setting& one) { return one.key() == key; });
  if (setting == std::end(kSettings)) return wrong(file, at.source(), unknown_key(key));
  const auto text = value.value_exact<std::string>();
  if (!text) return wrong(file, value.source(), fmt::format("'{}' takes a text in quotes", key));
  if (!setting->takes(*text)) return wrong(file, value.source(), fmt::format("'{}' takes {}", key, setting->wanted));
  read.config.*(setting->member) = *text;
  read.origins.insert_or_assign(key, fmt::format("{}:{}", file, value.source().begin.line));
  return done();
}

Status take_root(ReadConfig& read, const toml::table& root, const std::string& file) {
  for (const auto& [name, node] : root) {
    const toml::table* table = node.as_table();
    const bool known = std::ranges::any_of(kSettings, [&](const Setting& one) { return one.table == name.str(); });
    if (table == nullptr || (table->empty() && !known)) {  // a key above every heading; or a heading with nothing under it
      return wrong(file, name.source(), unknown_key(shown(name.str())));
    }
    for (const auto& [key, value] : *table) {
      const std::string whole = shown(name.str()) + "." + shown(key.str());
      if (Status taken = take_value(read, whole, key, value, file); !taken) return taken;
    }
  }
  return done();
}

Status add_file(ReadConfig& read, const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return store::system_error(errno, "cannot read " + file.string());
  std::string text(kMostConfigBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return Error{Code::Io, "cannot read " + file.string()};
  return add_config(read, text, file.string());
}

}  // namespace

std::string Setting::key() const { return fmt::format("{}.{}", table, name); }

std::span<const Setting> settings() { return kSettings; }

bool is_drop_in_name(std::string_view name) {
  constexpr std::string_view kTaken = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return name.ends_with(kDropInEnd) && name.size() > kDropInEnd.size() && name.size() <= kMostDropInNameBytes &&
         !name.starts_with('.') && name.find_first_not_of(kTaken) == std::string_view::npos;
}

// Files that editors leave beside (".x.swp", "x.toml~", "x.toml.dpkg-old") are none.
Result<std::vector<fs::path>> drop_ins(const fs::path& home) {
  const fs::path folder = home / kDropInFolder;
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with('.') || !name.ends_with(kDropInEnd)) continue;
    if (!is_drop_in_name(name)) {
      return Error{Code::Invalid, at->path().string() + ": a file of " + std::string(kDropInFolder) +
                                      " is called by letters, digits and ._- alone, 64 at most; rename it"};
    }
    files.push_back(at->path());
  }
  if (failed && failed != std::errc::no_such_file_or_directory) {
    return store::system_error(failed.value(), "cannot read " + folder.string());
  }
  std::ranges::sort(files);
  return files;
}

Status add_config(ReadConfig& read, std::string_view text, const std::string& file) {
  if (text.size() > kMostConfigBytes) return Error{Code::Invalid, file + ": too large for a configuration"};
  try {
    return take_root(read, toml::parse(text), file);
  } catch (const toml::parse_error& error) {
    return wrong(file, error.source(), error.description());
  }
}

Result<ReadConfig> read_config(const fs::path& home) {
  ReadConfig read;
  const fs::path first = home / kConfigFile;
  Result<std::vector<fs::path>> files = drop_ins(home);
  if (!files) return files.error();
  files->insert(files->begin(), first);
  for (const fs::path& file : *files) {
    if (Status added = add_file(read, file); !added) return added.error();
  }
  if (!read.origins.contains("council.name")) {
    return Error{Code::Invalid, first.string() + ": council.name is missing; add under [council]: name = \"…\""};
  }
  return read;
}

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string text_of(const Config& config) {
  return fmt::format(
      "# The configuration of a node of budstikke. `man budstikked` explains every key; `budstikke config show` tells what is "
      "in\n"
      "# force. After a change: `budstikke daemon reload`. Files in config.d/ beside this one, NAME.toml, count over it.\n\n"
      "[council]\n"
      "# What the council calls itself, and its municipality's four-digit code or \"\". Both are written into the council's own\n"
      "# record when the node joins a network; there they are changed with `budstikke council edit`.\n"
      "name = {}\nmunicipality = {}\n\n"
      "[network]\n"
      "# Where to listen for other members: host:port, \"*:7420\" for every address, \"\" to only dial out.\n"
      "listen = {}\n"
      "# What others dial to reach this node from outside, host:port; \"\" when nobody can.\n"
      "advertise = {}\n"
      "# When the contents of other councils' files are fetched: \"always\", or \"wanted\" when somebody here opens one.\n"
      "{}files = {}\n",
      toml_text(config.council), toml_text(config.municipality), toml_text(config.listen), toml_text(config.advertise),
      config.files == Config().files ? "# " : "", toml_text(config.files));
}

}  // namespace budstikke::daemon
