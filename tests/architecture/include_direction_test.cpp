// Holds the shape of the tree: which folder may include which, where each outside library is met, that every source file is
// built, and that no file leans on papers outside the tree. The rules are the tables below.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/home.h"
#include "tests/support/sanitized.h"

namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

// A folder and what its files may include of ours, by the start of the path.
struct Layer {
  std::string_view folder;
  std::vector<std::string_view> may_include;
};

const std::vector<Layer>& layers() {
  static const std::vector<Layer> all = {
      {"protocol/base/", {"protocol/base/"}},
      {"protocol/log/", {"protocol/base/", "protocol/log/"}},
      {"protocol/membership/", {"protocol/base/", "protocol/log/", "protocol/membership/"}},
      {"protocol/records/", {"protocol/base/", "protocol/log/", "protocol/membership/", "protocol/records/"}},
      {"protocol/wire/", {"protocol/base/", "protocol/log/", "protocol/membership/", "protocol/records/", "protocol/wire/"}},
      {"protocol/node/",
       {"protocol/base/", "protocol/log/", "protocol/membership/", "protocol/records/", "protocol/wire/", "protocol/node/"}},
      {"protocol/formats/", {"protocol/base/", "protocol/records/", "protocol/formats/"}},
      {"store/",
       {"protocol/base/", "protocol/log/", "protocol/membership/", "protocol/records/", "protocol/wire/", "protocol/node/",
        "store/"}},
      {"daemon/", {"protocol/", "store/", "daemon/"}},
      {"cli/", {"protocol/", "cli/"}},
      {"tests/", {""}},
  };
  return all;
}

// An outside library, by the start of its headers' names, and the only files that may meet it, by the start of their paths. Where
// `once` is set, a single file of each such folder may. Tests may meet all of them.
struct Library {
  std::string_view header;
  std::vector<std::string_view> met_in;
  bool once = false;
};

const std::vector<Library>& libraries() {
  static const std::vector<Library> all = {
      {"zmq", {"daemon/"}},
      {"zmq", {"cli/"}, true},  // the client of the local API
      {"lmdb.h", {"store/"}},
      {"sqlite3.h", {"store/"}},
      {"libstemmer.h", {"store/"}},
      {"msgpack", {"protocol/base/pack.cpp"}},
      {"sodium",
       {"protocol/base/hash.cpp", "protocol/base/content_hash.cpp", "protocol/base/checksum.cpp", "protocol/base/signature.cpp",
        "protocol/base/random.cpp", "protocol/base/sealing.cpp", "protocol/base/passphrase.cpp",
        "daemon/door/transport_key.cpp"}},
      {"nlohmann/", {"cli/"}, true},
      {"qrencode.h", {"cli/qr.cpp"}},
      {"microhttpd.h", {"cli/web/server.cpp"}},
      {"toml++/", {"daemon/"}, true},
      {"cctz/", {"protocol/formats/"}, true},
      {"fmt/", {"daemon/"}},
      {"doctest/", {"tests/"}},
      {"rapidcheck", {"tests/"}},
  };
  return all;
}

// The rules of protocol/ know no clock, thread, socket, file or random source: bytes and time come in as arguments.
const std::set<std::string_view>& impure_headers() {
  static const std::set<std::string_view> all = {
      "atomic",       "condition_variable", "csignal", "ctime", "filesystem", "fstream",
      "future",       "iostream",           "locale",  "mutex", "random",     "semaphore",
      "shared_mutex", "stop_token",         "thread"};
  return all;
}

struct Include {
  std::string name;
  bool quoted = false;
};

std::vector<Include> includes_of(const std::string& text) {
  std::vector<Include> found;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    const auto skip = [&line] { line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size())); };
    skip();
    if (!line.starts_with('#')) continue;
    line.remove_prefix(1);
    skip();
    if (!line.starts_with("include")) continue;
    line.remove_prefix(7);
    skip();
    if (line.empty() || (line[0] != '"' && line[0] != '<')) continue;
    const std::size_t close = line.find(line[0] == '"' ? '"' : '>', 1);
    if (close != std::string_view::npos) found.push_back({std::string(line.substr(1, close - 1)), line[0] == '"'});
  }
  return found;
}

bool starts_with_any(std::string_view text, const std::vector<std::string_view>& starts) {
  return std::any_of(starts.begin(), starts.end(), [&](std::string_view start) { return text.starts_with(start); });
}

// Why `file` may not include our own `name`; empty when it may.
std::string refuse_ours(std::string_view file, std::string_view name) {
  for (const Layer& layer : layers()) {
    if (file.starts_with(layer.folder)) return starts_with_any(name, layer.may_include) ? "" : "the direction is wrong";
  }
  return "the file is in no known folder";
}

// Why `file` may not include the system's or a library's `name`; empty when it may.
std::string refuse_outside(std::string_view file, std::string_view name) {
  const bool test = file.starts_with("tests/");
  bool library = false;
  for (const Library& one : libraries()) {
    if (!name.starts_with(one.header)) continue;
    library = true;
    if (test || starts_with_any(file, one.met_in)) return "";
  }
  if (library) return "the library is not met in this file";
  const bool standard = name.find_first_of("./") == std::string_view::npos;  // C++ headers have no dot
  if (file.starts_with("protocol/") && (!standard || impure_headers().contains(name))) return "protocol/ is pure";
  return "";
}

Texts violations_in(const std::string& file, const std::string& text) {
  Texts violations;
  for (const Include& include : includes_of(text)) {
    const std::string reason = include.quoted ? refuse_ours(file, include.name) : refuse_outside(file, include.name);
    if (!reason.empty()) violations.push_back(file + " includes " + include.name + ": " + reason);
  }
  return violations;
}

// Libraries that one file of a folder may meet, but that several do.
Texts repeated_libraries(const std::map<std::string, std::string>& files) {
  Texts violations;
  for (const Library& library : libraries()) {
    if (!library.once) continue;
    Texts users;
    for (const auto& [file, text] : files) {
      const std::vector<Include> includes = includes_of(text);
      const bool uses = std::any_of(includes.begin(), includes.end(), [&](const Include& include) {
        return !include.quoted && include.name.starts_with(library.header);
      });
      if (uses && starts_with_any(file, library.met_in)) users.push_back(file);
    }
    for (std::size_t i = 1; i < users.size(); ++i) {
      violations.push_back(std::string(library.header) + " is met in " + users[0] + " and in " + users[i]);
    }
  }
  return violations;
}

// Names of papers that belong to no clone of the tree, put together here so that this file does not cite them itself.
Texts foreign_papers_in(const std::string& file, const std::string& text) {
  Texts found;
  for (const std::string& paper : {std::string("design") + ".md", std::string("shared") + "/"}) {
    for (std::size_t at = text.find(paper); at != std::string::npos; at = text.find(paper, at + 1)) {
      const bool inside_word =
          at > 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0 || text[at - 1] == '-' || text[at - 1] == '_');
      if (inside_word) continue;
      found.push_back(file + " cites " + paper);
      break;
    }
  }
  return found;
}

const fs::path& root() {
  static const fs::path path = BUDSTIKKE_SOURCE_DIR;
  return path;
}

// All files of the tree by path, but for what git and builds keep in it.
std::map<std::string, std::string> tree() {
  std::map<std::string, std::string> files;
  for (auto entry = fs::recursive_directory_iterator(root()); entry != fs::recursive_directory_iterator(); ++entry) {
    const std::string path = fs::relative(entry->path(), root());
    if (path == ".git" || path == ".cache" || path == "build" || path.starts_with("build-")) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file()) {
      files.emplace(path, budstikke::tests::read_file(entry->path()));
    }
  }
  return files;
}

std::map<std::string, std::string> sources() {
  std::map<std::string, std::string> files = tree();
  std::erase_if(files, [](const auto& file) {
    const bool code = file.first.ends_with(".cpp") || file.first.ends_with(".h");
    return !code || !starts_with_any(file.first, {"protocol/", "store/", "daemon/", "cli/", "tests/"});
  });
  return files;
}

std::string lines(const Texts& texts) {
  std::string all;
  for (const std::string& text : texts) all += "\n  " + text;
  return all;
}

void append(Texts& all, const Texts& more) { all.insert(all.end(), more.begin(), more.end()); }

}  // namespace

TEST_CASE("tree: includes point one way, and each outside library is met in its place") {
  const auto files = sources();
  REQUIRE(files.size() > 10);
  Texts violations = repeated_libraries(files);
  for (const auto& [file, text] : files) append(violations, violations_in(file, text));
  CHECK_MESSAGE(violations.empty(), lines(violations));
}

TEST_CASE("tree: what is included of ours exists, from the root of the tree") {
  Texts violations;
  for (const auto& [file, text] : sources()) {
    for (const Include& include : includes_of(text)) {
      const bool exists = fs::is_regular_file(root() / include.name);
      if (exists != include.quoted) violations.push_back(file + " includes " + include.name);
    }
  }
  CHECK_MESSAGE(violations.empty(), lines(violations));
}

TEST_CASE("tree: every source file is in the build") {
  const auto commands =
      nlohmann::json::parse(budstikke::tests::read_file(fs::path(BUDSTIKKE_BUILD_DIR) / "compile_commands.json"));
  std::set<std::string> built;
  for (const auto& command : commands) {
    const fs::path file = command.at("file").get<std::string>();
    built.insert(file.lexically_relative(root()));
    if (file.parent_path().filename() != "Unity") continue;
    std::istringstream joined(budstikke::tests::read_file(file));  // several files in one, each by an #include "…"
    for (std::string line; std::getline(joined, line);) {
      constexpr std::string_view kInclude = "#include \"";
      if (!line.starts_with(kInclude)) continue;
      built.insert(fs::path(line.substr(kInclude.size(), line.rfind('"') - kInclude.size())).lexically_relative(root()));
    }
  }
  Texts forgotten;
  for (const auto& [file, text] : sources()) {
    if (!budstikke::tests::kSanitized && file.starts_with("tests/fuzz/")) continue;  // those need libFuzzer
    if (file.ends_with(".cpp") && !built.contains(file)) forgotten.push_back(file);
  }
  CHECK_MESSAGE(forgotten.empty(), lines(forgotten));
}

TEST_CASE("tree: no file cites papers that are not in it") {
  Texts violations;
  for (const auto& [file, text] : tree()) append(violations, foreign_papers_in(file, text));
  CHECK_MESSAGE(violations.empty(), lines(violations));
}

TEST_CASE("rules: an include in the wrong direction is refused") {
  const auto refused = [](const std::string& file, const std::string& include) {
    return violations_in(file, "// text\n  #  include " + include + "  // why\n").size() == 1;
  };
  CHECK(refused("protocol/base/a.h", "\"protocol/log/b.h\""));
  CHECK(refused("protocol/log/a.h", "\"protocol/membership/b.h\""));
  CHECK(refused("protocol/records/a.cpp", "\"protocol/wire/b.h\""));
  CHECK(refused("protocol/wire/a.cpp", "\"protocol/node/b.h\""));
  CHECK(refused("protocol/node/a.cpp", "\"store/b.h\""));
  CHECK(refused("protocol/node/a.cpp", "\"protocol/formats/b.h\""));
  CHECK(refused("protocol/formats/a.cpp", "\"protocol/log/b.h\""));
  CHECK(refused("store/a.cpp", "\"protocol/formats/b.h\""));
  CHECK(refused("store/a.cpp", "\"daemon/b.h\""));
  CHECK(refused("daemon/a.cpp", "\"cli/b.h\""));
  CHECK(refused("cli/a.cpp", "\"store/b.h\""));
  CHECK(refused("cli/a.cpp", "\"tests/b.h\""));
  CHECK(refused("cli/a.cpp", "\"b.h\""));
  CHECK(refused("other/a.cpp", "\"protocol/base/b.h\""));
  CHECK(refused("protocol/base/hash.cpp", "<msgpack.hpp>"));
  CHECK(refused("protocol/node/a.cpp", "<sodium.h>"));
  CHECK(refused("protocol/node/a.cpp", "<thread>"));
  CHECK(refused("protocol/base/time.cpp", "<unistd.h>"));
  CHECK(refused("store/a.cpp", "<zmq.h>"));
  CHECK(refused("daemon/a.cpp", "<lmdb.h>"));
  CHECK(refused("daemon/a.cpp", "<nlohmann/json.hpp>"));
  CHECK(refused("cli/a.cpp", "<doctest/doctest.h>"));
}

TEST_CASE("rules: an include in the right direction is let through") {
  const auto allowed = [](const std::string& file, const std::string& include) {
    return violations_in(file, "#include " + include + "\n").empty();
  };
  CHECK(allowed("protocol/node/a.cpp", "\"protocol/wire/b.h\""));
  CHECK(allowed("protocol/formats/a.cpp", "\"protocol/records/b.h\""));
  CHECK(allowed("store/a.cpp", "\"protocol/node/b.h\""));
  CHECK(allowed("daemon/a.cpp", "\"store/b.h\""));
  CHECK(allowed("cli/a.cpp", "\"protocol/formats/b.h\""));
  CHECK(allowed("tests/cli/a.cpp", "\"cli/b.h\""));
  CHECK(allowed("protocol/base/pack.cpp", "<msgpack.hpp>"));
  CHECK(allowed("protocol/base/a.h", "<string_view>"));
  CHECK(allowed("daemon/a.cpp", "<sys/socket.h>"));
  CHECK(allowed("tests/a.cpp", "<rapidcheck.h>"));
  CHECK(violations_in("cli/a.cpp", "// #include \"store/b.h\"\n").empty());
}

TEST_CASE("rules: a library that one file may meet is refused in a second") {
  const std::string json = "#include <nlohmann/json.hpp>\n";
  CHECK(repeated_libraries({{"cli/a.cpp", json}, {"tests/a.cpp", json}, {"tests/b.cpp", json}}).empty());
  CHECK(repeated_libraries({{"cli/a.cpp", json}, {"cli/b.cpp", json}}).size() == 1);
}

TEST_CASE("rules: a paper outside the tree is found, a word that ends alike is not") {
  CHECK(foreign_papers_in("a", std::string("see design") + ".md, section 3").size() == 1);
  CHECK(foreign_papers_in("a", std::string("see ../shared") + "/style").size() == 1);
  CHECK(foreign_papers_in("a", std::string("un-shared") + "/x").empty());
}
