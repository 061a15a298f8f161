// Walks every call of the log in the daemon's source, and holds it to the table of events and to what the log promises.
#include "daemon/log_events.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>
#include <vector>

#include "tests/support/home.h"

using namespace budstikke;
using namespace budstikke::daemon;
using namespace budstikke::tests;
namespace fs = std::filesystem;

namespace {

struct LogCall {
  std::string place;
  std::vector<std::string> arguments;  // from the priority on
};

// Splits at the commas outside of brackets and quotes, from the bracket at `open` to its partner.
std::vector<std::string> arguments_at(const std::string& text, std::size_t open) {
  std::vector<std::string> arguments{""};
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      const std::size_t begin = i++;
      while (text[i] != '"') i += text[i] == '\\' ? 2 : 1;
      arguments.back() += text.substr(begin, i + 1 - begin);
      continue;
    }
    if (c == '(' || c == '{') ++depth;
    if ((c == ')' || c == '}') && --depth == 0) return arguments;
    if (c == ',' && depth == 1) {
      arguments.emplace_back();
    } else if (i > open) {
      arguments.back() += c;
    }
  }
  FAIL("a bracket without its partner");
  return arguments;
}

std::vector<LogCall> log_calls() {
  std::vector<LogCall> calls;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(BUDSTIKKE_SOURCE_DIR) / "daemon")) {
    if (entry.path().extension() != ".cpp" || entry.path().filename() == "log.cpp") continue;
    const std::string text = read_file(entry.path());
    for (std::size_t at = 0; (at = text.find("log(", at)) != std::string::npos; ++at) {
      const bool whole_word = at == 0 || !(std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0 || text[at - 1] == '_');
      if (!whole_word) continue;
      std::vector<std::string> arguments = arguments_at(text, at + 3);
      while (!arguments.empty() && arguments.front().find("LogLevel::") == std::string::npos) arguments.erase(arguments.begin());
      REQUIRE_FALSE(arguments.empty());
      calls.push_back({entry.path().filename().string() + ": " + text.substr(at, 60), std::move(arguments)});
    }
  }
  return calls;
}

std::vector<std::string> literals_in(const std::string& text) {
  std::vector<std::string> literals;
  for (std::size_t at = 0; (at = text.find('"', at)) != std::string::npos;) {
    const std::size_t end = text.find('"', at + 1);
    literals.push_back(text.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return literals;
}

bool is_called(std::string_view text, std::string_view letters) {
  return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

const char* word_of(LogLevel level) {
  return level == LogLevel::Error     ? "error"
         : level == LogLevel::Warning ? "warning"
         : level == LogLevel::Notice  ? "notice"
                                      : "info";
}

}  // namespace

TEST_CASE("log events: every call names one of the table, no more urgent than it, and every event is called") {
  std::set<std::string> called;
  const std::vector<LogCall> calls = log_calls();
  CHECK(calls.size() >= log_events().size());
  for (const LogCall& call : calls) {
    CAPTURE(call.place);
    REQUIRE(call.arguments.size() >= 2);
    const std::vector<std::string> names = literals_in(call.arguments[1]);
    CHECK_FALSE(names.empty());
    for (const std::string& name : names) {
      CAPTURE(name);
      const LogEvent* event = find_log_event(name);
      REQUIRE(event != nullptr);
      called.insert(name);
      for (const LogLevel level : {LogLevel::Error, LogLevel::Warning, LogLevel::Notice}) {
        const std::string word = level == LogLevel::Error ? "Error" : level == LogLevel::Warning ? "Warning" : "Notice";
        if (call.arguments[0].find("LogLevel::" + word) != std::string::npos) CHECK(event->most_urgent <= level);
      }
    }
  }
  for (const LogEvent& event : log_events()) {
    CAPTURE(event.name);
    CHECK(called.contains(std::string(event.name)));
    CHECK(is_called(event.name, "abcdefghijklmnopqrstuvwxyz-"));
    CHECK(find_log_event(event.name) == &event);  // no two of one name
  }
}

TEST_CASE("log events: every warning and every error says what to do") {
  for (const LogEvent& event : log_events()) {
    CAPTURE(event.name);
    if (event.most_urgent <= LogLevel::Warning) CHECK(event.what.size() > 10);
    CHECK(event.tells.size() > 10);
  }
  const std::string line = log_line(LogLevel::Warning, "door-ended", {{"pid", 4711}});
  CHECK(line.starts_with("<4>event=door-ended pid=4711 what=\"nothing, unless"));
  CHECK(log_line(LogLevel::Warning, "door-ended", {{"what", "rest"}}) == "<4>event=door-ended what=rest\n");
  CHECK(log_line(LogLevel::Info, "started", {}) == "<6>event=started\n");
}

TEST_CASE("log events: keys are words, and peers, members and networks are shown by the start of their ids") {
  for (const LogCall& call : log_calls()) {
    CAPTURE(call.place);
    std::size_t field_argument = call.arguments.size() - 1;
    if (call.arguments[field_argument].find('{') == std::string::npos) continue;
    const std::vector<std::string> fields =
        arguments_at(call.arguments[field_argument], call.arguments[field_argument].find('{'));
    for (const std::string& field : fields) {
      CAPTURE(field);
      const std::vector<std::string> parts = arguments_at(field, field.find('{'));
      REQUIRE(parts.size() >= 2);
      for (const std::string& key : literals_in(parts[0])) {
        CHECK(is_called(key, "abcdefghijklmnopqrstuvwxyz_"));
        CHECK(key != "name");
        const bool shortened = parts[1].find("short_name(") != std::string::npos ||
                               parts[1].find("short_key(") != std::string::npos || parts[1] == " who" || parts[1] == " network";
        if (key == "peer" || key == "member" || key == "key" || key == "network") CHECK(shortened);
      }
    }
  }
}

TEST_CASE("log events: docs/log.md has them all, as they are") {
  const std::string page = read_file(fs::path(BUDSTIKKE_SOURCE_DIR) / "docs" / "log.md");
  for (const LogEvent& event : log_events()) {
    const std::string row = "| `" + std::string(event.name) + "` | " + word_of(event.most_urgent) + " | " +
                            std::string(event.tells) + " | " + std::string(event.what) + " |";
    CAPTURE(row);
    CHECK(page.find(row) != std::string::npos);
  }
}
