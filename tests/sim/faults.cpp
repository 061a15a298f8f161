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
