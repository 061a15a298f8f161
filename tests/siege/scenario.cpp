#include "tests/siege/scenario.h"

namespace budstikke::siege {

// clang-format off
const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = {
      {"held-connections", "a stranger opens connections by the thousand and holds them",             true,  held_connections},
      {"no-descriptors",   "the same at a door that has few descriptors, again and again",            true,  no_descriptors},
      {"slow-connections", "connections that send a byte of their greeting now and then",             true,  slow_connections},
      {"garbage-hellos",   "handshakes that begin well and go on with noise, without a pause",         true,  garbage_hellos},
      {"unknown-keys",     "whole handshakes with keys that nobody knows, without a pause",            true,  unknown_keys},
      {"early-frames",     "large frames before anything is proven",                                  true,  early_frames},
      {"other-protocols",  "everything else that speaks first: HTTP, TLS, SSH, older ZeroMQ",          true,  other_protocols},
      {"hostile-requests", "the local socket is fed with noise and with requests that are none",      true,  hostile_requests},
      {"revoked-flood",    "a member that writes without end is shut out",                            true,  revoked_flood},
      {"frozen-member",    "a member whose machine stops while much is sent to it",                   false, frozen_member},
      {"killed-doors",     "the door of a node is killed again and again while the node joins",       true,  killed_doors},
      {"killed-nodes",     "nodes are killed at random moments while all write",                      false, killed_nodes},
      {"long-run",         "five nodes that write, sleep and are killed now and then",                false, long_run},
  };
  return all;
}
// clang-format on

}  // namespace budstikke::siege
