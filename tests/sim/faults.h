// What can go wrong in the simulated world, each by name, and how often it did.
//
// Invariants   A fault is counted when it struck, not when it was drawn: a crash of a machine that is off is none.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace budstikke::sim {

enum class Fault : std::uint8_t {
  FrameLost,
  FrameTwice,
  FrameEarly,    // before one that was sent before it
  FrameRefused,  // the receiver's queue was full
  LinkBroken,    // both ends hear of it; what was under way is gone
  QueueOverrun,  // a peer that does not read what it is sent, and says that it has: its link is cut
  OneWay,        // frames pass in one direction only
  Split,         // two groups that do not reach each other
  Flap,          // a machine that is reachable every other moment
  SlowPeer,      // takes long for every frame
  Crash,         // what was not committed is gone
  CommitUndone,  // a commit fails, and has not happened
  CommitDone,    // a commit fails, and has happened all the same
  DiskFull,
  RowDamaged,  // fails its checksum from now on
  Wiped,       // begun anew with the keys and the list of networks
  Restored,    // an old backup, by a person who says so
  RolledBack,  // an old snapshot, or a copy of the store, and nobody says so
  Cloned,      // both run
  ClockOff,    // by years, from the start
  ClockJump,
  Asleep,      // a machine suspended for hours
  Newer,       // a machine with a later program writes what others do not know, see newer.h
  Upgraded,    // its program is replaced by a later one
  Downgraded,  // and by this one again
  // What a member says that is not so, see liar.h.
  LieVector,   // tips that it does not have, and not those that it has
  LieLevel,    // digests, in a hello, a summary or a level
  LieFork,     // two entries of one place in its own log, each shown to others
  LieRelay,    // entries changed, out of place, or under a wrong signature
  LieValues,   // values of others changed, or withheld
  LieSilence,  // what was asked for does not come, or drop by drop
  LieFlood,    // questions and claims without end, and answers that it does not read
  LieFuture,   // entries from far ahead of all clocks
  LieRight,    // operations that it has no right to, or that name anything at all
  LieHolders,  // who holds what
  LieStores,   // stores that act for others
  LieTicket,   // one ticket for two
  LieGarbage,  // frames that are no messages
  Count
};
inline constexpr std::size_t kFaults = static_cast<std::size_t>(Fault::Count);
inline constexpr bool is_lie(Fault fault) { return fault >= Fault::LieVector && fault <= Fault::LieGarbage; }
std::string_view name_of(Fault fault);

class FaultCounts {
 public:
  void add(Fault fault, std::uint64_t times = 1) { counts_[static_cast<std::size_t>(fault)] += times; }
  void add(const FaultCounts& other);
  std::uint64_t of(Fault fault) const { return counts_[static_cast<std::size_t>(fault)]; }
  std::vector<std::string_view> never() const;

 private:
  std::array<std::uint64_t, kFaults> counts_{};
};

}  // namespace budstikke::sim
