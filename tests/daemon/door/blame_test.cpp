// Doors that abort while they deal with a peer of bad will, as a library's mistake could make them: the test ends them at that
// moment.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/door/steady.h"
#include "tests/daemon/door/node.h"

namespace budstikke::tests {
namespace {

using namespace std::chrono_literals;

sockaddr_in loopback(std::uint8_t last, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + last);
  return address;
}

// Whoever dials it does not live to tell: it accepts, and ends the door.
class HostileListener {
 public:
  HostileListener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    const sockaddr_in any = loopback(1, 0);
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
    REQUIRE(::listen(fd_, 16) == 0);
  }
  ~HostileListener() { ::close(fd_); }
  HostileListener(const HostileListener&) = delete;
  HostileListener& operator=(const HostileListener&) = delete;

  std::string address() const {
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&bound), &size);
    return "127.0.0.1:" + std::to_string(ntohs(bound.sin_port));
  }
  void end_doors_that_dial(const Node& victim) {
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    ++deaths_;
    ::kill(victim.link.pid(), SIGABRT);
    ::close(fd);
  }
  int deaths() const { return deaths_; }

 private:
  int fd_;
  int deaths_ = 0;
};

// A connection from 127.0.0.`last`, and whether the door greets it.
class Visitor {
 public:
  Visitor(std::uint8_t last, std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in from = loopback(last, 0), to = loopback(1, port);
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  }
  ~Visitor() { ::close(fd_); }
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;

  bool is_cut_within(Millis time) {
    for (Millis waited{0}; waited < time; waited += 50ms) {
      char bytes[256];
      const ssize_t got = ::recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT);
      if (got == 0 || (got < 0 && errno != EAGAIN)) return true;
      pollfd item{fd_, POLLIN, 0};
      ::poll(&item, 1, 50);
    }
    return false;
  }

 private:
  int fd_;
};

}  // namespace

TEST_CASE("door: a peer that ends it twice is left alone, the others are reached, and it is known who that was") {
  Node server, client;
  HostileListener hostile;
  const TransportKey hostile_key = daemon::random_transport_pair().public_key;
  server.allow({&client});
  server.listen();
  REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  client.dial(hostile_key, hostile.address());
  client.dial(server);
  const auto left_alone = [&] {
    hostile.end_doors_that_dial(client);
    return client.link.watch().left_alone_until(hostile_key, daemon::steady_now()).has_value();
  };
  const Instant begin = daemon::steady_now();
  REQUIRE(run_until({&server, &client}, left_alone));
  MESSAGE("left alone after ", hostile.deaths(), " deaths, ", (daemon::steady_now() - begin).count(), " ms");
  CHECK(hostile.deaths() <= 3);  // the first one, while both were dialled, may be nobody's

  REQUIRE(run_until({&server, &client}, [&] { return client.is_up(server); }));
  CHECK_FALSE(client.link.watch().left_alone_until(server.keys.public_key, daemon::steady_now()));
  const int deaths = hostile.deaths();
  client.dial(hostile_key, hostile.address());  // as after every local write
  const Instant end = daemon::steady_now() + 3s;
  run_until({&server, &client}, [&] {
    hostile.end_doors_that_dial(client);
    return daemon::steady_now() >= end;
  });
  CHECK(hostile.deaths() == deaths);
  CHECK(client.is_up(server));
}

TEST_CASE("door: a host that ends it twice by connecting is cut from then on, and another host is not") {
  Node server, client;
  server.allow({&client});
  server.listen();
  REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  for (int death = 1; death <= 2; ++death) {
    const std::size_t before = server.knocks;
    Visitor visitor(2, server.port());
    REQUIRE(run_until({&server}, [&] { return server.knocks > before; }));
    ::kill(server.link.pid(), SIGABRT);
    server.address.clear();
    REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  }
  CHECK(server.link.watch().refused_hosts(daemon::steady_now()) == std::vector<std::string>{"127.0.0.2"});
  Visitor again(2, server.port()), other(3, server.port());
  run_for({&server}, 500ms);
  CHECK(again.is_cut_within(2s));
  CHECK_FALSE(other.is_cut_within(500ms));
  client.dial(server);
  CHECK(run_until({&server, &client}, [&] { return client.is_up(server); }));
}

TEST_CASE("door: one that somebody ends is nobody's fault") {
  Node server, client;
  server.allow({&client});
  server.listen();
  REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  for (int death = 1; death <= 3; ++death) {
    const pid_t door = client.link.pid();
    client.dial(server);
    if (door != 0) ::kill(door, SIGKILL);
    REQUIRE(run_until({&server, &client}, [&] { return client.link.pid() != door && client.is_up(server); }));
  }
  CHECK_FALSE(client.link.watch().left_alone_until(server.keys.public_key, daemon::steady_now()));
}

}  // namespace budstikke::tests
