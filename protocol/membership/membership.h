// Who is a member of one network, in which role and for which council: a fold over the operations of its membership logs.
//
// Invariants   A pure function of the set of operations: the order in which they arrived makes no difference. The tree of
//              admissions grows from the charter: an operation counts when its author is a member by operations that count.
//              Operations are decided in passes, each by the members of the pass before. A key is a member once: of several
//              admissions that count in one pass the one with the smallest (depth, id) names it, and later ones change nothing.
// Errors       An operation whose signature or right does not hold stays in its log and counts for nothing; there is no
//              error for it, since others hold it too.
// Cost         add() is constant; settle() decides all operations anew, a few passes over them, each signature verified once.
#pragma once

#include <map>
#include <memory>

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
};

struct Invitation {
  OperationId id;
  MemberKey inviter;
  InviteOperation operation;
  bool used = false;  // an admission that counts names it
};

class Membership {
 public:
  explicit Membership(const NetworkId& network);

  // Takes an operation into the set; twice is once.
  void add(const MemberKey& author, const OperationId& id, const EntryId& entry, WallTime stamp, MembershipOperation operation);
  // Decides every operation; call once after a batch of add(). Pointers to members and invitations end here.
  void settle();

  const Member* find(const MemberKey& key) const;
  std::vector<const Member*> with_transport(const TransportKey& transport) const;
  const Invitation* find_invitation(const MemberKey& ticket) const;
  const Invitation* invitation_with_transport(const TransportKey& transport) const;
  const std::map<MemberKey, Member>& members() const { return members_; }
  const std::map<OperationId, Invitation>& invitations() const { return invitations_; }
  const Member* founder() const;

  // What a local invitation must satisfy; the same rule that settle() applies.
  bool may_invite(const Member& inviter, Role role, const CouncilId& council) const;

 private:
  struct Step {
    MemberKey author;
    EntryId entry;
    WallTime stamp;
    MembershipOperation operation;
    bool signatures_hold = false;
    mutable std::optional<bool> ticket_holds = {};  // of an admission, once its invitation is known
  };
  bool signatures_hold(const Step& step) const;
  // The member that this operation would make now, if it counts.
  std::optional<Member> newcomer_by(const OperationId& id, const Step& step) const;
  // Whether the ticket of its invitation signed this admission; verified once.
  bool ticket_holds(const Step& step, const AdmitOperation& admit, const Invitation& invitation) const;
  bool open_invitations();
  NetworkId network_;
  std::map<OperationId, Step> steps_;
  std::map<MemberKey, Member> members_;
  std::map<OperationId, Invitation> invitations_;
};

// Six bytes that two people compare as six words: over the network, both keys of inviter and newcomer, and the entry that
// admitted, which commits to everything its witness had written before.
Hash comparison_words(const NetworkId& network, const Member& inviter, const Member& newcomer);

}  // namespace budstikke
