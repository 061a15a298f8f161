#include "tests/sim/faults.h"

namespace budstikke::sim {

std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::FrameLost:
      return "frame_lost";
    case Fault::FrameTwice:
      return "frame_twice";
    case Fault::FrameEarly:
      return "frame_early";
    case Fault::FrameRefused:
      return "frame_refused";
    case Fault::LinkBroken:
      return "link_broken";
    case Fault::QueueOverrun:
      return "queue_overrun";
    case Fault::OneWay:
      return "one_way";
    case Fault::Split:
      return "split";
    case Fault::Flap:
      return "flap";
    case Fault::SlowPeer:
      return "slow_peer";
    case Fault::Crash:
      return "crash";
    case Fault::CommitUndone:
      return "commit_undone";
    case Fault::CommitDone:
      return "commit_done";
    case Fault::DiskFull:
      return "disk_full";
    case Fault::RowDamaged:
      return "row_damaged";
    case Fault::Wiped:
      return "wiped";
    case Fault::Restored:
      return "restored";
    case Fault::RolledBack:
      return "rolled_back";
    case Fault::Cloned:
      return "cloned";
    case Fault::ClockOff:
      return "clock_off";
    case Fault::ClockJump:
      return "clock_jump";
    case Fault::Asleep:
      return "asleep";
    case Fault::Newer:
      return "newer";
    case Fault::Upgraded:
      return "upgraded";
    case Fault::Downgraded:
      return "downgraded";
    case Fault::LieVector:
      return "lie_vector";
    case Fault::LieLevel:
      return "lie_level";
    case Fault::LieFork:
      return "lie_fork";
    case Fault::LieRelay:
      return "lie_relay";
    case Fault::LieValues:
      return "lie_values";
    case Fault::LieSilence:
      return "lie_silence";
    case Fault::LieFlood:
      return "lie_flood";
    case Fault::LieFuture:
      return "lie_future";
    case Fault::LieRight:
      return "lie_right";
    case Fault::LieHolders:
      return "lie_holders";
    case Fault::LieStores:
      return "lie_stores";
    case Fault::LieTicket:
      return "lie_ticket";
    case Fault::LieGarbage:
      return "lie_garbage";
    case Fault::Count:
      break;
  }
  return "none";
}

void FaultCounts::add(const FaultCounts& other) {
  for (std::size_t i = 0; i < kFaults; ++i) counts_[i] += other.counts_[i];
}

std::vector<std::string_view> FaultCounts::never() const {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kFaults; ++i) {
    if (counts_[i] == 0) names.push_back(name_of(static_cast<Fault>(i)));
  }
  return names;
}

}  // namespace budstikke::sim
