// PROTOCOL.md against the code: its tables, limits, waits, domains and example bytes are the code's own.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "protocol/base/text.h"
#include "protocol/records/kinds.h"
#include "protocol/records/rights.h"
#include "tests/protocol/wire/samples.h"
#include "tests/support/home.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

std::string file(const std::string& path) { return read_file(std::filesystem::path(BUDSTIKKE_SOURCE_DIR) / path); }

const std::string& spec() {
  static const std::string text = file("protocol/PROTOCOL.md");
  return text;
}

bool says(const std::string& text) { return spec().find(text) != std::string::npos; }

// The table that begins with this heading line, up to the first line that is not of it.
std::vector<std::string> table(const std::string& heading) {
  std::vector<std::string> rows;
  std::istringstream lines(spec());
  bool here = false;
  for (std::string line; std::getline(lines, line);) {
    if (here && !line.starts_with('|')) break;
    if (here && !line.starts_with("|---")) rows.push_back(line);
    here = here || line == heading;
  }
  return rows;
}

struct Example {
  std::string file, title;
  Bytes bytes;
};

// Every block "```hex", whose first line is "# FILE: TITLE".
std::vector<Example> examples() {
  std::vector<Example> found;
  std::istringstream lines(spec());
  bool here = false;
  std::string digits;
  for (std::string line; std::getline(lines, line);) {
    if (line == "```hex") {
      here = true;
    } else if (here && line == "```") {
      here = false;
      found.back().bytes = hex(std::exchange(digits, {}));
    } else if (here && line.starts_with("# ")) {
      const std::size_t colon = line.find(": ");
      REQUIRE(colon != std::string::npos);
      found.push_back({line.substr(2, colon - 2), line.substr(colon + 2), {}});
    } else if (here) {
      digits += line;
    }
  }
  return found;
}

std::uint64_t value_of(std::string expression) {  // a product of numbers with digit separators
  std::erase(expression, '\'');
  std::uint64_t value = 1;
  std::istringstream factors(expression);
  for (std::string factor; std::getline(factors, factor, '*');) value *= std::stoull(factor);
  return value;
}

// The constants of a header whose type ends so: name and value of "inline constexpr TYPE kName = 4 * 1024;" or "… kName{200};".
std::map<std::string, std::uint64_t> constants(const std::string& path, const std::string& type_end = "") {
  std::map<std::string, std::uint64_t> found;
  std::istringstream lines(file(path));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t name = line.find(" k");
    if (!line.starts_with("inline constexpr ") || name == std::string::npos) continue;
    if (!line.substr(0, name).ends_with(type_end)) continue;
    const std::size_t name_end = line.find_first_of(" {", name + 1);
    const std::size_t value = line.find_first_of("0123456789", name_end);
    const std::size_t value_end = line.find_first_not_of("0123456789' *", value);
    found[line.substr(name + 1, name_end - name - 1)] = value_of(line.substr(value, value_end - value));
  }
  return found;
}

void check_numbers(const std::vector<std::string>& rows, const std::map<std::string, std::uint64_t>& numbers) {
  CHECK(rows.size() == numbers.size());
  for (const auto& [name, number] : numbers) {
    const std::string start = "| `" + name + "` | " + std::to_string(number) + " | ";
    CHECK_MESSAGE(std::any_of(rows.begin(), rows.end(), [&](const std::string& row) { return row.starts_with(start); }), start);
  }
}

constexpr const char* kFieldClasses[] = {"register", "set", "flag", "answers", "comments"};
constexpr const char* kFieldTypes[] = {"text",  "long text", "number", "yes/no", "date",      "moment", "e-mail",
                                       "phone", "URL",       "zone",   "one of", "suggested", "record", "content"};
constexpr const char* kClasses[] = {"",        "write",   "add",    "take",    "raise", "lower",  "answer",
                                    "comment", "retract", "remove", "restore", "erase", "redact", "receipt"};
constexpr const char* kScopes[] = {"own", "own or shared", "own; a coordinator any", "any"};

}  // namespace

TEST_CASE("specification: the table of kinds and fields is that of kinds.cpp") {
  std::vector<std::string> expected;
  std::vector<KindInfo> all(kinds().begin(), kinds().end());
  all.push_back(*find_kind(Kind::File));
  all.push_back(*find_kind(Kind::Network));
  for (const KindInfo& kind : all) {
    for (const Field& field : kind.fields) {
      expected.push_back("| " + std::to_string(static_cast<int>(kind.kind)) + ' ' + std::string(kind.name) + " | " +
                         std::to_string(field.number) + " | " + std::string(field.name) + " | " +
                         kFieldClasses[static_cast<std::size_t>(field.field_class)] + " | " +
                         (names_files(field) ? "file" : kFieldTypes[static_cast<std::size_t>(field.type)]) + " |");
    }
  }
  CHECK(table("| Kind | Field | Name | Class | Values |") == expected);
}

TEST_CASE("specification: the write table is that of rights.cpp, row by row") {
  std::vector<std::string> expected;
  for (const Right& right : rights()) {
    const KindInfo* kind = find_kind(static_cast<Kind>(right.kind));
    std::string roles;
    for (std::uint8_t role = 1; role <= 4; ++role) {
      if ((right.roles >> role & 1) != 0) roles += (roles.empty() ? "" : ", ") + std::string(text_of(static_cast<Role>(role)));
    }
    const std::string field = right.field != 0 ? ", field " + std::to_string(right.field) : "";
    expected.push_back("| " + std::string(kind != nullptr ? kind->name : "any") + field + " | " +
                       kClasses[static_cast<std::size_t>(right.operation_class)] + " | " + roles + " | " +
                       kScopes[static_cast<std::size_t>(right.scope)] + " |");
  }
  CHECK(table("| Kind | Operation | Roles | Records |") == expected);
}

TEST_CASE("specification: the classes of operations have their numbers") {
  const std::vector<std::string> rows = table("| Number | Class | In fields of class | Value | May overwrite |");
  REQUIRE(rows.size() == std::size(kClasses) - 1);
  for (std::size_t i = 1; i < std::size(kClasses); ++i) {
    CHECK(rows[i - 1].starts_with("| " + std::to_string(i) + " | " + kClasses[i] + " |"));
  }
  for (std::uint8_t role = 1; role <= 4; ++role)
    CHECK(says(std::to_string(role) + ' ' + std::string(text_of(static_cast<Role>(role)))));
}

TEST_CASE("specification: the limits are those of limits.h, none left out and none made up") {
  const auto limits = constants("protocol/base/limits.h");
  CHECK(limits.size() > 20);
  check_numbers(table("| Name | Value | Of what, and why |"), limits);
}

TEST_CASE("specification: the waits are those of waits.h, and no other file of the node has one") {
  auto waits = constants("protocol/node/waits.h", "Millis");
  CHECK(waits.size() == 18);
  waits["kBatchWait"] = constants("protocol/base/limits.h").at("kBatchWait");
  check_numbers(table("| Name | ms | For, and why |"), waits);
  for (const char* path : {"node.cpp", "session.cpp", "planning.cpp", "runs.cpp", "push.cpp", "push_tree.cpp", "join.cpp",
                           "local.cpp", "ledger.cpp", "run_receiver.cpp", "bundle.cpp", "own_logs.cpp", "clocks.cpp"}) {
    const std::string text = file(std::string("protocol/node/") + path);
    for (const char* start : {"constexpr Millis", "Millis(2", "Millis(3", "Millis{"})
      CHECK(text.find(start) == std::string::npos);
  }
}

TEST_CASE("specification: the domains of hashing are those of hash.cpp") {
  const std::string code = file("protocol/base/hash.cpp");
  std::size_t domains = 0;
  for (std::size_t at = code.find("\"budstikke "); at != std::string::npos; at = code.find("\"budstikke ", at + 1), ++domains) {
    CHECK(says("| `" + code.substr(at + 1, 16) + "` |"));
  }
  CHECK(domains == static_cast<std::size_t>(Domain::Words) + 1);
  CHECK(table("| Domain | Personalisation | Hashes |").size() == domains);
}

TEST_CASE("specification: its example bytes are those of tests/vectors") {
  const std::vector<Example> found = examples();
  CHECK(found.size() > 20);
  for (const Example& example : found) {
    CAPTURE(example.title);
    CHECK_FALSE(example.bytes.empty());
    CHECK(example.bytes == golden(example.file, example.title));
  }
}

TEST_CASE("specification: every message has its parts in the same order, and its example bytes") {
  const Samples samples;
  std::size_t before = 0;
  for (const auto& [name, message] : samples.messages()) {
    CAPTURE(name);
    const std::size_t number = encode(message).front();
    CHECK(number > std::exchange(before, number));
    const std::size_t at = spec().find("\n### " + std::to_string(number) + ' ' + name + '\n');
    REQUIRE(at != std::string::npos);
    const std::string section = spec().substr(at, std::min(spec().find("\n### ", at + 1), spec().find("\n## ", at + 1)) - at);
    const std::size_t purpose = section.find("*Purpose.*");
    const std::size_t schema = section.find("\n    type 1 (= " + std::to_string(number) + ")");
    const std::size_t errors = section.find("*Errors.*");
    const std::size_t bytes = section.find("# messages.hex: " + name + '\n');
    CHECK(purpose < schema);
    CHECK(schema < bytes);
    REQUIRE(bytes != std::string::npos);
    if (errors != std::string::npos) CHECK(errors < bytes);
    const std::size_t fields = section.find("*Fields.*");
    if (fields != std::string::npos) CHECK(schema < fields);
  }
}

TEST_CASE("specification: it cites no file that is not in the tree") {
  std::size_t cited = 0;
  for (const std::string folder : {"protocol", "store", "daemon", "cli", "tests", "configs"}) {
    const std::string start = '`' + folder + '/';
    for (std::size_t at = spec().find(start); at != std::string::npos; at = spec().find(start, at + 1), ++cited) {
      const std::string path = spec().substr(at + 1, spec().find('`', at + 1) - at - 1);
      CHECK_MESSAGE(std::filesystem::exists(std::filesystem::path(BUDSTIKKE_SOURCE_DIR) / path), path);
    }
  }
  CHECK(cited >= 2);
}

TEST_CASE("specification: its words are in the glossary, once each") {
  std::set<std::string> words;
  for (const std::string& row : table("| Word | Meaning |")) {
    CHECK(row.starts_with("| **"));
    CHECK(words.insert(row.substr(0, row.find("**", 4))).second);
  }
  CHECK(words.size() > 35);
}
