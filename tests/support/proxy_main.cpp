// budstikke-proxy LISTEN_PORT TARGET_PORT: a link that can be cut, for the demo and the tests (see proxy.h).
//
// Reads one command a line from standard input and answers each with a line: `cut`, `silent`, `join`, `delay MS`, `quit`. The
// same by signal, for a script that started it in the background: SIGUSR1 cuts, SIGUSR2 joins. The first line it prints is
// `listening PORT`. Ends with SIGTERM, SIGINT or `quit`; the end of standard input does not end it.
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/proxy.h"

namespace {

using budstikke::tests::Proxy;

std::optional<int> number(std::string_view text, int max) {
  int value = -1;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > max) return std::nullopt;
  return value;
}

void answer(const char* text) {
  std::puts(text);
  std::fflush(stdout);
}

// False when the command asks to end.
bool obey(Proxy& proxy, std::string_view line) {
  constexpr std::string_view kDelay = "delay ";
  if (line == "quit") return false;
  if (line == "cut") {
    proxy.set_mode(Proxy::Mode::Cut);
    answer("cut");
  } else if (line == "silent") {
    proxy.set_mode(Proxy::Mode::Silent);
    answer("silent");
  } else if (line == "join") {
    proxy.set_mode(Proxy::Mode::Joined);
    answer("joined");
  } else if (std::optional<int> ms = line.starts_with(kDelay) ? number(line.substr(kDelay.size()), 60'000) : std::nullopt) {
    proxy.set_delay(std::chrono::milliseconds(*ms));
    answer("delayed");
  } else {
    answer("unknown command; there are: cut, silent, join, delay MS, quit");
  }
  return true;
}

int signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGUSR1, SIGUSR2}) sigaddset(&set, signal);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

bool on_signal(Proxy& proxy, int signal_fd) {
  signalfd_siginfo info{};
  if (::read(signal_fd, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return true;
  if (info.ssi_signo == SIGUSR1) return obey(proxy, "cut");
  if (info.ssi_signo == SIGUSR2) return obey(proxy, "join");
  return false;
}

// Takes what is there; false at `quit`. `closed` is set at the end of the input.
bool on_input(Proxy& proxy, std::string& pending, bool& closed) {
  char buffer[512];
  ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
  closed = got <= 0;
  pending.append(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
  for (std::size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
    std::string line = pending.substr(0, end);
    pending.erase(0, end + 1);
    if (!obey(proxy, line)) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::optional<int> listen = argc == 3 ? number(argv[1], 65'535) : std::nullopt;
  std::optional<int> target = argc == 3 ? number(argv[2], 65'535) : std::nullopt;
  if (!listen || !target) {
    std::fputs("usage: budstikke-proxy LISTEN_PORT TARGET_PORT\n", stderr);
    return 2;
  }
  int signal_fd = signals();
  Proxy proxy(static_cast<std::uint16_t>(*listen), static_cast<std::uint16_t>(*target));
  std::printf("listening %d\n", proxy.port());
  std::fflush(stdout);
  std::string pending;
  bool closed = false;
  for (bool running = true; running;) {
    pollfd fds[2] = {{signal_fd, POLLIN, 0}, {closed ? -1 : STDIN_FILENO, POLLIN, 0}};
    if (::poll(fds, 2, -1) <= 0) continue;
    if (fds[0].revents != 0) running = on_signal(proxy, signal_fd);
    if (running && fds[1].revents != 0) running = on_input(proxy, pending, closed);
  }
  return 0;
}
