#include "daemon/zmq_socket.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <zmq.h>

#include <filesystem>

#include "tests/support/home.h"

namespace budstikke::daemon {
namespace {

constexpr Millis kSocketPatience{30'000};

ZmqSocket open(const ZmqContext& context, int type) {
  Result<ZmqSocket> socket = ZmqSocket::open(context, type);
  REQUIRE(socket);
  return std::move(*socket);
}

}  // namespace

TEST_CASE("zmq socket: a message in parts goes there and back") {
  ZmqContext context;
  ZmqSocket router = open(context, ZMQ_ROUTER);
  ZmqSocket dealer = open(context, ZMQ_DEALER);
  REQUIRE(router.bind("tcp://127.0.0.1:*"));
  REQUIRE(dealer.connect(router.last_endpoint()));
  CHECK_FALSE(router.has_input());
  ZmqMessage part;
  CHECK_FALSE(router.receive(part));
  CHECK(dealer.send(view_of("question"), false) == Sent::Done);
  REQUIRE(router.wait_for_input(kSocketPatience));
  ZmqMessage routing_id;
  REQUIRE(router.receive(routing_id));
  CHECK(routing_id.more());
  REQUIRE(router.receive(part));
  CHECK_FALSE(part.more());
  CHECK(budstikke::text_of(part.view()) == "question");
  CHECK(part.source_fd() >= 0);
  CHECK(part.property("Socket-Type") == "DEALER");
  CHECK(part.property("No-Such-Property").empty());
  CHECK(router.send(routing_id, true) == Sent::Done);
  CHECK(router.send(view_of("answer"), false) == Sent::Done);
  REQUIRE(dealer.wait_for_input(kSocketPatience));
  REQUIRE(dealer.receive(part));
  CHECK(budstikke::text_of(part.view()) == "answer");
}

TEST_CASE("zmq socket: sending to nobody and to a full queue is told apart, and the message is kept") {
  ZmqContext context;
  ZmqSocket router = open(context, ZMQ_ROUTER);
  REQUIRE(router.set(ZMQ_ROUTER_MANDATORY, 1));
  CHECK(router.send(view_of("nobody"), true) == Sent::Gone);
  ZmqSocket dealer = open(context, ZMQ_DEALER);
  ZmqMessage message(view_of("kept"));
  CHECK(dealer.send(message, false) == Sent::Full);
  CHECK(budstikke::text_of(message.view()) == "kept");
  ZmqMessage moved = std::move(message);
  CHECK(budstikke::text_of(moved.view()) == "kept");
}

TEST_CASE("zmq socket: an address in use, an impossible one and a wrong option are errors") {
  ZmqContext context;
  ZmqSocket first = open(context, ZMQ_ROUTER);
  ZmqSocket second = open(context, ZMQ_ROUTER);
  REQUIRE(first.bind("tcp://127.0.0.1:*"));
  CHECK(second.bind(first.last_endpoint()).error().code == Code::Conflict);
  CHECK(second.bind("nonsense").error().code == Code::Invalid);
  CHECK(second.connect("tcp://no-port").error().code == Code::Invalid);
  CHECK(second.set(ZMQ_SNDHWM, -1).error().code == Code::Invalid);
  CHECK_FALSE(second.unbind("tcp://127.0.0.1:1"));
}

TEST_CASE("zmq socket: shutting a context down ends a wait") {
  ZmqContext context;
  ZmqSocket socket = open(context, ZMQ_PAIR);
  context.shut_down();
  ZmqMessage message;
  CHECK_FALSE(socket.receive_waiting(message));
}

TEST_CASE("ipc: only this user can connect") {
  tests::TempHome home;
  ZmqContext context;
  ZmqSocket socket = open(context, ZMQ_ROUTER);
  std::string path = home.path() / "api.sock";
  mode_t before = ::umask(0);
  ::umask(before);
  REQUIRE(bind_ipc(socket, path));
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK(S_ISSOCK(info.st_mode));
  CHECK((info.st_mode & 077) == 0);
  CHECK(::umask(before) == before);
  ZmqSocket next = open(context, ZMQ_ROUTER);
  CHECK(bind_ipc(next, path));  // a socket that is left over is replaced
}

TEST_CASE("ipc: something else at the path is left alone, and a long path is refused") {
  tests::TempHome home;
  ZmqContext context;
  ZmqSocket socket = open(context, ZMQ_ROUTER);
  std::string path = home.path() / "api.sock";
  tests::write_file(path, "precious");
  Status refused = bind_ipc(socket, path);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::Conflict);
  CHECK(tests::read_file(path) == "precious");
  std::filesystem::create_symlink(path, home.path() / "link");
  CHECK(bind_ipc(socket, home.path() / "link").error().code == Code::Conflict);
  std::string prefix = home.path().string() + "/";
  CHECK(bind_ipc(socket, prefix + std::string(108 - prefix.size(), 'a')).error().code == Code::TooLarge);
  CHECK(bind_ipc(socket, prefix + std::string(107 - prefix.size(), 'a')));
}

}  // namespace budstikke::daemon
