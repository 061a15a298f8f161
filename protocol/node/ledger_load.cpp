// Loading: from the rows of the store to what is kept in memory.
#include "protocol/base/limits.h"
#include "protocol/node/ledger_parts.h"

namespace budstikke {

Result<std::unique_ptr<Ledger>> Ledger::load(Storage& storage, Incarnation incarnation, const MemberKey& own,
                                             const std::function<Signature(const EntryId&)>& sign) {
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
  if (Status status = ledger->load_withheld(); !status) return status.error();
  if (Status status = ledger->load_former_keys(); !status) return status.error();
  if (Status status = ledger->load_quotas(); !status) return status.error();
  if (Status status = ledger->load_contents(); !status) return status.error();
  Result<std::optional<View>> due = storage.get(Table::Meta, view_of(kRebuildKey));
  if (!due) return due.error();
  Result<bool> is_newer = ledger->learnt_since();
  if (!is_newer) return is_newer.error();
  if (Status status = ledger->load_orphans(); !status) return status.error();
  if (*due || *is_newer) {
    if (Status status = ledger->load_erasures(); !status) return status.error();
    if (Status status = ledger->rebuild(own, sign); !status) return status.error();
    return ledger;
  }
  if (Status status = ledger->load_buckets(); !status) return status.error();
  if (Status status = ledger->load_memberships(); !status) return status.error();
  if (Status status = ledger->load_stale(); !status) return status.error();
  if (Status status = ledger->load_erasures(); !status) return status.error();
  return ledger;
}

// Whether this program knows classes of operations or versions of entries that the one which folded the records did not know:
// what it kept as void may count now.
Result<bool> Ledger::learnt_since() const {
  Result<std::optional<View>> row = storage_.get(Table::Meta, view_of(kModelKey));
  if (!row) return row.error();
  const Bytes model = this_model();
  return *row && !same_bytes(**row, model);
}

// They say nothing that would be missed: a row that is not there, or cannot be read, begins them anew.
Status Ledger::load_quotas() {
  for (auto& [id, network] : networks_) {
    Result<std::optional<View>> payload = storage_.get(Table::Meta, quotas_key(network.number));
    if (!payload && payload.error().code == Code::Damaged) continue;
    if (!payload) return payload.error();
    if (!*payload) continue;
    Result<Quotas> quotas = Quotas::parse(**payload);
    if (quotas) network.quotas = std::move(*quotas);
  }
  return done();
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
    network.quotas = Quotas(network.founding.charter.created);
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
    Log log;
    log.number = LogNumber{ByteReader(key).u64()};
    log.row = std::move(*row);
    Log& loaded = network.logs.emplace(log.row.id, log).first->second;
    logs_by_number_[loaded.number.value] = &loaded;
    return true;
  });
  if (failed) return *failed;
  return scanned;
}

Status Ledger::load_withheld() {
  for (auto& [id, network] : networks_) {
    Result<std::optional<View>> row = storage_.get(Table::Meta, withheld_key(network.number));
    if (!row) return row.error();
    if (*row) network.withheld = EntryNumber{ByteReader(**row).u64()};
  }
  return done();
}

Status Ledger::load_former_keys() {
  for (auto& [id, network] : networks_) {
    Network& of = network;
    const Bytes from = former_key(network.number, TransportKey{});
    Status scanned = storage_.scan(Table::Meta, from, [&](View key, View row) {
      const std::size_t prefix = from.size() - TransportKey::kSize;
      if (key.size() != from.size() || !same_bytes(key.first(prefix), View(from).first(prefix))) return false;
      // One that cannot be read begins anew, as the days of a key that was just heard of do.
      if (const Result<FormerKey> former = parse_former_key(row))
        of.former_keys[TransportKey::from(key.subspan(prefix))] = *former;
      return true;
    });
    if (!scanned) return scanned;
  }
  return done();
}

Status Ledger::load_buckets() {
  for (auto& [id, network] : networks_) {
    for (std::size_t bucket = 0; bucket < 256; ++bucket) {
      Result<std::optional<View>> row =
          storage_.get(Table::Buckets, bucket_key(network.number, static_cast<std::uint8_t>(bucket)));
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
        if (Status status = load_membership_log(network, log, tip.number); !status) return status;
      }
    }
    network.membership_changed = false;
    if (Status status = leave_out_branches(network); !status) return status;
    network.membership.settle();
  }
  unite(nullptr);
  for (auto& [id, network] : networks_) {
    network.decided = false;
    if (Status status = renew_standings(network, false); !status) return status;  // those in which the records were folded
    for (auto& [log_id, log] : network.logs) {
      leave_vector(network, log);
      log.dirty = false;
      if (log.tips().empty()) continue;
      log.in_vector = tips_hash(log_id, tips_of(log));
      vector_of(network, log_id.log_class).add(*log.in_vector);
    }
  }
  return done();
}

// From an entry back to the log's start, handed on in order, since an entry is named by those after it.
Status Ledger::load_membership_log(Network& network, const Log& log, EntryNumber last) {
  std::vector<std::pair<EntryNumber, EntryId>> way;
  for (EntryNumber at = last; at;) {
    Result<EntryRow> row = entry_row(at);
    if (!row) return row.error();
    way.emplace_back(at, row->id);
    at = row->previous;
  }
  EntryId previous;
  for (auto at = way.rbegin(); at != way.rend(); ++at) {
    Result<EntryRow> row = entry_row(at->first);
    if (!row) return row.error();
    EntryView entry;
    if (Status status = parse_stored_entry(row->body, LogClass::Membership, entry); !status) return status;
    take_membership(network, log, at->second, previous, entry.stamp, entry);
    previous = at->second;
  }
  return done();
}

Status Ledger::load_stale() {
  for (auto& [id, network] : networks_) {
    Network& of = network;
    Status scanned = storage_.scan(Table::Stale, numbered_key(network.number, 0), [&](View key, View) {
      ByteReader reader(key);
      if (reader.u64() != of.number.value) return false;
      of.stale.insert(RecordNumber{reader.u64()});
      return true;
    });
    if (!scanned) return scanned;
  }
  return done();
}

Status Ledger::load_erasures() {
  for (auto& [id, network] : networks_) {
    Network& of = network;
    std::optional<Error> failed;
    Status scanned = storage_.scan(Table::Erasures, key_of(network.number.value), [&](View key, View payload) {
      ByteReader reader(key);
      if (reader.u64() != of.number.value) return false;
      Result<ErasureRow> row = parse_erasure(payload);
      if (!row) failed = row.error();
      if (row) of.erasures.emplace(read_operation_id(reader), *row);
      return row.ok();
    });
    if (failed) return *failed;
    if (!scanned) return scanned;
  }
  return done();
}

}  // namespace budstikke
