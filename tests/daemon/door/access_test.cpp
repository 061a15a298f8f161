// Who comes in: the allow list, the handler that answers from it, and the self-test that proves both.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <zmq.h>

#include "daemon/door/curve_socket.h"
#include "daemon/door/self_test.h"
#include "daemon/door/transport_key.h"
#include "tests/support/home.h"

namespace budstikke::daemon {
namespace {

AllowedKey numbered(std::uint8_t number, bool invitation = false) {
  AllowedKey allowed;
  allowed.key.bytes[0] = number;
  allowed.invitation = invitation;
  return allowed;
}

// A CURVE server without the options that refuse strangers.
ZmqSocket open_careless_router(const ZmqContext& context, const Seed& secret) {
  Result<ZmqSocket> router = ZmqSocket::open(context, ZMQ_ROUTER);
  REQUIRE(router);
  REQUIRE(router->set(ZMQ_CURVE_SECRETKEY, secret.view()));
  REQUIRE(router->set(ZMQ_CURVE_SERVER, 1));
  return std::move(*router);
}

}  // namespace

TEST_CASE("allow list: only listed keys are found, a member's before an invitation's") {
  AllowList list;
  CHECK_FALSE(list.find(numbered(1).key));
  list.replace({numbered(3), numbered(1, true), numbered(2), numbered(1), numbered(3, true), numbered(9, true)});
  CHECK(list.find(numbered(1).key)->invitation == false);
  CHECK(list.find(numbered(2).key)->invitation == false);
  CHECK(list.find(numbered(3).key)->invitation == false);
  CHECK(list.find(numbered(9).key)->invitation == true);
  CHECK_FALSE(list.find(numbered(4).key));
  list.replace({numbered(4)});
  CHECK_FALSE(list.find(numbered(1).key));
  CHECK(list.find(numbered(4).key));
}

TEST_CASE("self-test: the door's own set-up passes, and leaves the list empty and the socket unbound") {
  AllowList allowed;
  TransportPair own = random_transport_pair();
  ZmqContext context;
  Result<std::unique_ptr<ZapHandler>> zap = ZapHandler::start(context, allowed);
  REQUIRE(zap);
  {
    Result<ZmqSocket> router = open_public_router(context, own.secret);
    REQUIRE(router);
    Status tested = self_test(*router, own.public_key, allowed);
    CHECK_MESSAGE(tested.ok(), (tested ? "" : tested.error().text));
    CHECK(self_test(*router, own.public_key, allowed));  // and again
    CHECK_FALSE(allowed.is_quiet());
  }
}

TEST_CASE("self-test: without an access control the door's socket refuses everyone, and the test fails") {
  AllowList allowed;
  TransportPair own = random_transport_pair();
  ZmqContext context;
  Result<ZmqSocket> router = open_public_router(context, own.secret);
  REQUIRE(router);
  Status tested = self_test(*router, own.public_key, allowed);
  REQUIRE_FALSE(tested);
  CHECK(tested.error().text.starts_with("self-test: "));
}

TEST_CASE("self-test: a careless socket without an access control lets strangers in, and the test finds it") {
  AllowList allowed;
  TransportPair own = random_transport_pair();
  ZmqContext context;
  ZmqSocket router = open_careless_router(context, own.secret);
  Status tested = self_test(router, own.public_key, allowed);
  REQUIRE_FALSE(tested);
  CHECK(tested.error().code == Code::Forged);
  CHECK(tested.error().text == "self-test: the public socket lets strangers in");
}

TEST_CASE("zap handler: a second one in a context is refused") {
  AllowList allowed;
  ZmqContext context;
  Result<std::unique_ptr<ZapHandler>> first = ZapHandler::start(context, allowed);
  REQUIRE(first);
  Result<std::unique_ptr<ZapHandler>> second = ZapHandler::start(context, allowed);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::Conflict);
}

TEST_CASE("transport key: the file must be ours alone, regular, and of the right size") {
  tests::TempHome home;
  std::string path = home.path() / "transport.key";
  TransportPair pair = random_transport_pair();
  CHECK(read_transport_key(path).error().code == Code::Io);
  tests::write_file(path, std::string(text_of(pair.secret)));
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
  Result<TransportPair> read = read_transport_key(path);
  REQUIRE(read);
  CHECK(read->public_key == pair.public_key);
  for (mode_t mode : {0640, 0604, 0644, 0700, 0400, 04600}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    Result<TransportPair> refused = read_transport_key(path);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::Conflict);
    CHECK(refused.error().text.find("must have mode 0600") != std::string::npos);
  }
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
  for (std::size_t size : {0u, 31u, 33u}) {
    tests::write_file(path, std::string(size, 'k'));
    CHECK(read_transport_key(path).error().text.find("does not hold a key of 32 bytes") != std::string::npos);
  }
  CHECK(read_transport_key(home.path()).error().code == Code::Conflict);
  std::filesystem::create_symlink(path, home.path() / "link");
  CHECK(read_transport_key(home.path() / "link").error().code == Code::Io);
}

TEST_CASE("transport key: points of small order are no keys") {
  CHECK(is_possible_key(random_transport_pair().public_key));
  CHECK_FALSE(is_possible_key(TransportKey{}));
  CHECK_FALSE(is_possible_key(numbered(1).key));
}

}  // namespace budstikke::daemon
