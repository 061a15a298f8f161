#include "tests/sim/disk.h"

#include "protocol/node/ledger.h"

namespace budstikke::sim {
namespace {

// Tables whose rows the store keeps once; the others are written twice, and a damaged row is read from its copy.
constexpr Table kKeptOnce[] = {Table::Checkpoints, Table::Entries, Table::Records, Table::RecordIds,
                               Table::Buckets,     Table::Missing, Table::Stale,   Table::Conflicts};

}  // namespace

Result<std::optional<View>> Disk::get(Table table, View key) const {
  if (stopped_) return *stopped_;
  return rows_.get(table, key);
}

Status Disk::scan(Table table, View from, const std::function<bool(View, View)>& each,
                  const std::function<void(View)>& damaged) const {
  if (stopped_) return *stopped_;
  return rows_.scan(table, from, each, damaged);
}

Status Disk::put(Table table, View key, View payload) {
  if (stopped_) return *stopped_;
  if (table == Table::Entries) {
    const Result<EntryRow> row = parse_entry_row(payload);
    require(row.ok(), "an entry's row that is none was put");
    pending_[EntryNumber{ByteReader(key).u64()}] = HeldEntry{row->id, row->log, row->seq, row->previous};
  }
  return rows_.put(table, key, payload);
}

Status Disk::erase(Table table, View key) {
  if (stopped_) return *stopped_;
  if (table == Table::Entries) pending_[EntryNumber{ByteReader(key).u64()}] = std::nullopt;
  return rows_.erase(table, key);
}

Status Disk::commit() {
  if (stopped_) return *stopped_;
  fresh_.clear();
  const std::optional<Outcome> failure = rows_.has_uncommitted() ? std::exchange(next_failure_, std::nullopt) : std::nullopt;
  if (failure == Outcome::Undone) {
    rows_.rollback();
    pending_.clear();
  }
  Status committed = rows_.commit();
  if (committed) take_pending();
  if (!committed) pending_.clear();
  if (!failure) return committed;
  failed_ = failure;
  stopped_ = Error{Code::Io, "the disk failed while it wrote"};
  return *stopped_;
}

void Disk::rollback() {
  rows_.rollback();
  pending_.clear();
}

void Disk::take_pending() {
  for (auto& [number, entry] : pending_) {
    if (const auto old = held_.find(number); old != held_.end()) {
      if (--ids_[old->second.id] == 0) ids_.erase(old->second.id);
      held_.erase(old);
    }
    if (!entry) continue;
    held_.emplace(number, *entry);
    ++ids_[entry->id];
    fresh_.push_back(number);
  }
  pending_.clear();
}

void Disk::count_ids() {
  ids_.clear();
  for (const auto& [number, entry] : held_) ++ids_[entry.id];
}

bool Disk::damage_a_row(Random& random) {
  std::vector<std::pair<Table, Bytes>> keys;
  const Table table = kKeptOnce[random.below(3)];  // the others are small, or have no rows most of the time
  const Status scanned = rows_.scan(table, {}, [&](View key, View) {
    keys.emplace_back(table, bytes_of(key));
    return true;
  });
  require(scanned.ok(), "a scan of the rows in memory");
  if (keys.empty() || rows_.has_uncommitted()) return false;
  const auto& [of, key] = keys[random.below(keys.size())];
  rows_.damage(of, key);
  if (of == Table::Entries) {
    held_.erase(EntryNumber{ByteReader(key).u64()});
    count_ids();
  }
  return true;
}

bool Disk::is_damaged() const {
  bool damaged = false;
  for (std::uint8_t table = 1; table <= kTableCount; ++table) {
    const Status scanned = rows_.scan(
        static_cast<Table>(table), {}, [](View, View) { return true; }, [&](View) { damaged = true; });
    require(scanned.ok(), "a scan of the rows in memory");
  }
  return damaged;
}

void Disk::crash() {
  rows_.crash();
  pending_.clear();
  stopped_.reset();
  failed_.reset();
  next_failure_.reset();
}

Result<std::size_t> Disk::salvage() {
  std::vector<std::pair<Table, Bytes>> lost;
  for (std::uint8_t number = 1; number <= kTableCount; ++number) {
    const auto table = static_cast<Table>(number);
    Status scanned = rows_.scan(
        table, {}, [](View, View) { return true; }, [&](View key) { lost.emplace_back(table, bytes_of(key)); });
    if (!scanned) return scanned.error();
  }
  if (lost.empty()) return std::size_t{0};
  for (const auto& [table, key] : lost) {
    if (Status status = erase(table, key); !status) return status.error();
  }
  const Bytes due{1};
  if (Status status = put(Table::Meta, view_of(Ledger::kRebuildKey), due); !status) return status.error();
  if (Status status = commit(); !status) return status.error();
  return lost.size();
}

Status Disk::begin_anew(const std::vector<NetworkRow>& networks, Incarnation incarnation) {
  *this = Disk();
  CountersRow counters;
  counters.incarnation = incarnation;
  for (const NetworkRow& network : networks) {
    if (Status status = put(Table::Networks, key_of(++counters.networks), encode(network)); !status) return status;
  }
  const Bytes due{1};
  if (Status status = put(Table::Meta, view_of("counters"), encode(counters)); !status) return status;
  if (Status status = put(Table::Meta, view_of(Ledger::kRebuildKey), due); !status) return status;
  return commit();
}

Disk::Copy Disk::copy() const {
  Copy copy{rows_, held_};
  copy.rows.crash();  // of what is committed
  return copy;
}

void Disk::put_back(const Copy& copy) {
  *this = Disk();
  rows_ = copy.rows;
  held_ = copy.held;
  count_ids();
}

bool Disk::holds(const EntryPrefix& id) const {
  EntryId least;
  std::copy(id.bytes.begin(), id.bytes.end(), least.bytes.begin());
  const auto at = ids_.lower_bound(least);
  return at != ids_.end() && prefix_of(at->first) == id;
}

std::optional<LogRow> Disk::log(LogNumber number) const {
  const Result<std::optional<View>> row = rows_.get(Table::Logs, key_of(number.value));
  if (!row || !*row) return std::nullopt;
  const Result<LogRow> log = parse_log(**row);
  return log ? std::optional(*log) : std::nullopt;
}

std::optional<Bytes> Disk::entry(EntryNumber number) const {
  const Result<std::optional<View>> row = rows_.get(Table::Entries, key_of(number.value));
  return row && *row ? std::optional(bytes_of(**row)) : std::nullopt;
}

}  // namespace budstikke::sim
