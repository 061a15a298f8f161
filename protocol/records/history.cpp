#include "protocol/records/history.h"

#include <algorithm>
#include <set>

#include "protocol/base/pack.h"

namespace budstikke {
namespace {

using enum OperationClass;

constexpr std::size_t kMarkBytes = 8 + 1 + 8 + 8 + EntryPrefix::kSize + 1;

bool is_known(OperationClass operation_class) { return operation_class >= Write && operation_class <= Receipt; }

bool carries_value(OperationClass operation_class) {
  return operation_class == Write || operation_class == Add || operation_class == Answer || operation_class == Comment;
}

bool only_acts(OperationClass operation_class) {
  return operation_class == Take || operation_class == Retract || operation_class == Restore || operation_class == Receipt;
}

// What concerns the whole record names operations of any field, of which people are told nothing by value.
bool tells_old(OperationClass operation_class) { return operation_class < Remove || operation_class > Receipt; }

// Old values, each different one once, until `budget` bytes are used up.
void add_old(PastOperation& told, const Operation& operation, const PastValueOf& value_of, std::size_t& budget) {
  std::set<std::pair<Presence, Bytes>> seen;
  for (const OperationId& id : operation.overwrites) {
    if (budget == 0) {
      ++told.old_left_out;
      continue;
    }
    PastValue old = value_of(id, operation.field);
    Bytes packed = pack(old.value);
    const std::size_t size = packed.size() + 16;  // with what stands around it
    if (!seen.emplace(old.presence, std::move(packed)).second) continue;
    if (size > budget) {
      budget = 0;
      ++told.old_left_out;
      continue;
    }
    budget -= size;
    told.old.push_back(std::move(old));
  }
}

}  // namespace

VoidReason void_reason(const RecordKey& record, std::uint8_t field, OperationClass operation_class,
                       const std::optional<Standing>& author, bool ever_shared) {
  if (!author) return VoidReason::NotMember;
  if (permitted(record, field, operation_class, *author, ever_shared)) return VoidReason::None;
  if (!is_known(operation_class)) return VoidReason::UnknownClass;
  if (!permitted(record, field, operation_class, {record.council, author->role}, true)) return VoidReason::NoRole;
  return permitted(record, field, operation_class, *author, true) ? VoidReason::NotShared : VoidReason::NotOwner;
}

PastValue written_by(OperationClass operation_class, const ChangeRecord& record, std::size_t position) {
  if (operation_class == Raise) return {Presence::Here, Value(true)};
  if (operation_class == Lower) return {Presence::Here, Value(false)};
  if (is_known(operation_class) && !carries_value(operation_class)) return {};
  if (record.presence != Presence::Here) return {record.presence, {}};
  if (position >= record.values.size()) return {Presence::Unreadable, {}};
  return {Presence::Here, record.values[position]};
}

PastChange past_of(const RecordState& now, const ChangeRecord& record, const PastValueOf& value_of) {
  const FoldChange& change = record.change;
  PastChange past;
  past.stamp = change.source.stamp;
  past.member = record.member;
  past.council = change.written_for();

  std::set<std::uint8_t> live;  // positions of this change's operations that stand
  for (const LiveOperation& operation : now.live) {
    const Source& source = now.sources[operation.source];
    if (source.entry == change.source.entry && source.change == change.source.change) live.insert(operation.position);
  }
  std::size_t budget = kPastValuesBytes;
  for (std::size_t i = 0; i < change.skeleton.operations.size(); ++i) {
    const Operation& operation = change.skeleton.operations[i];
    PastOperation told;
    told.id = {change.source.entry, change.source.change, static_cast<std::uint8_t>(i)};
    told.field = operation.field;
    told.operation_class = operation.operation_class;
    told.reason = void_reason(now.key, operation.field, operation.operation_class, change.author, now.ever_shared);
    if (told.reason == VoidReason::NotMember && record.after_cut) told.reason = VoidReason::AfterCut;
    if (told.reason == VoidReason::NotMember && record.newer) told.reason = VoidReason::UnknownClass;
    if (told.reason != VoidReason::None) {
      told.fate = Fate::Void;
    } else if (live.contains(told.id.position)) {
      told.fate = Fate::Live;
    } else {
      told.fate = only_acts(operation.operation_class) ? Fate::Acted : Fate::Overwritten;
    }
    told.written = written_by(operation.operation_class, record, i);
    if (tells_old(operation.operation_class)) add_old(told, operation, value_of, budget);
    past.operations.push_back(std::move(told));
  }
  return past;
}

Bytes encode(const HistoryMark& mark) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.u64(mark.segment.entry.value);
  writer.u8(mark.segment.change);
  writer.u64(static_cast<std::uint64_t>(mark.stamp.ms));
  writer.u64(mark.seq.value);
  writer.raw(mark.entry);
  writer.u8(mark.change);
  return bytes;
}

Result<HistoryMark> parse_history_mark(View bytes) {
  if (bytes.size() != kMarkBytes) return Error{Code::Malformed, "not where a page of history ends"};
  ByteReader reader(bytes);
  HistoryMark mark;
  mark.segment.entry = EntryNumber{reader.u64()};
  mark.segment.change = reader.u8();
  mark.stamp = WallTime{static_cast<std::int64_t>(reader.u64())};
  mark.seq = Seq{reader.u64()};
  mark.entry = reader.fixed<EntryPrefix>();
  mark.change = reader.u8();
  if (!mark.segment.entry || mark.stamp.ms < 0) return Error{Code::Malformed, "not where a page of history ends"};
  return mark;
}

}  // namespace budstikke
