#include "daemon/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <ctime>

namespace budstikke::daemon {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::string_view(value) : std::string_view();
}

std::int64_t number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0 ? number : 0;
}

}  // namespace

void tell_service_manager(std::string_view state) {
  const std::string_view path = variable("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || (path[0] != '/' && path[0] != '@') || path.size() >= sizeof address.sun_path) return;
  path.copy(address.sun_path, path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  [[maybe_unused]] const ssize_t sent =
      ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size);
  ::close(fd);
}

std::string reloading_state() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(std::int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1'000);
}

Watchdog::Watchdog() {
  const std::string_view pid = variable("WATCHDOG_PID");
  if (!pid.empty() && number_in(pid) != ::getpid()) return;
  wanted_us_ = number_in(variable("WATCHDOG_USEC"));
  if (wanted_us_ > 0) next_ = Instant{};
}

void Watchdog::feed(Instant now) {
  if (now < next_) return;
  if (is_first_) tell_service_manager("WATCHDOG_USEC=" + std::to_string(wanted_us_));
  is_first_ = false;
  tell_service_manager("WATCHDOG=1");
  next_ = now + Millis{std::max<std::int64_t>(wanted_us_ / 2'000, 1)};  // at half time, as sd_watchdog_enabled(3) has it
}

void Watchdog::leave() const {
  if (wanted_us_ > 0) tell_service_manager("WATCHDOG_USEC=0");
}

}  // namespace budstikke::daemon
