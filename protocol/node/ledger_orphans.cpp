// Entries that nothing leads to, since one before them in their log was lost: orphans.
//
// How          When everything is made anew each log is walked. Of a log with a hole only what can be reached from its start and
//              be sent to others stays: on each branch up to the last signed entry before the hole. So nothing is announced
//              that is not here, and peers are asked for the rest by the rules of every session. All other entries of the log
//              become its orphans. They count for nothing, but nothing that is here is thrown away: an orphan is attached again
//              as soon as the entry that it follows is here; its id, which its hash must give, proves that it belongs there.
// Invariants   Every entry of a log leads to one of its tips or is among its orphans.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "protocol/base/limits.h"
#include "protocol/node/ledger_parts.h"

namespace budstikke {
namespace {

constexpr std::string_view kOrphansPrefix = "orphans ";  // ‖ log number, of Table::Meta: signatures of tips among the orphans

Bytes orphans_key(LogNumber log) {
  Bytes key = bytes_of(view_of(kOrphansPrefix));
  ByteWriter(key).u64(log.value);
  return key;
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

}  // namespace

// --- Finding ---------------------------------------------------------------------------------------------------------

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

// Keeps of the log what leads from its start to the last signed entries before its holes, a tip on each branch.
Status Ledger::end_before_hole(Network& network, Log& log, std::map<Seq, std::vector<EntryNumber>> rows, const MemberKey& own,
                               const std::function<Signature(const EntryId&)>& sign) {
  for (const StoredTip& tip : log.row.tips) log.endings[tip.head.id] = tip.signature;
  const bool is_own = log.row.id.author == own && sign;
  struct Sound {
    EntryNumber number, previous;
    EntryId id;
    std::optional<Signature> signature;
  };
  std::vector<Sound> reached;  // from the start, in order of seq
  std::unordered_set<std::uint64_t> is_reached{0};
  std::set<EntryId> ids;
  for (const auto& [seq, numbers] : rows) {
    for (EntryNumber number : numbers) {
      Result<EntryRow> row = entry_row(number);
      if (!row) return row.error();
      EntryView entry;
      if (Status status = parse_stored_entry(row->body, log.row.id.log_class, entry); !status) return status;
      if ((seq.value == 1) != !row->previous || !is_reached.contains(row->previous.value)) continue;
      std::optional<Signature> signature = checkpoint_signature(storage_, log.number, seq, number);
      if (const auto ending = log.endings.find(row->id); !signature && !entry.checkpoint && ending != log.endings.end()) {
        signature = ending->second;
      }
      if (entry.checkpoint && !signature && !is_own) continue;  // the run that it ends is fetched again, with the signature
      if (!ids.insert(row->id).second) continue;                // here twice
      is_reached.insert(number.value);
      reached.push_back({number, row->previous, row->id, signature});
    }
  }
  std::unordered_set<std::uint64_t> kept;
  log.row.tips.clear();
  log.row.entries = 0;
  for (auto at = reached.rbegin(); at != reached.rend(); ++at) {
    const bool is_end = !kept.contains(at->number.value);
    if (is_end && !at->signature && !is_own) continue;
    kept.insert(at->number.value);
    kept.insert(at->previous.value);
    ++log.row.entries;
    if (!is_end) continue;
    Result<Place> place = place_of(at->number);
    if (!place) return place.error();
    log.row.tips.push_back({place->head, at->number, at->signature ? *at->signature : sign(at->id)});
    if (!is_own) continue;
    if (Status status = sign_checkpoints(storage_, log, at->number, sign); !status) return status;
  }
  sort_tips(log.row.tips);
  for (auto& [seq, numbers] : rows) {
    std::erase_if(numbers, [&](EntryNumber number) { return kept.contains(number.value); });
  }
  std::erase_if(rows, [](const auto& row) { return row.second.empty(); });
  log.orphans = std::move(rows);
  log.grew = true;
  network.has_orphans = network.has_orphans || !log.orphans.empty();
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
  std::map<std::uint64_t, std::unordered_set<std::uint64_t>> kept;  // of logs with orphans: what leads to their tips
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
    kept[log->first];
    return !failed;
  });
  if (failed) return *failed;
  if (!scanned || kept.empty()) return scanned;
  for (auto& [number, way] : kept) {
    for (const StoredTip& tip : logs.at(number).second->row.tips) {
      for (EntryNumber at = tip.number; at && way.insert(at.value).second;) {
        Result<EntryRow> row = entry_row(at);
        if (!row) break;  // another hole, which the one that comes to it will report
        at = row->previous;
      }
    }
  }
  return storage_.scan(Table::Entries, key_of(0), [&](View key, View payload) {
    Result<EntryRow> row = parse_entry_row(payload);
    if (!row) return true;
    const EntryNumber number{ByteReader(key).u64()};
    const auto way = kept.find(row->log.value);
    if (way == kept.end() || way->second.contains(number.value)) return true;
    auto& [network, log] = logs.at(row->log.value);
    network->has_orphans = log->grew = true;
    log->orphans[row->seq].push_back(number);
    return true;
  });
}

// --- Attaching -------------------------------------------------------------------------------------------------------

// Attaches what follows entries that came since, on each branch up to the last entry with a signature: an end without one cannot
// be sent.
Status Ledger::reattach(Network& network) {
  if (!network.has_orphans) return done();
  for (auto& [id, log] : network.logs) {
    if (log.orphans.empty() || !std::exchange(log.grew, false)) continue;
    Result<bool> changed = reattach(network, log);
    if (!changed) return changed.error();
    log.grew = false;  // by what was attached
    if (!*changed) continue;
    if (!network.erasures.empty()) storage_.shred();  // their rows may have held what erasures reach
    if (Status status = put_endings(log); !status) return status;
  }
  network.has_orphans =
      std::any_of(network.logs.begin(), network.logs.end(), [](const auto& log) { return !log.second.orphans.empty(); });
  return done();
}

// True when some are orphans no more.
Result<bool> Ledger::reattach(Network& network, Log& log) {
  std::unordered_set<std::uint64_t> orphans;
  for (const auto& [seq, numbers] : log.orphans) {
    for (EntryNumber number : numbers) orphans.insert(number.value);
  }
  // Those that follow an orphan wait for that one; the others follow something that is here, or that is not yet.
  std::map<EntryNumber, std::vector<EntryNumber>> after;
  std::vector<EntryNumber> todo;
  for (const auto& [seq, numbers] : log.orphans) {
    for (EntryNumber number : numbers) {
      Result<EntryRow> row = entry_row(number);
      if (!row) return row.error();
      if (orphans.contains(row->previous.value)) {
        after[row->previous].push_back(number);
      } else {
        todo.push_back(number);
      }
    }
  }
  bool changed = false;
  for (std::size_t next = 0; next < todo.size(); ++next) {
    const EntryNumber first = todo[next];
    Result<EntryRow> row = entry_row(first);
    if (!row) return row.error();
    const Seq seq = row->seq;
    Result<bool> held = holds(log, seq, row->id);
    if (!held) return held.error();
    if (*held) {  // a peer sent it meanwhile
      changed = true;
      if (Status status = drop_orphan(log, seq, first); !status) return status.error();
      todo.insert(todo.end(), after[first].begin(), after[first].end());
      continue;
    }
    Result<std::vector<Place>> places = places_at(log, Seq{seq.value - 1});
    if (!places) return places.error();
    for (const Place& place : *places) {
      Result<bool> attached = attach(network, log, place, first, after);
      if (!attached) return attached.error();
      changed = changed || *attached;
      if (*attached) break;
    }
  }
  return changed;
}

// Attaches an orphan, and those after it, to the place that it follows; false when that is another, or nothing of it is signed.
Result<bool> Ledger::attach(Network& network, Log& log, const Place& place, EntryNumber first,
                            const std::map<EntryNumber, std::vector<EntryNumber>>& after) {
  struct Linked {
    EntryNumber number;
    std::size_t before;  // among these; its own index: the place
    Head head;           // after it
    std::optional<Signature> signature;
    bool wanted = false;
    Place at = {};  // once it is attached
  };
  std::vector<Linked> linked;
  const auto link = [&](EntryNumber number, std::size_t before, const Head& head) -> Status {
    Result<EntryRow> row = entry_row(number);
    if (!row) return row.error();
    EntryView entry;
    ByteReader reader(row->body);
    if (!parse_entry(reader, log.row.id.log_class, entry)) return done();
    Result<Head> follows = extend(network.row.id, log.row.id, head, entry);
    if (!follows || follows->id != row->id) return done();
    std::optional<Signature> signature = checkpoint_signature(storage_, log.number, follows->seq, number);
    if (entry.checkpoint && !signature) return done();  // a peer sends the run that it ends, with the signature
    if (const auto ending = log.endings.find(follows->id); !signature && ending != log.endings.end()) signature = ending->second;
    linked.push_back({number, before, *follows, signature});
    return done();
  };
  if (Status status = link(first, 0, place.head); !status) return status.error();
  for (std::size_t i = 0; i < linked.size(); ++i) {
    const auto followers = after.find(linked[i].number);
    if (followers == after.end()) continue;
    const Head head = linked[i].head;
    for (EntryNumber follower : followers->second) {
      if (Status status = link(follower, i, head); !status) return status.error();
    }
  }
  for (std::size_t i = linked.size(); i-- > 0;) {
    linked[i].wanted = linked[i].wanted || linked[i].signature;
    if (linked[i].wanted) linked[linked[i].before].wanted = true;
  }
  bool attached = false;
  for (std::size_t i = 0; i < linked.size(); ++i) {
    Linked& orphan = linked[i];
    if (!orphan.wanted) continue;
    const Place& before = i == 0 ? place : linked[orphan.before].at;
    if (i > 0 && !before.number) continue;  // on a branch too many
    const std::vector<StoredTip>& tips = log.row.tips;
    const bool branches = !tips.empty() && std::none_of(tips.begin(), tips.end(),
                                                        [&](const StoredTip& tip) { return tip.number == before.number; });
    if (branches && tips.size() >= kMaxKeptTips) continue;
    Result<EntryRow> row = entry_row(orphan.number);
    if (!row) return row.error();
    const Bytes body = bytes_of(row->body);
    EntryView entry;
    ByteReader reader(body);
    if (Status status = parse_entry(reader, log.row.id.log_class, entry); !status) return status.error();
    entry.body = body;
    Result<Place> appended = append(network, log, before, orphan.head, entry, orphan.signature);
    if (!appended) return appended.error();
    orphan.at = *appended;
    attached = true;
    if (Status status = drop_orphan(log, orphan.head.seq, orphan.number); !status) return status.error();
  }
  return attached;
}

Status Ledger::drop_orphan(Log& log, Seq seq, EntryNumber orphan) {
  const auto at = log.orphans.find(seq);
  if (at != log.orphans.end() && std::erase(at->second, orphan) > 0 && at->second.empty()) log.orphans.erase(at);
  if (Status status = storage_.erase(Table::Checkpoints, checkpoint_key(log.number, seq, orphan)); !status) return status;
  return storage_.erase(Table::Entries, key_of(orphan.value));
}

}  // namespace budstikke
