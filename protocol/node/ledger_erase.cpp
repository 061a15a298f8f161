// Erasing: which values must go and when, and which are wanted. What reaches what is records/erasure.h's.
//
// How          A valid erase or redaction that arrives makes a row of Table::Erasures, and hides what it reaches at once. When it
//              is due, the values are taken out of the entries, and the commit shreds the store; only then, by a later commit,
//              is a receipt given. Membership may make an erasure void: then its row goes, and whatever it had destroyed is
//              missing, hence wanted from peers again. A change is in Table::Missing exactly when its entry counts, its values
//              are not here, and no erasure reaches it.
#include <algorithm>
#include <utility>

#include "protocol/base/limits.h"
#include "protocol/node/ledger_parts.h"

namespace budstikke {
namespace {

constexpr WallTime kNeverDue{INT64_MAX};
constexpr WallTime kUndated{};  // found valid while the store was loaded, before there was a clock: dated when it comes due

// Everything that it reaches is destroyed, also what came since it was first done, and nobody has been told.
bool owes_receipt(const ErasureRow& row) { return row.destroyed.ms != 0 && row.due == kNeverDue && !row.receipted; }

// Whether the entry is still one that can be read with values of this size in one more of its changes. An author can name the
// hash of values that are larger or smaller than its entry says: nobody can hold those, and they stay missing.
bool would_fit(const EntryView& entry, std::size_t more) {
  std::size_t bytes = more, absent = 0;
  for (const ChangeView& change : entry.changes) {
    bytes += change.skeleton.size() + change.values.size();
    absent += change.state == ValuesState::Absent ? 1 : 0;
  }
  return absent > 1 ? bytes <= entry.change_bytes : bytes == entry.change_bytes;
}

}  // namespace

std::vector<Reached> Ledger::reaching_change(const RecordState& state, const Source& source) const {
  if (!has_erasures(state)) return {};
  const auto standing = [this](const Source& of) { return standing_of(of); };
  const std::optional<Standing> author = standing_of(source.log);
  return reaching(state, {source.entry, source.change, 0}, author ? std::optional(author->council) : std::nullopt, standing);
}

WallTime Ledger::due_of(const Network& network, const Reached& reached) const {
  const auto row = network.erasures.find(reached.erasure);
  if (row == network.erasures.end() || row->second.arrived == kUndated) return kNeverDue;
  return WallTime{row->second.arrived.ms + (reached.at_once ? 0 : kErasureDelay.count())};
}

bool Ledger::is_due(const Network& network, const std::vector<Reached>& reached) const {
  return std::any_of(reached.begin(), reached.end(), [&](const Reached& by) { return due_of(network, by) <= now_; });
}

// Values came that these erasures reach: they must be looked at again.
Status Ledger::expect(Network& network, const std::vector<Reached>& reached) {
  for (const Reached& by : reached) {
    const auto row = network.erasures.find(by.erasure);
    if (row == network.erasures.end()) continue;
    const WallTime due = due_of(network, by);
    if (due >= row->second.due) continue;
    row->second.due = due;
    if (Status status = put_erasure(network, by.erasure, row->second); !status) return status;
  }
  return done();
}

Status Ledger::put_erasure(const Network& network, const OperationId& id, const ErasureRow& row) {
  dirty_ = true;
  awaited_.reset();
  return storage_.put(Table::Erasures, erasure_key(network.number, id), encode(row));
}

// After a record changed: erasures that are new to it begin to wait, those that became void are forgotten.
Status Ledger::note_erasures(Network& network, RecordNumber number, const RecordState& old, const RecordState& now) {
  if (!has_erasures(old) && !has_erasures(now)) return done();
  const std::vector<OperationId> before = erasures_of(old), after = erasures_of(now);
  if (before == after) return done();
  bool became_void = false;
  for (const OperationId& id : before) {
    if (std::binary_search(after.begin(), after.end(), id)) continue;
    became_void = true;
    network.erasures.erase(id);
    awaited_.reset();
    dirty_ = true;
    if (Status status = storage_.erase(Table::Erasures, erasure_key(network.number, id)); !status) return status;
  }
  for (const LiveOperation& operation : now.live) {
    const OperationId id = now.id_of(operation);
    if (!std::binary_search(after.begin(), after.end(), id) || std::binary_search(before.begin(), before.end(), id)) continue;
    if (const auto known = network.erasures.find(id); known != network.erasures.end()) {  // while everything is made anew
      known->second.record = number;
      if (Status status = put_erasure(network, id, known->second); !status) return status;
      continue;
    }
    ErasureRow row{number, now_, {}, {}, false};
    row.due = WallTime{now_.ms + (operation.field == kEraseAtOnce ? 0 : kErasureDelay.count())};
    network.erasures[id] = row;
    if (Status status = put_erasure(network, id, row); !status) return status;
  }
  // A new erasure only takes wants away, so that without any there is no history to walk.
  return became_void || network.missing > 0 ? revisit_values(network, now) : done();
}

Status Ledger::set_missing(Network& network, const ChangeLink& change, bool missing) {
  const Bytes key = missing_key(network.number, change);
  Result<std::optional<View>> row = storage_.get(Table::Missing, key);
  if (!row) return row.error();
  if (row->has_value() == missing) return done();
  network.missing = missing ? network.missing + 1 : network.missing - 1;
  dirty_ = true;
  if (missing) ++missing_epoch_;
  return missing ? storage_.put(Table::Missing, key, {}) : storage_.erase(Table::Missing, key);
}

// The values of each change of a record, the newest first. What does not count is not wanted; it will be once it does, since its
// record is folded anew then.
Status Ledger::each_value(const RecordState& state,
                          const std::function<Status(const ChangeLink&, Held, const std::vector<Reached>&)>& each) const {
  for (ChangeLink at = state.newest; at.entry;) {
    ChangeLink earlier;
    Result<FoldChange> change = change_at(at, earlier);
    if (!change) return change.error();
    Result<EntryRow> row = entry_row(at.entry);
    if (!row) return row.error();
    EntryView entry;
    if (Status status = parse_stored_entry(row->body, LogClass::Data, entry); !status) return status;
    const std::vector<Reached> reached = reaching_change(state, change->source);
    Held held = Held::Here;
    if (entry.changes[at.change].state == ValuesState::Absent) {
      held = change->author && reached.empty() ? Held::Wanted : Held::Absent;
      const bool is_left = !fetches_contents_ && is_content(entry.changes[at.change].skeleton);
      if (held == Held::Wanted && is_left) held = Held::Left;
    }
    if (Status status = each(at, held, reached); !status) return status;
    at = earlier;
  }
  return done();
}

// After the erasures of a record changed, or which of its entries count: what is missing, and what is to be destroyed.
Status Ledger::revisit_values(Network& network, const RecordState& state) {
  return each_value(state, [&](const ChangeLink& change, Held held, const std::vector<Reached>& reached) {
    if (held != Held::Left) {
      if (Status status = set_missing(network, change, held == Held::Wanted); !status) return status;
    }
    // An erasure that was done may reach more than it did, since what it reaches depends on who is who.
    return held == Held::Here ? expect(network, reached) : done();
  });
}

// --- Destroying ------------------------------------------------------------------------------------------------------

// Asked for in every round of the loop, and there may be many erasures that are long done.
const Ledger::Awaited& Ledger::awaited() const {
  if (awaited_) return *awaited_;
  awaited_ = Awaited{kNeverDue, WallTime{INT64_MIN}, false};
  for (const auto& [id, network] : networks_) {
    for (const auto& [erasure, row] : network.erasures) {
      awaited_->due = std::min(awaited_->due, row.due);
      if (row.due != kNeverDue) awaited_->last = std::max(awaited_->last, row.due);
      awaited_->receipts = awaited_->receipts || owes_receipt(row);
    }
  }
  return *awaited_;
}

Result<bool> Ledger::destroy_due(Network& network, std::size_t most) {
  bool destroyed = false;
  const WallTime latest{now_.ms + kErasureDelay.count()};
  for (auto& [id, row] : network.erasures) {
    if (row.due > latest && row.due != kNeverDue) {  // the clock was ahead when it came, and fell back: the delay begins again
      row.arrived = std::min(row.arrived, now_);
      row.due = latest;
      if (Status status = put_erasure(network, id, row); !status) return status.error();
    }
    if (row.due > now_ || most == 0) continue;
    if (row.arrived == kUndated && now_ != kUndated) {
      row.arrived = now_;
      row.due = WallTime{now_.ms + row.due.ms};
      if (Status status = put_erasure(network, id, row); !status) return status.error();
      if (row.due > now_) continue;
    }
    Result<bool> some = destroy(network, id, row, most);
    if (!some) return some.error();
    destroyed = destroyed || *some;
  }
  return destroyed;
}

// Takes out what this erasure reaches and what is due; the row says when to come back for the rest.
Result<bool> Ledger::destroy(Network& network, const OperationId& erasure, ErasureRow& row, std::size_t& left) {
  Result<std::optional<RecordState>> state = record(row.record);
  if (!state) return state.error();
  if (!*state) return Error{Code::Damaged, "an erased record that should be here is missing"};
  bool destroyed = false, reaches = false;
  WallTime next = kNeverDue;
  for (ChangeLink at = (**state).newest; at.entry;) {
    ChangeLink earlier;
    Result<FoldChange> change = change_at(at, earlier);
    if (!change) return change.error();
    for (const Reached& by : reaching_change(**state, change->source)) {
      if (by.erasure != erasure) continue;
      reaches = true;
      Result<EntryRow> entry = entry_row(at.entry);
      if (!entry) return entry.error();
      EntryView view;
      if (Status status = parse_stored_entry(entry->body, LogClass::Data, view); !status) return status.error();
      if (view.changes[at.change].state != ValuesState::Inline) continue;
      const WallTime due = due_of(network, by);
      if (due > now_ || left == 0) {
        next = std::min(next, std::max(due, now_));
        continue;
      }
      if (Status status = rewrite_values(at, std::nullopt); !status) return status.error();
      --left;
      destroyed = true;
    }
    at = earlier;
  }
  if (destroyed || (reaches && next == kNeverDue)) {
    Result<bool> forgotten = forget_import(network, id_of((**state).key));
    if (!forgotten) return forgotten.error();
    destroyed = destroyed || *forgotten;
  }
  row.due = next;
  if (next == kNeverDue && row.destroyed.ms == 0) row.destroyed = now_;
  if (Status status = put_erasure(network, erasure, row); !status) return status.error();
  return destroyed;
}

// What an import last wrote to the record holds its values in plain text. Which of them are to go is not told apart: without it
// a later import compares with what the record holds then. True when there was such a row.
Result<bool> Ledger::forget_import(const Network& network, const RecordId& id) {
  const Bytes key = import_key(network.number, id);
  Result<std::optional<View>> row = storage_.get(Table::Local, key);
  if (!row) return row.error();
  if (!*row) return false;
  dirty_ = true;
  if (Status status = storage_.erase(Table::Local, key); !status) return status.error();
  return true;
}

// Puts the values of one change into its entry, or takes them out.
Status Ledger::rewrite_values(const ChangeLink& change, std::optional<View> values) {
  Result<EntryRow> found = entry_row(change.entry);
  if (!found) return found.error();
  EntryView entry;
  if (Status status = parse_stored_entry(found->body, LogClass::Data, entry); !status) return status;
  ChangeView& view = entry.changes[change.change];
  if (values) {
    view.values = *values;
    view.state = ValuesState::Inline;
  } else {
    view.values_hash = values_hash(view.values);
    view.state = ValuesState::Absent;
  }
  const Bytes body = encode_stored(entry);
  found->body = body;
  Bytes row;
  encode(*found, row);
  dirty_ = true;
  ++uncommitted_entries_;
  uncommitted_bytes_ += row.size();
  return storage_.put(Table::Entries, key_of(change.entry.value), row);
}

std::vector<OperationId> Ledger::unreceipted(const Network& network) const {
  std::vector<OperationId> ids;
  if (network.has_orphans) return ids;  // what waits for a damaged entry is in no record yet, and may hold what they reach
  for (const auto& [id, row] : network.erasures) {
    if (owes_receipt(row)) ids.push_back(id);
  }
  return ids;
}

Status Ledger::note_receipts(Network& network, std::span<const OperationId> erasures) {
  for (const OperationId& id : erasures) {
    const auto row = network.erasures.find(id);
    if (row == network.erasures.end()) continue;
    row->second.receipted = true;
    if (Status status = put_erasure(network, id, row->second); !status) return status;
  }
  return done();
}

// --- What is missing -------------------------------------------------------------------------------------------------

Result<std::vector<Ledger::MissingValue>> Ledger::missing_values(const Network& network, ChangeLink after,
                                                                 std::size_t most) const {
  std::vector<MissingValue> found;
  Status scanned = storage_.scan(Table::Missing, missing_key(network.number, after), [&](View key, View) {
    if (ByteReader(key).u64() != network.number.value) return false;
    const ChangeLink change = parse_missing_key(key);
    if (change != after) found.push_back({change, {}, {}, {}, {}});
    return found.size() < most;
  });
  if (!scanned) return scanned.error();
  for (MissingValue& value : found) {
    Result<EntryRow> row = entry_row(value.change.entry);
    if (!row) return row.error();
    const auto log = logs_by_number_.find(row->log.value);
    if (log == logs_by_number_.end()) return Error{Code::Damaged, "an entry of no log"};
    value.log = log->second->row.id;
    value.seq = row->seq;
    value.entry = row->id;
    EntryView entry;
    if (Status status = parse_stored_entry(row->body, LogClass::Data, entry); !status) return status.error();
    if (value.change.change >= entry.changes.size() || value.change.change >= row->links.size()) {
      return Error{Code::Damaged, "a value is missing of a change that its entry does not have"};
    }
    value.record = row->links[value.change.change].record;
    value.is_content = budstikke::is_content(entry.changes[value.change.change].skeleton);
  }
  return found;
}

Result<ValuesAnswer> Ledger::values_for_peer(const Network& network, const AskedValues& asked) const {
  const auto log = network.logs.find(asked.log);
  if (log == network.logs.end()) return ValuesAnswer{};
  Result<std::vector<Place>> places = places_at(log->second, asked.seq);
  if (!places && places.error().code == Code::Damaged) return ValuesAnswer{ValuesPresence::Damaged};
  if (!places) return places.error();
  for (const Place& place : *places) {
    if (place.head.id != asked.entry) continue;
    Result<EntryRow> row = entry_row(place.number);
    if (!row) return row.error();
    EntryView entry;
    if (Status status = parse_stored_entry(row->body, LogClass::Data, entry); !status) return status.error();
    if (asked.change >= entry.changes.size()) return ValuesAnswer{};
    const ChangeView& change = entry.changes[asked.change];
    ValuesAnswer answer;
    if (change.state == ValuesState::Inline) answer = {ValuesPresence::Here, bytes_of(change.values)};
    Result<std::optional<RecordState>> state = record(row->links[asked.change].record);
    if (!state) return state.error();
    Source source;
    source.entry = prefix_of(asked.entry);
    source.change = asked.change;
    source.log = log->second.number;
    if (*state && !reaching_change(**state, source).empty()) return ValuesAnswer{ValuesPresence::Erased};
    return place.number <= network.withheld ? ValuesAnswer{} : answer;
  }
  return ValuesAnswer{};
}

Status Ledger::withhold_erased(const Network& network, const Log& log, StoredRun& run) const {
  if (network.erasures.empty() || log.row.id.log_class != LogClass::Data) return done();
  for (std::size_t i = 0; i < run.bodies.size(); ++i) {
    EntryView entry;
    if (Status status = parse_stored_entry(run.bodies[i], LogClass::Data, entry); !status) return status;
    Result<EntryRow> row = entry_row(run.numbers[i]);
    if (!row) return row.error();
    const EntryPrefix prefix = prefix_of(row->id);
    const std::vector<RecordLink> links = row->links;
    bool withheld = false;
    for (std::size_t change = 0; change < entry.changes.size(); ++change) {
      ChangeView& view = entry.changes[change];
      if (view.state != ValuesState::Inline) continue;
      Result<std::optional<RecordState>> state = record(links[change].record);
      if (!state) return state.error();
      Source source;
      source.entry = prefix;
      source.change = static_cast<std::uint8_t>(change);
      source.log = log.number;
      if (!*state || reaching_change(**state, source).empty()) continue;
      view.values_hash = values_hash(view.values);
      view.state = ValuesState::Absent;
      withheld = true;
    }
    if (withheld) run.bodies[i] = encode_stored(entry);
  }
  return done();
}

Result<bool> Ledger::fill(Network& network, const ChangeLink& change, View values) {
  Result<std::optional<View>> wanted = storage_.get(Table::Missing, missing_key(network.number, change));
  if (!wanted) return wanted.error();
  if (!*wanted) return false;
  Result<EntryRow> row = entry_row(change.entry);
  if (!row) return row.error();
  EntryView entry;
  if (Status status = parse_stored_entry(row->body, LogClass::Data, entry); !status) return status.error();
  const ChangeView& view = entry.changes[change.change];
  if (view.state != ValuesState::Absent || values.size() < Salt::kSize || values.size() > kMaxValuesBytes) return false;
  if (values_hash(values) != view.values_hash) return Error{Code::Forged, "values that are not those of their change"};
  if (!would_fit(entry, values.size())) return false;
  const Bytes copy = bytes_of(values);
  note(network, row->links[change.change].record);
  if (Status status = rewrite_values(change, View(copy)); !status) return status.error();
  if (Status status = set_missing(network, change, false); !status) return status.error();
  return true;
}

}  // namespace budstikke
