#include "protocol/node/ledger.h"

#include <algorithm>

#include "protocol/base/limits.h"

namespace budstikke {
namespace {

constexpr std::string_view kCountersKey = "counters";

Bytes stats_key(NetworkNumber network) {
  Bytes key = bytes_of(view_of("stats "));
  ByteWriter(key).u64(network.value);
  return key;
}

SetDigest& vector_of(Network& network, LogClass log_class) {
  return log_class == LogClass::Membership ? network.membership_vector : network.data_vector;
}

std::vector<Tip> tips_of(const LogRow& row) {
  std::vector<Tip> tips;
  for (const StoredTip& tip : row.tips) tips.push_back({tip.head.seq, tip.head.id});
  return tips;
}

std::uint64_t absent_values(const EntryView& entry) {
  return static_cast<std::uint64_t>(std::count_if(entry.changes.begin(), entry.changes.end(), [](const ChangeView& change) {
    return change.state == ValuesState::Absent;
  }));
}

}  // namespace

Hash Network::state_digest() const {
  SetDigest sum;
  for (const SetDigest& bucket : buckets) sum.add(bucket);
  return sum.value();
}

// --- Loading ---------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<Ledger>> Ledger::load(Storage& storage, Incarnation incarnation) {
  std::unique_ptr<Ledger> ledger(new Ledger(storage));
  Result<std::optional<View>> row = storage.get(Table::Meta, view_of(kCountersKey));
  if (!row) return row.error();
  if (*row) {
    Result<CountersRow> counters = parse_counters(**row);
    if (!counters) return counters.error();
    ledger->counters_ = *counters;
  } else {
    ledger->counters_.incarnation = incarnation;
    ledger->dirty_ = true;
  }
  if (Status status = ledger->load_networks(); !status) return status.error();
  if (Status status = ledger->load_logs(); !status) return status.error();
  if (Status status = ledger->load_buckets(); !status) return status.error();
  if (Status status = ledger->load_memberships(); !status) return status.error();
  return ledger;
}

Status Ledger::load_networks() {
  std::optional<Error> failed;
  Status scanned = storage_.scan(Table::Networks, key_of(0), [&](View key, View payload) {
    Result<NetworkRow> row = parse_network(payload);
    if (!row) {
      failed = row.error();
      return false;
    }
    const NetworkNumber number{ByteReader(key).u64()};
    Network network(number, *row);
    Result<MembershipOperation> founding = parse_membership(row->charter);
    if (founding && std::holds_alternative<FoundOperation>(*founding)) network.founding = std::get<FoundOperation>(*founding);
    networks_.emplace(row->id, std::move(network));
    return true;
  });
  if (failed) return *failed;
  return scanned;
}

Status Ledger::load_logs() {
  std::optional<Error> failed;
  std::map<NetworkNumber, Network*> by_number;
  for (auto& [id, network] : networks_) by_number[network.number] = &network;
  Status scanned = storage_.scan(Table::Logs, key_of(0), [&](View key, View payload) {
    Result<LogRow> row = parse_log(payload);
    if (!row || !by_number.contains(row->network)) {
      failed = row ? Error{Code::Damaged, "a log of no network"} : row.error();
      return false;
    }
    Network& network = *by_number[row->network];
    if (!row->tips.empty()) vector_of(network, row->id.log_class).add(tips_hash(row->id, tips_of(*row)));
    const LogId id = row->id;
    Log& log = network.logs.emplace(id, Log{LogNumber{ByteReader(key).u64()}, *row, {}}).first->second;
    logs_by_number_[log.number.value] = &log;
    return true;
  });
  if (failed) return *failed;
  return scanned;
}

Status Ledger::load_buckets() {
  for (auto& [id, network] : networks_) {
    for (std::size_t bucket = 0; bucket < 256; ++bucket) {
      Result<std::optional<View>> row = storage_.get(Table::Buckets, bucket_key(network.number, static_cast<std::uint8_t>(bucket)));
      if (!row) return row.error();
      if (*row) network.buckets[bucket] = SetDigest::from(Hash::from(**row));
    }
    Result<std::optional<View>> stats = storage_.get(Table::Meta, stats_key(network.number));
    if (!stats) return stats.error();
    if (!*stats) continue;
    ByteReader reader(**stats);
    network.records = reader.u64();
    network.entries = reader.u64();
    network.missing = reader.u64();
    if (!reader.done()) return Error{Code::Damaged, "a network's statistics row"};
  }
  return done();
}

Status Ledger::load_memberships() {
  for (auto& [id, network] : networks_) {
    for (auto& [log_id, log] : network.logs) {
      if (log_id.log_class != LogClass::Membership) continue;
      for (const StoredTip& tip : log.row.tips) {
        for (EntryNumber at = tip.number; at;) {
          Result<EntryRow> row = entry_row(at);
          if (!row) return row.error();
          EntryView entry;
          if (Status status = parse_stored_entry(row->body, LogClass::Membership, entry); !status) return status;
          take_membership(network, log, row->id, entry.stamp, entry);
          at = row->previous;
        }
      }
    }
    network.membership_changed = false;
    network.membership.settle();
    renew_standings(network);  // those in which the stored records were folded
  }
  return done();
}

// --- Networks and logs -----------------------------------------------------------------------------------------------

Network* Ledger::find_network(const NetworkId& id) {
  const auto at = networks_.find(id);
  return at == networks_.end() ? nullptr : &at->second;
}

Result<Network*> Ledger::add_network(NetworkRow row) {
  if (Network* known = find_network(row.id)) return known;
  if (networks_.size() >= kMaxNetworks) return Error{Code::TooLarge, "a node may be in 16 networks"};
  Result<MembershipOperation> founding = parse_membership(row.charter);
  if (!founding) return founding.error();
  const auto* found = std::get_if<FoundOperation>(&*founding);
  if (found == nullptr || id_of(found->charter) != row.id) return Error{Code::Forged, "a charter that is not the network's"};
  Network network(NetworkNumber{++counters_.networks}, row);
  network.founding = *found;
  const NetworkId id = row.id;
  Network& added = networks_.emplace(id, std::move(network)).first->second;
  if (Status status = rewrite_network(added); !status) return status.error();
  return &added;
}

Status Ledger::rewrite_network(Network& network) {
  dirty_ = true;
  return storage_.put(Table::Networks, key_of(network.number.value), encode(network.row));
}

Log* Ledger::find_log(Network& network, const LogId& id) {
  const auto at = network.logs.find(id);
  return at == network.logs.end() ? nullptr : &at->second;
}

Result<Log*> Ledger::open_log(Network& network, const LogId& id) {
  if (Log* known = find_log(network, id)) return known;
  if (network.logs.size() >= kMaxLogsPerVector) return Error{Code::TooLarge, "a network with too many logs"};
  Log log;
  log.number = LogNumber{++counters_.logs};
  log.row.network = network.number;
  log.row.id = id;
  if (const Member* member = network.membership.find(id.author)) log.author = Standing{member->council, member->role};
  Log& added = network.logs.emplace(id, std::move(log)).first->second;
  logs_by_number_[added.number.value] = &added;
  return &added;
}

std::optional<Standing> Ledger::standing_of(LogNumber log) const {
  const auto at = logs_by_number_.find(log.value);
  return at == logs_by_number_.end() ? std::nullopt : at->second->author;
}

void Ledger::renew_incarnation(Incarnation incarnation) {
  counters_.incarnation = incarnation;
  dirty_ = true;
}

// --- Walking a log ---------------------------------------------------------------------------------------------------

Result<EntryRow> Ledger::entry_row(EntryNumber number) const {
  Result<std::optional<View>> row = storage_.get(Table::Entries, key_of(number.value));
  if (!row) return row.error();
  if (!*row) return Error{Code::Damaged, "an entry that should be here is missing"};
  return parse_entry_row(**row);
}

Result<EntryNumber> Ledger::ancestor(EntryNumber from, Seq seq) const {
  for (EntryNumber at = from;;) {
    Result<EntryRow> row = entry_row(at);
    if (!row) return row.error();
    if (row->seq == seq) return at;
    if (row->seq < seq || !row->previous) return Error{Code::Damaged, "a log that does not lead to its start"};
    at = row->previous;
  }
}

Result<Ledger::Place> Ledger::place_of(EntryNumber number) const {
  Place place;
  place.number = number;
  for (EntryNumber at = number; at;) {  // back to the checkpoint before, to count what has come since
    Result<EntryRow> row = entry_row(at);
    if (!row) return row.error();
    EntryView entry;
    const auto log = logs_by_number_.find(row->log.value);
    if (log == logs_by_number_.end()) return Error{Code::Damaged, "an entry of no log"};
    if (Status status = parse_stored_entry(row->body, log->second->row.id.log_class, entry); !status) return status.error();
    if (at == number) {
      place.head.seq = row->seq;
      place.head.id = row->id;
      place.head.stamp = entry.stamp;
    }
    if (entry.checkpoint) break;
    ++place.head.entries_since_checkpoint;
    place.head.bytes_since_checkpoint += entry.change_bytes;
    at = row->previous;
  }
  return place;
}

// Every entry that may end a run which covers seq + 1: checkpoints and tips at most a run away, on every branch.
Result<std::vector<EntryNumber>> Ledger::run_ends_after(const Log& log, Seq seq) const {
  std::vector<EntryNumber> ends;
  const bool forked = log.row.tips.size() > 1;
  Status scanned = storage_.scan(
      Table::Checkpoints, checkpoint_key(log.number, Seq{seq.value + 1}, EntryNumber{}), [&](View key, View) {
        ByteReader reader(key);
        if (reader.u64() != log.number.value) return false;
        const std::uint64_t at = reader.u64();
        if (at > seq.value + kMaxRunEntries) return false;
        ends.push_back(EntryNumber{reader.u64()});
        return forked;  // without forks the first one is the only one
      });
  if (!scanned) return scanned.error();
  if (!forked && !ends.empty()) return ends;
  for (const StoredTip& tip : log.row.tips) {
    const std::uint64_t at = tip.head.seq.value;
    if (at > seq.value && at <= seq.value + kMaxRunEntries) ends.push_back(tip.number);
  }
  return ends;
}

Result<std::vector<Ledger::Place>> Ledger::places_at(const Log& log, Seq seq) const {
  std::vector<Place> places;
  if (seq.value == 0) {
    places.push_back({});
    return places;
  }
  for (const StoredTip& tip : log.row.tips) {
    if (tip.head.seq == seq) places.push_back({tip.head, tip.number});
  }
  if (log.row.tips.size() == 1 && !places.empty()) return places;
  Result<std::vector<EntryNumber>> ends = run_ends_after(log, Seq{seq.value - 1});
  if (!ends) return ends.error();
  for (EntryNumber end : *ends) {
    Result<EntryNumber> number = ancestor(end, seq);
    if (!number) return number.error();
    if (std::any_of(places.begin(), places.end(), [&](const Place& place) { return place.number == *number; })) continue;
    Result<Place> place = place_of(*number);
    if (!place) return place.error();
    places.push_back(*place);
  }
  return places;
}

Result<bool> Ledger::holds(const Log& log, Seq seq, const EntryId& id) const {
  Result<std::vector<Place>> places = places_at(log, seq);
  if (!places) return places.error();
  return std::any_of(places->begin(), places->end(), [&](const Place& place) { return place.head.id == id; });
}

Result<std::optional<Ledger::StoredRun>> Ledger::next_run(const Log& log, Seq after, const StoredTip& tip) const {
  if (after >= tip.head.seq) return std::optional<StoredRun>{};
  Result<std::vector<EntryNumber>> ends = run_ends_after(log, after);
  if (!ends) return ends.error();
  std::optional<EntryRow> end_row;
  StoredRun run;
  run.first = Seq{after.value + 1};
  for (EntryNumber end : *ends) {
    Result<EntryRow> row = entry_row(end);
    if (!row) return row.error();
    if (end_row && row->seq >= end_row->seq) continue;
    if (log.row.tips.size() > 1) {  // only an end on the way to this tip
      if (row->seq > tip.head.seq) continue;
      Result<EntryNumber> on_way = ancestor(tip.number, row->seq);
      if (!on_way) return on_way.error();
      if (*on_way != end) continue;
    }
    if (end == tip.number) {
      run.signature = tip.signature;
    } else {
      Result<std::optional<View>> signature = storage_.get(Table::Checkpoints, checkpoint_key(log.number, row->seq, end));
      if (!signature) return signature.error();
      if (!*signature) continue;  // a tip of another branch
      run.signature = Signature::from(**signature);
      row = entry_row(end);
      if (!row) return row.error();
    }
    run.end = row->id;
    end_row = *row;
  }
  if (!end_row) return Error{Code::Damaged, "a log without an end to its next run"};
  EntryRow row = *end_row;
  for (;;) {
    run.bodies.push_back(bytes_of(row.body));
    if (row.seq == run.first) break;
    Result<EntryRow> earlier = entry_row(row.previous);
    if (!earlier) return earlier.error();
    row = *earlier;
  }
  std::reverse(run.bodies.begin(), run.bodies.end());
  return std::optional<StoredRun>(std::move(run));
}

// --- Appending -------------------------------------------------------------------------------------------------------

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
    const std::optional<Standing> standing = member != nullptr ? std::optional(Standing{member->council, member->role}) : std::nullopt;
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

// --- Committing ------------------------------------------------------------------------------------------------------

void Ledger::refresh_vectors() {
  for (auto& [id, network] : networks_) {
    for (auto& [log_id, log] : network.logs) {
      if (!log.dirty) continue;
      if (!log.row.tips.empty()) vector_of(network, log_id.log_class).add(tips_hash(log_id, tips_of(log.row)));
      log.dirty = false;
      log.unsaved = true;
    }
  }
}

Status Ledger::commit() {
  if (!has_uncommitted()) return done();
  refresh_vectors();
  for (auto& [id, network] : networks_) {
    for (auto& [log_id, log] : network.logs) {
      if (!log.unsaved) continue;
      if (Status status = storage_.put(Table::Logs, key_of(log.number.value), encode(log.row)); !status) return status;
      log.unsaved = false;
    }
    for (std::size_t bucket = 0; bucket < 256; ++bucket) {
      if (!network.dirty_buckets[bucket]) continue;
      const Bytes key = bucket_key(network.number, static_cast<std::uint8_t>(bucket));
      if (Status status = storage_.put(Table::Buckets, key, network.buckets[bucket].value()); !status) return status;
      network.dirty_buckets[bucket] = false;
    }
    Bytes stats;
    ByteWriter writer(stats);
    writer.u64(network.records);
    writer.u64(network.entries);
    writer.u64(network.missing);
    if (Status status = storage_.put(Table::Meta, stats_key(network.number), stats); !status) return status;
  }
  if (Status status = storage_.put(Table::Meta, view_of(kCountersKey), encode(counters_)); !status) return status;
  if (Status status = storage_.commit(); !status) return status;
  uncommitted_entries_ = 0;
  uncommitted_bytes_ = 0;
  dirty_ = false;
  return done();
}

// --- Reading ---------------------------------------------------------------------------------------------------------

Result<std::optional<RecordNumber>> Ledger::find_record(const Network& network, const RecordId& id) const {
  Result<std::optional<View>> row = storage_.get(Table::RecordIds, record_id_key(network.number, id));
  if (!row) return row.error();
  if (!*row) return std::optional<RecordNumber>{};
  return std::optional(RecordNumber{ByteReader(**row).u64()});
}

Result<std::optional<RecordState>> Ledger::record(RecordNumber number) const {
  Result<std::optional<View>> payload = storage_.get(Table::Records, key_of(number.value));
  if (!payload) return payload.error();
  if (!*payload) return std::optional<RecordState>{};
  Result<RecordRow> row = parse_record(**payload);
  if (!row) return row.error();
  return std::optional<RecordState>(std::move(row->state));
}

Result<RecordView> Ledger::view(const RecordState& state) const {
  // Values of one change are read and parsed once, whatever the number of its operations.
  std::map<EntryNumber, std::map<std::uint8_t, std::optional<Value::Array>>> read;
  const auto value_of = [&](const Source& source, std::uint8_t position) -> std::optional<Value> {
    auto [at, is_new] = read[source.number].try_emplace(source.change);
    if (is_new) at->second = values_at(source);
    if (!at->second || position >= at->second->size()) return std::nullopt;
    return (*at->second)[position];
  };
  return budstikke::view_of(state, [this](LogNumber log) { return standing_of(log); }, value_of);
}

std::optional<Value::Array> Ledger::values_at(const Source& source) const {
  Result<EntryRow> row = entry_row(source.number);
  if (!row) return std::nullopt;
  EntryView entry;
  if (!parse_stored_entry(row->body, LogClass::Data, entry) || source.change >= entry.changes.size()) return std::nullopt;
  const ChangeView& change = entry.changes[source.change];
  if (change.state != ValuesState::Inline) return std::nullopt;
  Result<Skeleton> skeleton = parse_skeleton(change.skeleton);
  if (!skeleton) return std::nullopt;
  Result<Value::Array> values = parse_values(change.values, skeleton->operations.size());
  return values ? std::optional(std::move(*values)) : std::nullopt;
}

Status Ledger::each_record(const Network& network, const std::function<bool(RecordNumber, const RecordState&)>& each) const {
  std::optional<Error> failed;
  Status scanned = storage_.scan(Table::Records, key_of(0), [&](View key, View payload) {
    Result<RecordRow> row = parse_record(payload);
    if (!row) {
      failed = row.error();
      return false;
    }
    return row->network != network.number || each(RecordNumber{ByteReader(key).u64()}, row->state);
  });
  if (failed) return *failed;
  return scanned;
}

}  // namespace budstikke
