#include "daemon/door/self_test.h"

#include <zmq.h>

#include "daemon/door/curve_socket.h"
#include "daemon/door/monitor.h"
#include "daemon/door/steady.h"
#include "daemon/door/transport_key.h"
#include "protocol/base/text.h"

namespace budstikke::daemon {
namespace {

constexpr Millis kPatience{5'000};
constexpr std::string_view kMember = "member";

enum class Handshake : std::uint8_t { Succeeded, Refused, Failed, TimedOut };

Handshake wait_for_handshake(SocketMonitor& monitor) {
  Instant limit = steady_now() + kPatience;
  for (Instant now = steady_now(); now < limit; now = steady_now()) {
    if (!monitor.socket().wait_for_input(limit - now)) continue;
    while (std::optional<SocketEvent> event = monitor.next()) {
      if (event->id == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) return Handshake::Succeeded;
      if (event->id == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) return Handshake::Refused;
      if (event->id == ZMQ_EVENT_DISCONNECTED || event->id == ZMQ_EVENT_CLOSED) return Handshake::Failed;
    }
  }
  return Handshake::TimedOut;
}

// One connection to our own public socket, with a message that leaves once the other side has let us in.
struct Client {
  ZmqSocket socket;
  SocketMonitor monitor;
};

Result<Client> connect_as(const ZmqContext& context, const TransportPair& pair, const TransportKey& server,
                          const std::string& endpoint) {
  Result<ZmqSocket> socket = open_curve_client(context, server, pair);
  if (!socket) return socket.error();
  Result<SocketMonitor> monitor = SocketMonitor::open(context, *socket);
  if (!monitor) return monitor.error();
  if (Status connected = socket->connect(endpoint); !connected) return connected.error();
  return Client{std::move(*socket), std::move(*monitor)};
}

Status stranger_is_refused(const ZmqContext& context, const TransportKey& server, const std::string& endpoint) {
  Result<Client> client = connect_as(context, random_transport_pair(), server, endpoint);
  if (!client) return client.error();
  Handshake handshake = wait_for_handshake(client->monitor);
  if (handshake == Handshake::Succeeded) return Error{Code::Forged, "self-test: the public socket lets strangers in"};
  if (handshake != Handshake::Refused) return Error{Code::Io, "self-test: a stranger was not refused as it should be"};
  return done();
}

// The first message must be the member's, under the name that the access control gave its key.
Status member_is_heard(ZmqSocket& router, const TransportKey& member) {
  ZmqMessage routing_id;
  ZmqMessage body;
  if (!router.wait_for_input(kPatience) || !router.receive(routing_id) || !routing_id.more() || !router.receive(body)) {
    return Error{Code::Io, "self-test: a member's message did not arrive"};
  }
  if (text_of(body.view()) != kMember || body.property("User-Id") != hex_of(member)) {
    return Error{Code::Forged, "self-test: a message came in under a wrong key"};
  }
  return done();
}

Status member_is_let_in(const ZmqContext& context, ZmqSocket& router, const TransportKey& server, const std::string& endpoint,
                        const TransportPair& member) {
  Result<Client> client = connect_as(context, member, server, endpoint);
  if (!client) return client.error();
  if (wait_for_handshake(client->monitor) != Handshake::Succeeded) {
    return Error{Code::Io, "self-test: the public socket does not let a member in"};
  }
  Instant limit = steady_now() + kPatience;
  while (client->socket.send(view_of(kMember), false) != Sent::Done) {
    if (steady_now() >= limit) return Error{Code::Io, "self-test: a member cannot send"};
  }
  return member_is_heard(router, member.public_key);
}

Status test_at(ZmqSocket& router, const TransportKey& own_key, AllowList& allowed, const std::string& endpoint) {
  ZmqContext context;
  if (Status refused = stranger_is_refused(context, own_key, endpoint); !refused) return refused;
  TransportPair member = random_transport_pair();
  allowed.replace({{member.public_key, false}});
  return member_is_let_in(context, router, own_key, endpoint, member);
}

}  // namespace

Status self_test(ZmqSocket& router, const TransportKey& own_key, AllowList& allowed) {
  if (Status bound = router.bind("tcp://127.0.0.1:*"); !bound) return bound;
  const std::string endpoint = router.last_endpoint();
  allowed.set_quiet(true);
  Status tested = test_at(router, own_key, allowed, endpoint);
  allowed.replace({});
  allowed.set_quiet(false);
  if (Status unbound = router.unbind(endpoint); !unbound) return unbound;
  return tested;
}

}  // namespace budstikke::daemon
