// What counts: how far each log counts, for whom its author wrote, and the records that change with either.
#include <algorithm>
#include <utility>

#include "protocol/base/limits.h"
#include "protocol/membership/unions.h"
#include "protocol/node/ledger_parts.h"

namespace budstikke {
namespace {

constexpr std::size_t kFoldedAtOnce = 1024;  // stale records that settle() folds itself: less than a fetched batch costs

// The last seq that counts; everything, without a limit.
std::uint64_t end_of(const std::optional<Limit>& limit) {
  if (!limit) return UINT64_MAX;
  return limit->tips.empty() ? 0 : limit->tips.front().head.seq.value;
}

// All of it counts, or those of its branches that may.
bool is_by_branches(const std::optional<Limit>& limit) { return !limit || !limit->left_out.empty(); }

// The first seq whose role may differ: from where on any has a role by one of the two and not by the other.
std::uint64_t role_differs_from(const Log& before, const Log& now) {
  if (before.roles == now.roles) return UINT64_MAX;
  if (now.row.tips.size() > 1) return 1;
  std::uint64_t from = UINT64_MAX;
  const auto look = [&](const std::vector<RolePart>& these, const std::vector<RolePart>& others) {
    for (const RolePart& part : these) {
      if (std::find(others.begin(), others.end(), part) != others.end()) continue;
      from = std::min(from, part.end ? part.since.after.seq.value + 1 : 1);
    }
  };
  look(before.roles, now.roles);
  look(now.roles, before.roles);
  return from == UINT64_MAX ? 1 : from;  // the same in another order
}

// The first seq whose standing differs.
std::uint64_t differs_from(const Log& before, const Log& now) {
  if (before.author != now.author) return 1;
  const std::uint64_t role_from = role_differs_from(before, now);
  if (before.limit == now.limit) return role_from;
  const auto by_number = [](const std::optional<Limit>& limit) { return limit && (limit->path || !limit->left_out.empty()); };
  const bool forked = by_number(before.limit) || by_number(now.limit);
  return forked ? 1 : std::min(role_from, std::min(end_of(before.limit), end_of(now.limit)) + 1);
}

}  // namespace

Result<bool> Ledger::settle(Network& network) {
  if (Status status = reattach(network); !status) return status.error();
  const bool decided = std::exchange(network.membership_changed, false);
  if (decided) {
    if (Status status = leave_out_branches(network); !status) return status.error();
    network.membership.settle();
  }
  if (!decided && !network.limits_changed) return false;
  network.limits_changed = false;
  for (Network* touched : decided ? unite(&network) : std::vector<Network*>{&network}) {
    if (Status status = renew_standings(*touched, true); !status) return status.error();
    if (touched->stale.size() > kFoldedAtOnce) continue;
    if (Status status = refold(*touched, kFoldedAtOnce); !status) return status.error();
  }
  return decided;
}

// Finds out which networks are one after `decided` was settled alone (nullptr: all were), and decides those together whose union
// has changed, or one of whom was decided. Returns whose standings may have changed.
std::vector<Network*> Ledger::unite(const Network* decided) {
  Memberships all;
  for (auto& [id, network] : networks_) all.emplace(id, &network.membership);
  std::vector<Network*> touched;
  for (auto& [id, network] : networks_) {
    std::set<NetworkId> united = united_with(id, all);
    united.erase(id);
    const bool is_decided = decided == nullptr || decided == &network;
    const bool has_decided = decided != nullptr && united.contains(decided->row.id);
    if (!is_decided && !has_decided && united == network.united) continue;
    network.united = std::move(united);
    network.decided = true;
    std::vector<const Membership*> others;
    for (const NetworkId& other : network.united) others.push_back(all.at(other));
    if (!others.empty()) {
      network.membership.settle_with(others);
    } else if (!is_decided) {
      network.membership.settle();  // it is alone again
    }
    touched.push_back(&network);
  }
  return touched;
}

Hash Ledger::membership_digest(const Network& network) const {
  SetDigest sum = network.membership_vector;
  for (const NetworkId& other : network.united) sum.add(networks_.at(other).membership_vector);
  return sum.value();
}

// `queue`: whether records that this concerns become stale; not when loading, where they were folded so.
Status Ledger::renew_standings(Network& network, bool queue) {
  for (auto& [id, log] : network.logs) {
    Log before;  // only what decides
    before.author = log.author;
    before.limit = log.limit;
    before.roles = log.roles;
    const Member* member = network.membership.find(id.author);
    log.author = member != nullptr ? std::optional(Standing{member->council, member->admitted_as}) : std::nullopt;
    log.cut = network.membership.cut_of(id);
    const bool is_whole = log.author && !log.cut && !before.limit && log.row.tips.size() <= kMaxTips;
    Result<std::optional<Limit>> limit = is_whole ? Result<std::optional<Limit>>(std::optional<Limit>()) : limit_of(network, log);
    if (!limit) return limit.error();
    log.limit = std::move(*limit);
    Result<std::vector<RolePart>> roles = roles_of(network, log);
    if (!roles) return roles.error();
    log.roles = std::move(*roles);
    const bool same_roles = before.author == log.author && before.roles == log.roles;
    if (is_whole && same_roles) continue;
    const std::uint64_t from = differs_from(before, log);
    if (before.limit != log.limit) leave_vector(network, log);
    if (!queue || from == UINT64_MAX || id.log_class != LogClass::Data) continue;
    const bool only_branches = same_roles && is_by_branches(before.limit) && is_by_branches(log.limit);
    Status status = only_branches ? make_stale_between(network, before.limit, log.limit) : make_stale(network, before, log, from);
    if (!status) return status;
  }
  return done();
}

void Ledger::leave_vector(Network& network, Log& log) {
  if (log.in_vector) vector_of(network, log.row.id.log_class).remove(*std::exchange(log.in_vector, std::nullopt));
  log.dirty = true;  // refresh_vectors() adds it back
}

// The entry a cut names, with the signature that the cut brought; nullopt while it is not here.
Result<std::optional<StoredTip>> Ledger::signed_tip(const Network& network, const Log& log, const Tip& cut) const {
  Result<std::vector<Place>> places = places_at(log, cut.seq);
  if (!places) return places.error();
  for (const Place& place : *places) {
    if (place.head.id != cut.id) continue;
    for (const auto& [id, removal] : network.membership.removals()) {
      const KeptLog ending(network.row.id, log.row.id.incarnation, log.row.id.log_class);
      const auto keep = removal.keeps.find(ending);
      if (removal.member != log.row.id.author || keep == removal.keeps.end() || keep->second != cut) continue;
      return std::optional(StoredTip{place.head, place.number, removal.endings.at(ending)});
    }
  }
  return std::optional<StoredTip>{};
}

// An entry and all before it.
Result<std::set<EntryNumber>> Ledger::way_to(EntryNumber end) const {
  std::set<EntryNumber> way;
  for (EntryNumber at = end; at;) {
    way.insert(at);
    Result<EntryRow> row = entry_row(at);
    if (!row) return row.error();
    at = row->previous;
  }
  return way;
}

Result<std::optional<Limit>> Ledger::limit_of(const Network& network, const Log& log) const {
  if (!log.author) return std::optional(Limit{});  // others do not fetch it: who is no member here is none there
  if (!log.cut) return limit_by_branches(log);
  if (log.cut->seq.value == 0) return std::optional(Limit{});
  Result<std::optional<StoredTip>> end = signed_tip(network, log, *log.cut);
  if (!end) return end.error();
  if (!*end) return std::optional(Limit{});  // until it is here, nobody can tell what leads to it
  Limit limit{{**end}};
  if (log.row.tips.size() == 1) return std::optional(std::move(limit));
  Result<std::set<EntryNumber>> way = way_to((*end)->number);
  if (!way) return way.error();
  limit.path = std::move(*way);
  return std::optional(std::move(limit));
}

// Where the author's roles begin in this log, as far as it counts. What does not count is not everywhere, so that nothing may
// depend on whether it is here: a role that begins behind the cut has nothing of what the cut leaves.
Result<std::vector<RolePart>> Ledger::roles_of(const Network& network, const Log& log) const {
  std::vector<RolePart> parts;
  if (log.row.id.log_class != LogClass::Data) return parts;
  for (const RoleSince& since : network.membership.roles_in(log.row.id)) {
    RolePart part{since};
    if (since.after.seq.value > 0) {
      Result<std::vector<Place>> places = places_at(log, since.after.seq);
      if (!places) return places.error();
      const auto at = std::find_if(places->begin(), places->end(), [&](const Place& p) {
        return p.head.id == since.after.id && log.counts(p.head.seq, p.number);
      });
      if (at != places->end()) part.end = at->number;
      if (!part.end && log.cut && log.cut->seq <= since.after.seq) continue;
    }
    if (part.end && log.row.tips.size() > 1) {
      Result<std::set<EntryNumber>> way = way_to(*part.end);
      if (!way) return way.error();
      part.way = std::move(*way);
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

// Before an entry is appended: once a log forks its seqs do not tell any more which role an entry has, and the entry may be the
// one at which a role begins.
Status Ledger::follow_roles(Network& network, Log& log, const Place& place, const EntryId& appended) {
  for (RolePart& part : log.roles) {
    const bool forks = !log.row.tips.empty() && place.number != log.row.tips.back().number;
    if (part.end && !part.way && forks) {
      Result<std::set<EntryNumber>> way = way_to(*part.end);
      if (!way) return way.error();
      part.way = std::move(*way);
    }
    if (!part.end && part.since.after.id == appended) network.limits_changed = true;
  }
  return done();
}

// Nobody has a standing to write in a version that this program does not know: what such an entry holds is void here.
std::optional<Standing> Ledger::standing_at(const Log& log, Seq seq, EntryNumber number, std::uint8_t version) const {
  if (version > kEntryVersion || !log.counts(seq, number)) return std::nullopt;
  return log.written_as(seq, number);
}

// The records that entries of the log from this seq on touch. Those of the entries that count now and did not, or not in this
// role, come here once more for who goes by the order of arrival.
Status Ledger::make_stale(Network& network, const Log& before, const Log& log, std::uint64_t from) {
  std::set<EntryNumber> seen;
  std::optional<LateRange> late;
  for (const StoredTip& tip : log.row.tips) {
    for (EntryNumber at = tip.number; at && seen.insert(at).second;) {
      Result<EntryRow> row = entry_row(at);
      if (!row) return row.error();
      const Seq seq = row->seq;
      if (seq.value < from) break;
      const bool as_before = before.counts(seq, at) && before.written_as(seq, at) == log.written_as(seq, at);
      if (log.counts(seq, at) && !as_before) {
        late = late ? LateRange{std::min(late->first, seq), std::max(late->last, seq)} : LateRange{seq, seq};
      }
      at = row->previous;
      if (Status status = make_stale(network, *row); !status) return status;
    }
  }
  return late && !rebuilding_ ? put_late(log, *late) : done();
}

Status Ledger::make_stale(Network& network, const EntryRow& row) {
  for (const RecordLink& link : row.links) {
    if (!network.stale.insert(link.record).second) continue;
    dirty_ = true;
    if (Status status = storage_.put(Table::Stale, numbered_key(network.number, link.record.value), {}); !status) return status;
  }
  return done();
}

Result<RecordState> Ledger::fold_anew(const RecordState& old) const {
  Result<std::vector<FoldChange>> history = history_of(old.newest);
  if (!history) return history.error();
  RecordState state = fold(old.key, *history);
  state.newest = old.newest;
  state.changes = old.changes;
  return state;
}

Result<Ledger::Touched> Ledger::touched_by_number(RecordNumber number) const {
  Result<std::optional<View>> payload = storage_.get(Table::Records, key_of(number.value));
  if (!payload) return payload.error();
  if (!*payload) return Error{Code::Damaged, "a record that should be here is missing"};
  Result<RecordRow> row = parse_record(**payload);
  if (!row) return row.error();
  Touched touched;
  touched.number = number;
  touched.id = id_of(row->state.key);
  touched.before = std::move(row->state);
  if (!touched.before.live.empty()) touched.old_hash = state_hash(touched.id, touched.before);
  return touched;
}

Status Ledger::refold(Network& network, std::size_t most) {
  while (!network.stale.empty() && most-- > 0) {
    Result<Touched> touched = touched_by_number(*network.stale.begin());
    if (!touched) return touched.error();
    Result<RecordState> anew = fold_anew(touched->before);
    if (!anew) return anew.error();
    touched->state = std::move(*anew);
    if (Status status = put_record(network, *touched); !status) return status;  // no longer stale
    dirty_ = true;
  }
  return done();
}

}  // namespace budstikke
