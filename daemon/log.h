// The log of both daemon programs: one line of `<n>key=value …` per event on standard error, as journald reads it.
//
// Shape        `<4>event=door-ended pid=4711 reason="killed by signal 6"`. n is the priority of syslog, which journald takes
//              off. The first key is always `event`; its names are English, in lower case with dashes, and stay the same.
//              Values with anything but printable ASCII without blanks, quotes and `=` are quoted, and other bytes are shown
//              as \xNN, so that bytes from outside can neither forge a line nor disturb a terminal.
//              A warning or an error says what to do, in `what`: as the table of events has it (log_events.h), where the
//              caller does not say it better.
// Invariants   Every event is in that table. No names of people, no free text that users wrote, no secrets; peers by the first 8
// hex digits of their key. Threads      Every function may be called from every thread: a line is one write(2). LogLimiter
// belongs to one thread.
#pragma once

#include <concepts>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "protocol/base/ids.h"
#include "protocol/base/time.h"

namespace budstikke::daemon {

enum class LogLevel : std::uint8_t { Error = 3, Warning = 4, Notice = 5, Info = 6, Debug = 7 };

struct LogField {
  LogField(std::string_view name, std::string text) : key(name), value(std::move(text)) {}
  LogField(std::string_view name, std::string_view text) : key(name), value(text) {}
  LogField(std::string_view name, const char* text) : key(name), value(text) {}
  LogField(std::string_view name, std::integral auto number) : key(name), value(std::to_string(number)) {}
  std::string_view key;
  std::string value;
};
using LogFields = std::initializer_list<LogField>;

// Events less urgent than `level` are left out from now on. The default is Info.
void set_log_level(LogLevel level);
void log(LogLevel level, std::string_view event, LogFields fields = {});
// The line that log() writes, with its line break.
std::string log_line(LogLevel level, std::string_view event, LogFields fields);

// How a transport key is shown in the log.
std::string short_name(const TransportKey& key);

// Holds back repetitions that outsiders can cause: one line per event and source in ten seconds. The next line that passes
// carries `repeated=N`, the number held back since the last one.
// Shape        Keeps at most 1,024 sources; when there are more, the oldest half is forgotten.
class LogLimiter {
 public:
  static constexpr Millis kWindow{10'000};
  static constexpr std::size_t kMaxSources = 1024;

  void log(Instant now, LogLevel level, std::string_view event, std::string_view source, LogFields fields);
  // The number held back since the last line when one may be written now, or -1 when this one is held back too.
  std::int64_t admit(Instant now, std::string_view event, std::string_view source);

 private:
  struct Seen {
    Instant written;
    std::int64_t held_back = 0;
  };
  void forget_oldest();
  std::map<std::string, Seen, std::less<>> seen_;
};

}  // namespace budstikke::daemon
