// Who is a member, decided from the most senior key down. The rule is in membership.h.
//
// Why it ends  Every candidate is decided once, and a key's operations are judged only by keys that were decided before it, so
//              no decision ever has to be taken back.
#include <algorithm>
#include <tuple>

#include "protocol/base/limits.h"
#include "protocol/membership/membership.h"

namespace budstikke {

class Seniority {
 public:
  // Of this network alone, or of others too that were each decided alone before.
  Seniority(Membership& membership, std::span<const Membership* const> others) : m_(membership) {
    parts_.emplace(m_.network_, &m_);
    for (const Membership* other : others) parts_.emplace(other->network_, other);
  }

  void run() {
    for (const auto& [network, part] : parts_) {
      const MemberKey* recovery_key = part->recovery_key();
      for (const auto& [id, step] : part->steps_) {
        by_author_[step.author].push_back({id, &step});
        if (const auto* found = std::get_if<FoundOperation>(&step.operation)) begin(id, step, *found);
        if (const auto* recover = std::get_if<RecoverOperation>(&step.operation)) begin(id, step, *recover, recovery_key);
      }
    }
    while (!candidates_.empty()) {
      const Member next = candidates_.extract(candidates_.begin()).mapped();
      if (m_.members_.size() < kMaxMembers && m_.members_.emplace(next.key, next).second) decide(next);
    }
    for (const auto& [id, judged] : revokes_) {
      std::optional<Removal> removal = counting(id, judged);
      if (removal) m_.removals_.emplace(id, std::move(*removal));
    }
    for (auto& [key, member] : m_.members_) member.removed = is_removed(key);
    for (auto& [key, member] : m_.members_) member = as_in(member, m_.network_);
    use_up_invitations();
  }

 private:
  using Step = Membership::Step;
  struct Known {
    OperationId id;
    const Step* step;
  };
  struct Judged {  // an operation, and the role that its author has at its entry
    const Step* step;
    Role role;
  };
  // Depth, before_founder(), the network of founders and recoveries, admission. Not the admission alone: who states an operation
  // again, in another entry, gives it another id.
  using Place = std::tuple<std::uint32_t, std::uint32_t, NetworkId, OperationId>;

  // The greater the number of a recovery, the earlier; the founder, and whoever was invited, has none.
  static std::uint32_t before_founder(std::uint32_t recovery) { return UINT32_MAX - recovery; }

  // The charter says itself whose it is, so a founder is one also where its log has more branches than count.
  void begin(const OperationId& id, const Step& step, const FoundOperation& found) {
    if (!step.signatures_hold) return;
    Member founder{step.author, council_of(step.author), Role::Coordinator, found.transport, {}, id, step.entry, step.stamp, 0};
    candidates_.emplace(Place{0, before_founder(0), step.network, id}, std::move(founder));
  }

  // By the recovery key's word alone: whoever wrote it down, and whatever became of that log.
  void begin(const OperationId& id, const Step& step, const RecoverOperation& recover, const MemberKey* recovery_key) {
    if (recovery_key == nullptr || !recovery_holds(step, recover, *recovery_key)) return;
    const CouncilId council = recover.council.is_zero() ? council_of(recover.member) : recover.council;
    Member member{recover.member, council, Role::Coordinator, recover.transport, {}, id, step.entry, step.stamp, 0};
    member.recovery = recover.number;
    candidates_.emplace(Place{0, before_founder(recover.number), step.network, id}, std::move(member));
  }

  bool recovery_holds(const Step& step, const RecoverOperation& recover, const MemberKey& recovery_key) const {
    if (!step.verified) {
      const Bytes certified = certificate_message(step.network, recover.transport);
      step.verified =
          verify(recovery_key, Purpose::Recovery, recovery_message(step.network, recover), recover.recovery_signature) &&
          verify(recover.member, Purpose::Certificate, certified, recover.certificate);
    }
    return *step.verified;
  }

  void decide(const Member& candidate) {
    const auto rank = static_cast<std::uint32_t>(rank_.size());
    rank_.emplace(candidate.key, rank);
    Member& member = m_.members_.at(candidate.key);
    member.rank = rank;
    decide_roles(member);
    std::vector<Removal> removals;
    for (const OperationId& id : revokes_of_[member.key]) {
      if (std::optional<Removal> removal = counting(id, revokes_.at(id))) removals.push_back(std::move(*removal));
    }
    std::vector<Known> left;
    for (const Known& known : by_author_[member.key]) {
      if (is_left(*known.step, removals)) left.push_back(known);
    }
    const std::vector<Removal> leaves = decide_leaves(member, left);
    for (const Known& known : left) {
      const std::optional<Tip> cut = cut_of(*known.step, removals);
      if (is_before(*known.step, leaves, cut)) read(member, known, cut);
    }
  }

  // Those that more senior members gave it: all that will count, since theirs have been read.
  void decide_roles(Member& member) {
    member.role = as_in(member, m_.network_).admitted_as;
    std::vector<RoleChange>& changes = m_.roles_[member.key];
    for (const OperationId& id : roles_of_[member.key]) {
      if (std::optional<RoleChange> change = counting_role(id)) changes.push_back(std::move(*change));
    }
    if (changes.empty()) {
      m_.roles_.erase(member.key);
      return;
    }
    std::sort(changes.begin(), changes.end(),
              [](const RoleChange& a, const RoleChange& b) { return std::tie(a.when, a.id) > std::tie(b.when, b.id); });
    const auto newest = std::find_if(changes.begin(), changes.end(),
                                     [&](const RoleChange& change) { return concerns(change.network, member.key, m_.network_); });
    if (newest == changes.end()) return;
    member.role = newest->role;
    member.until = newest->until;
  }

  // Before anything else that it wrote: what lies behind a leave may not be read, and the keeps of a leave lie behind it when
  // they are more than one entry takes.
  std::vector<Removal> decide_leaves(const Member& member, const std::vector<Known>& left) {
    std::vector<OperationId> ids;
    for (const Known& known : left) {
      if (!std::holds_alternative<LeaveOperation>(known.step->operation)) continue;
      revokes_.emplace(known.id, Judged{known.step, member.role});
      ids.push_back(known.id);
    }
    if (ids.empty()) return {};
    for (const Known& known : left) {
      const auto* keep = std::get_if<KeepOperation>(&known.step->operation);
      if (keep == nullptr) continue;
      if (const OperationId of = kept_by(known, *keep); is_leave_of(of, member.key)) keeps_[of].push_back(known);
    }
    std::vector<Removal> leaves;
    for (const OperationId& id : ids) {
      if (std::optional<Removal> leave = counting(id, revokes_.at(id))) leaves.push_back(std::move(*leave));
    }
    return leaves;
  }

  bool is_leave_of(const OperationId& id, const MemberKey& member) const {
    const auto at = revokes_.find(id);
    return at != revokes_.end() && at->second.step->author == member &&
           std::holds_alternative<LeaveOperation>(at->second.step->operation);
  }

  static OperationId kept_by(const Known& known, const KeepOperation& keep) {
    OperationId of = keep.revoke;
    if (of.entry.is_zero()) of.entry = known.id.entry;
    return of;
  }

  // --- Several networks. Without others nothing is own, and everything concerns everything.

  // What a key is by the operations of that network alone; nullptr when it is a visitor there.
  const Membership::Own* own_in(const MemberKey& key, const NetworkId& network) const {
    if (parts_.size() == 1) return nullptr;
    const auto& own = parts_.at(network)->own_;
    const auto at = own.find(key);
    return at == own.end() ? nullptr : &at->second;
  }

  // Whether what an operation of the network `from` says of a key concerns the key's logs in network `in`.
  bool concerns(const NetworkId& from, const MemberKey& key, const NetworkId& in) const {
    return from == in || own_in(key, in) == nullptr;
  }

  // The member as entries of that network have it, but for changes of its role.
  Member as_in(Member member, const NetworkId& network) const {
    if (const Membership::Own* own = own_in(member.key, network)) {
      member.council = own->council;
      member.admitted_as = own->admitted_as;
    }
    return member;
  }

  // A revoke ends it everywhere; a leave where it is a visitor, too, but of its own networks it must have left each.
  bool is_removed(const MemberKey& key) const {
    std::set<NetworkId> left;
    for (const auto& [id, removal] : m_.removals_) {
      if (removal.member != key) continue;
      if (!removal.is_leave()) return true;
      left.insert(removal.network);
    }
    return !left.empty() && std::all_of(parts_.begin(), parts_.end(), [&](const auto& part) {
      return own_in(key, part.first) == nullptr || left.contains(part.first);
    });
  }

  // The role in which this step was written, in a log that is cut there.
  Role role_at(const Member& author, const Step& step, const std::optional<Tip>& cut) {
    const Role first = as_in(author, step.network).admitted_as;
    const auto changes = m_.roles_.find(author.key);
    if (changes == m_.roles_.end()) return first;
    for (const RoleChange& change : changes->second) {
      if (concerns(change.network, author.key, step.network) && !is_within(step, change.keeps, cut)) return change.role;
    }
    return first;
  }

  void read(const Member& member, const Known& known, const std::optional<Tip>& cut) {
    const Step& step = *known.step;
    Member author = as_in(member, step.network);
    author.role = role_at(member, step, cut);
    if (const auto* invite = std::get_if<InviteOperation>(&step.operation)) {
      if (!m_.may_invite(author, invite->role, invite->council)) return;
      m_.invitations_.try_emplace(known.id, Invitation{known.id, author.key, *invite});
      for (const Known& waiting : admissions_[known.id]) admit(waiting);
    } else if (const auto* admission = std::get_if<AdmitOperation>(&step.operation)) {
      admissions_[admission->invite].push_back(known);
      admit(known);
    } else if (const auto* revoke = std::get_if<RevokeOperation>(&step.operation)) {
      revokes_.emplace(known.id, Judged{&step, author.role});
      revokes_of_[revoke->member].push_back(known.id);
    } else if (const auto* keep = std::get_if<KeepOperation>(&step.operation)) {
      const OperationId of = kept_by(known, *keep);
      if (!is_leave_of(of, author.key)) keeps_[of].push_back(known);  // those were read before
    } else if (const auto* readmit = std::get_if<ReadmitOperation>(&step.operation)) {
      readmissions_[readmit->revoke].push_back({author.key, author.role});
    } else if (const auto* role = std::get_if<RoleOperation>(&step.operation)) {
      if (author.role != Role::Coordinator || rank_.contains(role->member)) return;  // by a coordinator that is more senior
      role_steps_.emplace(known.id, &step);
      roles_of_[role->member].push_back(known.id);
    } else if (const auto* transport = std::get_if<TransportOperation>(&step.operation)) {
      if (step.signatures_hold) rotate(m_.members_.at(author.key), known, transport->transport);
    } else if (const auto* successor = std::get_if<SuccessorOperation>(&step.operation)) {
      if (parts_.size() > 1 || author.role != Role::Coordinator || !step.signatures_hold) return;
      const Successor half{known.id, author.key, step.stamp, successor->other};
      const auto [known_half, is_first] = m_.successors_.try_emplace(id_of(successor->other.charter), half);
      if (!is_first && half.id < known_half->second.id) known_half->second = half;
    } else if (const auto* seal = std::get_if<SealOperation>(&step.operation)) {
      const std::pair stated(step.stamp, known.id);
      const auto [newest, is_first] = sealed_.try_emplace(author.key, stated);
      if (!is_first && stated < newest->second) return;
      newest->second = stated;
      m_.members_.at(author.key).sealing = seal->key;
    }
  }

  void rotate(Member& member, const Known& known, const TransportKey& transport) {
    std::map<std::pair<WallTime, OperationId>, TransportKey>& stated = transports_[member.key];
    if (stated.empty()) stated.emplace(std::pair(WallTime{INT64_MIN}, OperationId{}), member.transport);  // the admission's
    stated.emplace(std::pair(known.step->stamp, known.id), transport);
    const auto newest = stated.rbegin();
    member.transport = newest->second;
    member.transport_since = newest->first.first;
    member.former = std::next(newest)->second;
  }

  // Makes the newcomer a candidate if its invitation counts by now.
  void admit(const Known& known) {
    const auto& admission = std::get<AdmitOperation>(known.step->operation);
    const auto invitation = m_.invitations_.find(admission.invite);
    if (invitation == m_.invitations_.end() || !known.step->signatures_hold) return;
    if (!m_.ticket_holds(*known.step, admission, invitation->second)) return;
    const InviteOperation& invite = invitation->second.operation;
    const Member& parent = m_.members_.at(invitation->second.inviter);
    const CouncilId council = invite.council.is_zero() ? council_of(admission.member) : invite.council;
    Member newcomer{admission.member, council,           invite.role,       admission.transport, parent.key,
                    known.id,         known.step->entry, known.step->stamp, parent.depth + 1};
    newcomer.until = invite.until;
    candidates_.emplace(Place{parent.depth + 1, before_founder(0), NetworkId{}, known.id}, std::move(newcomer));
  }

  // The removal by this revoke or leave, if it counts.
  std::optional<Removal> counting(const OperationId& id, const Judged& judged) {
    const Step& step = *judged.step;
    const auto* revoke = std::get_if<RevokeOperation>(&step.operation);
    const MemberKey& removed = revoke != nullptr ? revoke->member : step.author;
    const auto member = m_.members_.find(removed);
    Member by = as_in(m_.members_.at(step.author), step.network);
    by.role = judged.role;
    if (member == m_.members_.end()) return std::nullopt;
    if (revoke != nullptr && !m_.may_remove(by, as_in(member->second, step.network))) return std::nullopt;
    for (const auto& [key, role] : readmissions_[id]) {
      const bool is_senior = rank_.at(key) < by.rank && role == Role::Coordinator;
      if (is_senior || (revoke != nullptr && key == by.key)) return std::nullopt;
    }
    const bool by_senior = revoke != nullptr && by.rank < member->second.rank;
    Removal removal{id, by.key, removed, step.stamp, by_senior, {}, {}, step.network};
    const std::size_t own = take_keeps(id, by, removed, [&](const auto& log, const KeepOperation& keep) {
      Tip& end = removal.keeps[log];
      if (!(end < Tip{keep.seq, keep.entry})) return;
      end = Tip{keep.seq, keep.entry};
      removal.endings[log] = keep.signature;
    });
    if (own < (revoke != nullptr ? revoke->keeps : std::get<LeaveOperation>(step.operation).keeps)) return std::nullopt;
    return removal;
  }

  std::optional<RoleChange> counting_role(const OperationId& id) {
    const Step& step = *role_steps_.at(id);
    const auto& given = std::get<RoleOperation>(step.operation);
    RoleChange change{id, step.author, given.member, step.stamp, given.role, given.until, {}, step.network};
    const Member& by = m_.members_.at(step.author);
    const std::size_t own = take_keeps(id, by, given.member, [&](const auto& log, const KeepOperation& keep) {
      change.keeps[log] = std::max(change.keeps[log], Tip{keep.seq, keep.entry});
    });
    if (own < given.keeps) return std::nullopt;
    return change;
  }

  // Hands on the keeps that belong to an operation of `by` and whose ends `author` signed; returns how many of them are its own,
  // signed or not.
  template <class Take>
  std::size_t take_keeps(const OperationId& id, const Member& by, const MemberKey& author, const Take& take) {
    std::size_t own = 0;
    for (const Known& known : keeps_[id]) {
      const auto& keep = std::get<KeepOperation>(known.step->operation);
      if (known.step->author == by.key) ++own;
      if (known.step->author != by.key && rank_.at(known.step->author) > by.rank) continue;
      if (holds(*known.step, keep, author)) take(KeptLog(known.step->network, keep.incarnation, keep.log_class), keep);
    }
    return own;
  }

  // Whether the removed key signed the entry that is kept; verified once.
  static bool holds(const Step& step, const KeepOperation& keep, const MemberKey& author) {
    if (!step.verified) step.verified = verify(author, Purpose::Entry, keep.entry, keep.signature);
    return *step.verified;
  }

  // Where the removals let the log end that this step is in: of several, the one that leaves least; nullopt when none concerns
  // it.
  std::optional<Tip> cut_of(const Step& step, const std::vector<Removal>& removals) const {
    std::optional<Tip> cut;
    for (const Removal& removal : removals) {
      if (!concerns(removal.network, step.author, step.network)) continue;
      const Tip end = keep_of(step, removal.keeps).value_or(Tip{});
      cut = cut ? std::min(*cut, end) : end;
    }
    return cut;
  }

  // Whether the removals leave the entry that this step is in; without one, whether its branch counts.
  bool is_left(const Step& step, const std::vector<Removal>& removals) {
    const std::optional<Tip> cut = cut_of(step, removals);
    return cut ? before(cut->id).contains(step.entry) : !parts_.at(step.network)->is_left_out(step.entry);
  }

  // Whether this step, which the cut of its log leaves, is in the entry of each of these leaves, before it, or within its keeps.
  bool is_before(const Step& step, const std::vector<Removal>& leaves, const std::optional<Tip>& cut) {
    return std::all_of(leaves.begin(), leaves.end(), [&](const Removal& leave) {
      if (!concerns(leave.network, step.author, step.network)) return true;
      const EntryId& end = revokes_.at(leave.id).step->entry;
      return step.entry == end || before(end).contains(step.entry) || is_within(step, leave.keeps, cut);
    });
  }

  // Whether the entry of this step, which counts, is the one that a keep names for its log, or before it. What does not count is
  // not everywhere, so nothing may depend on whether it is here: a keep that lies behind the cut holds all that the cut leaves.
  bool is_within(const Step& step, const std::map<KeptLog, Tip>& keeps, const std::optional<Tip>& cut) {
    const std::optional<Tip> end = keep_of(step, keeps);
    if (!end) return false;
    const bool counts = cut ? before(cut->id).contains(end->id) : !parts_.at(step.network)->is_left_out(end->id);
    return counts ? before(end->id).contains(step.entry) : cut && cut->seq <= end->seq;
  }

  // What the keeps name for the log that this step is in.
  std::optional<Tip> keep_of(const Step& step, const std::map<KeptLog, Tip>& keeps) const {
    const Membership::Place* place = place_of(step.entry);
    if (place == nullptr) return std::nullopt;
    const auto keep = keeps.find({step.network, place->log.incarnation, LogClass::Membership});
    return keep == keeps.end() ? std::nullopt : std::optional(keep->second);
  }

  // An entry and its ancestors, as far as they are here.
  const std::set<EntryId>& before(const EntryId& end) {
    auto [at, is_new] = before_.try_emplace(end);
    for (EntryId id = end; is_new;) {
      const Membership::Place* place = place_of(id);
      if (place == nullptr) break;
      at->second.insert(id);
      id = place->previous;
    }
    return at->second;
  }

  const Membership::Place* place_of(const EntryId& entry) const {
    for (const auto& [network, part] : parts_) {
      const auto at = part->entries_.find(entry);
      if (at != part->entries_.end()) return &at->second;
    }
    return nullptr;
  }

  // Every admission uses its invitation up, also a second one of the same key. A forged one does not, or any member could use
  // up the invitations of others.
  void use_up_invitations() {
    for (auto& [id, invitation] : m_.invitations_) {
      for (const Known& known : admissions_[id]) {
        const auto& admission = std::get<AdmitOperation>(known.step->operation);
        if (!m_.members_.contains(admission.member) || !known.step->signatures_hold) continue;
        if (!m_.ticket_holds(*known.step, admission, invitation)) continue;
        invitation.used = true;
        invitation.newcomers.insert(admission.member);
      }
    }
  }

  Membership& m_;
  std::map<NetworkId, const Membership*> parts_;
  std::map<MemberKey, std::vector<Known>> by_author_;
  std::map<Place, Member> candidates_;
  std::map<MemberKey, std::uint32_t> rank_;               // order of decision: the smaller, the more senior
  std::map<OperationId, std::vector<Known>> admissions_;  // by invitation; all by members
  std::map<OperationId, Judged> revokes_;                 // and leaves
  std::map<MemberKey, std::vector<OperationId>> revokes_of_;
  std::map<OperationId, const Step*> role_steps_;
  std::map<MemberKey, std::vector<OperationId>> roles_of_;
  std::map<OperationId, std::vector<Known>> keeps_;                              // by revoke, leave or role
  std::map<OperationId, std::vector<std::pair<MemberKey, Role>>> readmissions_;  // by revoke or leave
  std::map<EntryId, std::set<EntryId>> before_;
  std::map<MemberKey, std::pair<WallTime, OperationId>> sealed_;  // when each last stated its sealing key
  std::map<MemberKey, std::map<std::pair<WallTime, OperationId>, TransportKey>> transports_;  // that each stated, the newest last
};

void Membership::settle() {
  successors_.clear();
  own_.clear();
  settle_with({});
  for (const auto& [key, member] : members_) {
    own_.emplace(key, Own{member.council, member.admitted_as, member.role == Role::Coordinator && !member.removed});
  }
}

void Membership::settle_with(std::span<const Membership* const> others) {
  members_.clear();
  invitations_.clear();
  removals_.clear();
  roles_.clear();
  Seniority(*this, others).run();
}

}  // namespace budstikke
