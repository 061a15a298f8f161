#include "protocol/node/ledger.h"

#include <utility>

#include "protocol/base/limits.h"
#include "protocol/node/ledger_parts.h"

namespace budstikke {

Hash Network::state_digest() const {
  SetDigest sum;
  for (const SetDigest& bucket : buckets) sum.add(bucket);
  return sum.value();
}

// --- Networks and logs -----------------------------------------------------------------------------------------------

Network* Ledger::find_network(const NetworkId& id) {
  const auto at = networks_.find(id);
  return at == networks_.end() ? nullptr : &at->second;
}

Result<Network*> Ledger::add_network(NetworkRow row) {
  if (Network* known = find_network(row.id)) return known;
  if (networks_.size() >= kMaxNetworks) return Error{Code::TooLarge, "a node may be in 16 networks"};
  for (const auto& [id, other] : networks_) {
    if (tag_of(id) == tag_of(row.id)) return Error{Code::Conflict, "a network whose id begins like that of another"};
  }
  Result<MembershipOperation> founding = parse_membership(row.charter);
  if (!founding) return founding.error();
  const auto* found = std::get_if<FoundOperation>(&*founding);
  if (found == nullptr || id_of(found->charter) != row.id) return Error{Code::Forged, "a charter that is not the network's"};
  Network network(NetworkNumber{++counters_.networks}, row);
  network.founding = *found;
  network.quotas = Quotas(found->charter.created);
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
  if (const Member* member = network.membership.find(id.author)) log.author = Standing{member->council, member->admitted_as};
  log.cut = network.membership.cut_of(id);
  if (log.cut || !log.author) log.limit.emplace();  // until settle() says more
  if (id.log_class == LogClass::Data) {
    for (const RoleSince& since : network.membership.roles_in(id)) log.roles.push_back({since});
  }
  Log& added = network.logs.emplace(id, std::move(log)).first->second;
  logs_by_number_[added.number.value] = &added;
  return &added;
}

// Members that were removed too: what came of them late is still their council's.
Quotas::Holder Ledger::quota_holder(const Network& network, const LogId& log) {
  if (log.log_class == LogClass::Membership) return {log.log_class, Hash::from(log.author)};
  const Member* member = network.membership.find(log.author);
  return {log.log_class, Hash::from(member != nullptr ? member->council : council_of(log.author))};
}

std::optional<Standing> Ledger::standing_of(LogNumber log) const {
  const auto at = logs_by_number_.find(log.value);
  return at == logs_by_number_.end() ? std::nullopt : at->second->author;
}

std::optional<Standing> Ledger::standing_of(const Source& source) const {
  const auto at = logs_by_number_.find(source.log.value);
  if (at == logs_by_number_.end()) return std::nullopt;
  if (at->second->roles.empty()) return at->second->author;
  const Result<EntryRow> row = entry_row(source.number);
  return row ? at->second->written_as(row->seq, source.number) : std::nullopt;
}

// Its receipts are owed anew: what a store holds that was restored is not what it held when it gave them.
Status Ledger::renew_incarnation(Incarnation incarnation) {
  counters_.incarnation = incarnation;
  dirty_ = true;
  for (auto& [id, network] : networks_) {
    for (auto& [erasure, row] : network.erasures) {
      if (!std::exchange(row.receipted, false)) continue;
      if (Status status = put_erasure(network, erasure, row); !status) return status;
    }
  }
  return done();
}

Status Ledger::withhold() {
  if (counters_.entries == 0) return done();
  dirty_ = true;
  for (auto& [id, network] : networks_) {
    network.withheld = EntryNumber{counters_.entries};
    const Bytes last = key_of(network.withheld.value);
    if (Status status = storage_.put(Table::Meta, withheld_key(network.number), last); !status) return status;
  }
  return done();
}

Status Ledger::release(Network& network) {
  network.withheld = {};
  dirty_ = true;
  return storage_.erase(Table::Meta, withheld_key(network.number));
}

Status Ledger::note_former_key(Network& network, const TransportKey& key, const FormerKey& former) {
  network.former_keys[key] = former;
  dirty_ = true;
  return storage_.put(Table::Meta, former_key(network.number, key), encode(former));
}

Result<bool> Ledger::wrote_since_withheld(const Network& network, const MemberKey& own, const EntryId& entry) const {
  const auto log = network.logs.find({own, counters_.incarnation, LogClass::Membership});
  if (log == network.logs.end() || log->second.row.tips.empty()) return false;
  for (EntryNumber at = log->second.row.tips.back().number; at > network.withheld;) {
    Result<EntryRow> row = entry_row(at);
    if (!row) return row.error();
    if (row->id == entry) return true;
    at = row->previous;
  }
  return false;
}

// --- Committing ------------------------------------------------------------------------------------------------------

void Ledger::refresh_vectors() {
  for (auto& [id, network] : networks_) {
    for (auto& [log_id, log] : network.logs) {
      if (!log.dirty) continue;
      leave_vector(network, log);
      if (!log.tips().empty()) {
        log.in_vector = tips_hash(log_id, tips_of(log));
        vector_of(network, log_id.log_class).add(*log.in_vector);
      }
      log.dirty = false;
      log.unsaved = true;
    }
  }
}

Status Ledger::commit() {
  if (!has_uncommitted() && !has_unsaved_agreements()) return done();
  if (Status status = put_agreements(); !status) return status;
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
    if (!network.quotas.is_unsaved()) continue;
    const Bytes quotas = network.quotas.encode();
    if (Status status = storage_.put(Table::Meta, quotas_key(network.number), quotas); !status) return status;
    network.quotas.saved();
  }
  if (!model_written_) {
    if (Status status = storage_.put(Table::Meta, view_of(kModelKey), this_model()); !status) return status;
  }
  if (Status status = storage_.put(Table::Meta, view_of(kCountersKey), encode(counters_)); !status) return status;
  if (Status status = storage_.commit(); !status) return status;
  model_written_ = true;
  unsaved_agreements_.clear();
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
  for (const auto& [id, network] : networks_) {
    if (network.number != row->network || !network.stale.contains(number)) continue;
    Result<RecordState> anew = fold_anew(row->state);
    if (!anew) return anew.error();
    return std::optional<RecordState>(std::move(*anew));
  }
  return std::optional<RecordState>(std::move(row->state));
}

Result<RecordView> Ledger::view(const RecordState& state, const RecordState* now) const {
  // Values of one change are read and parsed once, whatever the number of its operations.
  std::map<EntryNumber, std::map<std::uint8_t, std::optional<Value::Array>>> read;
  const auto value_of = [&](const Source& source, std::uint8_t position) -> std::optional<Value> {
    auto [at, is_new] = read[source.number].try_emplace(source.change);
    if (is_new) at->second = values_at(now != nullptr ? *now : state, source);
    if (!at->second || position >= at->second->size()) return std::nullopt;
    return (*at->second)[position];
  };
  return budstikke::view_of(
      state, [this](LogNumber log) { return standing_of(log); }, value_of);
}

// Erased values are gone for whoever looks as soon as the erasure is here, although they are destroyed later.
std::optional<Value::Array> Ledger::values_at(const RecordState& state, const Source& source) const {
  if (has_erasures(state)) {
    const auto standing = [this](const Source& of) { return standing_of(of); };
    const std::optional<Standing> author = standing_of(source.log);
    const std::optional<CouncilId> council = author ? std::optional(author->council) : std::nullopt;
    if (!reaching(state, {source.entry, source.change, 0}, council, standing).empty()) return std::nullopt;
  }
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

Status Ledger::each_conflicted(const Network& network, const std::function<bool(RecordNumber, const RecordState&)>& each) const {
  std::vector<RecordNumber> numbers;  // reading a record while its row is scanned would move the view
  Status scanned = storage_.scan(Table::Conflicts, numbered_key(network.number, 0), [&](View key, View) {
    ByteReader reader(key);
    if (reader.u64() != network.number.value) return false;
    numbers.push_back(RecordNumber{reader.u64()});
    return true;
  });
  if (!scanned) return scanned;
  for (RecordNumber number : numbers) {
    Result<std::optional<RecordState>> state = record(number);
    if (!state) return state.error();
    if (*state && !each(number, **state)) break;
  }
  return done();
}

Status Ledger::each_record(const Network& network, const std::function<bool(RecordNumber, const RecordState&)>& each) const {
  std::optional<Error> failed;
  Status scanned = storage_.scan(Table::Records, key_of(0), [&](View key, View payload) {
    Result<RecordRow> row = parse_record(payload);
    if (!row) {
      failed = row.error();
      return false;
    }
    if (row->network != network.number) return true;
    const RecordNumber number{ByteReader(key).u64()};
    if (!network.stale.contains(number)) return each(number, row->state);
    Result<RecordState> anew = fold_anew(row->state);
    if (!anew) failed = anew.error();
    return anew.ok() && each(number, *anew);
  });
  if (failed) return *failed;
  return scanned;
}

}  // namespace budstikke
