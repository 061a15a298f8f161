// Making anew what is derived, from the entries that are here.
//
// How          Every derived row is erased, then the entries are replayed in order of arrival through the path by which they
//              came. Before that what follows a lost entry is orphaned (ledger_orphans.cpp): it is not replayed.
// Crash        Meta "rebuild" is there until all of it is committed: a start that finds it begins anew.
#include <algorithm>
#include <utility>

#include "protocol/base/limits.h"
#include "protocol/node/ledger_parts.h"

namespace budstikke {
namespace {

constexpr std::size_t kRowsPerStep = 4'096;
constexpr Table kDerived[] = {Table::Records, Table::RecordIds, Table::Buckets, Table::Missing, Table::Stale, Table::Conflicts};

// The sound rows of a table from a key on, at most kRowsPerStep: a store may not be changed while it is scanned.
Status next_keys(const Storage& storage, Table table, View from, std::vector<Bytes>& keys, bool damaged_too) {
  keys.clear();
  return storage.scan(
      table, from,
      [&](View key, View) {
        keys.push_back(bytes_of(key));
        return keys.size() < kRowsPerStep;
      },
      [&](View key) {
        if (damaged_too && !key.empty()) keys.push_back(bytes_of(key));  // one whose key makes no sense is left to a salvage
      });
}

// Signatures of entries that are lost: when these come again, they have other numbers.
Status drop_checkpoints_of_none(Storage& storage) {
  std::vector<Bytes> keys;
  Bytes from = checkpoint_key(LogNumber{}, Seq{}, EntryNumber{});
  do {
    if (Status status = next_keys(storage, Table::Checkpoints, from, keys, false); !status) return status;
    for (const Bytes& key : keys) {
      const Result<std::optional<View>> entry = storage.get(Table::Entries, View(key).last(8));
      if (entry && *entry) continue;
      if (Status status = storage.erase(Table::Checkpoints, key); !status) return status;
    }
    if (!keys.empty()) from = keys.back();
  } while (keys.size() == kRowsPerStep);
  return done();
}

}  // namespace

Status Ledger::rebuild(const MemberKey& own, const std::function<Signature(const EntryId&)>& sign) {
  const Bytes due{1};
  if (Status status = storage_.put(Table::Meta, view_of(kRebuildKey), due); !status) return status;
  if (Status status = clear_derived(); !status) return status;
  rebuilding_ = true;
  if (Status status = drop_checkpoints_of_none(storage_); !status) return status;
  if (Status status = find_orphans(own, sign); !status) return status;
  if (Status status = load_memberships(); !status) return status;
  if (Status status = replay(); !status) return status;
  rebuilding_ = false;
  awaited_.reset();
  for (auto& [id, network] : networks_) {  // erasures whose operations are not among what counts now
    for (auto at = network.erasures.begin(); at != network.erasures.end();) {
      Result<std::optional<RecordState>> state = record(at->second.record);
      if (!state) return state.error();
      const std::vector<OperationId> live = *state ? erasures_of(**state) : std::vector<OperationId>{};
      if (std::binary_search(live.begin(), live.end(), at->first)) {
        ++at;
        continue;
      }
      if (Status status = storage_.erase(Table::Erasures, erasure_key(network.number, at->first)); !status) return status;
      at = network.erasures.erase(at);
    }
    network.dirty_buckets.fill(true);
    network.entries = 0;
    for (const auto& [log_id, log] : network.logs) network.entries += log.row.entries;
  }
  if (Status status = storage_.erase(Table::Meta, view_of(kRebuildKey)); !status) return status;
  dirty_ = true;
  return commit();
}

Status Ledger::clear_derived() {
  std::vector<Bytes> keys;
  for (Table table : kDerived) {
    do {
      if (Status status = next_keys(storage_, table, {}, keys, true); !status) return status;
      for (const Bytes& key : keys) {
        if (Status status = storage_.erase(table, key); !status) return status;
      }
      if (Status status = storage_.commit(); !status) return status;
    } while (!keys.empty());
  }
  if (Status status = forget_agreements(); !status) return status;
  for (auto& [id, network] : networks_) {
    network.records = network.missing = 0;
    network.quotas = Quotas(network.founding.charter.created);  // what was lost is fetched again, and is history
    network.buckets.fill(SetDigest{});
    network.stale.clear();
    network.membership = Membership(id);
    network.membership_vector = network.data_vector = SetDigest{};
    for (auto& [log_id, log] : network.logs) log.in_vector.reset();
  }
  return done();
}

// --- Replaying -------------------------------------------------------------------------------------------------------

Status Ledger::replay() {
  std::vector<Bytes> keys;
  std::uint64_t from = 0;
  do {
    if (Status status = next_keys(storage_, Table::Entries, key_of(from), keys, false); !status) return status;
    for (const Bytes& key : keys) {
      const EntryNumber number{ByteReader(key).u64()};
      from = number.value + 1;
      Result<EntryRow> row = entry_row(number);
      if (!row) return row.error();
      const auto log = logs_by_number_.find(row->log.value);
      if (log == logs_by_number_.end() || log->second->row.id.log_class != LogClass::Data) continue;
      if (log->second->is_orphan(row->seq, number)) continue;
      if (Status status = replay_entry(number); !status) return status;
    }
    if (Status status = commit(); !status) return status;
  } while (!keys.empty());
  return done();
}

Status Ledger::replay_entry(EntryNumber number) {
  Result<EntryRow> found = entry_row(number);
  if (!found) return found.error();
  const Bytes body = bytes_of(found->body);
  ByteReader reader(body);
  EntryView entry;
  if (Status status = parse_entry(reader, LogClass::Data, entry); !status) return Error{Code::Damaged, status.error().text};
  entry.body = body;
  EntryRow row;
  row.log = found->log;
  row.seq = found->seq;
  row.previous = found->previous;
  row.id = found->id;
  row.body = entry.body;
  Log& log = *logs_by_number_.at(row.log.value);
  for (auto& [id, network] : networks_) {
    if (network.number != log.row.network) continue;
    Head head;
    head.seq = row.seq;
    head.id = row.id;
    head.stamp = entry.stamp;
    dirty_ = true;
    return append_records(network, log, number, head, entry, row);
  }
  return done();
}

}  // namespace budstikke
