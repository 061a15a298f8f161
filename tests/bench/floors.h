// What the parts below ours take by themselves on this machine, in this run: no node can be faster than these.
#pragma once

#include <cstdint>

namespace budstikke::bench {

// Processor time where only the processor works, so that a busy machine does not make the floor higher.
struct Floors {
  double blake2b = 0;         // processor seconds an entry: the six hashes that a new contact needs, over as many bytes
  double siphash = 0;         // processor seconds an entry: the checksums of its three rows
  double lmdb_batch = 0;      // seconds an entry: three rows, durable, kBatchEntries a commit
  double lmdb_batch_cpu = 0;  // of it processor seconds
  double curve_trip = 0;      // seconds: 300 bytes there and back between two CURVE sockets over loopback, median
  double verify = 0;          // processor seconds: one Ed25519 signature
};

Floors measure_floors(std::uint64_t entries);

}  // namespace budstikke::bench
