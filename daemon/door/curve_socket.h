// The door's two kinds of TCP socket, with every option that keeps strangers and slow peers from doing harm.
//
// Errors       Every option that ZeroMQ does not take is an error, and the door does not start: a socket without one of them
//              could be open to everyone.
// Source       zmq_setsockopt(3). Option 93, ZMQ_ZAP_ENFORCE_DOMAIN, is in the library but not in Debian's header: with a
//              ZAP domain set, it refuses everyone when no ZAP handler is there, where the default lets everyone in.
#pragma once

#include "daemon/zmq_socket.h"
#include "protocol/base/signature.h"

namespace budstikke::daemon {

// For a TCP connection, and then for CURVE's handshake: three ways there and back, each of which takes several seconds where
// three packets in ten are lost. A stranger's connection lives no longer than the second.
inline constexpr Millis kConnectPatience{10'000};
inline constexpr Millis kHandshakePatience{20'000};

// The ROUTER that peers connect to; not bound yet. Bind the ZAP handler of its context first.
Result<ZmqSocket> open_public_router(const ZmqContext& context, const Seed& secret);
// A DEALER that makes exactly one attempt at one connection: ZeroMQ never tries again by itself, since it stops for good
// after a refusal; whoever dials opens a new socket.
Result<ZmqSocket> open_curve_client(const ZmqContext& context, const TransportKey& server, const TransportPair& own);

}  // namespace budstikke::daemon
