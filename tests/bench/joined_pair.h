// Two real nodes: one that holds a region, and one that joins it over TCP and CURVE. What the join costs is measured.
//
// Errors       A join that fails, or ends with other digests than the server's or with fewer entries, is thrown.
#pragma once

#include <memory>

#include "tests/bench/filled_home.h"
#include "tests/support/proxy.h"
#include "tests/support/region.h"

namespace budstikke::bench {

// Of each program: the server's core and door, the newcomer's core and door.
struct FourPrograms {
  double server = 0, server_door = 0, newcomer = 0, newcomer_door = 0;
};

struct JoinFigures {
  std::uint64_t entries = 0;
  std::uint64_t body_bytes = 0;
  double seconds = 0;               // from the answer to `join` (admitted, members known) until both agree, durably
  double seconds_from_request = 0;  // with dialling, the admission and the members
  FourPrograms cpu_seconds;         // from the request on
  std::uint64_t core_memory = 0;    // the most anonymous memory of the newcomer's core, and of its door
  std::uint64_t door_memory = 0;
  std::uint64_t wire_bytes = 0;  // both ways, with handshakes; only when the link was counted
};

class JoinedPair {
 public:
  // `counted`: the link goes through a proxy that counts bytes, and costs time.
  JoinedPair(std::uint64_t entries, std::uint64_t authors, bool counted);
  ~JoinedPair();
  const JoinFigures& join() const { return figures_; }
  tests::NodeUnderTest& server() { return server_; }
  tests::NodeUnderTest& newcomer() { return newcomer_; }

 private:
  void run_join();
  void wait_until_in_sync();
  void check_agreement();
  FourPrograms cpu_now();

  tests::NodeUnderTest server_;
  tests::NodeUnderTest newcomer_;
  std::unique_ptr<tests::Proxy> proxy_;
  JoinFigures figures_;
};

// The door that a core has started.
pid_t door_of(tests::NodeUnderTest& node);

}  // namespace budstikke::bench
