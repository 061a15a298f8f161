// Appending: one verified entry, the records it touches, and what membership operations mean for them.
#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/ledger_parts.h"

namespace budstikke {
namespace {

std::optional<CouncilId> council_of_author(const Log& log) {
  return log.author ? std::optional(log.author->council) : std::nullopt;
}

}  // namespace

Result<Ledger::Place> Ledger::append(Network& network, Log& log, const Place& place, const Head& head, const EntryView& entry,
                                     const std::optional<Signature>& signature) {
  if (log.limit && log.limit->left_out.empty() && !log.limit->path && !log.limit->tips.empty() &&
      place.number != log.row.tips.back().number) {
    // A fork: from here on its seq does not tell whether an entry counts.
    Result<std::set<EntryNumber>> way = way_to(log.limit->tips.front().number);
    if (!way) return way.error();
    log.limit->path = std::move(*way);
  }
  if (Status status = follow_roles(network, log, place, head.id); !status) return status.error();
  const EntryNumber number{++counters_.entries};
  if (log.limit && log.limit->left_out.contains(place.number)) log.limit->left_out.insert(number);
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
    take_membership(network, log, head.id, place.head.id, head.stamp, entry);
  } else if (Status status = append_records(network, log, number, head, entry, row); !status) {
    return status.error();
  }
  if (entry.checkpoint && signature) {
    const Bytes key = checkpoint_key(log.number, head.seq, number);
    if (Status status = storage_.put(Table::Checkpoints, key, signature->view()); !status) return status.error();
  }
  const StoredTip tip{head, number, signature.value_or(Signature{})};
  replace_tip(network, log, place, tip);
  const bool opens_log = log.row.entries++ == 0;
  network.quotas.charge(quota_holder(network, log.row.id), Quotas::cost_of(log.row.id.log_class, entry.change_bytes, opens_log),
                        now_);
  ++network.entries;
  if (log.limit && !log.limit->left_out.empty()) {
    follow_branch(network, log, place, tip);
  } else if (log.limit || log.row.tips.size() > kMaxTips) {
    network.limits_changed = true;
  }
  log.grew = true;
  ++uncommitted_entries_;
  uncommitted_bytes_ += entry.body.size() + 512;  // with its rows' share of pages
  dirty_ = true;
  return Place{head, number};
}

void Ledger::replace_tip(Network& network, Log& log, const Place& place, const StoredTip& next) {
  std::vector<StoredTip>& tips = log.row.tips;
  leave_vector(network, log);
  const auto old = std::find_if(tips.begin(), tips.end(), [&](const StoredTip& tip) { return tip.number == place.number; });
  if (place.number && old != tips.end()) {
    *old = next;
  } else {
    tips.push_back(next);
  }
  if (tips.size() > 1) sort_tips(tips);
}

Status Ledger::append_records(Network& network, Log& log, EntryNumber number, const Head& head, const EntryView& entry,
                              EntryRow& row) {
  const std::optional<Standing> author = standing_at(log, head.seq, number, entry.version);
  std::vector<Touched> touched;
  std::vector<std::pair<std::size_t, FoldChange>> changes;
  touched.reserve(entry.changes.size());
  changes.reserve(entry.changes.size());
  bool reached = false;
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
    changes.emplace_back(*at, FoldChange{source, author, std::move(*skeleton), council_of_author(log)});
    reached = reached || has_erasures(record.state);
  }
  // What an erasure that is due reaches is never written, so that nothing needs to be shredded for it. What is written already,
  // as when everything is made anew, is left to destroy_due().
  EntryView without;
  const EntryView* kept = &entry;
  Bytes body;
  if (reached && !rebuilding_) {
    without = entry;
    kept = &without;
    for (auto& [at, change] : changes) {
      ChangeView& view = without.changes[change.source.change];
      if (view.state != ValuesState::Inline || !is_due(network, reaching_change(touched[at].state, change.source))) continue;
      view.values_hash = values_hash(view.values);
      view.state = ValuesState::Absent;
    }
    body = encode_stored(without);
    row.body = body;
  }
  encode(row, scratch_);
  if (Status status = storage_.put(Table::Entries, key_of(number.value), scratch_); !status) return status;
  const auto standing = [this](LogNumber of) { return standing_of(of); };
  const bool counts = log.counts(head.seq, number);
  for (const auto& [at, change] : changes) {
    Touched& record = touched[at];
    if (counts) record.fold_due = record.fold_due || !apply(record.state, change, standing);
    record.state.newest = ChangeLink{number, change.source.change};
    ++record.state.changes;
  }
  for (Touched& record : touched) {
    if (record.fold_due) {  // once for the entry, however many of its changes ask for it
      Result<RecordState> anew = fold_anew(record.state);
      if (!anew) return anew.error();
      record.state = std::move(*anew);
    }
    if (Status status = put_record(network, record); !status) return status;
  }
  for (const auto& [at, change] : changes) {
    const ChangeLink link{number, change.source.change};
    const std::vector<Reached> by = reaching_change(touched[at].state, change.source);
    const bool is_wanted = fetches_contents_ || !is_content(kept->changes[link.change].skeleton);
    if (kept->changes[link.change].state == ValuesState::Absent && author && by.empty() && is_wanted) {
      if (Status status = set_missing(network, link, true); !status) return status;
    } else if (kept->changes[link.change].state == ValuesState::Inline && !by.empty()) {
      if (Status status = expect(network, by); !status) return status;
    }
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
    if (!*state && !rebuilding_) return Error{Code::Damaged, "a record that should be here is missing"};
    if (!*state) {
      ++network.records;
      touched.push_back(std::move(record));
      return touched.size() - 1;
    }
    record.state = std::move(**state);
    if (!network.stale.empty()) {  // the bucket and the store hold what it was
      Result<Touched> stored = touched_by_number(record.number);
      if (!stored) return stored.error();
      record.before = std::move(stored->before);
    } else {
      record.before = record.state;
    }
    record.newest = record.state.newest;
    if (!record.before.live.empty()) record.old_hash = state_hash(id, record.before);
  } else {
    record.number = RecordNumber{++counters_.records};
    ++network.records;
    Bytes number = key_of(record.number.value);
    if (Status status = storage_.put(Table::RecordIds, record_id_key(network.number, id), number); !status) return status.error();
  }
  touched.push_back(std::move(record));
  return touched.size() - 1;
}

// Without what lies past a cut or on a branch that does not count: not everybody has it, so nothing may depend on it.
Result<std::vector<FoldChange>> Ledger::history_of(ChangeLink newest) const {
  std::vector<FoldChange> history;
  for (ChangeLink at = newest; at.entry;) {
    ChangeLink earlier;
    Result<FoldChange> change = change_at(at, earlier);
    if (!change) return change.error();
    bool counts = true;
    if (!change->author) {
      Result<EntryRow> row = entry_row(at.entry);
      if (!row) return row.error();
      const auto log = logs_by_number_.find(row->log.value);
      counts = log == logs_by_number_.end() || log->second->counts(row->seq, at.entry);
    }
    if (counts) history.push_back(std::move(*change));
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
  const auto log = logs_by_number_.find(row->log.value);
  if (log == logs_by_number_.end()) return FoldChange{source, std::nullopt, std::move(*skeleton)};
  const std::optional<Standing> author = standing_at(*log->second, row->seq, link.entry, entry.version);
  return FoldChange{source, author, std::move(*skeleton), council_of_author(*log->second)};
}

void Ledger::note(Network& network, RecordNumber number) {
  if (!noting_ || network.noted_all) return;
  network.noted.insert(number);
  if (network.noted.size() <= kMostNoted) return;
  network.noted.clear();
  network.noted_all = true;
}

Ledger::Noted Ledger::take_noted(Network& network) {
  return {std::exchange(network.noted, {}), std::exchange(network.noted_all, false)};
}

Status Ledger::put_record(Network& network, Touched& touched) {
  note(network, touched.number);
  RecordRow row{network.number, std::move(touched.state)};
  encode(row, scratch_);
  if (Status status = storage_.put(Table::Records, key_of(touched.number.value), scratch_); !status) return status;
  const bool was_stale = network.stale.erase(touched.number) > 0;
  if (was_stale) {
    if (Status status = storage_.erase(Table::Stale, numbered_key(network.number, touched.number.value)); !status) return status;
  }
  if (asks_somebody(touched.before) != asks_somebody(row.state)) {
    const Bytes key = numbered_key(network.number, touched.number.value);
    Status status = asks_somebody(row.state) ? storage_.put(Table::Conflicts, key, {}) : storage_.erase(Table::Conflicts, key);
    if (!status) return status;
  }
  const std::size_t bucket = touched.id.bytes[0];
  if (touched.old_hash) network.buckets[bucket].remove(*touched.old_hash);
  if (!row.state.live.empty()) network.buckets[bucket].add(state_hash(touched.id, row.state));
  network.dirty_buckets[bucket] = true;
  touched.state = std::move(row.state);
  if (Status status = note_erasures(network, touched.number, touched.before, touched.state); !status) return status;
  return was_stale ? revisit_values(network, touched.state) : done();
}

// --- Membership ------------------------------------------------------------------------------------------------------

void Ledger::take_membership(Network& network, const Log& log, const EntryId& id, const EntryId& previous, WallTime stamp,
                             const EntryView& entry) {
  network.membership.add_entry(log.row.id, id, previous);
  network.membership_changed = true;          // even without an operation: it may lead to where a removal ends its log
  if (entry.version > kEntryVersion) return;  // kept for a program that knows what it means
  for (std::size_t i = 0; i < entry.changes.size(); ++i) {
    Result<MembershipOperation> operation = parse_membership(entry.changes[i].skeleton);
    if (!operation) continue;  // refused by everyone alike: its bytes are in the log, its meaning is nothing
    const OperationId operation_id{prefix_of(id), static_cast<std::uint8_t>(i), 0};
    network.membership.add(log.row.id.author, operation_id, id, stamp, std::move(*operation));
  }
}

}  // namespace budstikke
