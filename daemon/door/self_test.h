// Proof, before anyone can connect, that the public socket refuses strangers and lets members in.
//
// Why          ZeroMQ's access control fails open: forget one option or the handler, and every key is let in without a sign.
//              So the door does not trust its own set-up. It dials itself over the loopback interface at a port that nobody
//              knows, first with a random key, which must be refused, then with an allowed one, whose message must arrive and
//              be the only one. Only then is the socket bound where others can reach it.
// Errors       Forged when a stranger got in, Io when the test could not be made or nobody gets in. The door ends with either.
// Cost         Two handshakes, about 10 ms.
#pragma once

#include "daemon/door/zap.h"

namespace budstikke::daemon {

// `router` is bound nowhere yet, and is again bound nowhere afterwards. `allowed` is empty before and after.
Status self_test(ZmqSocket& router, const TransportKey& own_key, AllowList& allowed);

}  // namespace budstikke::daemon
