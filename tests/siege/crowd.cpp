#include "tests/siege/crowd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "tests/support/wait.h"

namespace budstikke::siege {
namespace {

constexpr int kConnectMs = 2'000;

void raise_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int connected_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  pollfd writable{fd, POLLOUT, 0};
  int error = errno;
  socklen_t size = sizeof error;
  if (error == EINPROGRESS && ::poll(&writable, 1, kConnectMs) == 1 &&
      ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0) {
    return fd;
  }
  ::close(fd);
  return -1;
}

// What has come is thrown away.
bool is_alive(int fd) {
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t size = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size > 0) continue;
    return size < 0 && (errno == EAGAIN || errno == EINTR);
  }
}

}  // namespace

std::string curve_greeting() {
  std::string greeting(64, '\0');
  greeting[0] = '\xFF';
  greeting[8] = '\x01';
  greeting[9] = '\x7F';
  greeting[10] = '\x03';
  greeting.replace(12, 5, "CURVE");
  return greeting;
}

std::string command_frame(std::string_view body, std::uint64_t announced) {
  if (announced == 0) announced = body.size();
  std::string frame = announced > 255 ? std::string("\x06") : std::string("\x04");
  for (int shift = announced > 255 ? 56 : 0; shift >= 0; shift -= 8) frame += static_cast<char>(announced >> shift & 0xFF);
  return frame.append(body);
}

std::size_t Crowd::open(std::size_t count) {
  raise_limit();
  std::size_t opened = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const int fd = connected_to(port_);
    if (fd < 0) continue;
    connections_.push_back(fd);
    ++opened;
  }
  return opened;
}

std::size_t Crowd::send(std::string_view bytes) {
  std::size_t sent = 0;
  for (const int fd : connections_) {
    const ssize_t size = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size > 0) sent += static_cast<std::size_t>(size);
  }
  return sent;
}

std::size_t Crowd::alive() {
  std::vector<int> left;
  for (const int fd : connections_) {
    if (is_alive(fd)) {
      left.push_back(fd);
    } else {
      ::close(fd);
    }
  }
  connections_ = std::move(left);
  return connections_.size();
}

bool Crowd::gone_within(std::chrono::milliseconds patience) {
  return tests::eventually(patience, [this] { return alive() == 0; });
}

void Crowd::leave() {
  for (const int fd : connections_) ::close(fd);
  connections_.clear();
}

}  // namespace budstikke::siege
