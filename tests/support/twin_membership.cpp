#include "tests/support/twin_membership.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "protocol/base/text.h"

namespace budstikke::tests {
namespace {

template <class FixedType>
std::string start_of(const FixedType& id) {
  return hex_of(id.view().first(4));
}
std::string text_of_id(const OperationId& id) { return start_of(id.entry) + "." + std::to_string(id.change); }

std::string text_of_keeps(const Keeps& keeps) {
  std::string text;
  for (const auto& [log, end] : keeps) {
    const auto& [network, incarnation, log_class] = log;
    text += " " + start_of(network) + "/" + std::to_string(incarnation.value) + "/" +
            std::to_string(static_cast<int>(log_class)) + ":" + std::to_string(end.seq.value) + "-" + start_of(end.id);
  }
  return text;
}

std::string line_of(const Member& m) {
  return "member " + std::to_string(m.rank) + " " + start_of(m.key) + " for " + start_of(m.council) + " " +
         std::string(text_of(m.role)) + " admitted as " + std::string(text_of(m.admitted_as)) + " at " + start_of(m.transport) +
         " before " + start_of(m.former) + " since " + std::to_string(m.transport_since.ms) + " by " + start_of(m.parent) + " " +
         text_of_id(m.admission) + " depth " + std::to_string(m.depth) + " recovery " + std::to_string(m.recovery) + " until " +
         std::to_string(m.until.ms) + (m.removed ? " removed" : "") + " sealing " + start_of(m.sealing);
}

// Each signature is looked at once in the whole program: that it holds is not what the twin is to find out anew.
bool holds(const MemberKey& key, Purpose purpose, View message, const Signature& signature) {
  static std::map<Bytes, bool> known;
  Bytes question = bytes_of(key);
  ByteWriter writer(question);
  writer.u8(static_cast<std::uint8_t>(purpose));
  writer.raw(signature);
  writer.raw(message);
  const auto [at, is_new] = known.try_emplace(std::move(question));
  if (is_new) at->second = verify(key, purpose, message, signature);
  return at->second;
}

// All questions are about a prefix of the order of seniority: `decided` holds who is decided so far.
class Twin {
 public:
  // `alone`: what each of several networks is by itself.
  Twin(const NetworkId& network, const std::vector<TwinStep>& steps, const std::map<NetworkId, const Twin*>& alone = {})
      : network_(network), alone_(alone) {
    for (const TwinStep& step : steps) {
      if (alone.empty() ? step.network == network : alone.contains(step.network)) steps_.push_back(step);
    }
    while (const std::optional<Member> next = next_candidate()) decided_.push_back(*next);
  }

  // The networks that a coordinator has named.
  std::map<NetworkId, const TwinStep*> named() const {
    std::map<NetworkId, const TwinStep*> found;
    for (const TwinStep& step : steps_) {
      const auto* half = std::get_if<SuccessorOperation>(&step.operation);
      if (half == nullptr || !is_read(step) || role_at(step) != Role::Coordinator) continue;
      const FoundOperation& other = half->other;
      const NetworkId id = id_of(other.charter);
      const bool good =
          id != network_ &&
          holds(other.charter.recovery_key, Purpose::Charter, encode(other.charter), other.recovery_signature) &&
          holds(other.charter.founder, Purpose::Certificate, certificate_message(id, other.transport), other.certificate);
      if (good && (!found.contains(id) || step.id < found.at(id)->id)) found[id] = &step;
    }
    return found;
  }

  MembershipPicture picture() const {
    MembershipPicture picture;
    for (Member member : decided_) {
      member.rank = static_cast<std::uint32_t>(rank_of(member.key));
      member.role = role_now(member.key);
      member.until = until_now(member.key);
      member.council = council_in(member.key, network_);
      member.admitted_as = first_role_in(member.key, network_);
      member.removed = is_removed(member.key);
      state_keys(member);
      picture.lines.push_back(line_of(member));
      ++picture.members;
      picture.recoveries += member.recovery != 0 ? 1 : 0;
      picture.rotations += member.former.is_zero() ? 0 : 1;
    }
    for (const TwinStep& step : sorted()) {
      const auto* invite = std::get_if<InviteOperation>(&step.operation);
      if (invite == nullptr || !invites(step)) continue;
      std::string line = "invitation " + text_of_id(step.id) + " by " + start_of(step.author);
      for (const MemberKey& key : newcomers_of(step)) line += " " + start_of(key);
      picture.lines.push_back(line);
    }
    for (const TwinStep& step : sorted()) {
      if (removes(step)) {
        const MemberKey& of = std::get<RevokeOperation>(step.operation).member;
        const bool by_senior = rank_of(step.author) < rank_of(of);
        picture.lines.push_back("removal " + text_of_id(step.id) + " of " + start_of(of) + " by " + start_of(step.author) +
                                (by_senior ? ", senior" : "") + text_of_keeps(keeps_of(step, of)));
        ++picture.removals;
      } else if (leaves(step)) {
        picture.lines.push_back("removal " + text_of_id(step.id) + " of " + start_of(step.author) + " by " +
                                start_of(step.author) + text_of_keeps(keeps_of(step, step.author)));
        ++picture.leaves;
      }
    }
    for (const Member& member : by_key()) {
      for (const TwinStep* step : changes_of(member.key)) {
        const auto& change = std::get<RoleOperation>(step->operation);
        picture.lines.push_back("role " + text_of_id(step->id) + " of " + start_of(member.key) + " " +
                                std::string(text_of(change.role)) + text_of_keeps(keeps_of(*step, member.key)));
        ++picture.roles;
      }
    }
    return picture;
  }

 private:
  std::vector<TwinStep> sorted() const {
    std::vector<TwinStep> steps = steps_;
    std::sort(steps.begin(), steps.end(), [](const TwinStep& a, const TwinStep& b) { return a.id < b.id; });
    return steps;
  }
  std::vector<Member> by_key() const {
    std::vector<Member> members = decided_;
    std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.key < b.key; });
    return members;
  }

  // --- Several networks: what a key is by one network's operations alone it stays in the logs of that one.
  const Member* own_in(const MemberKey& key, const NetworkId& network) const {
    const auto at = alone_.find(network);
    return at != alone_.end() && at->second->is_decided(key) ? &at->second->member(key) : nullptr;
  }
  CouncilId council_in(const MemberKey& key, const NetworkId& network) const {
    const Member* own = own_in(key, network);
    return own != nullptr ? own->council : member(key).council;
  }
  Role first_role_in(const MemberKey& key, const NetworkId& network) const {
    const Member* own = own_in(key, network);
    return own != nullptr ? own->admitted_as : member(key).admitted_as;
  }
  bool concerns(const TwinStep& operation, const MemberKey& key, const NetworkId& network) const {
    return operation.network == network || own_in(key, network) == nullptr;
  }

  // --- Who is decided.
  std::size_t rank_of(const MemberKey& key) const {
    std::size_t rank = 0;
    while (rank < decided_.size() && decided_[rank].key != key) ++rank;
    return rank;
  }
  bool is_decided(const MemberKey& key) const { return rank_of(key) < decided_.size(); }
  const Member& member(const MemberKey& key) const { return decided_[rank_of(key)]; }

  std::optional<Member> next_candidate() const {
    std::optional<std::pair<std::tuple<std::uint32_t, std::int64_t, NetworkId, OperationId>, Member>> best;
    const auto offer = [&](const Member& candidate, const NetworkId& network) {
      if (is_decided(candidate.key)) return;
      const std::tuple place(candidate.depth, -static_cast<std::int64_t>(candidate.recovery),
                             candidate.depth == 0 ? network : NetworkId{}, candidate.admission);
      if (!best || place < best->first) best.emplace(place, candidate);
    };
    for (const TwinStep& step : steps_) {
      if (const std::optional<Member> candidate = candidate_by(step)) offer(*candidate, step.network);
    }
    return best ? std::optional(best->second) : std::nullopt;
  }

  std::optional<Member> candidate_by(const TwinStep& step) const {
    Member made{{}, {}, Role::Coordinator, {}, {}, step.id, step.entry, step.stamp, 0};
    if (const auto* found = std::get_if<FoundOperation>(&step.operation)) {
      const bool good =
          id_of(found->charter) == step.network && found->charter.founder == step.author &&
          holds(found->charter.recovery_key, Purpose::Charter, encode(found->charter), found->recovery_signature) &&
          holds(step.author, Purpose::Certificate, certificate_message(step.network, found->transport), found->certificate);
      if (!good) return std::nullopt;
      made.key = step.author;
      made.council = council_of(step.author);
      made.transport = found->transport;
      return made;
    }
    if (const auto* recover = std::get_if<RecoverOperation>(&step.operation)) {
      bool good = false;
      for (const TwinStep& other : steps_) {
        const auto* charter = std::get_if<FoundOperation>(&other.operation);
        if (charter == nullptr || id_of(charter->charter) != step.network || other.network != step.network) continue;
        good = holds(charter->charter.recovery_key, Purpose::Recovery, recovery_message(step.network, *recover),
                     recover->recovery_signature);
      }
      good = good && holds(recover->member, Purpose::Certificate, certificate_message(step.network, recover->transport),
                           recover->certificate);
      if (!good) return std::nullopt;
      made.key = recover->member;
      made.council = recover->council.is_zero() ? council_of(recover->member) : recover->council;
      made.transport = recover->transport;
      made.recovery = recover->number;
      return made;
    }
    const auto* admit = std::get_if<AdmitOperation>(&step.operation);
    if (admit == nullptr || !is_read(step)) return std::nullopt;
    for (const TwinStep& invitation : steps_) {
      if (invitation.id != admit->invite || !invites(invitation) || !signed_by_ticket(step, invitation)) continue;
      const auto& invite = std::get<InviteOperation>(invitation.operation);
      made.key = admit->member;
      made.council = invite.council.is_zero() ? council_of(admit->member) : invite.council;
      made.role = made.admitted_as = invite.role;
      made.until = invite.until;
      made.transport = admit->transport;
      made.parent = invitation.author;
      made.depth = member(invitation.author).depth + 1;
      return made;
    }
    return std::nullopt;
  }

  bool signed_by_ticket(const TwinStep& step, const TwinStep& invitation) const {
    const auto& admit = std::get<AdmitOperation>(step.operation);
    const auto& invite = std::get<InviteOperation>(invitation.operation);
    return holds(invite.ticket, Purpose::Admission, admission_message(step.network, admit.member, admit.transport),
                 admit.ticket_signature) &&
           holds(admit.member, Purpose::Certificate, certificate_message(step.network, admit.transport), admit.certificate);
  }

  // --- What counts.
  // Of an entry and those before it.
  bool leads_to(const EntryId& entry, const EntryId& end) const {
    for (EntryId at = end; !at.is_zero();) {
      const auto step = std::find_if(steps_.begin(), steps_.end(), [&](const TwinStep& other) { return other.entry == at; });
      if (step == steps_.end()) return false;
      if (at == entry) return true;
      at = step->previous;
    }
    return false;
  }
  static std::optional<Tip> keep_for(const TwinStep& step, const Keeps& keeps) {
    const auto keep = keeps.find({step.network, step.incarnation, LogClass::Membership});
    return keep == keeps.end() ? std::nullopt : std::optional(keep->second);
  }
  // Of a step that counts.
  bool is_within(const TwinStep& step, const Keeps& keeps) const {
    const std::optional<Tip> keep = keep_for(step, keeps), cut = cut_by_seniors(step);
    if (!keep) return false;
    if (cut && !leads_to(keep->id, cut->id)) return keep->seq >= cut->seq;
    return leads_to(step.entry, keep->id);
  }

  // Where senior removals end the log that this step is in: where they leave least.
  std::optional<Tip> cut_by_seniors(const TwinStep& step) const {
    std::vector<Tip> cuts;
    for (const TwinStep& other : steps_) {
      const auto* revoke = std::get_if<RevokeOperation>(&other.operation);
      if (revoke == nullptr || revoke->member != step.author || rank_of(other.author) >= rank_of(step.author)) continue;
      if (!concerns(other, step.author, step.network) || !removes(other)) continue;
      cuts.push_back(keep_for(step, keeps_of(other, step.author)).value_or(Tip{}));
    }
    return cuts.empty() ? std::nullopt : std::optional(*std::min_element(cuts.begin(), cuts.end()));
  }
  bool is_left_by_seniors(const TwinStep& step) const {
    const std::optional<Tip> cut = cut_by_seniors(step);
    return !cut || leads_to(step.entry, cut->id);
  }
  bool is_read(const TwinStep& step) const {
    if (!is_decided(step.author) || !is_left_by_seniors(step)) return false;
    return std::all_of(steps_.begin(), steps_.end(), [&](const TwinStep& other) {
      if (other.author != step.author || !concerns(other, step.author, step.network) || !leaves(other)) return true;
      return leads_to(step.entry, other.entry) || is_within(step, keeps_of(other, step.author));
    });
  }

  static OperationId of_keep(const TwinStep& step) {
    OperationId of = std::get<KeepOperation>(step.operation).revoke;
    if (of.entry.is_zero()) of.entry = step.id.entry;
    return of;
  }
  // Keeps that are read and name this operation; those of a leave by its author are read although they lie behind it.
  std::vector<const TwinStep*> keeps_named(const TwinStep& operation) const {
    std::vector<const TwinStep*> found;
    for (const TwinStep& step : steps_) {
      if (!std::holds_alternative<KeepOperation>(step.operation) || of_keep(step) != operation.id) continue;
      const bool of_own_leave = std::holds_alternative<LeaveOperation>(operation.operation) && step.author == operation.author;
      const bool counts = of_own_leave
                              ? is_decided(step.author) && is_left_by_seniors(step)
                              : is_decided(step.author) && rank_of(step.author) <= rank_of(operation.author) && is_read(step);
      if (counts) found.push_back(&step);
    }
    return found;
  }
  Keeps keeps_of(const TwinStep& operation, const MemberKey& author) const {
    Keeps keeps;
    for (const TwinStep* step : keeps_named(operation)) {
      const auto& keep = std::get<KeepOperation>(step->operation);
      if (!holds(author, Purpose::Entry, keep.entry, keep.signature)) continue;
      Tip& end = keeps[{step->network, keep.incarnation, keep.log_class}];
      end = std::max(end, Tip{keep.seq, keep.entry});
    }
    return keeps;
  }
  std::size_t own_keeps(const TwinStep& operation) const {
    const std::vector<const TwinStep*> keeps = keeps_named(operation);
    return static_cast<std::size_t>(
        std::count_if(keeps.begin(), keeps.end(), [&](const TwinStep* keep) { return keep->author == operation.author; }));
  }
  bool is_readmitted(const TwinStep& removal, bool by_author_too) const {
    return std::any_of(steps_.begin(), steps_.end(), [&](const TwinStep& step) {
      const auto* readmit = std::get_if<ReadmitOperation>(&step.operation);
      if (readmit == nullptr || readmit->revoke != removal.id) return false;
      if (step.author == removal.author) return by_author_too && is_read(step);
      return rank_of(step.author) < rank_of(removal.author) && is_read(step) && role_at(step) == Role::Coordinator;
    });
  }

  bool removes(const TwinStep& step) const {
    const auto* revoke = std::get_if<RevokeOperation>(&step.operation);
    if (revoke == nullptr || !is_decided(revoke->member) || step.author == revoke->member || !is_read(step)) return false;
    const Role role = role_at(step);
    const Member& of = member(revoke->member);
    if (of.recovery != 0 && rank_of(step.author) > rank_of(of.key)) return false;
    const bool may = role == Role::Coordinator ||
                     (role != Role::Reader && council_in(step.author, step.network) == council_in(of.key, step.network));
    return may && own_keeps(step) >= revoke->keeps && !is_readmitted(step, true);
  }
  bool leaves(const TwinStep& step) const {
    const auto* leave = std::get_if<LeaveOperation>(&step.operation);
    if (leave == nullptr || !is_decided(step.author) || !is_left_by_seniors(step)) return false;
    return own_keeps(step) >= leave->keeps && !is_readmitted(step, false);
  }
  bool is_removed(const MemberKey& key) const {
    std::size_t own = 0, left_own = 0, left = 0;  // networks
    std::set<NetworkId> networks;
    for (const TwinStep& step : steps_) networks.insert(step.network);
    for (const NetworkId& network : networks) {
      bool has_left = false;
      for (const TwinStep& step : steps_) {
        const auto* revoke = std::get_if<RevokeOperation>(&step.operation);
        if (revoke != nullptr && revoke->member == key && removes(step)) return true;
        has_left = has_left || (step.network == network && step.author == key && leaves(step));
      }
      left += has_left ? 1 : 0;
      if (own_in(key, network) == nullptr) continue;
      ++own;
      left_own += has_left ? 1 : 0;
    }
    return left > 0 && left_own == own;
  }

  // --- Roles.
  // That count, the newest first.
  std::vector<const TwinStep*> changes_of(const MemberKey& key) const {
    std::vector<const TwinStep*> changes;
    for (const TwinStep& step : steps_) {
      const auto* change = std::get_if<RoleOperation>(&step.operation);
      if (change == nullptr || change->member != key || rank_of(step.author) >= rank_of(key)) continue;
      if (is_read(step) && role_at(step) == Role::Coordinator && own_keeps(step) >= change->keeps) changes.push_back(&step);
    }
    std::sort(changes.begin(), changes.end(),
              [](const TwinStep* a, const TwinStep* b) { return std::tie(a->stamp, a->id) > std::tie(b->stamp, b->id); });
    return changes;
  }
  Role role_at(const TwinStep& step) const {
    for (const TwinStep* change : changes_of(step.author)) {
      if (concerns(*change, step.author, step.network) && !is_within(step, keeps_of(*change, step.author)))
        return std::get<RoleOperation>(change->operation).role;
    }
    return first_role_in(step.author, step.network);
  }
  const RoleOperation* last_change(const MemberKey& key) const {
    for (const TwinStep* change : changes_of(key)) {
      if (concerns(*change, key, network_)) return &std::get<RoleOperation>(change->operation);
    }
    return nullptr;
  }
  Role role_now(const MemberKey& key) const {
    const RoleOperation* last = last_change(key);
    return last != nullptr ? last->role : first_role_in(key, network_);
  }
  WallTime until_now(const MemberKey& key) const {
    const RoleOperation* last = last_change(key);
    return last != nullptr ? last->until : member(key).until;
  }

  // --- The rest.
  bool invites(const TwinStep& step) const {
    const auto* invite = std::get_if<InviteOperation>(&step.operation);
    if (invite == nullptr || !is_read(step)) return false;
    const Role role = role_at(step);
    if (role == Role::Coordinator) return true;
    const bool own = invite->council == council_in(step.author, step.network);
    return role != Role::Reader && own && (invite->role == role || invite->role == Role::Reader);
  }
  std::set<MemberKey> newcomers_of(const TwinStep& invitation) const {
    std::set<MemberKey> keys;
    for (const TwinStep& step : steps_) {
      const auto* admit = std::get_if<AdmitOperation>(&step.operation);
      if (admit == nullptr || admit->invite != invitation.id || !is_read(step) || !is_decided(admit->member)) continue;
      if (signed_by_ticket(step, invitation)) keys.insert(admit->member);
    }
    return keys;
  }
  void state_keys(Member& member) const {
    std::vector<const TwinStep*> stated;
    for (const TwinStep& step : steps_) {
      if (step.author == member.key && is_read(step)) stated.push_back(&step);
    }
    std::sort(stated.begin(), stated.end(),
              [](const TwinStep* a, const TwinStep* b) { return std::tie(a->stamp, a->id) < std::tie(b->stamp, b->id); });
    for (const TwinStep* step : stated) {
      if (const auto* seal = std::get_if<SealOperation>(&step->operation)) member.sealing = seal->key;
      const auto* transport = std::get_if<TransportOperation>(&step->operation);
      if (transport == nullptr || !holds(member.key, Purpose::Certificate,
                                         certificate_message(step->network, transport->transport), transport->certificate)) {
        continue;
      }
      member.former = member.transport;
      member.transport = transport->transport;
      member.transport_since = step->stamp;
    }
  }

  NetworkId network_;
  std::map<NetworkId, const Twin*> alone_;
  std::vector<TwinStep> steps_;
  std::vector<Member> decided_;
};

std::string line_of_half(const NetworkId& other, const OperationId& id, const MemberKey& by) {
  return "to be one with " + start_of(other) + " by " + start_of(by) + " " + text_of_id(id);
}

}  // namespace

MembershipPicture picture_of(const Membership& membership) {
  MembershipPicture picture;
  std::vector<const Member*> members;
  for (const auto& [key, member] : membership.members()) members.push_back(&member);
  std::sort(members.begin(), members.end(), [](const Member* a, const Member* b) { return a->rank < b->rank; });
  for (const Member* member : members) {
    picture.lines.push_back(line_of(*member));
    ++picture.members;
    picture.recoveries += member->recovery != 0 ? 1 : 0;
    picture.rotations += member->former.is_zero() ? 0 : 1;
  }
  for (const auto& [id, invitation] : membership.invitations()) {
    std::string line = "invitation " + text_of_id(id) + " by " + start_of(invitation.inviter);
    for (const MemberKey& key : invitation.newcomers) line += " " + start_of(key);
    picture.lines.push_back(line);
  }
  for (const auto& [id, removal] : membership.removals()) {
    picture.lines.push_back("removal " + text_of_id(id) + " of " + start_of(removal.member) + " by " + start_of(removal.by) +
                            (removal.by_senior ? ", senior" : "") + text_of_keeps(removal.keeps));
    ++(removal.is_leave() ? picture.leaves : picture.removals);
  }
  for (const auto& [key, changes] : membership.role_changes()) {
    for (const RoleChange& change : changes) {
      picture.lines.push_back("role " + text_of_id(change.id) + " of " + start_of(key) + " " + std::string(text_of(change.role)) +
                              text_of_keeps(change.keeps));
      ++picture.roles;
    }
  }
  for (const auto& [other, half] : membership.successors()) picture.lines.push_back(line_of_half(other, half.id, half.by));
  return picture;
}

MembershipPicture twin_of(const NetworkId& network, const std::vector<TwinStep>& steps) {
  std::map<NetworkId, Twin> alone;
  for (const TwinStep& step : steps) {
    if (!alone.contains(step.network)) alone.emplace(step.network, Twin(step.network, steps));
  }
  const auto names = [&](const NetworkId& from, const NetworkId& to) {
    return alone.contains(from) && alone.contains(to) && alone.at(from).named().contains(to) &&
           alone.at(to).named().contains(from);
  };
  std::map<NetworkId, const Twin*> united;  // every pair that is not yet there is looked at until none comes any more
  if (alone.contains(network)) united.emplace(network, &alone.at(network));
  for (std::size_t before = 0; before != united.size();) {
    before = united.size();
    for (const auto& [to, twin] : alone) {
      const bool is_reached = std::any_of(united.begin(), united.end(), [&](const auto& from) { return names(from.first, to); });
      if (is_reached) united.emplace(to, &twin);
    }
  }
  MembershipPicture picture = united.size() > 1 ? Twin(network, steps, united).picture() : Twin(network, steps).picture();
  for (const auto& [other, twin] : united) picture.united.insert(other);
  if (alone.contains(network)) {
    for (const auto& [other, step] : alone.at(network).named()) {
      picture.lines.push_back(line_of_half(other, step->id, step->author));
    }
  }
  return picture;
}

}  // namespace budstikke::tests
