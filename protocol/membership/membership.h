// Who is a member of one network, in which role and for which council: a fold over the operations of its membership logs.
//
// Invariants   A pure function of the set of operations: the order in which they arrived makes no difference. The rule, which
//              seniority.cpp follows line by line:
//                1. The charter's founder is the first candidate, at depth 0.
//                2. Again and again the candidate with the smallest (depth, admission) is decided. It becomes a member, more
//                   senior than all that are decided after it, and its operations are read.
//                3. Those count that lie within what the removals of it by more senior members leave of its membership logs;
//                   where none concerns a log, those of the branches that count (protocol/log/branches.h).
//                4. An invitation counts if its author may invite so; an admission, once its invitation counts and its
//                   signatures hold, makes its newcomer a candidate one deeper than the inviter.
//                5. A removal counts if its author may remove the key, once all its keeps are there, unless a readmission
//                   by its author or by a more senior coordinator names it.
//                6. At the end the removals by anyone, senior or not, cut the data logs.
//              So no removal can be undone by one that it makes void, two that remove each other leave the more senior one,
//              and what a key decided is never judged by a junior.
// Errors       An operation whose signature or right does not hold stays in its log and counts for nothing; there is no
//              error for it, since others hold it too.
// Cost         add() is constant; settle() decides all operations anew, n log n in them, each signature verified once.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "protocol/log/vector.h"
#include "protocol/membership/operations.h"

namespace budstikke {

struct Member {
  MemberKey key;
  CouncilId council;
  Role role = Role::Reader;
  TransportKey transport;
  MemberKey parent;       // who invited it; zero for the founder
  OperationId admission;  // the operation that admitted it
  EntryId admission_entry;
  WallTime admitted;
  std::uint32_t depth = 0;  // steps from the founder
  std::uint32_t rank = 0;   // order of decision: the smaller, the more senior
  bool removed = false;     // by a removal that counts: no links, and its logs count only up to their cuts
  SealingKey sealing = {};  // to which bundles for it are sealed; zeroes while it has stated none
};

struct Invitation {
  OperationId id;
  MemberKey inviter;
  InviteOperation operation;
  bool used = false;  // an admission that counts names it
};

// A removal that counts.
struct Removal {
  OperationId id;  // of the revoke operation
  MemberKey by;
  MemberKey member;
  WallTime when;
  bool by_senior = false;                                         // so it cuts the membership logs too
  std::map<std::pair<Incarnation, LogClass>, Tip> keeps;          // where it lets logs end; others before their first entry
  std::map<std::pair<Incarnation, LogClass>, Signature> endings;  // the signatures of these ends
};

class Membership {
 public:
  explicit Membership(const NetworkId& network);

  // An entry of a membership log that is here, so that a cut can tell what lies before it. Before the operations in it.
  void add_entry(const LogId& log, const EntryId& entry, const EntryId& previous);
  // Takes an operation into the set; twice is once.
  void add(const MemberKey& author, const OperationId& id, const EntryId& entry, WallTime stamp, MembershipOperation operation);
  // The entries of a log that has more branches than count, and that do not; unless removals end the log, they decide nothing.
  void leave_out(const LogId& log, std::set<EntryId> entries);
  // Decides every operation; call once after a batch of add(). Pointers to members and invitations end here.
  void settle();

  const Member* find(const MemberKey& key) const;                                  // also one that was removed
  std::vector<const Member*> with_transport(const TransportKey& transport) const;  // that were not removed
  const Invitation* find_invitation(const MemberKey& ticket) const;
  const Invitation* invitation_with_transport(const TransportKey& transport) const;
  const std::map<MemberKey, Member>& members() const { return members_; }
  const std::map<OperationId, Invitation>& invitations() const { return invitations_; }
  const std::map<OperationId, Removal>& removals() const { return removals_; }
  const Member* founder() const;
  // The membership log that an entry is in; nullptr when it is not here.
  const LogId* log_of(const EntryId& entry) const;
  // Where each removal that concerns this log lets it end (seq 0: before its first entry); nullopt when none does. What is no
  // ancestor of all of them does not count.
  std::optional<std::vector<Tip>> cuts_of(const LogId& log) const;

  // What a local invitation must satisfy; the same rule that settle() applies.
  bool may_invite(const Member& inviter, Role role, const CouncilId& council) const;
  // What a local removal must satisfy: coordinators anyone but themselves; others but readers further devices of their council.
  bool may_remove(const Member& by, const Member& member) const;

 private:
  friend class Seniority;
  struct Place {
    LogId log;
    EntryId previous;
  };
  struct Step {
    MemberKey author;
    EntryId entry;
    WallTime stamp;
    MembershipOperation operation;
    bool signatures_hold = false;
    mutable std::optional<bool> verified = {};  // an admission's ticket or a keep's end, once it is known who must have signed
  };
  bool signatures_hold(const Step& step) const;
  bool is_left_out(const EntryId& entry) const;
  // Whether the ticket of its invitation signed this admission; verified once.
  bool ticket_holds(const Step& step, const AdmitOperation& admit, const Invitation& invitation) const;
  NetworkId network_;
  std::map<OperationId, Step> steps_;
  std::map<EntryId, Place> entries_;
  std::map<LogId, std::set<EntryId>> left_out_;
  std::map<MemberKey, Member> members_;
  std::map<OperationId, Invitation> invitations_;
  std::map<OperationId, Removal> removals_;
};

// Six bytes that two people compare as six words: over the network, both keys of inviter and newcomer, and the entry that
// admitted, which commits to everything its witness had written before.
Hash comparison_words(const NetworkId& network, const Member& inviter, const Member& newcomer);

}  // namespace budstikke
