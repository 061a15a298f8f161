#include "tests/support/proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace budstikke::tests {
namespace {

constexpr std::size_t kMaxHeldBytes = 1024 * 1024;  // per direction; then the sender has to wait

[[noreturn]] void fail_line(const char* what) {
  std::perror(what);
  std::exit(1);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int tcp_socket() {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail_line("socket");
  return fd;
}

void set_no_delay(int fd) {
  int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

// Closes with a reset, as a broken link looks once it is noticed.
void reset(int fd) {
  linger at_once{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(fd);
}

}  // namespace

Proxy::Proxy(std::uint16_t listen_port, std::uint16_t target_port) : target_port_(target_port) {
  listener_ = tcp_socket();
  int one = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in address = loopback(listen_port);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0) fail_line("bind");
  if (::listen(listener_, 64) != 0) fail_line("listen");
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  wake_fd_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_fd_ < 0) fail_line("eventfd");
  thread_ = std::thread([this] { run(); });
}

Proxy::~Proxy() {
  stopping_ = true;
  wake();
  thread_.join();
  for (const auto& pair : pairs_) {
    reset(pair->there.from);
    reset(pair->there.to);
  }
  ::close(listener_);
  ::close(wake_fd_);
}

void Proxy::set_mode(Mode mode) {
  mode_ = mode;
  wake();
}

void Proxy::set_delay(std::chrono::milliseconds delay) { delay_ms_ = delay.count(); }

void Proxy::wake() { ::eventfd_write(wake_fd_, 1); }

void Proxy::run() {
  while (!stopping_) {
    wait();
    accept_one();
    for (const auto& pair : pairs_) serve(*pair);
    std::erase_if(pairs_, [](const std::unique_ptr<Pair>& pair) {
      if (!pair->broken) return false;
      reset(pair->there.from);
      reset(pair->there.to);
      return true;
    });
  }
}

void Proxy::wait() {
  std::vector<pollfd> fds{{wake_fd_, POLLIN, 0}, {listener_, POLLIN, 0}};
  int timeout = -1;
  for (const auto& pair : pairs_) {
    if (mode_ == Mode::Silent) continue;
    for (const Side* side : {&pair->there, &pair->back}) {
      if (!side->ended && side->bytes < kMaxHeldBytes) fds.push_back({side->from, POLLIN, 0});
      if (side->chunks.empty()) continue;
      auto left = std::chrono::ceil<std::chrono::milliseconds>(side->chunks.front().due - Clock::now()).count();
      if (left <= 0) {
        fds.push_back({side->to, POLLOUT, 0});
      } else {
        timeout = timeout < 0 ? static_cast<int>(left) : std::min(timeout, static_cast<int>(left));
      }
    }
  }
  ::poll(fds.data(), fds.size(), timeout);
  eventfd_t count = 0;
  ::eventfd_read(wake_fd_, &count);
}

void Proxy::accept_one() {
  int accepted = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (accepted < 0) return;
  if (mode_ == Mode::Cut) {
    reset(accepted);
    return;
  }
  int target = tcp_socket();
  set_no_delay(accepted);
  set_no_delay(target);
  sockaddr_in address = loopback(target_port_);
  ::connect(target, reinterpret_cast<sockaddr*>(&address), sizeof address);  // a refusal shows when it is read
  auto pair = std::make_unique<Pair>();
  pair->there = {accepted, target};
  pair->back = {target, accepted};
  pairs_.push_back(std::move(pair));
}

void Proxy::serve(Pair& pair) {
  if (mode_ == Mode::Cut) pair.broken = true;
  if (pair.broken || mode_ == Mode::Silent) return;
  for (Side* side : {&pair.there, &pair.back}) {
    read_side(pair, *side);
    write_side(pair, *side);
  }
  if (pair.there.ended && pair.back.ended && pair.there.chunks.empty() && pair.back.chunks.empty()) pair.broken = true;
}

void Proxy::read_side(Pair& pair, Side& side) {
  char buffer[64 * 1024];
  while (!side.ended && side.bytes < kMaxHeldBytes) {
    ssize_t got = ::recv(side.from, buffer, sizeof buffer, 0);
    if (got == 0) side.ended = true;
    if (got < 0 && errno != EAGAIN && errno != EINTR && errno != ENOTCONN) pair.broken = true;
    if (got <= 0) return;
    side.bytes += static_cast<std::size_t>(got);
    auto due = Clock::now() + std::chrono::milliseconds(delay_ms_);
    side.chunks.push_back({due, std::string(buffer, static_cast<std::size_t>(got))});
  }
}

void Proxy::write_side(Pair& pair, Side& side) {
  while (!side.chunks.empty() && side.chunks.front().due <= Clock::now()) {
    Chunk& chunk = side.chunks.front();
    ssize_t sent = ::send(side.to, chunk.bytes.data() + chunk.sent, chunk.bytes.size() - chunk.sent, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR && errno != ENOTCONN) pair.broken = true;
    if (sent <= 0) return;
    chunk.sent += static_cast<std::size_t>(sent);
    bytes_passed_ += static_cast<std::uint64_t>(sent);
    if (chunk.sent < chunk.bytes.size()) return;
    side.bytes -= chunk.bytes.size();
    side.chunks.pop_front();
  }
  if (side.ended && side.chunks.empty()) ::shutdown(side.to, SHUT_WR);
}

}  // namespace budstikke::tests
