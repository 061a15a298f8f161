// What members are known to hold, in constant room for each: the level on which this node and the member last agreed, and the
// number of the last entry that was here then. Numbers are given in order of arrival, so what has a greater one came later.
#include <algorithm>

#include "protocol/node/ledger_parts.h"

namespace budstikke {

Result<std::optional<AgreedRow>> Ledger::agreed(const Network& network, const MemberKey& member) const {
  const auto unsaved = unsaved_agreements_.find({network.number, member});
  if (unsaved != unsaved_agreements_.end()) return std::optional(unsaved->second);
  Result<std::optional<View>> payload = storage_.get(Table::Meta, agreed_key(network.number, member));
  // A hint that cannot be read is as good as none.
  if (!payload && payload.error().code == Code::Damaged) return std::optional<AgreedRow>{};
  if (!payload) return payload.error();
  if (!*payload) return std::optional<AgreedRow>{};
  Result<AgreedRow> row = parse_agreed(**payload);
  return row ? std::optional(*row) : std::nullopt;
}

AgreedRow Ledger::note_agreed(const Network& network, const MemberKey& member, const StoreId& store, const DigestTag& level) {
  return unsaved_agreements_[{network.number, member}] = AgreedRow{store, level, EntryNumber{counters_.entries}};
}

Status Ledger::put_agreements() {
  for (const auto& [of, row] : unsaved_agreements_) {
    if (Status status = storage_.put(Table::Meta, agreed_key(of.first, of.second), encode(row)); !status) return status;
  }
  return done();
}

// After entries were found missing: what had been here, and was agreed on, is not all here any more.
Status Ledger::forget_agreements() {
  unsaved_agreements_.clear();
  std::vector<Bytes> keys;
  const auto note = [&](View key) {
    if (!text_of(key).starts_with(kAgreedPrefix)) return false;
    keys.push_back(bytes_of(key));
    return true;
  };
  Status scanned = storage_.scan(
      Table::Meta, view_of(kAgreedPrefix), [&](View key, View) { return note(key); }, [&](View key) { note(key); });
  if (!scanned) return scanned;
  for (const Bytes& key : keys) {
    if (Status status = storage_.erase(Table::Meta, key); !status) return status;
  }
  return done();
}

// Goes back from an entry to the last one of its log that is not after `last`; false when more than `left` bytes lie between.
Result<bool> Ledger::step_back(EntryNumber from, EntryNumber last, std::size_t& left, Tip& before) const {
  for (EntryNumber at = from; at;) {
    Result<EntryRow> row = entry_row(at);
    if (!row) return row.error();
    if (at <= last) {
      before = {row->seq, row->id};
      return true;
    }
    if (row->body.size() > left) return false;
    left -= row->body.size();
    at = row->previous;
  }
  before = {};
  return true;
}

// The last checkpoint that is not after an entry, of a log without branches: at most a run away from where the log ended then.
Result<Tip> Ledger::checkpoint_before(const Log& log, EntryNumber last) const {
  EntryNumber found;
  Status scanned = storage_.scan(Table::Checkpoints, checkpoint_key(log.number, Seq{1}, EntryNumber{}), [&](View key, View) {
    ByteReader reader(key);
    if (reader.u64() != log.number.value) return false;
    reader.u64();
    const EntryNumber at{reader.u64()};
    if (at > last) return false;
    found = at;
    return true;
  });
  if (!scanned) return scanned.error();
  if (!found) return Tip{};
  Result<EntryRow> row = entry_row(found);
  if (!row) return row.error();
  return Tip{row->seq, row->id};
}

Result<Ledger::News> Ledger::news_since(const Network& network, EntryNumber last, std::size_t most) const {
  News news;
  for (LogClass log_class : {LogClass::Membership, LogClass::Data}) {
    for (const auto& [id, log] : network.logs) {
      if (id.log_class != log_class) continue;
      const std::vector<StoredTip>& tips = log.tips();
      if (std::none_of(tips.begin(), tips.end(), [&](const StoredTip& tip) { return tip.number > last; })) continue;
      Tip& before = news.logs.emplace_back(News::Part{id, {}}).before;
      if (log.row.tips.size() > 1) {  // numbers do not tell on which branch the other is
        news.is_little = false;
        continue;
      }
      const Result<bool> within = news.is_little ? step_back(tips.front().number, last, most, before) : Result<bool>(false);
      if (!within) return within.error();
      news.is_little = *within;
      if (*within) continue;
      const Result<Tip> near = checkpoint_before(log, last);
      if (!near) return near.error();
      before = *near;
    }
  }
  return news;
}

}  // namespace budstikke
