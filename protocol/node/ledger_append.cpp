// Appending: one verified entry, the records it touches, and what membership operations mean for them.
#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/ledger_parts.h"

namespace budstikke {
namespace {

std::uint64_t absent_values(const EntryView& entry) {
  return static_cast<std::uint64_t>(std::count_if(entry.changes.begin(), entry.changes.end(),
                                                  [](const ChangeView& change) { return change.state == ValuesState::Absent; }));
}

}  // namespace

Result<Ledger::Place> Ledger::append(Network& network, Log& log, const Place& place, const Head& head, const EntryView& entry,
                                     const std::optional<Signature>& signature) {
  const EntryNumber number{++counters_.entries};
  EntryRow row;
  row.log = log.number;
  row.seq = head.seq;
  row.previous = place.number;
  row.id = head.id;
  row.body = entry.body;
  if (log.row.id.log_class == LogClass::Membership) {
    row.links.resize(entry.changes.size());
    encode(row, scratch_);
    if (Status status = storage_.put(Table::Entries, key_of(number.value), scratch_); !status) return status.error();
    take_membership(network, log, head.id, head.stamp, entry);
  } else if (Status status = append_records(network, log, number, head, entry, row); !status) {
    return status.error();
  }
  if (entry.checkpoint && signature) {
    const Bytes key = checkpoint_key(log.number, head.seq, number);
    if (Status status = storage_.put(Table::Checkpoints, key, signature->view()); !status) return status.error();
  }
  replace_tip(network, log, place, StoredTip{head, number, signature.value_or(Signature{})});
  ++log.row.entries;
  ++network.entries;
  network.missing += absent_values(entry);
  ++uncommitted_entries_;
  uncommitted_bytes_ += entry.body.size() + 512;  // with its rows' share of pages
  dirty_ = true;
  return Place{head, number};
}

void Ledger::replace_tip(Network& network, Log& log, const Place& place, const StoredTip& next) {
  SetDigest& vector = vector_of(network, log.row.id.log_class);
  std::vector<StoredTip>& tips = log.row.tips;
  if (!log.dirty && !tips.empty()) vector.remove(tips_hash(log.row.id, tips_of(log.row)));
  log.dirty = true;  // its element is added back by refresh_vectors()
  const auto old = std::find_if(tips.begin(), tips.end(), [&](const StoredTip& tip) { return tip.number == place.number; });
  if (place.number && old != tips.end()) {
    *old = next;
  } else {
    tips.push_back(next);
  }
  if (tips.size() > 1) {
    std::sort(tips.begin(), tips.end(), [](const StoredTip& a, const StoredTip& b) {
      return std::tie(a.head.seq, a.head.id) < std::tie(b.head.seq, b.head.id);
    });
  }
}

Status Ledger::append_records(Network& network, Log& log, EntryNumber number, const Head& head, const EntryView& entry,
                              EntryRow& row) {
  std::vector<Touched> touched;
  std::vector<std::pair<std::size_t, FoldChange>> changes;
  touched.reserve(entry.changes.size());
  changes.reserve(entry.changes.size());
  for (std::size_t i = 0; i < entry.changes.size(); ++i) {
    Result<Skeleton> skeleton = parse_skeleton(entry.changes[i].skeleton);
    require(skeleton.ok(), "parse_entry let a malformed skeleton through");
    Result<std::size_t> at = touch(network, touched, skeleton->record);
    if (!at) return at.error();
    Touched& record = touched[*at];
    const auto change = static_cast<std::uint8_t>(i);
    row.links.push_back({record.number, record.newest});
    record.newest = ChangeLink{number, change};
    const Source source{prefix_of(head.id), change, entry.changes[i].leaf, head.stamp, number, log.number};
    changes.emplace_back(*at, FoldChange{source, log.author, std::move(*skeleton)});
  }
  encode(row, scratch_);
  if (Status status = storage_.put(Table::Entries, key_of(number.value), scratch_); !status) return status;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    RecordState& state = touched[changes[i].first].state;
    const ChangeLink link{number, static_cast<std::uint8_t>(i)};
    if (Status status = apply_change(changes[i].second, link, state); !status) return status;
  }
  for (Touched& record : touched) {
    if (Status status = put_record(network, record); !status) return status;
  }
  return done();
}

Result<std::size_t> Ledger::touch(Network& network, std::vector<Touched>& touched, const RecordKey& key) {
  const RecordId id = id_of(key);
  for (std::size_t i = 0; i < touched.size(); ++i) {
    if (touched[i].id == id) return i;
  }
  Result<std::optional<RecordNumber>> known = find_record(network, id);
  if (!known) return known.error();
  Touched record;
  record.id = id;
  record.state.key = key;
  if (*known) {
    record.number = **known;
    Result<std::optional<RecordState>> state = this->record(record.number);
    if (!state) return state.error();
    if (!*state) return Error{Code::Damaged, "a record that should be here is missing"};
    record.state = std::move(**state);
    record.newest = record.state.newest;
    if (!record.state.live.empty()) record.old_hash = state_hash(id, record.state);
  } else {
    record.number = RecordNumber{++counters_.records};
    ++network.records;
    Bytes number = key_of(record.number.value);
    if (Status status = storage_.put(Table::RecordIds, record_id_key(network.number, id), number); !status) return status.error();
  }
  touched.push_back(std::move(record));
  return touched.size() - 1;
}

Status Ledger::apply_change(const FoldChange& change, const ChangeLink& link, RecordState& state) const {
  const auto standing = [this](LogNumber log) { return standing_of(log); };
  if (!apply(state, change, standing)) {
    Result<std::vector<FoldChange>> history = history_of(state.newest);
    if (!history) return history.error();
    history->push_back(change);
    const std::uint32_t changes = state.changes;
    state = fold(state.key, *history);
    state.changes = changes;
  }
  state.newest = link;
  ++state.changes;
  return done();
}

Result<std::vector<FoldChange>> Ledger::history_of(ChangeLink newest) const {
  std::vector<FoldChange> history;
  for (ChangeLink at = newest; at.entry;) {
    ChangeLink earlier;
    Result<FoldChange> change = change_at(at, earlier);
    if (!change) return change.error();
    history.push_back(std::move(*change));
    at = earlier;
  }
  return history;
}

Result<FoldChange> Ledger::change_at(const ChangeLink& link, ChangeLink& earlier) const {
  Result<EntryRow> row = entry_row(link.entry);
  if (!row) return row.error();
  EntryView entry;
  if (Status status = parse_stored_entry(row->body, LogClass::Data, entry); !status) return status.error();
  if (link.change >= entry.changes.size() || link.change >= row->links.size()) {
    return Error{Code::Damaged, "a link to a change that its entry does not have"};
  }
  earlier = row->links[link.change].earlier;
  const ChangeView& change = entry.changes[link.change];
  Result<Skeleton> skeleton = parse_skeleton(change.skeleton);
  if (!skeleton) return Error{Code::Damaged, "a stored skeleton that cannot be read"};
  const Hash values = change.state == ValuesState::Inline ? values_hash(change.values) : change.values_hash;
  const Source source{prefix_of(row->id), link.change, leaf_of(change.skeleton, values), entry.stamp, link.entry, row->log};
  return FoldChange{source, standing_of(row->log), std::move(*skeleton)};
}

Status Ledger::put_record(Network& network, Touched& touched) {
  RecordRow row{network.number, std::move(touched.state)};
  encode(row, scratch_);
  if (Status status = storage_.put(Table::Records, key_of(touched.number.value), scratch_); !status) return status;
  const std::size_t bucket = touched.id.bytes[0];
  if (touched.old_hash) network.buckets[bucket].remove(*touched.old_hash);
  if (!row.state.live.empty()) network.buckets[bucket].add(state_hash(touched.id, row.state));
  network.dirty_buckets[bucket] = true;
  return done();
}

// --- Membership ------------------------------------------------------------------------------------------------------

void Ledger::take_membership(Network& network, const Log& log, const EntryId& id, WallTime stamp, const EntryView& entry) {
  for (std::size_t i = 0; i < entry.changes.size(); ++i) {
    Result<MembershipOperation> operation = parse_membership(entry.changes[i].skeleton);
    if (!operation) continue;  // refused by everyone alike: its bytes are in the log, its meaning is nothing
    const OperationId operation_id{prefix_of(id), static_cast<std::uint8_t>(i), 0};
    network.membership.add(log.row.id.author, operation_id, id, stamp, std::move(*operation));
  }
  network.membership_changed = true;
}

Result<bool> Ledger::settle(Network& network) {
  if (!network.membership_changed) return false;
  network.membership_changed = false;
  network.membership.settle();
  if (renew_standings(network)) {
    if (Status status = refold(network); !status) return status.error();
  }
  return true;
}

// True when records were folded in a standing that no longer holds. Rare: of two admissions of one key the other one counts now.
bool Ledger::renew_standings(Network& network) {
  bool changed = false;
  for (auto& [id, log] : network.logs) {
    const Member* member = network.membership.find(id.author);
    const std::optional<Standing> standing =
        member != nullptr ? std::optional(Standing{member->council, member->role}) : std::nullopt;
    changed = changed || (id.log_class == LogClass::Data && log.row.entries > 0 && standing != log.author);
    log.author = standing;
  }
  return changed;
}

Status Ledger::refold(Network& network) {
  std::vector<RecordNumber> numbers;  // the store may not be changed during a scan
  Status scanned = each_record(network, [&](RecordNumber number, const RecordState&) {
    numbers.push_back(number);
    return true;
  });
  if (!scanned) return scanned;
  for (RecordNumber number : numbers) {
    Result<std::optional<RecordState>> old = record(number);
    if (!old) return old.error();
    if (!*old) return Error{Code::Damaged, "a record that should be here is missing"};
    Result<std::vector<FoldChange>> history = history_of((**old).newest);
    if (!history) return history.error();
    Touched touched{number, id_of((**old).key), fold((**old).key, *history), std::nullopt, {}};
    if (!(**old).live.empty()) touched.old_hash = state_hash(touched.id, **old);
    touched.state.newest = (**old).newest;
    touched.state.changes = (**old).changes;
    if (Status status = put_record(network, touched); !status) return status;
  }
  dirty_ = true;
  return done();
}

}  // namespace budstikke
