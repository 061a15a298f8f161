// What answers at an address: real sockets on the loopback interface.
#include "cli/reach.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

using namespace budstikke;
using namespace budstikke::cli;

namespace {

constexpr Millis kPatience{300};

// Listens, and sends `greeting` to one who comes; with none, nobody is let in and the queue answers for us.
class Listener {
 public:
  explicit Listener(std::string greeting) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(fd_, generic, size) == 0);
    REQUIRE(::listen(fd_, 4) == 0);
    REQUIRE(::getsockname(fd_, generic, &size) == 0);
    port_ = std::to_string(::ntohs(address.sin_port));
    if (greeting.empty()) return;
    thread_ = std::jthread([this, greeting = std::move(greeting)] {
      const int client = ::accept(fd_, nullptr, nullptr);
      for (const char c : greeting) {  // piece by piece
        if (::send(client, &c, 1, MSG_NOSIGNAL) != 1) break;
      }
      char byte = 0;
      while (::recv(client, &byte, 1, 0) == 1) {
      }
      ::close(client);
    });
  }
  ~Listener() {
    ::shutdown(fd_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    ::close(fd_);
  }
  std::string at(const std::string& host = "127.0.0.1") const { return host + ":" + port_; }

 private:
  int fd_;
  std::string port_;
  std::jthread thread_;
};

std::string greeting(const std::string& mechanism) {
  std::string bytes(64, '\0');
  bytes[0] = '\xff';
  bytes[9] = '\x7f';
  bytes[10] = 3;
  bytes.replace(12, mechanism.size(), mechanism);
  return bytes;
}

}  // namespace

TEST_CASE("reach: a node speaks ZMTP with CURVE; whatever else answers is something else") {
  CHECK(reach(Listener(greeting("CURVE")).at(), kPatience) == Reach::Node);
  CHECK(reach(Listener(greeting("CURVE")).at("localhost"), kPatience) == Reach::Node);
  for (const std::string& other :
       {greeting("NULL"), greeting("CURVED"), greeting("CURVE").substr(0, 63),
        std::string("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), std::string("x")}) {
    CHECK(reach(Listener(other).at(), kPatience) == Reach::Other);
  }
  CHECK(reach(Listener({}).at(), kPatience) == Reach::Other);  // which says nothing
}

TEST_CASE("reach: nothing listens, and names that have no address") {
  std::string free;
  { free = Listener({}).at(); }
  CHECK(reach(free, kPatience) == Reach::Refused);
  for (const char* none :
       {"", "no-port", ":7420", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:99999", "[::1:7420", "raad.invalid:7420"}) {
    CAPTURE(none);
    CHECK(reach(none, kPatience) != Reach::Node);
  }
}
