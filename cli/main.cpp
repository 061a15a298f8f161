// The program `budstikke`: hands the world to cli::run().
#include <fcntl.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <thread>

#include "cli/run.h"

extern char** environ;

namespace {

using namespace budstikke;

winsize terminal_size() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size : winsize{};
}

// budstikked stands beside this program; else it is looked for in PATH.
std::string daemon_program() {
  std::error_code error;
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path beside = own.parent_path() / "budstikked";
  return !error && ::access(beside.c_str(), X_OK) == 0 ? beside.string() : "budstikked";
}

// Waits for a child; its exit code, or -1 when it ended otherwise.
int exit_code_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// All that is written to a pipe; what is beyond the bound is read and left out, so that nobody waits for us.
std::string all_of(int pipe) {
  std::string text;
  std::array<char, 4096> part;
  for (;;) {
    const ssize_t size = ::read(pipe, part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(part.data(), std::min(static_cast<std::size_t>(size), cli::kMostDaemonOut - text.size()));
  }
}

std::optional<cli::DaemonRun> run_daemon(const std::vector<std::string>& args) {
  std::string program = daemon_program();
  std::vector<std::string> words = args;
  std::vector<char*> argv = {program.data()};
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const int spawned = ::posix_spawnp(&child, program.c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string out = spawned == 0 ? all_of(ends[0]) : std::string();
  ::close(ends[0]);
  if (spawned != 0) return std::nullopt;
  const int code = exit_code_of(child);
  return cli::DaemonRun{code >= 0 ? code : 1, std::move(out)};
}

constexpr Millis kReachPatience{8'000};  // a check is to take 10 s at most

constexpr int kNotFound = 127;  // as shells say it

// Waits for a child: its exit code, 128 + N after signal N.
int outcome_of(pid_t child) {
  constexpr int kSignalled = 128;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 1;
  }
  return WIFSIGNALED(status) ? kSignalled + WTERMSIG(status) : WEXITSTATUS(status);
}

// Through a shell, since people give options along: PAGER="less -S". A file is put behind the command as one word, whatever is in
// its name. `input` is what it reads, -1: what we read. nullopt: there is no shell.
std::optional<pid_t> start_in_shell(const std::string& command, const std::string& file, int input) {
  std::string shell = "/bin/sh", flag = "-c", line = file.empty() ? command : command + " \"$1\"", name = "sh", word = file;
  const std::array<char*, 6> argv = {shell.data(), flag.data(), line.data(), name.data(), file.empty() ? nullptr : word.data(),
                                     nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  if (input >= 0) ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  pid_t child = 0;
  const int spawned = ::posix_spawn(&child, shell.c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  return spawned == 0 ? std::optional(child) : std::nullopt;
}

// Starts a command and hands it the text as its standard input; nullopt: there is no shell. Whoever stops reading has read
// enough.
std::optional<pid_t> start_with_input(const std::string& command, const std::string& text) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return std::nullopt;
  std::cout.flush();
  const std::optional<pid_t> child = start_in_shell(command, {}, pipe[0]);
  ::close(pipe[0]);
  std::signal(SIGPIPE, SIG_IGN);
  for (std::size_t at = 0; child && at < text.size();) {
    const ssize_t written = ::write(pipe[1], text.data() + at, text.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    at += static_cast<std::size_t>(written);
  }
  std::signal(SIGPIPE, SIG_DFL);
  ::close(pipe[1]);
  return child;
}

int run_program(const std::string& command, const std::string& input) {
  const std::optional<pid_t> child = start_with_input(command, input);
  return child ? outcome_of(*child) : kNotFound;
}

bool run_pager(const std::string& command, const std::string& text) {
  ::setenv("LESS", "FRX",
           0);  // what fits is left standing, colours are kept, and the screen is not cleared behind it; as git does
  ::setenv("LESSCHARSET", "utf-8", 0);
  const std::optional<pid_t> child = start_with_input(command, text);
  if (!child) return false;
  std::signal(SIGINT, SIG_IGN);  // it is the pager's to act on
  const int code = outcome_of(*child);
  std::signal(SIGINT, SIG_DFL);
  return code != kNotFound;
}

// What the person names, else what desktops have; on Windows through WSL what that has.
bool open_file(const std::string& path) {
  const char* named = std::getenv("BUDSTIKKE_OPENER");
  std::vector<std::string> programs = {"xdg-open", "wslview", "open"};
  if (named != nullptr && *named != 0) programs = {named};
  for (std::string program : programs) {
    std::string file = path;
    const std::array<char*, 3> argv = {program.data(), file.data(), nullptr};
    pid_t child = 0;
    if (::posix_spawnp(&child, program.c_str(), nullptr, nullptr, argv.data(), environ) == 0) return exit_code_of(child) == 0;
  }
  return false;
}

int run_editor(const std::string& command, const std::string& file) {
  std::cout.flush();
  std::cerr.flush();
  const std::optional<pid_t> child = start_in_shell(command, file, -1);
  if (!child) return kNotFound;
  std::signal(SIGINT, SIG_IGN);  // it is the editor's to act on
  const int code = outcome_of(*child);
  std::signal(SIGINT, SIG_DFL);
  return code;
}

WallTime wall_clock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return WallTime{std::chrono::duration_cast<Millis>(now).count()};
}

// By a clock that only goes forward.
Millis steady_time() { return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch()); }

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

// What the terminal was like before it was told to show nothing; read by the handler of an interrupt.
termios shown_before{};

extern "C" void show_again(int signal) {
  ::tcsetattr(STDIN_FILENO, TCSANOW, &shown_before);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

std::optional<std::string> ask_secret(const std::string& question) {
  std::cerr << question << std::flush;
  std::string line;
  if (::tcgetattr(STDIN_FILENO, &shown_before) != 0) return std::nullopt;
  termios hidden = shown_before;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, show_again);
  if (::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) != 0) return std::nullopt;
  const bool read = static_cast<bool>(std::getline(std::cin, line));
  ::tcsetattr(STDIN_FILENO, TCSANOW, &shown_before);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
  std::cerr << '\n';
  return read ? std::optional(std::move(line)) : std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_DFL);  // `budstikke event list | head` ends quietly
  const winsize size = terminal_size();
  cli::Io io{.out = std::cout,
             .err = std::cerr,
             .in = std::cin,
             .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
             .in_is_terminal = ::isatty(STDIN_FILENO) == 1,
             .columns = size.ws_col,
             .env = environment,
             .run_daemon = run_daemon,
             .now = wall_clock(),
             .ask_secret = ask_secret,
             .rows = size.ws_row,
             .run_pager = run_pager,
             .open_file = open_file,
             .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
             .elapsed = [start = steady_time()] { return steady_time() - start; },
             .sleep = [](Millis time) { std::this_thread::sleep_for(time); },
             .run_program = run_program,
             .run_editor = run_editor,
             .reach = [](const std::string& address) { return cli::reach(address, kReachPatience); },
             .clock = wall_clock};
  const int code = cli::run(std::vector<std::string>(argv + 1, argv + argc), io);
  std::cout.flush();
  return code != 0 || std::cout.good() ? code : 1;  // a full disk behind a redirection is a failure
}
