#include "tests/support/home.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace budstikke::tests {
namespace {

constexpr unsigned kFirstPort = 20'000;
constexpr unsigned kPorts = 12'000;  // up to 32,000: the system's own start at 32,768

bool can_listen(std::uint16_t port) {
  const int socket_fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_fd < 0) return false;
  const int reuse = 1;  // as the daemon does: a port that only waits for late packets is free
  ::setsockopt(socket_fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free =
      ::bind(socket_fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 && ::listen(socket_fd, 1) == 0;
  ::close(socket_fd);
  return free;
}

}  // namespace

TempHome::TempHome() {
  std::string pattern = "/tmp/bs-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder could be made: " + pattern);
  path_ = pattern;
}

TempHome::~TempHome() {
  std::error_code ignored;  // a test that made a folder unreadable has failed already or puts it right itself
  std::filesystem::remove_all(path_, ignored);
}

std::uint16_t free_port() {
  static unsigned next = static_cast<unsigned>(::getpid()) * 64;
  for (unsigned tries = 0; tries < kPorts; ++tries) {
    const auto port = static_cast<std::uint16_t>(kFirstPort + next++ % kPorts);
    if (can_listen(port)) return port;
  }
  throw std::runtime_error("no free port from " + std::to_string(kFirstPort) + " to " + std::to_string(kFirstPort + kPorts));
}

void write_file(const std::filesystem::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace budstikke::tests
