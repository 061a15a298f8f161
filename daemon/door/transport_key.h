// The door's secret: the X25519 key of the node's CURVE links, in a file that only the door reads.
//
// Shape        The file holds exactly the 32 bytes of the secret. It is a regular file with mode 0600 that belongs to the user
//              who runs the door; symbolic links are not followed. budstikked writes it once and never sends it.
// Errors       Conflict when the file's kind, owner, mode or size is wrong, Io when it cannot be read: the door does not start.
#pragma once

#include <string>

#include "protocol/base/result.h"
#include "protocol/base/signature.h"

namespace budstikke::daemon {

Result<TransportPair> read_transport_key(const std::string& path);
// A fresh key pair from the operating system's random numbers.
TransportPair random_transport_pair();
Seed random_seed();
// False for the few points of small order, which are no one's key. ZeroMQ aborts when told to dial one of them.
bool is_possible_key(const TransportKey& key);

}  // namespace budstikke::daemon
