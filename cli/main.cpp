// The program `budstikke`: hands the world to cli::run().
#include <fcntl.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

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

std::optional<int> run_daemon(const std::vector<std::string>& args) {
  std::string program = daemon_program();
  std::vector<std::string> words = args;
  std::vector<char*> argv = {program.data()};
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = 0;
  const int spawned = ::posix_spawnp(&child, program.c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (spawned != 0) return std::nullopt;
  const int code = exit_code_of(child);
  return code >= 0 ? code : 1;
}

// Through a shell, since people give options along: PAGER="less -S".
bool run_pager(const std::string& command, const std::string& text) {
  constexpr int kNotFound = 127;  // as shells say it
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return false;
  std::cout.flush();
  ::setenv("LESS", "FRX",
           0);  // what fits is left standing, colours are kept, and the screen is not cleared behind it; as git does
  ::setenv("LESSCHARSET", "utf-8", 0);
  std::string shell = "/bin/sh", flag = "-c", line = command;
  const std::array<char*, 4> argv = {shell.data(), flag.data(), line.data(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, pipe[0], STDIN_FILENO);
  pid_t child = 0;
  const int spawned = ::posix_spawn(&child, shell.c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[0]);
  if (spawned != 0) {
    ::close(pipe[1]);
    return false;
  }
  std::signal(SIGPIPE, SIG_IGN);  // whoever leaves the pager early has seen enough
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(pipe[1], text.data() + at, text.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    at += static_cast<std::size_t>(written);
  }
  ::close(pipe[1]);
  std::signal(SIGINT, SIG_IGN);  // it is the pager's to act on
  const int code = exit_code_of(child);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGPIPE, SIG_DFL);
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
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const winsize size = terminal_size();
  cli::Io io{.out = std::cout,
             .err = std::cerr,
             .in = std::cin,
             .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
             .in_is_terminal = ::isatty(STDIN_FILENO) == 1,
             .columns = size.ws_col,
             .env = environment,
             .run_daemon = run_daemon,
             .now = WallTime{std::chrono::duration_cast<std::chrono::milliseconds>(now).count()},
             .ask_secret = ask_secret,
             .rows = size.ws_row,
             .run_pager = run_pager,
             .open_file = open_file,
             .pause = [](Millis time) { std::this_thread::sleep_for(time); }};
  const int code = cli::run(std::vector<std::string>(argv + 1, argv + argc), io);
  std::cout.flush();
  return code != 0 || std::cout.good() ? code : 1;  // a full disk behind a redirection is a failure
}
