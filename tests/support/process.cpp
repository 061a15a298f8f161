#include "tests/support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "tests/support/wait.h"

namespace budstikke::tests {
namespace {

[[noreturn]] void throw_errno(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

int memory_file(const char* name) {
  const int fd = ::memfd_create(name, MFD_CLOEXEC);
  if (fd < 0) throw_errno("memfd_create");
  return fd;
}

std::string content_of(int fd) {
  std::string content;
  std::array<char, 4096> buffer;
  for (;;) {  // pread leaves the file's position, which the program shares, alone
    const ssize_t count = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(content.size()));
    if (count <= 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

int input_file(const std::string& input) {
  const int fd = memory_file("input");
  for (std::size_t written = 0; written < input.size();) {
    const ssize_t count = ::write(fd, input.data() + written, input.size() - written);
    if (count <= 0) throw_errno("write");
    written += static_cast<std::size_t>(count);
  }
  ::lseek(fd, 0, SEEK_SET);
  return fd;
}

bool same_name(std::string_view variable, std::string_view name) { return variable.substr(0, variable.find('=')) == name; }

// As process.h says; and what tells a daemon that it is a service.
bool changes_behaviour(std::string_view variable) {
  return variable.starts_with("LC_") || variable.starts_with("BUDSTIKKE_") || same_name(variable, "LANG") ||
         same_name(variable, "LANGUAGE") || same_name(variable, "NO_COLOR") || same_name(variable, "RUNTIME_DIRECTORY") ||
         same_name(variable, "NOTIFY_SOCKET") || variable.starts_with("WATCHDOG_");
}

std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!changes_behaviour(*variable)) all.emplace_back(*variable);
  }
  for (const std::string& change : command.environment) {
    const std::string_view name = std::string_view(change).substr(0, change.find('='));
    std::erase_if(all, [&](const std::string& variable) { return same_name(variable, name); });
    if (change.find('=') != std::string::npos) all.push_back(change);
  }
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// In the child, between fork and exec: only calls that are safe there, and no memory is taken.
[[noreturn]] void become(const Command& command, char** arguments, char** environment, pid_t parent, int in, int out, int err) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // the test went before the line above
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);  // the test framework's handlers are not ours
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const rlimit few{command.descriptors, command.descriptors};
  if (command.descriptors != 0) ::setrlimit(RLIMIT_NOFILE, &few);
  if (command.directory.empty() || ::chdir(command.directory.c_str()) == 0)
    ::execvpe(command.program.c_str(), arguments, environment);
  const char* reason = std::strerror(errno);
  for (const char* part : {command.program.c_str(), ": ", reason, "\n"}) {
    if (::write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
  }
  ::_exit(127);
}

int code_of(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

// One line of /proc/PID/stat: "PID (NAME) STATE PARENT GROUP …". The name may hold spaces and brackets.
struct Stat {
  pid_t pid = 0;
  std::string name;
  char state = 0;
  pid_t parent = 0;
  pid_t group = 0;
};

std::vector<Stat> processes() {
  std::vector<Stat> all;
  std::error_code gone;  // a process may end while we look: it is then not in the list
  for (const auto& entry : std::filesystem::directory_iterator("/proc", gone)) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::string line;
    std::getline(file, line);
    const std::size_t open = line.find('('), close = line.rfind(')');
    Stat stat;
    if (close == std::string::npos ||
        std::sscanf(line.c_str() + close + 1, " %c %d %d", &stat.state, &stat.parent, &stat.group) != 3)
      continue;
    stat.pid = static_cast<pid_t>(std::stol(pid));
    stat.name = line.substr(open + 1, close - open - 1);
    all.push_back(stat);
  }
  return all;
}

}  // namespace

Process::Process(const Command& command) : out_(memory_file("out")), err_(memory_file("err")) {
  std::vector<std::string> arguments = command.arguments;
  arguments.insert(arguments.begin(), command.program);
  std::vector<std::string> environment = environment_of(command);
  std::vector<char*> argument_pointers = pointers_to(arguments), environment_pointers = pointers_to(environment);
  const int in = input_file(command.input);
  const pid_t parent = ::getpid();
  sigset_t all, before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);  // a signal to the child waits until it has none of our handlers
  pid_ = ::fork();
  if (pid_ == 0) become(command, argument_pointers.data(), environment_pointers.data(), parent, in, out_, err_);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::close(in);
  if (pid_ < 0) throw_errno("fork");
  ::setpgid(pid_, pid_);  // here as well, so that the group exists whichever of the two comes first
}

Process::~Process() {
  kill_all();
  ::close(out_);
  ::close(err_);
}

std::optional<int> Process::wait(std::chrono::milliseconds timeout) {
  eventually(
      timeout,
      [&] {
        int status = 0;
        if (!code_ && ::waitpid(pid_, &status, WNOHANG) == pid_) code_ = code_of(status);
        return code_.has_value();
      },
      std::chrono::milliseconds(2));
  return code_;
}

void Process::signal(int number) {
  if (running()) ::kill(pid_, number);
}

void Process::kill_all() {
  if (pid_ <= 0) return;
  // The group's number cannot have been given away while the program is not reaped or others of the group live.
  if (!code_ || !group().empty()) ::kill(-pid_, SIGKILL);
  int status = 0;
  if (!code_ && ::waitpid(pid_, &status, 0) == pid_) code_ = code_of(status);
}

std::vector<pid_t> Process::group() const {
  std::vector<pid_t> members;
  for (const Stat& stat : processes()) {
    if (stat.group == pid_ && stat.state != 'Z' && stat.state != 'X') members.push_back(stat.pid);
  }
  return members;
}

std::string Process::out() const { return content_of(out_); }
std::string Process::err() const { return content_of(err_); }

Reply run(const Command& command, std::chrono::milliseconds timeout) {
  Process process(command);
  std::optional<int> code = process.wait(timeout);
  const bool timed_out = !code;
  if (timed_out) process.kill_all();
  code = process.wait(std::chrono::milliseconds(0));
  return {code.value_or(-1), process.out(), process.err(), timed_out};
}

std::vector<Child> children_of(pid_t parent) {
  std::vector<Child> children;
  for (const Stat& stat : processes()) {
    if (stat.parent == parent && stat.state != 'Z') children.push_back({stat.pid, stat.name});
  }
  std::sort(children.begin(), children.end(), [](const Child& a, const Child& b) { return a.pid < b.pid; });
  return children;
}

std::uint64_t anonymous_memory_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("RssAnon:")) return std::stoull(line.substr(8)) * 1024;
  }
  return 0;
}

}  // namespace budstikke::tests
