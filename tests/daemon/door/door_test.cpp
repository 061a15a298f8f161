// Real doors, real sockets, real keys; the core is the test.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "daemon/door/curve_socket.h"
#include "daemon/door/steady.h"
#include "tests/daemon/door/node.h"
#include "tests/support/process.h"
#include "tests/support/proxy.h"
#include "tests/support/wait.h"

namespace budstikke::tests {
namespace {

using namespace std::chrono_literals;
using daemon::DialFailure;
using daemon::LinkNumber;

// `server` listens and lets `client` in; `client` dials and both have a link.
void connect(Node& server, Node& client) {
  server.allow({&client});
  server.listen();
  REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  client.dial(server);
  REQUIRE(run_until({&server, &client}, [&] { return client.is_up(server); }));
  client.send(client.link_to(server), "hello");
  REQUIRE(run_until({&server, &client}, [&] { return server.is_up(client) && server.frames.size() == 1; }));
  server.frames.clear();
}

// A TCP connection that sends bytes of its own choice.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~RawClient() { ::close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes) { [[maybe_unused]] ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  bool is_closed() const {  // by the other side
    char buffer[4096];
    ssize_t got = 1;
    while (got > 0) got = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    return got == 0 || (errno != EAGAIN && errno != EINTR);
  }
  // All that comes until the other side closes.
  std::string read_to_end() {
    std::string all;
    char buffer[4096];
    for (;;) {
      pollfd item{fd_, POLLIN, 0};
      REQUIRE(::poll(&item, 1, 30'000) == 1);
      ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
      if (got <= 0) return all;
      all.append(buffer, static_cast<std::size_t>(got));
    }
  }

 private:
  int fd_;
};

std::string big_frame(std::size_t bytes, std::uint32_t number) {
  std::string frame(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) frame[i] = static_cast<char>(i * 31 + number * 7);
  return frame;
}

bool is_alive(pid_t pid) { return ::kill(pid, 0) == 0; }

}  // namespace

TEST_CASE("door: an allowed key passes both ways") {
  Node server;
  Node client;
  connect(server, client);
  CHECK(server.ups.at(0).peer == client.keys.public_key);
  CHECK_FALSE(server.ups.at(0).dialed);
  CHECK(server.ups.at(0).address.starts_with("127.0.0.1:"));
  CHECK(client.ups.at(0).peer == server.keys.public_key);
  CHECK(client.ups.at(0).dialed);
  CHECK(client.ups.at(0).address == server.address);
  server.send(server.link_to(client), "to the client");
  client.send(client.link_to(server), "to the server");
  server.send(server.link_to(client), "");
  CHECK(run_until({&server, &client}, [&] { return client.frames.size() == 2 && server.frames.size() == 1; }));
  CHECK(client.frames == std::vector<std::string>{"to the client", ""});
  CHECK(server.frames == std::vector<std::string>{"to the server"});
}

TEST_CASE("door: a stranger gets no link and is told that its key is refused") {
  Node server;
  Node friendly;
  Node stranger;
  connect(server, friendly);
  stranger.dial(server);
  CHECK(run_until({&server, &stranger}, [&] { return !stranger.dial_failures.empty(); }));
  CHECK(stranger.dial_failures.at(0).reason == DialFailure::RefusedKey);
  CHECK(stranger.dial_failures.at(0).address == server.address);
  CHECK(stranger.ups.empty());
  CHECK(server.ups.size() == 1);
  CHECK(server.frames.empty());
}

TEST_CASE("door: a denied dialler comes in by its own loop once its key is allowed") {
  Node server;
  Node client;
  server.allow({});
  server.listen();
  REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  client.dial(server);
  REQUIRE(run_until({&server, &client}, [&] { return client.dial_failures.size() >= 2; }));
  server.allow({&client});
  CHECK(run_until({&server, &client}, [&] { return client.is_up(server); }));
}

TEST_CASE("door: a fresh dial does not wait for the pause to end") {
  Node server;
  Node client;
  std::uint16_t port = free_port();
  client.dial(server.keys.public_key, "127.0.0.1:" + std::to_string(port));
  REQUIRE(run_until({&client}, [&] { return client.dial_failures.size() >= 3; }));
  CHECK(client.dial_failures.at(0).reason == DialFailure::Unreachable);
  server.allow({&client});
  server.listen("127.0.0.1:" + std::to_string(port));
  REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  std::size_t failures = client.dial_failures.size();
  client.dial(server);
  CHECK(run_until({&server, &client}, [&] { return client.is_up(server); }));
  CHECK(client.dial_failures.size() == failures);
  LinkNumber link = client.link_to(server);
  client.dial(server);  // harmless while the link lives
  client.send(link, "still the same link");
  CHECK(run_until({&server, &client}, [&] { return server.frames.size() == 1; }));
  CHECK(client.link_to(server) == link);
  CHECK(client.ups.size() == 1);
}

TEST_CASE("door: the addresses of a peer are tried in turn, names among them") {
  Node server;
  Node client;
  server.allow({&client});
  server.listen();
  REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  std::string by_name = "localhost:" + std::to_string(server.port());
  client.link.send(
      daemon::Dial{server.keys.public_key, {"nonsense", "127.0.0.1:" + std::to_string(free_port()), by_name}, std::nullopt});
  CHECK(run_until({&server, &client}, [&] { return client.is_up(server); }));
  REQUIRE(client.dial_failures.size() >= 2);
  CHECK(client.dial_failures.at(0).address == "nonsense");
  CHECK(client.dial_failures.at(0).reason == DialFailure::Unreachable);
  CHECK(client.dial_failures.at(1).reason == DialFailure::Unreachable);
}

TEST_CASE("door: a peer with another key than the one dialled is no link") {
  Node server;
  Node other;
  Node client;
  server.allow({&client});
  server.listen();
  REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  client.dial(other.keys.public_key, server.address);
  CHECK(run_until({&server, &client}, [&] { return !client.dial_failures.empty(); }));
  CHECK(client.dial_failures.at(0).reason == DialFailure::Handshake);
  CHECK(client.ups.empty());
}

TEST_CASE("door: our own key, and one that nobody can have, are not dialled") {
  Node node;
  node.dial(node.keys.public_key, "127.0.0.1:9");
  node.dial(TransportKey{}, "127.0.0.1:9");
  CHECK(run_until({&node}, [&] { return node.dial_failures.size() == 2; }));
  CHECK(node.dial_failures.at(0).reason == DialFailure::BadPeer);
  CHECK(node.dial_failures.at(1).reason == DialFailure::BadPeer);
  run_for({&node}, 100ms);
  CHECK(is_alive(node.link.pid()));
}

TEST_CASE("door: a ticket's key lets its bearer in, and dialling with the own key makes a new link") {
  Node server;
  Node client;
  TransportPair ticket = daemon::random_transport_pair();
  server.link.send(daemon::Allow{{{ticket.public_key, true}, {client.keys.public_key, false}}});
  server.listen();
  REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  client.link.send(daemon::Dial{server.keys.public_key, {server.address}, ticket.secret});
  REQUIRE(run_until({&server, &client}, [&] { return client.is_up(server); }));
  client.send(client.link_to(server), "hello");
  REQUIRE(run_until({&server, &client}, [&] { return server.ups.size() == 1; }));
  CHECK(server.ups.at(0).peer == ticket.public_key);
  client.dial(server);
  REQUIRE(run_until({&server, &client}, [&] { return client.ups.size() == 2; }));
  CHECK(client.downs.size() == 1);
  client.send(client.link_to(server), "hello");
  REQUIRE(run_until({&server, &client}, [&] { return server.ups.size() == 2; }));
  CHECK(server.ups.at(1).peer == client.keys.public_key);
}

TEST_CASE("door: a burst of a thousand large frames both ways arrives whole and in order") {
  constexpr std::uint32_t kFrames = 1000;
  constexpr std::size_t kBytes = 60'000;
  constexpr std::uint32_t kUnderWay = 32;  // the core's credits: 2 MiB
  Node server;
  Node client;
  connect(server, client);
  std::uint32_t sent = 0;
  bool intact = true;
  std::uint32_t received_there = 0;
  std::uint32_t received_back = 0;
  bool complete = run_until({&server, &client}, [&] {
    for (const std::string& frame : server.frames) intact &= frame == big_frame(kBytes, received_there++);
    for (const std::string& frame : client.frames) intact &= frame == big_frame(kBytes, received_back++);
    server.frames.clear();
    client.frames.clear();
    for (; sent < kFrames && sent - std::min(received_there, received_back) < kUnderWay; ++sent) {
      client.send(client.link_to(server), big_frame(kBytes, sent));
      server.send(server.link_to(client), big_frame(kBytes, sent));
    }
    client.link.flush();
    server.link.flush();
    return received_there == kFrames && received_back == kFrames;
  });
  CHECK(complete);
  CHECK(intact);
}

TEST_CASE("door: ten thousand small frames, more than any queue of messages holds, arrive in order") {
  constexpr std::size_t kFrames = 10'000;
  Node server;
  Node client;
  connect(server, client);
  for (std::size_t i = 0; i < kFrames; ++i) {
    client.send(client.link_to(server), std::to_string(i));
    server.send(server.link_to(client), std::to_string(i));
  }
  CHECK(run_until({&server, &client}, [&] { return server.frames.size() == kFrames && client.frames.size() == kFrames; }));
  bool in_order = true;
  for (std::size_t i = 0; i < kFrames; ++i)
    in_order &= server.frames[i] == std::to_string(i) && client.frames[i] == server.frames[i];
  CHECK(in_order);
}

TEST_CASE("door: a link whose peer does not read is cut, and the others go on") {
  Node server;
  Node frozen;
  Node lively;
  connect(server, frozen);
  server.allow({&frozen, &lively});
  lively.dial(server);
  REQUIRE(run_until({&server, &lively}, [&] { return lively.is_up(server); }));
  lively.send(lively.link_to(server), "hello");
  REQUIRE(run_until({&server, &lively}, [&] { return server.is_up(lively); }));
  REQUIRE(::kill(frozen.link.pid(), SIGSTOP) == 0);
  std::string frame = big_frame(60'000, 1);
  LinkNumber link = server.link_to(frozen);
  for (int i = 0; i < 600; ++i) server.send(link, frame);  // 36 MB, past what TCP and both queues take
  CHECK(run_until({&server}, [&] { return !server.is_up(frozen); }));
  CHECK(server.downs.at(0).reason == "it does not read what it is sent");
  server.send(server.link_to(lively), "still here");
  CHECK(run_until({&server, &lively}, [&] { return !lively.frames.empty(); }));
  ::kill(frozen.link.pid(), SIGCONT);
}

TEST_CASE("door: drop cuts an incoming link, after the frames sent before it") {
  Node server;
  Node client;
  connect(server, client);
  LinkNumber link = server.link_to(client);
  server.send(link, "refused, because");
  server.drop(link);
  CHECK(run_until({&server, &client}, [&] { return !server.is_up(client) && !client.downs.empty(); }));
  CHECK(client.frames == std::vector<std::string>{"refused, because"});
  CHECK(server.downs.at(0).reason == "dropped");
}

TEST_CASE("door: drop cuts a dialled link, and undial ends the dialling") {
  Node server;
  Node client;
  connect(server, client);
  LinkNumber link = client.link_to(server);
  client.send(link, "last words");
  client.drop(link);
  CHECK(run_until({&server, &client}, [&] { return !client.downs.empty() && !server.downs.empty(); }));
  CHECK(server.frames.back() == "last words");
  CHECK(run_until({&server, &client}, [&] { return client.is_up(server); }));  // it is dialled again
  client.link.send(daemon::Undial{server.keys.public_key});
  CHECK(run_until({&server, &client}, [&] { return !client.is_up(server); }));
  std::size_t ups = client.ups.size();
  run_for({&server, &client}, 1'500ms);
  CHECK(client.ups.size() == ups);
}

TEST_CASE("door: a key that is taken off the list loses its link and is refused") {
  Node server;
  Node client;
  connect(server, client);
  server.allow({});
  CHECK(run_until({&server, &client}, [&] { return !server.is_up(client) && !client.is_up(server); }));
  CHECK(run_until({&server, &client}, [&] { return !client.dial_failures.empty(); }));
  CHECK(client.dial_failures.back().reason == DialFailure::RefusedKey);
}

TEST_CASE("door: the oldest link of a key gives way when it comes too often") {
  constexpr std::size_t kLinks = daemon::PublicSocket::kMaxLinksOfInvitation;
  Node server;
  TransportPair ticket = daemon::random_transport_pair();
  server.allow_key(ticket.public_key, true);
  server.listen();
  REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  std::vector<std::unique_ptr<Node>> clients;
  for (std::size_t i = 0; i <= kLinks; ++i) {
    Node& client = *clients.emplace_back(std::make_unique<Node>());
    client.link.send(daemon::Dial{server.keys.public_key, {server.address}, ticket.secret});
    REQUIRE(run_until({&server, &client}, [&] { return client.is_up(server); }));
    client.send(client.link_to(server), "hello");
    REQUIRE(run_until({&server, &client}, [&] { return server.ups.size() == i + 1; }));
  }
  CHECK(run_until({&server}, [&] { return server.downs.size() == 1; }));
  CHECK(server.downs.at(0).link == server.ups.at(0).link);
}

TEST_CASE("door: when a door is killed all links go down, it is started again and the links come back") {
  Node server;
  Node client;
  connect(server, client);
  server.listen("127.0.0.1:" + std::to_string(server.port()));
  LinkNumber before = server.link_to(client);
  pid_t first = server.link.pid();
  ::kill(first, SIGKILL);
  REQUIRE(run_until({&server, &client}, [&] { return !server.is_up(client) && !client.is_up(server); }));
  CHECK(server.downs.at(0).reason == "the door ended");
  REQUIRE(run_until({&server, &client}, [&] { return client.is_up(server); }));
  client.send(client.link_to(server), "again");
  CHECK(run_until({&server, &client}, [&] { return server.is_up(client); }));
  CHECK(server.link.pid() != first);
  CHECK(server.link_to(client) > before);
  ::kill(client.link.pid(), SIGKILL);  // now the side that dials
  REQUIRE(run_until({&server, &client}, [&] { return !client.is_up(server); }));
  CHECK(run_until({&server, &client}, [&] { return client.is_up(server); }));
}

TEST_CASE("door: it dies with its core") {
  int report[2];
  REQUIRE(::pipe(report) == 0);
  pid_t core = ::fork();
  if (core == 0) {
    {
      Node node;
      run_until({&node}, [&] { return node.ready; });
      pid_t door = node.link.pid();
      [[maybe_unused]] ssize_t written = ::write(report[1], &door, sizeof door);
      ::pause();
    }
    ::_exit(0);
  }
  pid_t door = 0;
  REQUIRE(::read(report[0], &door, sizeof door) == static_cast<ssize_t>(sizeof door));
  CHECK(is_alive(door));
  ::kill(core, SIGKILL);
  ::waitpid(core, nullptr, 0);
  CHECK(eventually(30s, [&] { return !is_alive(door); }));
  ::close(report[0]);
  ::close(report[1]);
}

TEST_CASE("door: it ends cleanly when asked to") {
  Node node;
  node.listen();
  REQUIRE(run_until({&node}, [&] { return !node.address.empty(); }));
  pid_t first = node.link.pid();
  ::kill(first, SIGTERM);
  CHECK(run_until({&node}, [&] { return node.link.trouble() == "the door ended: exit code 0"; }));
  CHECK(run_until({&node}, [&] { return node.link.pid() != 0 && node.link.trouble().empty(); }));
}

TEST_CASE("door: started by hand, it says who starts it") {
  Reply reply = run({door_program()});
  CHECK(reply.code == 2);
  CHECK(reply.err.find("budstikke-door is started by budstikked; run: budstikked --home DIR") != std::string::npos);
}

TEST_CASE("door: a peer that does not answer is given up") {
  Node server;
  Node client;
  server.allow({&client});
  server.listen();
  REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  Proxy proxy(0, server.port());
  proxy.set_mode(Proxy::Mode::Silent);
  client.dial(server.keys.public_key, proxy.address());
  CHECK(run_until({&server, &client}, [&] { return !client.dial_failures.empty(); }));
  CHECK(client.dial_failures.at(0).reason == DialFailure::Timeout);
}

TEST_CASE("door: listens and dials by IPv6, where the machine has it") {
  Node server;
  Node client;
  server.allow({&client});
  server.listen("[::1]:0");
  REQUIRE(run_until({&server}, [&] { return !server.address.empty() || !server.listen_failures.empty(); }));
  if (server.address.empty()) return;
  CHECK(server.address.starts_with("[::1]:"));
  client.dial(server);
  REQUIRE(run_until({&server, &client}, [&] { return client.is_up(server); }));
  CHECK(client.ups.at(0).address == server.address);
}

TEST_CASE("door: a port in use is named, and taken once it is free") {
  Node second;
  auto first = std::make_unique<Node>();
  first->listen();
  REQUIRE(run_until({first.get()}, [&] { return !first->address.empty(); }));
  second.listen(first->address);
  REQUIRE(run_until({first.get(), &second}, [&] { return !second.listen_failures.empty(); }));
  CHECK(second.listen_failures.at(0).address == first->address);
  CHECK(second.listen_failures.at(0).reason == "the address is in use by another program");
  std::string address = first->address;
  first.reset();
  CHECK(run_until({&second}, [&] { return second.address == address; }));
  CHECK(second.listen_failures.size() == 1);
}

TEST_CASE("door: an address that is none is reported at once") {
  Node node;
  node.listen("no address");
  CHECK(run_until({&node}, [&] { return node.listen_failures.size() == 1; }));
  CHECK(node.listen_failures.at(0).address == "no address");
  node.listen("203.0.113.7:7420");  // not one of this machine's
  CHECK(run_until({&node}, [&] { return node.listen_failures.size() == 2; }));
  node.listen();
  CHECK(run_until({&node}, [&] { return !node.address.empty(); }));
}

TEST_CASE("door: listening elsewhere closes the links of the old address") {
  Node server;
  Node client;
  connect(server, client);
  std::string before = server.address;
  server.listen("127.0.0.1:" + std::to_string(free_port()));
  CHECK(run_until({&server, &client}, [&] { return server.address != before && !server.is_up(client); }));
  client.dial(server);
  CHECK(run_until({&server, &client}, [&] { return client.is_up(server); }));
}

TEST_CASE("door: a raw connection sees a greeting and no byte more") {
  constexpr std::size_t kGreetingBytes = 64;  // ZMTP 3: signature, version, mechanism, as-server, filler
  Node server;
  Node client;
  connect(server, client);
  std::string greeting = std::string("\xff\0\0\0\0\0\0\0\0\x7f\3\0", 12) + "CURVE";
  greeting.resize(kGreetingBytes, '\0');
  std::string garbage = std::string("\x04\xc8", 2) + "\x05HELLO" + std::string(194, 'x');
  for (const std::string& bytes : {std::string("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"), std::string(300, '\xee'),
                                   greeting + garbage, std::string("\x16\x03\x01\x02\x00\x01", 6), std::string()}) {
    RawClient raw(server.port());
    raw.send(bytes);
    std::string answer = raw.read_to_end();
    CHECK(answer.size() <= kGreetingBytes);
    CHECK(answer.find("hello") == std::string::npos);
  }
  CHECK(server.ups.size() == 1);
  client.send(client.link_to(server), "unharmed");
  CHECK(run_until({&server, &client}, [&] { return server.frames.size() == 1; }));
}

TEST_CASE("door: a member's oversize frame, and its message in several parts, end its link only") {
  Node server;
  Node client;
  connect(server, client);
  TransportPair rude = daemon::random_transport_pair();
  server.link.send(daemon::Allow{{{client.keys.public_key, false}, {rude.public_key, false}}});
  server.address.clear();
  server.listen();  // answered after the list has been taken
  REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  daemon::ZmqContext context;
  auto say = [&](std::initializer_list<std::size_t> parts) {
    Result<daemon::ZmqSocket> socket = daemon::open_curve_client(context, server.keys.public_key, rude);
    REQUIRE(socket);
    REQUIRE(socket->connect("tcp://" + server.address));
    std::size_t downs = server.downs.size();
    REQUIRE(eventually(30s, [&] { return socket->send(view_of("hello"), false) == daemon::Sent::Done; }));
    for (std::size_t left = parts.size(); std::size_t bytes : parts) socket->send(Bytes(bytes), --left > 0);
    CHECK(run_until({&server, &client}, [&] { return server.downs.size() == downs + 1; }));
  };
  say({kMaxFrameBytes + 1});
  say({10, 10});
  say({0, 10});
  CHECK(server.downs.back().reason == "a message was not a single frame of allowed size");
  CHECK(server.frames == std::vector<std::string>{"hello", "hello", "hello"});
  std::string largest = big_frame(kMaxFrameBytes, 5);
  client.send(client.link_to(server), largest);
  CHECK(run_until({&server, &client}, [&] { return server.frames.back() == largest; }));
}

TEST_CASE("door: of connections that prove nothing the oldest are cut when they are too many, and a member's link stays") {
  Node server;
  Node client;
  rlimit few{64, 64};
  server.allow({&client});
  REQUIRE(run_until({&server}, [&] { return server.ready; }));
  REQUIRE(::prlimit(server.link.pid(), RLIMIT_NOFILE, &few, nullptr) == 0);
  server.listen();
  REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  server.address.clear();
  server.listen("127.0.0.1:" + std::to_string(free_port()));  // a new socket, for which the new limit counts
  REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  client.dial(server);
  REQUIRE(run_until({&server, &client}, [&] { return client.is_up(server); }));
  client.send(client.link_to(server), "hello");
  REQUIRE(run_until({&server, &client}, [&] { return server.is_up(client); }));
  std::vector<std::unique_ptr<RawClient>> strangers;
  std::uint16_t port = static_cast<std::uint16_t>(std::stoi(client.ups.at(0).address.substr(10)));
  for (int i = 0; i < 100; ++i) {
    strangers.push_back(std::make_unique<RawClient>(port));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // a crowd, and no single burst
  }
  CHECK(run_until({&server, &client}, [&] { return strangers.front()->is_closed(); }));
  CHECK_FALSE(strangers.back()->is_closed());
  CHECK(server.is_up(client));
  CHECK(client.is_up(server));
  CHECK(server.listen_failures.empty());
  server.send(server.link_to(client), "still here");
  CHECK(run_until({&server, &client}, [&] { return !client.frames.empty() && client.frames.back() == "still here"; }));
}

TEST_CASE("door: links that take half of the descriptors close the public socket, which opens again by itself") {
  Node server;
  rlimit few{64, 64};
  REQUIRE(run_until({&server}, [&] { return server.ready; }));
  REQUIRE(::prlimit(server.link.pid(), RLIMIT_NOFILE, &few, nullptr) == 0);
  daemon::Allow allow;
  std::vector<TransportPair> members;
  Random random = Random::from_number(6);
  for (int i = 0; i < 9; ++i) {
    members.push_back(TransportPair::from_secret(random.fixed<Seed>()));
    allow.keys.push_back({members.back().public_key, false});
  }
  server.link.send(allow);
  server.listen();
  REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  server.address.clear();
  server.listen("127.0.0.1:" + std::to_string(free_port()));  // a new socket, for which the new limit counts
  REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  const std::string address = std::exchange(server.address, {});
  daemon::ZmqContext context;
  std::vector<daemon::ZmqSocket> links;
  for (int i = 0; i < 36 && server.listen_failures.empty(); ++i) {  // four of each, as many as one member may have
    Result<daemon::ZmqSocket> socket = daemon::open_curve_client(context, server.keys.public_key, members[i / 4u]);
    REQUIRE(socket);
    REQUIRE(socket->connect("tcp://" + address));
    const std::size_t ups = server.ups.size();
    eventually(2s, [&] { return socket->send(view_of("hello"), false) == daemon::Sent::Done; });
    run_until({&server}, [&] { return server.ups.size() > ups || !server.listen_failures.empty(); });
    links.push_back(std::move(*socket));
  }
  REQUIRE(run_until({&server}, [&] { return server.listen_failures.size() == 1 && server.downs.size() == server.ups.size(); }));
  CHECK(server.ups.size() >= 31);  // the last one is cut with all others, perhaps before it was heard
  links.clear();
  CHECK(run_until({&server}, [&] { return !server.address.empty(); }));
}

TEST_CASE("door: a link that was cut comes back when the proxy joins again") {
  Node server;
  Node client;
  server.allow({&client});
  server.listen();
  REQUIRE(run_until({&server}, [&] { return !server.address.empty(); }));
  Proxy proxy(0, server.port());
  client.dial(server.keys.public_key, proxy.address());
  REQUIRE(run_until({&server, &client}, [&] { return client.is_up(server); }));
  client.send(client.link_to(server), "hello");
  REQUIRE(run_until({&server, &client}, [&] { return server.is_up(client); }));
  proxy.set_mode(Proxy::Mode::Cut);
  REQUIRE(run_until({&server, &client}, [&] { return !client.is_up(server) && !server.is_up(client); }));
  proxy.set_mode(Proxy::Mode::Joined);
  CHECK(run_until({&server, &client}, [&] { return client.is_up(server); }));
  CHECK(proxy.bytes_passed() > 0);
}

TEST_CASE("door: a missing program and a bad key file are named, and the start is tried again") {
  Node missing("/nonexistent/budstikke-door");
  CHECK(run_until({&missing}, [&] { return missing.link.trouble().find("/nonexistent/budstikke-door") != std::string::npos; }));
  CHECK(missing.link.fd() == -1);
  Node open_key;
  ::chmod((open_key.home.path() / "transport.key").c_str(), 0640);
  CHECK(run_until({&open_key}, [&] { return open_key.link.trouble() == "the door ended: exit code 78"; }));
  ::chmod((open_key.home.path() / "transport.key").c_str(), 0600);
  CHECK(run_until({&open_key}, [&] { return open_key.ready; }));
  CHECK(open_key.link.trouble().empty());
}

TEST_CASE("door: a key that the core hands over serves where the file cannot be read, and another one takes its place") {
  Node server;
  Node client;
  write_file(server.home.path() / "transport.key", "sealed, so of no use to a door, however long it may be");
  server.link.hand_key(server.keys.secret);
  connect(server, client);

  const TransportPair next = daemon::random_transport_pair();
  server.link.hand_key(next.secret);
  server.address.clear();
  server.link.restart(daemon::steady_now());
  CHECK(run_until({&server, &client}, [&] { return !server.is_up(client) && !client.is_up(server); }));
  CHECK(run_until({&server, &client}, [&] { return !server.address.empty(); }));
  client.dial(next.public_key, server.address);
  CHECK(run_until({&server, &client}, [&] { return !client.ups.empty() && client.ups.back().peer == next.public_key; }));
  client.send(client.ups.back().link, "hello again");
  CHECK(run_until({&server, &client}, [&] { return server.frames.size() == 1; }));
  CHECK(server.ups.size() == server.downs.size() + 1);

  server.link.hand_key(std::nullopt);  // the next door reads the file
  server.link.restart(daemon::steady_now());
  CHECK(run_until({&server}, [&] { return server.link.trouble() == "the door ended: exit code 78"; }));
}

}  // namespace budstikke::tests
