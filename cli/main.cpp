// The program `budstikke`: hands the world to cli::run().
#include <fcntl.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "cli/run.h"

extern char** environ;

namespace {

using namespace budstikke;

std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

// budstikked stands beside this program; else it is looked for in PATH.
std::string daemon_program() {
  std::error_code error;
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path beside = own.parent_path() / "budstikked";
  return !error && ::access(beside.c_str(), X_OK) == 0 ? beside.string() : "budstikked";
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
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
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
  cli::Io io{.out = std::cout,
             .err = std::cerr,
             .in = std::cin,
             .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
             .in_is_terminal = ::isatty(STDIN_FILENO) == 1,
             .columns = terminal_columns(),
             .env = environment,
             .run_daemon = run_daemon,
             .now = WallTime{std::chrono::duration_cast<std::chrono::milliseconds>(now).count()},
             .ask_secret = ask_secret};
  const int code = cli::run(std::vector<std::string>(argv + 1, argv + argc), io);
  std::cout.flush();
  return code != 0 || std::cout.good() ? code : 1;  // a full disk behind a redirection is a failure
}
