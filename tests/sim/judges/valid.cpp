#include "tests/sim/judges/valid.h"

#include <algorithm>
#include <optional>
#include <set>

#include "protocol/base/limits.h"
#include "protocol/base/text.h"
#include "tests/sim/rest.h"
#include "tests/sim/world.h"
#include "tests/support/twin_fold.h"

namespace budstikke::sim {
namespace {

// An entry as it lies on a disk.
struct Lying {
  EntryRow row;
  Bytes payload;  // that the row points into
};

struct Histories {
  std::map<RecordId, std::pair<RecordKey, std::vector<FoldChange>>> records;
  SetDigest fingerprint;  // of the entries, and of whom each counts for
};

class Reader {
 public:
  Reader(const Machine& machine, const Network& network) : disk_(machine.disk()), network_(network) {
    for (const auto& [number, held] : disk_.held()) by_id_[held.id].push_back(number);
  }

  Histories read() {
    Histories histories;
    for (const auto& [id, log] : network_.logs) {
      if (id.log_class != LogClass::Data) continue;
      const std::optional<LogRow> row = disk_.log(log.number);
      if (row) read_log(*row, log.number, histories);
    }
    return histories;
  }

 private:
  std::set<EntryNumber> way_to(EntryNumber end) const {
    std::set<EntryNumber> way;
    for (EntryNumber at = end; at;) {
      const auto held = disk_.held().find(at);
      require(held != disk_.held().end(), "a log with a hole before its tip");
      way.insert(at);
      at = held->second.previous;
    }
    return way;
  }

  // Of a log that forked into more branches than may count those that do, one after the other: the way from the start that always
  // goes on with the smallest id, then of what leaves what counts already the smallest again, and so on.
  std::set<EntryNumber> on_branches_that_count(const std::set<EntryNumber>& here) const {
    std::map<EntryNumber, std::map<EntryId, EntryNumber>> after;
    for (EntryNumber at : here) after[disk_.held().at(at).previous].emplace(disk_.held().at(at).id, at);
    std::set<EntryNumber> counting;
    std::map<EntryId, EntryNumber> leaving = after[EntryNumber{}];
    for (std::size_t branches = 0; branches < kMaxTips && !leaving.empty(); ++branches) {
      std::map<EntryId, EntryNumber> next{*leaving.begin()};
      leaving.erase(leaving.begin());
      while (!next.empty()) {
        const EntryNumber at = next.begin()->second;
        next.erase(next.begin());
        leaving.merge(next);
        counting.insert(at);
        next = after[at];
      }
    }
    return counting;
  }

  // Of the entries that are here the one with this id, and all before it.
  std::set<EntryNumber> way_to(const EntryId& end, const std::set<EntryNumber>& here) const {
    const auto numbers = by_id_.find(end);
    for (std::size_t i = 0; numbers != by_id_.end() && i < numbers->second.size(); ++i) {
      if (here.contains(numbers->second[i])) return way_to(numbers->second[i]);
    }
    return {};
  }

  // From the last change of its author's role to the first: which entries it leaves in the role that they had.
  struct Kept {
    Role role;
    std::set<EntryNumber> entries;
  };
  std::vector<Kept> roles_of(const LogId& id, const std::set<EntryNumber>& here,
                             const std::optional<std::set<EntryNumber>>& left) const {
    std::vector<Kept> roles;
    const auto changes = network_.membership.role_changes().find(id.author);
    if (changes == network_.membership.role_changes().end()) return roles;
    for (const RoleChange& change : changes->second) {
      const auto keep = change.keeps.find({network_.row.id, id.incarnation, id.log_class});
      Kept kept{change.role, {}};
      if (keep != change.keeps.end()) {
        kept.entries = way_to(keep->second.id, here);
        const bool counts = !left || std::includes(left->begin(), left->end(), kept.entries.begin(), kept.entries.end());
        const std::optional<Tip> cut = network_.membership.cut_of(id);
        if (!counts || kept.entries.empty()) {  // others need not have it
          kept.entries = cut && cut->seq <= keep->second.seq ? *left : std::set<EntryNumber>{};
        }
      }
      roles.push_back(std::move(kept));
    }
    return roles;
  }

  // Which entries of the log count, by its cut or else by how many branches may; nullopt: all.
  std::optional<std::set<EntryNumber>> left_of(const LogRow& log, const std::set<EntryNumber>& here) const {
    const std::optional<Tip> cut = network_.membership.cut_of(log.id);
    if (!cut) return log.tips.size() > kMaxTips ? std::optional(on_branches_that_count(here)) : std::nullopt;
    return way_to(cut->id, here);
  }

  void read_log(const LogRow& log, LogNumber number, Histories& histories) const {
    std::set<EntryNumber> here;
    for (const StoredTip& tip : log.tips) here.merge(way_to(tip.number));
    const std::optional<std::set<EntryNumber>> left = left_of(log, here);
    const Member* member = network_.membership.find(log.id.author);
    const std::vector<Kept> roles = roles_of(log.id, here, left);
    for (EntryNumber at : here) {
      if (left && !left->contains(at)) continue;  // others need not have it
      const std::optional<Bytes> payload = disk_.entry(at);
      const Result<EntryRow> row = parse_entry_row(*payload);
      EntryView entry;
      require(row && parse_stored_entry(row->body, LogClass::Data, entry), "an entry's row that is none");
      const bool counts = member != nullptr && entry.version == kEntryVersion;
      std::optional<Standing> author;
      std::optional<CouncilId> council;
      if (member != nullptr) council = member->council;
      const auto given = std::find_if(roles.begin(), roles.end(), [&](const Kept& role) { return !role.entries.contains(at); });
      if (counts) author = Standing{member->council, given == roles.end() ? member->admitted_as : given->role};
      const std::uint8_t standing[] = {static_cast<std::uint8_t>(counts ? 1 : 0),
                                       static_cast<std::uint8_t>(counts ? static_cast<int>(author->role) : 0)};
      const View of = council ? council->view() : View{};
      histories.fingerprint.add(hash(Domain::Derived, {row->id.view(), View(standing), of}));
      for (std::size_t i = 0; i < entry.changes.size(); ++i) {
        const ChangeView& change = entry.changes[i];
        const Result<Skeleton> skeleton = parse_skeleton(change.skeleton);
        require(skeleton.ok(), "a skeleton that is none");
        const Hash values = change.state == ValuesState::Inline ? values_hash(change.values) : change.values_hash;
        const Source source{
            prefix_of(row->id), static_cast<std::uint8_t>(i), leaf_of(change.skeleton, values), entry.stamp, at, number};
        auto& [key, changes] = histories.records[id_of(skeleton->record)];
        key = skeleton->record;
        changes.push_back({source, author, *skeleton, council});
      }
    }
  }

  const Disk& disk_;
  const Network& network_;
  std::map<EntryId, std::vector<EntryNumber>> by_id_;
};

Hash digest_of(const Histories& histories) {
  SetDigest sum;
  for (const auto& [id, record] : histories.records) {
    const tests::TwinState state = tests::twin_fold(record.first, record.second);
    if (!state.live.empty()) sum.add(hash(Domain::State, {id.view(), View(state.canonical)}));
  }
  return sum.value();
}

// The first record of which the node says something else.
std::string difference(const Machine& machine, const Network& network, const Histories& histories) {
  const Ledger& ledger = machine.node().ledger();
  for (const auto& [id, record] : histories.records) {
    const tests::TwinState twin = tests::twin_fold(record.first, record.second);
    const Result<std::optional<RecordNumber>> number = ledger.find_record(network, id);
    const Result<std::optional<RecordState>> state =
        number && *number ? ledger.record(**number) : Result<std::optional<RecordState>>(std::optional<RecordState>{});
    const Bytes said = state && *state ? canonical_state(**state) : Bytes{};
    if (said != twin.canonical) return "record " + base32_of(id.view()).substr(0, 6);
  }
  return "the sum";
}

}  // namespace

void Valid::look_at(World& world, Machine& machine) {
  const Network* network = machine.network();
  if (network == nullptr || network->is_pending() || machine.node().ledger().has_uncommitted() || machine.disk().is_damaged())
    return;
  const Histories histories = Reader(machine, *network).read();
  auto [at, is_new] = known_.try_emplace(histories.fingerprint.value());
  if (is_new) {
    at->second = digest_of(histories);
    ++folded_;
  }
  if (at->second == network->state_digest()) return;
  world.fail(World::name(machine.index()) +
             " holds records that do not follow from what counts: " + difference(machine, *network, histories));
}

void Valid::after_commit(World& world, Machine& machine) {
  if (++commits_ % kCommitsBetween == 0) look_at(world, machine);
}

void Valid::at_rest(World& world) {
  for (Machine* machine : members_at_rest(world)) look_at(world, *machine);
}

}  // namespace budstikke::sim
