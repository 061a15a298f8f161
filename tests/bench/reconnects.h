// What it costs two nodes to meet again: bytes of their messages, of the same state machine that the daemon drives.
#pragma once

#include <cstdint>
#include <vector>

namespace budstikke::bench {

struct Reconnect {
  std::uint64_t entries = 0;  // that each of the writers wrote since the two last agreed
  int writers = 0;            // 0: nobody; 1: one of the two; 2: both
  std::uint64_t body_bytes = 0;
  std::uint64_t message_bytes = 0;  // of all messages in both directions, without what CURVE and TCP add
};

// Nobody has written; then one, and then both, 1, 10, 100 and 1,000 contacts.
std::vector<Reconnect> measure_reconnects();

}  // namespace budstikke::bench
