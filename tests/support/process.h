// Other programs, as a test drives them: start, feed, wait, signal, and never leave behind.
//
// Shape        Output goes to files in memory, so a program that prints more than a pipe holds cannot hang a test, and what was
//              printed can be read while it runs. The program leads a process group of its own.
// Invariants   When a Process goes, its whole group has been killed and the program reaped. Should the test program itself
//              be killed, the kernel kills the program with it.
// Errors       A program that cannot be started ends with code 127 and says why on its standard error, as in a shell. What the
//              system refuses us (no memory, no process) is thrown as std::runtime_error, which fails the test.
// Threads      Start processes from a thread that outlives them: the kernel counts the end of the starting thread as ours.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace budstikke::tests {

struct Command {
  std::string program;  // with '/': a path; without: looked for in PATH
  std::vector<std::string> arguments = {};
  // "NAME=value" sets, "NAME" alone unsets. The rest is the test's own environment without what would change a program's
  // language, colours or home: LANG, LC_*, LANGUAGE, NO_COLOR, BUDSTIKKE_*.
  std::vector<std::string> environment = {};
  std::string input = {};         // all of its standard input
  std::string directory = {};     // where it runs; empty: where we do
  std::uint64_t descriptors = 0;  // how many it may have, and what it starts; 0: as many as we
};

struct Reply {
  int code = 0;  // exit code; 128 + N after signal N
  std::string out;
  std::string err;
  bool timed_out = false;  // it was killed since it did not end in time
};

class Process {
 public:
  explicit Process(const Command& command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  // The exit code as in Reply; nullopt when it still runs after `timeout`. May be asked again.
  std::optional<int> wait(std::chrono::milliseconds timeout);
  bool running() { return !wait(std::chrono::milliseconds(0)); }
  void signal(int number);  // to the program alone; nothing when it has ended
  // Ends the program and whatever it started.
  void kill_all();
  // Processes of the group that are left, the program itself included while it runs. What a program leaves behind shows here.
  std::vector<pid_t> group() const;
  std::string out() const;
  std::string err() const;

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::optional<int> code_;
};

// Runs a program to its end; one that has not ended by `timeout` is killed with all it started.
Reply run(const Command& command, std::chrono::milliseconds timeout = std::chrono::seconds(60));

// Direct children of a process, by pid, with the name of their program (at most 15 letters).
struct Child {
  pid_t pid;
  std::string name;
};
std::vector<Child> children_of(pid_t parent);

// Anonymous memory of a process in bytes (RssAnon): what it holds for itself, without mapped files. 0 when it has ended.
std::uint64_t anonymous_memory_of(pid_t pid);

}  // namespace budstikke::tests
