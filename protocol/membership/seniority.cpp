// Who is a member, decided from the most senior key down. The rule is in membership.h.
//
// Why it ends  Every candidate is decided once, and a key's operations are judged only by keys that were decided before it, so
//              no decision ever has to be taken back.
#include "protocol/base/limits.h"
#include "protocol/membership/membership.h"

namespace budstikke {

class Seniority {
 public:
  explicit Seniority(Membership& membership) : m_(membership) {}

  void run() {
    for (const auto& [id, step] : m_.steps_) by_author_[step.author].push_back({id, &step});
    for (const auto& [id, step] : m_.steps_) {
      const auto* found = std::get_if<FoundOperation>(&step.operation);
      if (found == nullptr || !step.signatures_hold || m_.is_left_out(step.entry)) continue;
      candidates_.emplace(
          Place{0, id},
          Member{step.author, council_of(step.author), Role::Coordinator, found->transport, {}, id, step.entry, step.stamp, 0});
    }
    while (!candidates_.empty()) {
      const Member next = candidates_.extract(candidates_.begin()).mapped();
      if (m_.members_.size() < kMaxMembers && m_.members_.emplace(next.key, next).second) decide(next);
    }
    for (const auto& [id, revoke] : revokes_) {
      std::optional<Removal> removal = counting(id, revoke);
      if (!removal) continue;
      m_.members_.at(removal->member).removed = true;
      m_.removals_.emplace(id, std::move(*removal));
    }
    use_up_invitations();
  }

 private:
  using Step = Membership::Step;
  struct Known {
    OperationId id;
    const Step* step;
  };
  using Place = std::pair<std::uint32_t, OperationId>;  // depth, admission

  void decide(const Member& member) {
    const auto rank = static_cast<std::uint32_t>(rank_.size());
    rank_.emplace(member.key, rank);
    m_.members_.at(member.key).rank = rank;
    std::vector<Removal> removals;
    for (const OperationId& id : revokes_of_[member.key]) {
      if (std::optional<Removal> removal = counting(id, revokes_.at(id))) removals.push_back(std::move(*removal));
    }
    for (const Known& known : by_author_[member.key]) {
      if (is_left(*known.step, removals)) read(member, known);
    }
  }

  void read(const Member& author, const Known& known) {
    const Step& step = *known.step;
    if (const auto* invite = std::get_if<InviteOperation>(&step.operation)) {
      if (!m_.may_invite(author, invite->role, invite->council)) return;
      m_.invitations_.try_emplace(known.id, Invitation{known.id, author.key, *invite});
      for (const Known& waiting : admissions_[known.id]) admit(waiting);
    } else if (const auto* admission = std::get_if<AdmitOperation>(&step.operation)) {
      admissions_[admission->invite].push_back(known);
      admit(known);
    } else if (const auto* revoke = std::get_if<RevokeOperation>(&step.operation)) {
      revokes_.emplace(known.id, &step);
      revokes_of_[revoke->member].push_back(known.id);
    } else if (const auto* keep = std::get_if<KeepOperation>(&step.operation)) {
      OperationId revoked = keep->revoke;
      if (revoked.entry.is_zero()) revoked.entry = known.id.entry;
      keeps_[revoked].push_back(known);
    } else if (const auto* readmit = std::get_if<ReadmitOperation>(&step.operation)) {
      readmissions_[readmit->revoke].push_back(author.key);
    } else if (const auto* seal = std::get_if<SealOperation>(&step.operation)) {
      const std::pair stated(step.stamp, known.id);
      const auto [newest, is_first] = sealed_.try_emplace(author.key, stated);
      if (!is_first && stated < newest->second) return;
      newest->second = stated;
      m_.members_.at(author.key).sealing = seal->key;
    }
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
    candidates_.emplace(Place{parent.depth + 1, known.id},
                        Member{admission.member, council, invite.role, admission.transport, parent.key, known.id,
                               known.step->entry, known.step->stamp, parent.depth + 1});
  }

  // The removal by this revoke, if it counts.
  std::optional<Removal> counting(const OperationId& id, const Step* step) {
    const auto& revoke = std::get<RevokeOperation>(step->operation);
    const auto member = m_.members_.find(revoke.member);
    const Member& by = m_.members_.at(step->author);
    if (member == m_.members_.end() || !m_.may_remove(by, member->second)) return std::nullopt;
    for (const MemberKey& key : readmissions_[id]) {
      const bool is_senior = rank_.at(key) < rank_.at(by.key) && m_.members_.at(key).role == Role::Coordinator;
      if (key == by.key || is_senior) return std::nullopt;
    }
    Removal removal{id, by.key, revoke.member, step->stamp, rank_.at(by.key) < rank_.at(revoke.member), {}, {}};
    std::size_t own = 0;
    for (const Known& known : keeps_[id]) {
      const auto& keep = std::get<KeepOperation>(known.step->operation);
      if (known.step->author == by.key) ++own;
      if (known.step->author != by.key && rank_.at(known.step->author) > rank_.at(by.key)) continue;
      if (!holds(*known.step, keep, revoke.member)) continue;
      const std::pair log(keep.incarnation, keep.log_class);
      Tip& end = removal.keeps[log];
      if (end < Tip{keep.seq, keep.entry}) {
        end = Tip{keep.seq, keep.entry};
        removal.endings[log] = keep.signature;
      }
    }
    if (own < revoke.keeps) return std::nullopt;
    return removal;
  }

  // Whether the removed key signed the entry that is kept; verified once.
  static bool holds(const Step& step, const KeepOperation& keep, const MemberKey& author) {
    if (!step.verified) step.verified = verify(author, Purpose::Entry, keep.entry, keep.signature);
    return *step.verified;
  }

  // Whether the removals leave the entry that this step is in; without one, whether its branch counts.
  bool is_left(const Step& step, const std::vector<Removal>& removals) {
    if (removals.empty()) return !m_.is_left_out(step.entry);
    for (const Removal& removal : removals) {
      const auto place = m_.entries_.find(step.entry);
      if (place == m_.entries_.end()) return false;
      const auto keep = removal.keeps.find({place->second.log.incarnation, LogClass::Membership});
      if (keep == removal.keeps.end() || !before(keep->second.id).contains(step.entry)) return false;
    }
    return true;
  }

  // An entry and its ancestors, as far as they are here.
  const std::set<EntryId>& before(const EntryId& end) {
    auto [at, is_new] = before_.try_emplace(end);
    for (EntryId id = end; is_new;) {
      const auto place = m_.entries_.find(id);
      if (place == m_.entries_.end()) break;
      at->second.insert(id);
      id = place->second.previous;
    }
    return at->second;
  }

  // Every admission uses its invitation up, also a second one of the same key. A forged one does not, or any member could use
  // up the invitations of others.
  void use_up_invitations() {
    for (auto& [id, invitation] : m_.invitations_) {
      for (const Known& known : admissions_[id]) {
        const auto& admission = std::get<AdmitOperation>(known.step->operation);
        if (!m_.members_.contains(admission.member) || !known.step->signatures_hold) continue;
        if (m_.ticket_holds(*known.step, admission, invitation)) invitation.used = true;
      }
    }
  }

  Membership& m_;
  std::map<MemberKey, std::vector<Known>> by_author_;
  std::map<Place, Member> candidates_;
  std::map<MemberKey, std::uint32_t> rank_;               // order of decision: the smaller, the more senior
  std::map<OperationId, std::vector<Known>> admissions_;  // by invitation; all by members
  std::map<OperationId, const Step*> revokes_;
  std::map<MemberKey, std::vector<OperationId>> revokes_of_;
  std::map<OperationId, std::vector<Known>> keeps_;             // by revoke
  std::map<OperationId, std::vector<MemberKey>> readmissions_;  // by revoke
  std::map<EntryId, std::set<EntryId>> before_;
  std::map<MemberKey, std::pair<WallTime, OperationId>> sealed_;  // when each last stated its sealing key
};

void Membership::settle() {
  members_.clear();
  invitations_.clear();
  removals_.clear();
  Seniority(*this).run();
}

}  // namespace budstikke
