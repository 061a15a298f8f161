// Reading a record's history: the chain of its changes, newest first, and the record as it was.
//
// The chain links changes in the order in which they came here. People want them by their authors' clocks, the same at every
// node. So the chain is read in segments of kSegmentChanges; within one the order is by (stamp, seq, entry, change), and a page
// is picked from it. All but the most restless records have one segment, and a page never costs more than reading one, however
// long the history is: a request of a person must not hold up the daemon.
#include <algorithm>
#include <unordered_map>

#include "protocol/node/ledger_parts.h"

namespace budstikke {
namespace {

constexpr std::size_t kSegmentChanges = 16'384;  // read for one page: about a megabyte of places, well below 0.1 s

// Where a change of the segment stands, and its place in the order.
struct Step {
  WallTime stamp;
  Seq seq;
  EntryPrefix entry;
  std::uint8_t change = 0;
  ChangeLink link;
  auto key() const { return std::tie(stamp, seq, entry, change); }
};

auto key_of_mark(const HistoryMark& mark) { return std::tie(mark.stamp, mark.seq, mark.entry, mark.change); }

HistoryMark mark_of(const ChangeLink& segment, const Step& step) {
  return {segment, step.stamp, step.seq, step.entry, step.change};
}

// Before everything in the segment.
HistoryMark start_of(const ChangeLink& segment) {
  HistoryMark mark{segment, WallTime{INT64_MAX}, Seq{UINT64_MAX}, {}, UINT8_MAX};
  mark.entry.bytes.fill(UINT8_MAX);
  return mark;
}

}  // namespace

Result<ChangeRecord> Ledger::change_record(const RecordState& now, const ChangeLink& link) const {
  ChangeLink earlier;
  Result<FoldChange> change = change_at(link, earlier);
  if (!change) return change.error();
  ChangeRecord record{std::move(*change), {}, Presence::Missing, {}};
  const auto log = logs_by_number_.find(record.change.source.log.value);
  if (log == logs_by_number_.end()) return Error{Code::Damaged, "an entry of no log"};
  record.member = log->second->row.id.author;
  Result<EntryRow> row = entry_row(link.entry);
  if (!row) return row.error();
  EntryView entry;
  if (Status status = parse_stored_entry(row->body, LogClass::Data, entry); !status) return status.error();
  const ChangeView& stored = entry.changes[link.change];  // change_at() has seen that it is there
  record.after_cut =
      !record.change.author && log->second->author && log->second->cut && !log->second->counts(row->seq, link.entry);
  record.newer = !record.change.author && log->second->author && entry.version > kEntryVersion;
  if (!reaching_change(now, record.change.source).empty()) {
    record.presence = Presence::Erased;
    return record;
  }
  if (stored.state != ValuesState::Inline) return record;
  Result<Value::Array> values = parse_values(stored.values, record.change.skeleton.operations.size());
  record.presence = values ? Presence::Here : Presence::Unreadable;
  if (values) record.values = std::move(*values);
  return record;
}

Status Ledger::each_change(const RecordState& now, const std::function<bool(const ChangeRecord&)>& each) const {
  for (ChangeLink at = now.newest; at.entry;) {
    Result<ChangeRecord> record = change_record(now, at);
    if (!record) return record.error();
    if (!each(*record)) break;
    Result<EntryRow> row = entry_row(at.entry);
    if (!row) return row.error();
    at = row->links[at.change].earlier;  // change_record() has seen that it is there
  }
  return done();
}

Result<HistoryPage> Ledger::history(RecordNumber number, const RecordState& now, const std::optional<HistoryMark>& after,
                                    std::size_t limit) const {
  const HistoryMark from = after.value_or(start_of(now.newest));
  std::vector<Step> steps;
  std::unordered_map<EntryPrefix, std::vector<Step>, FixedHash> by_entry;  // bounded by the segment
  ChangeLink at = from.segment;
  for (; at.entry && steps.size() < kSegmentChanges;) {
    Result<EntryRow> row = entry_row(at.entry);
    const bool is_its_own = row && at.change < row->links.size() && row->links[at.change].record == number;
    if (!is_its_own && steps.empty() && after) return Error{Code::Malformed, "a mark of another record's history"};
    if (!row) return row.error();
    if (!is_its_own) return Error{Code::Damaged, "a record's chain of changes that leads elsewhere"};
    EntryView entry;
    if (Status status = parse_stored_entry(row->body, LogClass::Data, entry); !status) return status.error();
    const Step step{entry.stamp, row->seq, prefix_of(row->id), at.change, at};
    by_entry[step.entry].push_back(step);
    steps.push_back(step);
    at = row->links[at.change].earlier;
  }

  const auto is_new = [&](const Step& step) { return step.key() >= key_of_mark(from); };
  steps.erase(std::remove_if(steps.begin(), steps.end(), is_new), steps.end());
  const std::size_t count = std::min(std::max<std::size_t>(limit, 1), steps.size());
  std::partial_sort(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(count), steps.end(),
                    [](const Step& a, const Step& b) { return a.key() > b.key(); });

  std::optional<ChangeRecord> last_read;  // one change's values are often asked for operation by operation
  const auto value_of = [&](const OperationId& id, std::uint8_t field) -> PastValue {
    const PastValue unknown{Presence::Unknown, {}};
    const auto entry = by_entry.find(id.entry);
    if (entry == by_entry.end()) return unknown;
    const auto step = std::find_if(entry->second.begin(), entry->second.end(),
                                   [&](const Step& candidate) { return candidate.change == id.change; });
    if (step == entry->second.end()) return unknown;
    const bool is_read = last_read && last_read->change.source.entry == id.entry && last_read->change.source.change == id.change;
    if (!is_read) {
      Result<ChangeRecord> read = change_record(now, step->link);
      if (!read) return unknown;
      last_read = std::move(*read);
    }
    const std::vector<Operation>& operations = last_read->change.skeleton.operations;
    if (id.position >= operations.size() || operations[id.position].field != field) return unknown;
    return written_by(operations[id.position].operation_class, *last_read, id.position);
  };

  HistoryPage page;
  for (std::size_t i = 0; i < count; ++i) {
    Result<ChangeRecord> record = change_record(now, steps[i].link);
    if (!record) return record.error();
    page.changes.push_back(past_of(now, *record, value_of));
    page.changes.back().mark = mark_of(from.segment, steps[i]);
  }
  if (count < steps.size()) {
    page.next = mark_of(from.segment, steps[count - 1]);
  } else if (at.entry) {
    page.next = start_of(at);
  }
  return page;
}

Result<PastChange> Ledger::past_change(const RecordState& now, const ChangeLink& link) const {
  const Result<ChangeRecord> record = change_record(now, link);
  if (!record) return record.error();
  const Result<EntryRow> own_row = entry_row(link.entry);
  if (!own_row) return own_row.error();
  struct Before {
    EntryPrefix entry;
    ChangeLink link;
  };
  std::vector<Before> before;
  const Seq seq = own_row->seq;
  const EntryPrefix prefix = prefix_of(own_row->id);
  ChangeLink next = own_row->links[link.change].earlier;  // change_record() has seen that it is there
  const auto look_further = [&] {
    if (!next.entry || before.size() == kLookedBack) return false;
    const Result<EntryRow> row = entry_row(next.entry);
    if (!row || next.change >= row->links.size()) return false;
    before.push_back({prefix_of(row->id), next});
    next = row->links[next.change].earlier;
    return true;
  };
  const auto value_of = [&](const OperationId& id, std::uint8_t field) -> PastValue {
    const PastValue unknown{Presence::Unknown, {}};
    std::size_t at = 0;
    while (at < before.size() || look_further()) {
      if (before[at].entry == id.entry && before[at].link.change == id.change) break;
      ++at;
    }
    if (at == before.size()) return unknown;
    const Result<ChangeRecord> read = change_record(now, before[at].link);
    if (!read) return unknown;
    const std::vector<Operation>& operations = read->change.skeleton.operations;
    if (id.position >= operations.size() || operations[id.position].field != field) return unknown;
    return written_by(operations[id.position].operation_class, *read, id.position);
  };
  PastChange past = past_of(now, *record, value_of);
  past.mark = {link, past.stamp, seq, prefix, link.change};
  return past;
}

Result<RecordState> Ledger::state_at(const RecordState& now, WallTime time) const {
  std::vector<ChangeLink> links;  // newest first; all that is kept of a long history
  for (ChangeLink at = now.newest; at.entry;) {
    Result<EntryRow> row = entry_row(at.entry);
    if (!row) return row.error();
    EntryView entry;
    if (Status status = parse_stored_entry(row->body, LogClass::Data, entry); !status) return status.error();
    if (at.change >= row->links.size()) return Error{Code::Damaged, "a link to a change that its entry does not have"};
    const auto log = logs_by_number_.find(row->log.value);
    const bool counts = log == logs_by_number_.end() || log->second->counts(row->seq, at.entry);
    if (entry.stamp <= time && counts) links.push_back(at);
    at = row->links[at.change].earlier;
  }
  std::reverse(links.begin(), links.end());
  // In the order in which they came, as when they came: nearly all of them can be applied one by one.
  RecordState state;
  state.key = now.key;
  ChangeLink earlier;
  for (const ChangeLink& link : links) {
    Result<FoldChange> change = change_at(link, earlier);
    if (!change) return change.error();
    const auto standing = [this](LogNumber log) { return standing_of(log); };
    if (apply(state, *change, standing)) continue;
    // One of them names what is not live, as when its author's clock was behind that of somebody whose change it overwrote.
    std::vector<FoldChange> changes;
    for (const ChangeLink& each : links) {
      Result<FoldChange> read = change_at(each, earlier);
      if (!read) return read.error();
      changes.push_back(std::move(*read));
    }
    return fold(now.key, changes);
  }
  return state;
}

}  // namespace budstikke
