// Nothing that was acknowledged is lost.
//
// Demands      An entry is acknowledged when the commit that holds it returned done at the machine that wrote it. From then on
//              it is on some disk; and once the world is healed, on the disk of every machine that is a member, if it counts.
//              Of a log that a removal or a leave cuts counts what is within, and nothing else. Who knows that it has left or was
//              shut out writes no more.
// Excuse       A fault took the last disk that held it, before it had come to any other but of one who is out. What follows a
// lost entry in its log
//              can not be told from the lost part by anybody, and is excused with it. An entry that a removal cuts off need not
//              travel. Nor need one of a member that was shut out and had not told anybody of it before: by a junior that is no
//              cut of its membership logs, but nobody has a link with it any more. Of a liar nothing is demanded: neither that it
//              kept or told what it wrote itself, nor that it gives others what it alone was told. What it showed to one honest
//              member all of them must have, which their equal vectors say.
//              And while nobody has the entry at which a log is cut, none can tell what led to it.
// Reckoning    By the rows on the disks alone, but for the membership of a healed machine, which says where removals cut; that
//              it says so rightly is for the judge of validity.
#pragma once

#include <map>
#include <set>

#include "protocol/base/ids.h"
#include "protocol/log/entry.h"
#include "tests/sim/disk.h"
#include "tests/sim/judge.h"

namespace budstikke::sim {

class Kept : public Judge {
 public:
  void after_commit(World& world, Machine& machine) override;
  void after_loss(World& world, Machine& machine) override;
  void at_rest(World& world) override;
  std::size_t written() const { return written_.size(); }
  std::size_t excused() const { return excused_.size(); }

 private:
  struct Written {
    LogId log;
    Seq seq;
    EntryId previous;
    std::size_t machine;
  };
  bool is_excused(const EntryId& id, const std::set<EntryId>& outside);
  static bool gives(Machine& machine, const Written& written, const EntryId& id);
  static std::set<EntryId> said_to_count(Machine& machine);
  static std::set<EntryId> way_to(const Disk& disk, const EntryId& end);
  static bool is_somewhere(const World& world, const EntryId& id);
  std::map<EntryId, Written> written_;
  std::set<EntryId> excused_;
  std::set<std::size_t> out_;  // machines that knew at their last commit that they have left or are shut out
};

}  // namespace budstikke::sim
