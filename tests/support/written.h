// Membership logs as their authors write them, one entry after another, for tests of what they decide.
//
// Shape        Person 1 has founded the network, unless another one is given. An entry's id is a function of network, author,
//              incarnation, seq, operations and the entry before it;
//              its stamp, unless given, the number of entries before it anywhere, so that later is later.
#pragma once

#include <functional>

#include "tests/support/builders.h"
#include "tests/support/twin_membership.h"

namespace budstikke::tests {

class Written {
 public:
  explicit Written(Founding founded = Founding());
  // The next entry of the person's log. Keeps without an operation's entry belong to this very one.
  OperationId write(const Person& author, std::vector<MembershipOperation> operations, std::optional<WallTime> stamp = {},
                    Incarnation incarnation = Incarnation{1});
  // Invited and admitted in one entry of the inviter.
  void join(const Person& inviter, const Person& newcomer, Role role, const CouncilId& council = {});
  // Up to the last entry of the person's membership log; for the operation `of`.
  KeepOperation keep(const Person& member, const OperationId& of = {}, Incarnation incarnation = Incarnation{1}) const;
  RecoverOperation recovery(const Person& member, std::uint32_t number = 1, const CouncilId& council = {}) const;
  TransportOperation rotation(const Person& member, std::uint8_t number) const;
  Tip tip(const Person& author, Incarnation incarnation = Incarnation{1}) const;
  // The last operation so far that is a revoke, leave or role; nullopt when there is none.
  const TwinStep* last_removal() const;

  Founding founding;
  std::vector<TwinStep> steps;
  std::vector<std::size_t> ends;  // of entries: how many steps there are up to each

  // Everything in the order written, settled.
  Membership membership() const;
  // One entry and its operations.
  void add_entry(Membership& to, std::size_t entry) const;
  std::size_t entries() const { return ends.size(); }

 private:
  std::map<std::pair<MemberKey, Incarnation>, Tip> tips_;
};

}  // namespace budstikke::tests
