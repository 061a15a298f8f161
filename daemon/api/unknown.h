// Counts records of kinds that this version's table does not know.
//
// Invariants   A record's kind never changes and record numbers only grow, so each record is looked at once in the life of the
//              process, and counting again costs what has come since.
#pragma once

#include <map>

#include "protocol/node/ledger.h"

namespace budstikke::daemon {

class UnknownCounter {
 public:
  // How many there are in the network. Damaged when a record's row cannot be read: it may be one of them.
  Result<std::uint64_t> count(const Ledger& ledger, const Network& network);

 private:
  std::map<NetworkNumber, std::uint64_t> counts_;
  RecordNumber last_;
};

}  // namespace budstikke::daemon
