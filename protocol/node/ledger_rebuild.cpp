// Making anew what is derived, from the entries that are here; and what to do about entries that are not.
//
// How          Every derived row is erased, then the entries are replayed in order of arrival through the path by which they
// came.
//              Before that each log is walked: where an entry cannot be read, the log is made to end at the last signed entry
//              before it, and what follows is orphaned. So nothing is announced that is not here, and peers are asked for the
//              rest by the rules of every session. An orphan is attached again as soon as the entry that it follows is here; its
//              id, which its hash must give, proves that it belongs there.
// Crash        Meta "rebuild" is there until all of it is committed: a start that finds it begins anew.
#include <algorithm>
#include <utility>

#include "protocol/base/limits.h"
#include "protocol/node/ledger_parts.h"

namespace budstikke {
namespace {

constexpr std::size_t kRowsPerStep = 4'096;
constexpr Table kDerived[] = {Table::Records, Table::RecordIds, Table::Buckets, Table::Missing, Table::Stale, Table::Conflicts};
constexpr std::string_view kOrphansPrefix = "orphans ";  // ‖ log number, of Table::Meta: signatures of tips among the orphans

Bytes orphans_key(LogNumber log) {
  Bytes key = bytes_of(view_of(kOrphansPrefix));
  ByteWriter(key).u64(log.value);
  return key;
}

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

// nullopt when it is lost.
std::optional<Signature> checkpoint_signature(const Storage& storage, LogNumber log, Seq seq, EntryNumber number) {
  const Result<std::optional<View>> signature = storage.get(Table::Checkpoints, checkpoint_key(log, seq, number));
  return signature && *signature ? std::optional(Signature::from(**signature)) : std::nullopt;
}

// Signs those of one's own log anew whose signatures are lost, from this entry back to the first that cannot be read.
Status sign_checkpoints(Storage& storage, const Log& log, EntryNumber from,
                        const std::function<Signature(const EntryId&)>& sign) {
  for (EntryNumber at = from; at;) {
    const Result<std::optional<View>> payload = storage.get(Table::Entries, key_of(at.value));
    const Result<EntryRow> row = payload && *payload ? parse_entry_row(**payload) : Error{Code::NotFound, "lost"};
    EntryView entry;
    if (!row || !parse_stored_entry(row->body, log.row.id.log_class, entry)) break;
    const EntryNumber previous = row->previous;
    if (entry.checkpoint && !checkpoint_signature(storage, log.number, row->seq, at)) {
      const Bytes key = checkpoint_key(log.number, row->seq, at);
      if (Status status = storage.put(Table::Checkpoints, key, sign(row->id)); !status) return status;
    }
    at = previous;
  }
  return done();
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
  for (auto& [id, network] : networks_) {
    network.records = network.missing = 0;
    network.buckets.fill(SetDigest{});
    network.stale.clear();
    network.membership = Membership(id);
    network.membership_vector = network.data_vector = SetDigest{};
    for (auto& [log_id, log] : network.logs) log.in_vector.reset();
  }
  return done();
}

// Whether nothing is missing between the log's start and this entry: neither an entry nor the signature of a checkpoint, without
// which the run that it ends can be sent to nobody.
bool Ledger::is_whole(EntryNumber tip) const {
  for (EntryNumber at = tip; at;) {
    Result<EntryRow> row = entry_row(at);
    const auto log = row ? logs_by_number_.find(row->log.value) : logs_by_number_.end();
    EntryView entry;
    if (log == logs_by_number_.end()) return false;
    if (!parse_stored_entry(row->body, log->second->row.id.log_class, entry)) return false;
    if (entry.checkpoint && !checkpoint_signature(storage_, row->log, row->seq, at)) return false;
    at = row->previous;
  }
  return true;
}

Status Ledger::find_orphans(const MemberKey& own, const std::function<Signature(const EntryId&)>& sign) {
  if (Status status = drop_checkpoints_of_none(storage_); !status) return status;
  std::map<std::uint64_t, std::map<Seq, std::vector<EntryNumber>>> rows;  // of logs with a hole
  for (const auto& [number, known] : logs_by_number_) {
    const Log& log = *known;
    const std::vector<StoredTip>& tips = log.row.tips;
    for (const StoredTip& tip : tips) {
      if (log.row.id.author != own || !sign) break;
      if (Status status = sign_checkpoints(storage_, log, tip.number, sign); !status) return status;
    }
    if (!std::all_of(tips.begin(), tips.end(), [&](const StoredTip& tip) { return is_whole(tip.number); })) rows[number];
  }
  if (rows.empty()) return done();
  Status scanned = storage_.scan(Table::Entries, key_of(0), [&](View key, View payload) {
    Result<EntryRow> row = parse_entry_row(payload);
    if (!row) return true;
    const auto of = rows.find(row->log.value);
    if (of != rows.end()) of->second[row->seq].push_back(EntryNumber{ByteReader(key).u64()});
    return true;
  });
  if (!scanned) return scanned;
  for (auto& [id, network] : networks_) {
    for (auto& [log_id, log] : network.logs) {
      const auto of = rows.find(log.number.value);
      if (of == rows.end()) continue;
      if (Status status = end_before_hole(network, log, std::move(of->second), own, sign); !status) return status;
    }
  }
  return commit();
}

// Lets the log end at the last signed entry before its first hole. Of a log that has forked the branches that are whole stay.
Status Ledger::end_before_hole(Network& network, Log& log, std::map<Seq, std::vector<EntryNumber>> rows, const MemberKey& own,
                               const std::function<Signature(const EntryId&)>& sign) {
  for (const StoredTip& tip : log.row.tips) log.endings[tip.head.id] = tip.signature;
  const bool forked = log.row.tips.size() > 1;
  std::erase_if(log.row.tips, [&](const StoredTip& tip) { return !is_whole(tip.number); });
  std::uint64_t kept = 0;
  if (!forked) {
    EntryNumber last;
    std::optional<StoredTip> end;
    for (std::uint64_t seq = 1;; ++seq) {
      EntryNumber next;
      for (EntryNumber candidate : rows[Seq{seq}]) {
        Result<EntryRow> row = entry_row(candidate);
        if (!row) return row.error();
        if (row->previous == last) next = candidate;
      }
      if (!next) break;
      last = next;
      Result<EntryRow> row = entry_row(next);
      if (!row) return row.error();
      EntryView entry;
      if (Status status = parse_stored_entry(row->body, log.row.id.log_class, entry); !status) return status;
      const bool is_own = log.row.id.author == own && sign;
      const std::optional<Signature> signature = checkpoint_signature(storage_, log.number, Seq{seq}, next);
      if (entry.checkpoint && !signature && !is_own) break;  // the run that it ends is fetched again, with the signature
      if (signature || is_own) end = StoredTip{{Seq{seq}, {}, {}, 0, 0}, next, signature.value_or(Signature{})};
    }
    if (end) {
      Result<Place> place = place_of(end->number);
      if (!place) return place.error();
      end->head = place->head;
      if (log.row.id.author == own && sign) {
        end->signature = sign(end->head.id);
        if (Status status = sign_checkpoints(storage_, log, end->number, sign); !status) return status;
      }
      log.row.tips.push_back(*end);
      kept = end->head.seq.value;
    }
    std::erase_if(rows, [&](const auto& row) { return row.first.value <= kept || row.second.empty(); });
    log.orphans = std::move(rows);
    network.has_orphans = network.has_orphans || !log.orphans.empty();
  }
  log.row.entries = 0;
  for (const StoredTip& tip : log.row.tips) log.row.entries = std::max(log.row.entries, tip.head.seq.value);
  leave_vector(network, log);
  return put_endings(log);
}

Status Ledger::put_endings(const Log& log) {
  dirty_ = true;
  if (log.orphans.empty()) return storage_.erase(Table::Meta, orphans_key(log.number));
  Bytes row;
  ByteWriter writer(row);
  writer.u16(static_cast<std::uint16_t>(log.endings.size()));
  for (const auto& [id, signature] : log.endings) {
    writer.raw(id);
    writer.raw(signature);
  }
  return storage_.put(Table::Meta, orphans_key(log.number), row);
}

Status Ledger::load_orphans() {
  std::map<std::uint64_t, std::pair<Network*, Log*>> logs;
  for (auto& [id, network] : networks_) {
    for (auto& [log_id, log] : network.logs) logs[log.number.value] = {&network, &log};
  }
  std::set<std::uint64_t> with_orphans;
  std::optional<Error> failed;
  Status scanned = storage_.scan(Table::Meta, view_of(kOrphansPrefix), [&](View key, View payload) {
    if (!text_of(key).starts_with(kOrphansPrefix)) return false;
    const auto log = logs.find(ByteReader(key.subspan(kOrphansPrefix.size())).u64());
    if (log == logs.end()) return true;
    ByteReader reader(payload);
    const std::size_t count = reader.u16();
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
      const EntryId id = reader.fixed<EntryId>();
      log->second.second->endings[id] = reader.fixed<Signature>();
    }
    if (!reader.done()) failed = Error{Code::Damaged, "the row of a log's orphans"};
    with_orphans.insert(log->first);
    return !failed;
  });
  if (failed) return *failed;
  if (!scanned || with_orphans.empty()) return scanned;
  return storage_.scan(Table::Entries, key_of(0), [&](View key, View payload) {
    Result<EntryRow> row = parse_entry_row(payload);
    if (!row || !with_orphans.contains(row->log.value)) return true;
    auto& [network, of] = logs.at(row->log.value);
    network->has_orphans = true;
    Log& log = *of;
    const bool is_after = log.row.tips.empty() || row->seq > log.row.tips.back().head.seq;
    if (is_after) log.orphans[row->seq].push_back(EntryNumber{ByteReader(key).u64()});
    return true;
  });
}

// --- Replaying -------------------------------------------------------------------------------------------------------

Status Ledger::replay() {
  std::vector<Bytes> keys;
  std::uint64_t from = 0;
  std::map<std::uint64_t, std::set<std::uint64_t>> branches;  // of logs that have forked: what is on a branch that stays
  for (const auto& [number, log] : logs_by_number_) {
    if (log->row.tips.size() < 2) continue;
    for (const StoredTip& tip : log->row.tips) {
      for (EntryNumber at = tip.number; at && branches[number].insert(at.value).second;) {
        Result<EntryRow> row = entry_row(at);
        if (!row) return row.error();
        at = row->previous;
      }
    }
  }
  do {
    if (Status status = next_keys(storage_, Table::Entries, key_of(from), keys, false); !status) return status;
    for (const Bytes& key : keys) {
      const EntryNumber number{ByteReader(key).u64()};
      from = number.value + 1;
      Result<EntryRow> row = entry_row(number);
      if (!row) return row.error();
      const auto log = logs_by_number_.find(row->log.value);
      if (log == logs_by_number_.end() || log->second->row.id.log_class != LogClass::Data || log->second->row.tips.empty())
        continue;
      const auto forked = branches.find(row->log.value);
      const bool is_there =
          forked != branches.end() ? forked->second.contains(number.value) : row->seq <= log->second->row.tips.back().head.seq;
      if (!is_there) continue;  // an orphan
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

// --- Orphans ---------------------------------------------------------------------------------------------------------

// Attaches what follows the ends that came since, up to the last entry with a signature: an end without one cannot be sent.
Status Ledger::reattach(Network& network) {
  if (!network.has_orphans) return done();
  for (auto& [id, log] : network.logs) {
    if (log.orphans.empty() || log.row.tips.size() > 1) continue;
    Result<std::vector<Orphan>> chain = orphans_after(network, log);
    if (!chain) return chain.error();
    while (!chain->empty() && !chain->back().signature) chain->pop_back();
    for (const Orphan& orphan : *chain) {
      if (Status status = attach(network, log, orphan); !status) return status;
    }
    const Seq tip = log.row.tips.empty() ? Seq{0} : log.row.tips.back().head.seq;
    bool dropped = false;
    while (!log.orphans.empty() && log.orphans.begin()->first <= tip) {  // attached, or sent by a peer meanwhile
      for (EntryNumber orphan : log.orphans.begin()->second) {
        if (Status status = storage_.erase(Table::Entries, key_of(orphan.value)); !status) return status;
        const Bytes key = checkpoint_key(log.number, log.orphans.begin()->first, orphan);
        if (Status status = storage_.erase(Table::Checkpoints, key); !status) return status;
      }
      log.orphans.erase(log.orphans.begin());
      dropped = true;
    }
    if (!dropped) continue;
    if (!network.erasures.empty()) storage_.shred();  // their rows may have held what erasures reach
    if (Status status = put_endings(log); !status) return status;
  }
  network.has_orphans =
      std::any_of(network.logs.begin(), network.logs.end(), [](const auto& log) { return !log.second.orphans.empty(); });
  return done();
}

// The orphans that follow the log's tip one after the other, as their hashes prove.
Result<std::vector<Ledger::Orphan>> Ledger::orphans_after(const Network& network, const Log& log) const {
  std::vector<Orphan> chain;
  Head head = log.row.tips.empty() ? Head{} : log.row.tips.back().head;
  for (bool found = true; found;) {
    found = false;
    const auto next = log.orphans.find(Seq{head.seq.value + 1});
    if (next == log.orphans.end()) break;
    for (EntryNumber number : next->second) {
      Result<EntryRow> row = entry_row(number);
      if (!row) return row.error();
      EntryView entry;
      ByteReader reader(row->body);
      if (!parse_entry(reader, log.row.id.log_class, entry)) continue;
      Result<Head> follows = extend(network.row.id, log.row.id, head, entry);
      if (!follows || follows->id != row->id) continue;
      head = *follows;
      Orphan orphan{number, head, {}};
      if (const auto ending = log.endings.find(head.id); ending != log.endings.end()) orphan.signature = ending->second;
      const std::optional<Signature> checkpoint = checkpoint_signature(storage_, log.number, head.seq, number);
      if (checkpoint) orphan.signature = checkpoint;
      if (entry.checkpoint && !orphan.signature) return chain;  // a peer sends the run that it ends, with the signature
      chain.push_back(orphan);
      found = true;
      break;
    }
  }
  return chain;
}

Status Ledger::attach(Network& network, Log& log, const Orphan& orphan) {
  Result<EntryRow> row = entry_row(orphan.number);
  if (!row) return row.error();
  const Bytes body = bytes_of(row->body);
  EntryView entry;
  ByteReader reader(body);
  if (Status status = parse_entry(reader, log.row.id.log_class, entry); !status) return status;
  entry.body = body;
  Place place;
  if (!log.row.tips.empty()) place = {log.row.tips.back().head, log.row.tips.back().number};
  Result<Place> appended = append(network, log, place, orphan.head, entry, orphan.signature);
  return appended ? done() : Status(appended.error());
}

}  // namespace budstikke
