#include "daemon/door/curve_socket.h"

#include <zmq.h>

#include "protocol/base/limits.h"

namespace budstikke::daemon {
namespace {

constexpr int kZapEnforceDomain = 93;
constexpr int kQueueMessages = 64;           // per peer and direction; the core's credits keep the bytes within 2 MiB
constexpr int kHeartbeatMs = 15'000;         // how often an idle link is probed
constexpr int kHeartbeatTimeoutMs = 45'000;  // a peer that is frozen or cut off is given up after this
constexpr int kHeartbeatTtlMs = 60'000;      // what we ask of the other side
constexpr int kBacklog = 1'024;

struct IntOption {
  int option;
  int value;
};

constexpr IntOption kCommonOptions[] = {
    {ZMQ_SNDHWM, kQueueMessages},
    {ZMQ_RCVHWM, kQueueMessages},
    {ZMQ_HANDSHAKE_IVL, kHandshakePatience.count()},
    {ZMQ_HEARTBEAT_IVL, kHeartbeatMs},
    {ZMQ_HEARTBEAT_TIMEOUT, kHeartbeatTimeoutMs},
    {ZMQ_HEARTBEAT_TTL, kHeartbeatTtlMs},
    {ZMQ_TCP_KEEPALIVE, 1},
    {ZMQ_IPV6, 1},
};
constexpr IntOption kRouterOptions[] = {
    {ZMQ_CURVE_SERVER, 1}, {kZapEnforceDomain, 1}, {ZMQ_BACKLOG, kBacklog}, {ZMQ_ROUTER_MANDATORY, 1}, {ZMQ_ROUTER_HANDOVER, 0},
};
constexpr IntOption kClientOptions[] = {
    {ZMQ_RECONNECT_IVL, -1},
    {ZMQ_CONNECT_TIMEOUT, kConnectPatience.count()},
    {ZMQ_IMMEDIATE, 1},
};

template <std::size_t N>
Status set_all(ZmqSocket& socket, const IntOption (&options)[N]) {
  for (const IntOption& option : options) {
    if (Status set = socket.set(option.option, option.value); !set) return set;
  }
  return done();
}

Status set_common(ZmqSocket& socket) {
  if (Status set = set_all(socket, kCommonOptions); !set) return set;
  return socket.set(ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(kMaxWireFrameBytes));
}

Status set_up_router(ZmqSocket& socket, const Seed& secret) {
  if (Status set = set_common(socket); !set) return set;
  if (Status set = socket.set(ZMQ_CURVE_SECRETKEY, secret.view()); !set) return set;
  if (Status set = socket.set(ZMQ_ZAP_DOMAIN, view_of("budstikke")); !set) return set;
  return set_all(socket, kRouterOptions);
}

Status set_up_client(ZmqSocket& socket, const TransportKey& server, const TransportPair& own) {
  if (Status set = set_common(socket); !set) return set;
  if (Status set = set_all(socket, kClientOptions); !set) return set;
  if (Status set = socket.set(ZMQ_CURVE_SERVERKEY, server.view()); !set) return set;
  if (Status set = socket.set(ZMQ_CURVE_PUBLICKEY, own.public_key.view()); !set) return set;
  return socket.set(ZMQ_CURVE_SECRETKEY, own.secret.view());
}

}  // namespace

Result<ZmqSocket> open_public_router(const ZmqContext& context, const Seed& secret) {
  Result<ZmqSocket> socket = ZmqSocket::open(context, ZMQ_ROUTER);
  if (!socket) return socket;
  if (Status set = set_up_router(*socket, secret); !set) return set.error();
  return socket;
}

Result<ZmqSocket> open_curve_client(const ZmqContext& context, const TransportKey& server, const TransportPair& own) {
  Result<ZmqSocket> socket = ZmqSocket::open(context, ZMQ_DEALER);
  if (!socket) return socket;
  if (Status set = set_up_client(*socket, server, own); !set) return set.error();
  return socket;
}

}  // namespace budstikke::daemon
