// Those who are not members, at a running node's port.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include <array>
#include <random>

#include "protocol/wire/ticket.h"
#include "tests/integration/steps.h"
#include "tests/support/wait.h"

namespace budstikke::tests {
namespace {

using namespace std::chrono_literals;

using CurveKey = std::array<std::uint8_t, 32>;

// One CURVE client of our own, with whatever key, and what becomes of its handshake.
class CurveClient {
 public:
  CurveClient(std::uint16_t port, const CurveKey& server, const CurveKey& secret) : context_(zmq_ctx_new()) {
    std::array<char, 41> text{}, own{};
    zmq_z85_encode(text.data(), secret.data(), secret.size());
    zmq_curve_public(own.data(), text.data());
    socket_ = zmq_socket(context_, ZMQ_DEALER);
    const int none = 0, never = -1;
    zmq_setsockopt(socket_, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(socket_, ZMQ_RECONNECT_IVL, &never, sizeof never);
    zmq_setsockopt(socket_, ZMQ_CURVE_SECRETKEY, text.data(), text.size());
    zmq_setsockopt(socket_, ZMQ_CURVE_PUBLICKEY, own.data(), own.size());
    zmq_setsockopt(socket_, ZMQ_CURVE_SERVERKEY, server.data(), server.size());
    zmq_socket_monitor(socket_, "inproc://events",
                       ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                           ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL);
    events_ = zmq_socket(context_, ZMQ_PAIR);
    zmq_connect(events_, "inproc://events");
    zmq_connect(socket_, ("tcp://127.0.0.1:" + std::to_string(port)).c_str());
  }
  ~CurveClient() {
    zmq_socket_monitor(socket_, nullptr, 0);
    zmq_close(socket_);
    zmq_close(events_);
    zmq_ctx_term(context_);
  }
  CurveClient(const CurveClient&) = delete;
  CurveClient& operator=(const CurveClient&) = delete;

  // The event that ends the handshake; 0 when none came.
  int handshake() {
    const int patience = 30'000;
    zmq_setsockopt(events_, ZMQ_RCVTIMEO, &patience, sizeof patience);
    std::array<std::uint8_t, 256> event{};
    if (zmq_recv(events_, event.data(), event.size(), 0) < 2) return 0;
    zmq_recv(events_, nullptr, 0, 0);  // the address
    return event[0] | event[1] << 8;
  }
  void send(std::size_t bytes) {
    const std::vector<std::uint8_t> frame(bytes, 0x42);
    zmq_send(socket_, frame.data(), frame.size(), ZMQ_DONTWAIT);
  }
  bool receives_nothing() { return zmq_recv(socket_, nullptr, 0, ZMQ_DONTWAIT) < 0; }

 private:
  void* context_;
  void* socket_ = nullptr;
  void* events_ = nullptr;
};

CurveKey secret_of(const NodeUnderTest& node) {
  const std::string bytes = read_file(node.home() / "keys" / "transport.key");
  CurveKey key{};
  REQUIRE(bytes.size() == key.size());
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

CurveKey random_key(std::mt19937& random) {
  CurveKey key{};
  for (std::uint8_t& byte : key) byte = static_cast<std::uint8_t>(random());
  return key;
}

// A TCP connection that throws bytes at the port; whatever becomes of it.
void throw_at(std::uint16_t port, const std::string& bytes) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    [[maybe_unused]] const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  ::close(fd);
}

struct Pair {
  Region region{"Region Bornholm"};
  NodeUnderTest& server = region.add("Rønne Integrationsråd");
  NodeUnderTest& member = region.add("Nexø Integrationsråd", "council", Reach::DialsOnly);
  CurveKey server_key{};

  Pair() {
    REQUIRE(region.agrees());
    const Result<Ticket> ticket = parse_ticket(ticket_from(server, "Ingen"));
    REQUIRE(ticket);
    server_key = ticket->members.at(0).transport.bytes;
  }
  std::size_t links_seen() {
    const std::string log = server.daemon().err();
    std::size_t count = 0;
    for (std::size_t at = log.find("event=link-up"); at != std::string::npos; at = log.find("event=link-up", at + 1)) ++count;
    return count;
  }
  void check_well() {
    const std::string id = add(server, "contact", {"--name", "Kontoret"});
    REQUIRE(region.agrees());
    CHECK(field(member, "contact", id, "name") == "Kontoret");
    CHECK(server.json({"status"}).at("trouble") == "");
  }
};

}  // namespace

TEST_CASE("stranger: a key that is no member's gets no byte past the handshake, and neither does what it sends") {
  Pair pair;
  const std::size_t links = pair.links_seen();
  std::mt19937 random(7);
  for (int i = 0; i < 5; ++i) {
    CurveClient stranger(pair.server.port(), pair.server_key, random_key(random));
    stranger.send(1000);
    CHECK(stranger.handshake() == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    CHECK(stranger.receives_nothing());
  }
  CHECK(pair.links_seen() == links);

  CurveClient wrong_server(pair.server.port(), random_key(random), random_key(random));  // does not know the node's own key
  CHECK(wrong_server.handshake() != ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
  CHECK(pair.links_seen() == links);
  pair.check_well();
}

TEST_CASE("stranger: the same client with a member's key passes, so that the refusals above mean something") {
  Pair pair;
  const CurveKey secret = secret_of(pair.member);
  pair.member.stop();
  const std::size_t links = pair.links_seen();
  {
    CurveClient member(pair.server.port(), pair.server_key, secret);
    CHECK(member.handshake() == ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    for (const std::size_t bytes : {1, 100, 60'000}) member.send(bytes);  // a member that speaks nonsense loses its link only
    CHECK(eventually(30s, [&] { return pair.links_seen() > links; }));
  }
  pair.member.start();
  pair.check_well();
}

TEST_CASE("stranger: garbage at the port disturbs nobody") {
  Pair pair;
  std::mt19937 random(11);
  const std::string greeting("\xFF\0\0\0\0\0\0\0\x01\x7F\x03\0CURVE", 17);
  for (int i = 0; i < 100; ++i) {
    std::string bytes = i % 3 == 0 ? greeting : i % 3 == 1 ? "GET / HTTP/1.1\r\nHost: budstikke\r\n\r\n" : std::string();
    const std::size_t more = random() % 4000;
    for (std::size_t n = 0; n < more; ++n) bytes += static_cast<char>(random());
    throw_at(pair.server.port(), bytes);
  }
  CHECK(pair.server.running());
  pair.check_well();
}

}  // namespace budstikke::tests
