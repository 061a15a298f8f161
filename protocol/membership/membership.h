// Who is a member of one network, in which role and for which council: a fold over the operations of its membership logs.
//
// Invariants   A pure function of the set of operations: the order in which they arrived makes no difference. The rule, which
//              seniority.cpp follows line by line:
//                1. The charter's founder is a candidate at depth 0, and whoever the recovery key made coordinator, before it:
//                   the greater its number, the more senior.
//                2. Again and again the candidate with the smallest (depth, recovery, admission) is decided. It becomes a
//                   member, more senior than all that are decided after it, and its operations are read.
//                3. Those count that lie within what the removals of it by more senior members leave of its membership logs;
//                   where none concerns a log, those of the branches that count (protocol/log/branches.h). Of these its
//                   leaves, with their keeps, are read first: what lies neither before a leave nor within its keeps does not
//                   count either. Leaves do not undo each other.
//                4. An invitation counts if its author may invite so; an admission, once its invitation counts and its
//                   signatures hold, makes its newcomer a candidate one deeper than the inviter.
//                5. A removal counts if its author may remove the key, once all its keeps are there, unless a readmission
//                   by its author or by a more senior coordinator names it; a leave, unless a more senior coordinator's does.
//                6. A role counts that a more senior coordinator gave, once all its keeps are there. An entry has the role of
//                   the one with the greatest (stamp, id) within whose keeps it does not lie; else that of the admission.
//                   Every right above is judged by the role that its author has at the operation's entry.
//                7. At the end the removals by anyone, senior or not, and the leaves cut the data logs.
//                8. Networks that are one (unions.h) are decided together: settle() each alone, then settle_with() the others.
//                   Founders rank by network id. What a key is by its own network's operations alone it stays in the logs of that
//                   network: roles, removals and leaves from elsewhere concern only logs of keys that are visitors there. Who was
//                   removed in one is removed in all; who has left one stays while another is its own.
//              So no removal can be undone by one that it makes void, two that remove each other leave the more senior one,
//              and what a key decided is never judged by a junior.
//              A leave does not cut the membership logs that it stands in: all nodes must see all leaves of a key to agree on
//              what they leave of it, so these logs are told of and fetched whole.
// Errors       An operation whose signature or right does not hold stays in its log and counts for nothing; there is no
//              error for it, since others hold it too.
// Cost         add() is constant; settle() decides all operations anew, n log n in them, each signature verified once.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <tuple>

#include "protocol/log/vector.h"
#include "protocol/membership/operations.h"

namespace budstikke {

struct Member {
  MemberKey key;
  CouncilId council;
  Role role = Role::Reader;  // of what it writes now; of an entry see role_at() and roles_in()
  TransportKey transport;    // the current one
  MemberKey parent;          // who invited it; zero for the founder and for whoever the recovery key made coordinator
  OperationId admission;     // the operation that admitted it
  EntryId admission_entry;
  WallTime admitted;
  std::uint32_t depth = 0;        // steps from the founder
  std::uint32_t rank = 0;         // order of decision: the smaller, the more senior
  bool removed = false;           // by a removal or leave that counts: no links, and its logs count only up to their cuts
  SealingKey sealing = {};        // to which bundles for it are sealed; zeroes while it has stated none
  std::uint32_t recovery = 0;     // the number of the recovery that made it coordinator; 0: none did
  Role admitted_as = role;        // its role where no later one reaches
  WallTime until = {};            // when its role ends, for its own node; zero: it does not
  TransportKey former = {};       // before the current one; zeroes while it was never changed
  WallTime transport_since = {};  // when the current one was stated

  bool role_has_ended(WallTime now) const { return until.ms != 0 && now >= until; }
};

// A log of one of the networks that are decided together.
using KeptLog = std::tuple<NetworkId, Incarnation, LogClass>;

struct Invitation {
  OperationId id;
  MemberKey inviter;
  InviteOperation operation;
  bool used = false;                   // an admission that counts names it
  std::set<MemberKey> newcomers = {};  // who has used it; more than one when two witnesses did not hear of each other
};

// A removal that counts, or a leave.
struct Removal {
  OperationId id;  // of the revoke or leave operation
  MemberKey by;    // the member itself: it has left
  MemberKey member;
  WallTime when;
  bool by_senior = false;                // so it cuts the membership logs too
  std::map<KeptLog, Tip> keeps;          // where it lets logs end; others that it concerns before their first entry
  std::map<KeptLog, Signature> endings;  // the signatures of these ends
  NetworkId network = {};                // whose membership log it stands in
  bool is_leave() const { return by == member; }
};

// A change of role that counts.
struct RoleChange {
  OperationId id;
  MemberKey by;
  MemberKey member;
  WallTime when;
  Role role = Role::Reader;
  WallTime until;
  std::map<KeptLog, Tip> keeps;  // up to where logs keep the role that they had
  NetworkId network = {};        // whose membership log it stands in
};

// Half of an edge that counts: a coordinator's word, by its own network alone, that this network and another are to be one.
struct Successor {
  OperationId id;
  MemberKey by;
  WallTime when;
  FoundOperation other;
};

// From where on a log has a role.
struct RoleSince {
  Role role = Role::Reader;
  Tip after;  // seq 0: from its first entry on
  friend bool operator==(const RoleSince&, const RoleSince&) = default;
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
  // Decides the operations of this network and of others that are one with it, each of which is settled. Nothing of the others
  // is kept; what keys are is said as it is in this network.
  void settle_with(std::span<const Membership* const> others);

  const Member* find(const MemberKey& key) const;                                  // also one that was removed
  std::vector<const Member*> with_transport(const TransportKey& transport) const;  // that were not removed
  const Invitation* find_invitation(const MemberKey& ticket) const;
  const Invitation* invitation_with_transport(const TransportKey& transport) const;
  const std::map<MemberKey, Member>& members() const { return members_; }
  const std::map<OperationId, Invitation>& invitations() const { return invitations_; }
  const std::map<OperationId, Removal>& removals() const { return removals_; }
  // By member; the one with the greatest (stamp, id) first.
  const std::map<MemberKey, std::vector<RoleChange>>& role_changes() const { return roles_; }
  // The roles that a log has had, the last first: an entry has the first whose `after` is no descendant of it and not it itself,
  // and else the role in which its author was admitted. Where `after` lies behind the log's cut, and not before it by seq, all
  // that counts is before it. Ends with one that reaches to the log's start, if any does.
  std::vector<RoleSince> roles_in(const LogId& log) const;
  // By the network that they name; of several halves the one with the smallest id. settle() alone decides them.
  const std::map<NetworkId, Successor>& successors() const { return successors_; }
  const NetworkId& network() const { return network_; }
  // Whether a key is a member by this network's operations alone, and in the role of a coordinator now.
  bool is_home_of(const MemberKey& key) const { return own_.contains(key); }
  bool is_own_coordinator(const MemberKey& key) const;
  // The recovery that an operation states, and whether an author has stated one with this number for a member.
  std::optional<RecoverOperation> recovery_at(const OperationId& id) const;
  bool states_recovery(const MemberKey& author, const MemberKey& member, std::uint32_t number) const;
  // The recovery key that the charter names; nullptr while no charter is here.
  const MemberKey* recovery_key() const;
  const Member* founder() const;
  // The membership log that an entry is in; nullptr when it is not here.
  const LogId* log_of(const EntryId& entry) const;
  // Where removals let this log end (seq 0: before its first entry): of several that concern it, the one that leaves least, by
  // (seq, id); nullopt when none does. What is neither that entry nor an ancestor of it does not count.
  std::optional<Tip> cut_of(const LogId& log) const;

  // What a local invitation must satisfy; the same rule that settle() applies.
  bool may_invite(const Member& inviter, Role role, const CouncilId& council) const;
  // What a local removal must satisfy: coordinators anyone but themselves; others but readers further devices of their council;
  // nobody whom the recovery key made coordinator and who is more senior.
  bool may_remove(const Member& by, const Member& member) const;
  // What a local change of role must satisfy: a coordinator that is more senior.
  bool may_give_role(const Member& by, const Member& member) const;

 private:
  friend class Seniority;
  struct Place {
    LogId log;
    EntryId previous;
  };
  struct Step {
    NetworkId network;
    MemberKey author;
    EntryId entry;
    WallTime stamp;
    MembershipOperation operation;
    bool signatures_hold = false;
    mutable std::optional<bool> verified = {};  // an admission's ticket or a keep's end, once it is known who must have signed
  };
  // What a key is by this network's operations alone.
  struct Own {
    CouncilId council;
    Role admitted_as = Role::Reader;
    bool is_coordinator = false;  // now, and not removed
  };
  bool signatures_hold(const Step& step) const;
  bool concerns(const MemberKey& key, const NetworkId& from) const;
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
  std::map<MemberKey, std::vector<RoleChange>> roles_;
  std::map<NetworkId, Successor> successors_;
  std::map<MemberKey, Own> own_;
};

// Six bytes that two people compare as six words: over the network, both keys of inviter and newcomer, and the entry that
// admitted, which commits to everything its witness had written before.
Hash comparison_words(const NetworkId& network, const Member& inviter, const Member& newcomer);

}  // namespace budstikke
