// What the members of a network are known to hold, so that a node can say who has its latest, and write bundles that bring
// only what is lacking. Hints, like all that peers say of themselves: nothing is deleted or skipped because of them.
//
// Shape        For each member the last entry of each log that it is known to have, by this store's log numbers, in order.
// Invariants   A newer word of a member about itself replaces the older one, since a node that was restored holds less than it
//              did; an older word that comes late only adds. Logs that have forked are never counted as held.
// Errors       A row that cannot be read is passed over: what it said is learnt again.
// Cost         16 bytes for each log and member. Rows are put by keep(), which the node calls seldom.
#pragma once

#include "protocol/node/ledger.h"

namespace budstikke {

// The last entry held, by log; sorted.
using Positions = std::vector<std::pair<LogNumber, Seq>>;
Seq position_of(const Positions& positions, LogNumber log);
// Of a vector that a member has told, the logs that are here too.
Positions positions_in(const Network& network, const std::map<LogId, std::vector<Tip>>& tips);

class Holdings {
 public:
  struct Known {
    WallTime when;  // when the member said so
    Positions has;
  };
  Status load(const Ledger& ledger);
  // By a link, whose word is of now, or by a bundle, which may be old.
  void learn(const Network& network, const MemberKey& member, WallTime when, Positions has);
  // What others say that a member holds: it only adds.
  void add(const Network& network, const MemberKey& member, const Positions& has);
  const Known* find(const Network& network, const MemberKey& member) const;
  // Puts what changed since the last call.
  Status keep(Ledger& ledger);

 private:
  using Key = std::pair<NetworkNumber, MemberKey>;
  std::map<Key, Known> known_;
  std::set<Key> unkept_;
};

}  // namespace budstikke
