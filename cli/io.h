// Everything the command line takes from, and gives to, the outside, so that a test can hand in its own.
//
// Units        `now` is the wall clock at the start of the command: nothing in cli/ asks a clock itself. `elapsed` is only for what is
//              shown while somebody waits, `clock` for a command that goes on and on. `columns` is the width of the terminal; 0 means unknown, and
//              nothing is cut.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/reach.h"
#include "protocol/base/time.h"

namespace budstikke::cli {

struct DaemonRun {
  int code;         // its exit code; 1 when a signal ended it
  std::string out;  // what it wrote for programs to read: at most kMostDaemonOut bytes
};
inline constexpr std::size_t kMostDaemonOut = 64 * 1024;

struct Io {
  std::ostream& out;
  std::ostream& err;
  std::istream& in;
  bool out_is_terminal = false;
  bool in_is_terminal = false;
  std::size_t columns = 0;
  std::function<std::optional<std::string>(const std::string& name)> env;
  // Runs `budstikked` with these arguments; nullopt when there is no such program to start.
  std::function<std::optional<DaemonRun>(const std::vector<std::string>& args)> run_daemon;
  WallTime now;
  // Asks on the terminal for what nobody is to see as it is typed; nullopt when the person ends it. Only with in_is_terminal.
  std::function<std::optional<std::string>(const std::string& question)> ask_secret = {};
  std::size_t rows = 0;  // of the terminal; 0 means unknown, and nothing is paged
  // Shows a text with this command, and comes back when the person has left it. False: there is no such program, and nothing was
  // shown.
  std::function<bool(const std::string& command, const std::string& text)> run_pager = {};
  // Shows a file with the program that is for it, and does not wait for that to end. False: there is none.
  std::function<bool(const std::string& path)> open_file = {};
  bool err_is_terminal = false;
  std::function<Millis()> elapsed = {};  // since the start of the command, by a clock that only goes forward
  std::function<void(Millis)> sleep = {};
  // Runs a command of the person's with this text on its standard input: its exit code, 128 + N after signal N, 127 when there
  // is no such program.
  std::function<int(const std::string& command, const std::string& input)> run_program = {};
  // Opens a file in an editor on the terminal, and comes back when the person has left it: its exit code, as above.
  std::function<int(const std::string& command, const std::string& file)> run_editor = {};
  std::function<Reach(const std::string& address)> reach = {};  // whether a node answers there
  std::function<WallTime()> clock = {};  // the wall clock as it is when it is asked
};

}  // namespace budstikke::cli
