#include "daemon/log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "daemon/log_events.h"
#include "protocol/base/text.h"

namespace budstikke::daemon {
namespace {

std::atomic<LogLevel> lowest_level{LogLevel::Info};

bool is_plain(char c) { return c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\'; }

void append_value(std::string& line, std::string_view value) {
  if (!value.empty() && std::all_of(value.begin(), value.end(), is_plain)) {
    line += value;
    return;
  }
  line += '"';
  for (char c : value) {
    if (is_plain(c) || c == ' ' || c == '=') {
      line += c;
    } else if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else {
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  line += '"';
}

void append_field(std::string& line, std::string_view key, std::string_view value) {
  line += ' ';
  line += key;
  line += '=';
  append_value(line, value);
}

void write_line(const std::string& line) {
  // A log that cannot be written (a closed terminal, a full disk) must not stop the daemon.
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void set_log_level(LogLevel level) { lowest_level = level; }

std::string log_line(LogLevel level, std::string_view event, LogFields fields) {
  std::string line = fmt::format("<{}>event={}", static_cast<int>(level), event);
  bool says_what = false;
  for (const LogField& field : fields) {
    append_field(line, field.key, field.value);
    says_what = says_what || field.key == "what";
  }
  const LogEvent* known = says_what || level > LogLevel::Warning ? nullptr : find_log_event(event);
  if (known != nullptr && !known->what.empty()) append_field(line, "what", known->what);
  line += '\n';
  return line;
}

void log(LogLevel level, std::string_view event, LogFields fields) {
  if (level <= lowest_level.load(std::memory_order_relaxed)) write_line(log_line(level, event, fields));
}

std::string short_name(const TransportKey& key) { return hex_of(key.view().first(4)); }

void LogLimiter::log(Instant now, LogLevel level, std::string_view event, std::string_view source, LogFields fields) {
  std::int64_t held_back = admit(now, event, source);
  if (held_back < 0 || level > lowest_level.load(std::memory_order_relaxed)) return;
  std::string line = log_line(level, event, fields);
  line.pop_back();
  append_field(line, "source", source);
  if (held_back > 0) append_field(line, "repeated", std::to_string(held_back));
  line += '\n';
  write_line(line);
}

std::int64_t LogLimiter::admit(Instant now, std::string_view event, std::string_view source) {
  std::string key = fmt::format("{} {}", event, source);
  auto found = seen_.find(key);
  if (found == seen_.end()) {
    if (seen_.size() >= kMaxSources) forget_oldest();
    seen_.emplace(std::move(key), Seen{now, 0});
    return 0;
  }
  Seen& seen = found->second;
  if (now - seen.written < kWindow) {
    ++seen.held_back;
    return -1;
  }
  std::int64_t held_back = seen.held_back;
  seen = {now, 0};
  return held_back;
}

void LogLimiter::forget_oldest() {
  std::vector<Instant> times;
  for (const auto& [key, seen] : seen_) times.push_back(seen.written);
  auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  std::erase_if(seen_, [limit = *middle](const auto& item) { return item.second.written <= limit; });
}

}  // namespace budstikke::daemon
