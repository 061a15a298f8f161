// The order in which changes came here, for who wants to be told of each.
//
// How          Entries are numbered as they arrive. When some come to count only later (their author is readmitted, or the
//              operation comes that gave the author the role), numbers behind them are set aside, one for each seq that may be
//              concerned: a row tells which numbers stand for which seqs of which log. It takes the place of earlier rows for
//              some of the same seqs, so that there are never more rows than entries, however often somebody is shut out and
//              readmitted.
// Left out     A log with more branches than count, of which another choice comes to count: it is forged, and its branches may
//              never be told.
#include <algorithm>

#include "protocol/node/ledger_parts.h"

namespace budstikke {
namespace {

// Table::Local: "late " 5 · the last number 8 → the first number 8 · log number 8 · seq 8 of the first
constexpr std::string_view kLatePurpose = "late ";

struct Late {
  std::uint64_t first = 0, last = 0;  // numbers
  LogNumber log;
  Seq seq;  // for which the first stands
};

Bytes late_key(std::uint64_t last) {
  Bytes key = bytes_of(view_of(kLatePurpose));
  ByteWriter(key).u64(last);
  return key;
}

// Those whose last number is this one or behind it, in order, until they stand for `most` numbers.
Result<std::vector<Late>> late_from(const StorageReader& storage, std::uint64_t number, std::uint64_t most) {
  std::vector<Late> found;
  std::uint64_t count = 0;
  bool is_damaged = false;
  Status scanned = storage.scan(Table::Local, late_key(number), [&](View key, View payload) {
    if (!text_of(key).starts_with(kLatePurpose)) return false;
    Late late;
    late.last = ByteReader(key.subspan(kLatePurpose.size())).u64();
    ByteReader reader(payload);
    late.first = reader.u64();
    late.log = LogNumber{reader.u64()};
    late.seq = Seq{reader.u64()};
    is_damaged = !reader.done() || late.first > late.last;
    if (is_damaged) return false;
    count += late.last - std::max(late.first, number) + 1;
    found.push_back(late);
    return count < most;
  });
  if (!scanned) return scanned.error();
  if (is_damaged) return Error{Code::Damaged, "a row of what came to count later"};
  return found;
}

}  // namespace

Status Ledger::put_late(const Log& log, const LateRange& range) {
  // Who has not been told by the earlier ones is told by this one, which lies behind them. A damaged row is the watch's to
  // report.
  if (const Result<std::vector<Late>> earlier = late_from(storage_, 0, UINT64_MAX); earlier.ok()) {
    for (const Late& one : *earlier) {
      const bool is_within =
          one.log == log.number && one.seq >= range.first && one.seq.value + (one.last - one.first) <= range.last.value;
      if (!is_within) continue;
      if (Status erased = storage_.erase(Table::Local, late_key(one.last)); !erased) return erased;
    }
  }
  const std::uint64_t first = counters_.entries + 1;
  counters_.entries += range.last.value - range.first.value + 1;
  Bytes row;
  ByteWriter writer(row);
  writer.u64(first);
  writer.u64(log.number.value);
  writer.u64(range.first.value);
  dirty_ = true;
  return storage_.put(Table::Local, late_key(counters_.entries), row);
}

Result<Ledger::ArrivalMark> Ledger::each_arrived(const ArrivalMark& after, std::size_t most,
                                                 const std::function<bool(const Arrived&)>& each) const {
  // The entry that was looked through in part comes once more, and then those after it. Rows that were lost leave gaps.
  const std::uint64_t first = after.changes > 0 ? after.entry.value : after.entry.value + 1;
  struct Arrival {
    EntryNumber number, entry;
  };
  std::vector<Arrival> arrivals;
  std::uint64_t end = UINT64_MAX;  // what lies behind it is looked at another time
  Status scanned = storage_.scan(Table::Entries, key_of(first), [&](View key, View) {
    const EntryNumber number{ByteReader(key).u64()};
    arrivals.push_back({number, number});
    if (arrivals.size() == most) end = number.value;
    return arrivals.size() < most;
  });
  if (!scanned) return scanned.error();
  const Result<std::vector<Late>> late = late_from(storage_, first, most);
  if (!late) return late.error();
  std::size_t looked_at = 0;
  for (const Late& range : *late) {
    const auto log = logs_by_number_.find(range.log.value);
    for (std::uint64_t number = std::max(range.first, first); number <= std::min(range.last, end); ++number) {
      if (++looked_at == most) end = number;
      if (log == logs_by_number_.end()) continue;
      const Result<std::vector<Place>> places = places_at(*log->second, Seq{range.seq.value + (number - range.first)});
      if (!places) return places.error();
      for (const Place& place : *places) arrivals.push_back({EntryNumber{number}, place.number});  // one on each branch
    }
  }
  std::erase_if(arrivals, [&](const Arrival& arrival) { return arrival.number.value > end; });
  std::stable_sort(arrivals.begin(), arrivals.end(), [](const Arrival& a, const Arrival& b) { return a.number < b.number; });

  std::size_t passed = 0;  // changes of the number that is looked at
  EntryNumber current;
  for (std::size_t next = 0; next < arrivals.size(); ++next) {
    const auto& [number, entry_number] = arrivals[next];
    if (number != current) passed = 0;
    current = number;
    const Result<EntryRow> row = entry_row(entry_number);
    if (!row) return row.error();
    const auto log = logs_by_number_.find(row->log.value);
    if (log == logs_by_number_.end() || log->second->row.id.log_class != LogClass::Data) continue;
    const Log& of = *log->second;
    if (!of.author || !of.counts(row->seq, entry_number) || of.is_orphan(row->seq, entry_number)) continue;
    const auto network =
        std::find_if(networks_.begin(), networks_.end(), [&](const auto& one) { return one.second.number == of.row.network; });
    if (network == networks_.end()) continue;
    EntryView entry;
    if (Status status = parse_stored_entry(row->body, LogClass::Data, entry); !status) return status.error();
    const WallTime stamp = entry.stamp;
    const std::vector<RecordLink> links = row->links;  // `each` may read other rows
    const bool is_last_of_number = next + 1 == arrivals.size() || arrivals[next + 1].number != number;
    for (std::size_t i = 0; i < links.size(); ++i) {
      if (++passed <= (number == after.entry ? after.changes : 0)) continue;
      const bool is_last = is_last_of_number && i + 1 == links.size();
      const ArrivalMark behind{number, is_last ? std::uint16_t{0} : static_cast<std::uint16_t>(passed)};
      const ChangeLink link{entry_number, static_cast<std::uint8_t>(i)};
      if (!each({network->second, links[i].record, link, stamp, !links[i].earlier.entry, behind})) return behind;
    }
  }
  return end == UINT64_MAX ? newest_arrival() : ArrivalMark{EntryNumber{end}, 0};
}

}  // namespace budstikke
