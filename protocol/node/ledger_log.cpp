// Walking a log: where it can be continued, what it holds, and its runs for those who ask.
#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/ledger_parts.h"

namespace budstikke {
namespace {

// As it would lie here had its values been erased.
Result<Bytes> body_without_values(View body) {
  EntryView entry;
  if (Status status = parse_stored_entry(body, LogClass::Data, entry); !status) return Error{Code::Damaged, status.error().text};
  for (ChangeView& change : entry.changes) {
    if (change.state != ValuesState::Inline) continue;
    change.values_hash = values_hash(change.values);
    change.state = ValuesState::Absent;
  }
  entry.body = body;
  return encode_stored(entry);
}

}  // namespace

EntryNumber Ledger::withheld_of(NetworkNumber number) const {
  for (const auto& [id, network] : networks_) {
    if (network.number == number) return network.withheld;
  }
  return {};
}

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
  Status scanned =
      storage_.scan(Table::Checkpoints, checkpoint_key(log.number, Seq{seq.value + 1}, EntryNumber{}), [&](View key, View) {
        ByteReader reader(key);
        if (reader.u64() != log.number.value) return false;
        const std::uint64_t at = reader.u64();
        if (at > seq.value + kMaxRunEntries) return false;
        const EntryNumber number{reader.u64()};
        if (log.is_orphan(Seq{at}, number)) return true;  // which leads nowhere
        ends.push_back(number);
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
  // Also where a removal ends the log, which need be neither a tip nor a checkpoint of what is stored.
  if (tip.head.seq.value <= after.value + kMaxRunEntries) ends->push_back(tip.number);
  std::optional<EntryRow> end_row;
  EntryNumber end_number;
  StoredRun run;
  run.first = Seq{after.value + 1};
  for (EntryNumber end : *ends) {
    Result<EntryRow> row = entry_row(end);
    if (!row) return row.error();
    if (row->seq > tip.head.seq || (end_row && row->seq >= end_row->seq)) continue;
    if (log.row.tips.size() > 1) {  // only an end on the way to this tip
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
    end_number = end;
  }
  if (!end_row) return Error{Code::Damaged, "a log without an end to its next run"};
  EntryRow row = *end_row;
  const EntryNumber withheld = log.row.id.log_class == LogClass::Data ? withheld_of(log.row.network) : EntryNumber{};
  for (EntryNumber number = end_number;;) {
    Result<Bytes> body = number <= withheld ? body_without_values(row.body) : Result<Bytes>(bytes_of(row.body));
    if (!body) return body.error();
    run.bodies.push_back(std::move(*body));
    run.numbers.push_back(number);
    if (row.seq == run.first) break;
    number = row.previous;
    Result<EntryRow> earlier = entry_row(number);
    if (!earlier) return earlier.error();
    row = *earlier;
  }
  std::reverse(run.numbers.begin(), run.numbers.end());
  std::reverse(run.bodies.begin(), run.bodies.end());
  return std::optional<StoredRun>(std::move(run));
}

}  // namespace budstikke
