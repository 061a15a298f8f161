// Checking: everything derived is computed once more from the entries and compared. Nothing is changed.
#include <algorithm>

#include "protocol/base/text.h"
#include "protocol/node/ledger_parts.h"

namespace budstikke {
namespace {

void add(Ledger::Check& found, std::string what) {
  if (found.differences.size() < Ledger::kMaxDifferences) found.differences.push_back(std::move(what));
}

std::string name_of_log(const Log& log) {
  const char* of = log.row.id.log_class == LogClass::Membership ? "the membership log of member " : "the data log of member ";
  return of + base32_of(log.row.id.author.view()).substr(0, 6);
}

}  // namespace

// Every entry from each tip back to the start: its hash, its link to the one before, and the tip's signature.
Status Ledger::check_log(const Network& network, const Log& log, Check& found) const {
  std::set<EntryNumber> counted;  // of a log that has forked: its branches share their start
  for (const StoredTip& tip : log.row.tips) {
    std::vector<EntryNumber> way;
    for (EntryNumber at = tip.number; at;) {
      Result<EntryRow> row = entry_row(at);
      if (!row) {
        add(found, name_of_log(log) + ": an entry before " + std::to_string(tip.head.seq.value) + " cannot be read");
        found.vector_ok = false;
        return done();
      }
      way.push_back(at);
      at = row->previous;
    }
    Head head;
    for (auto at = way.rbegin(); at != way.rend(); ++at) {
      Result<EntryRow> row = entry_row(*at);
      if (!row) return row.error();
      EntryView entry;
      ByteReader reader(row->body);
      Status parsed = parse_entry(reader, log.row.id.log_class, entry);
      Result<Head> next = parsed ? extend(network.row.id, log.row.id, head, entry) : Result<Head>(parsed.error());
      if (!next || next->id != row->id) {
        add(found, name_of_log(log) + ": entry " + std::to_string(row->seq.value) + " is not what its id says");
        found.vector_ok = false;
        return done();
      }
      head = *next;
      if (log.row.tips.size() == 1 || counted.insert(*at).second) ++found.entries;
    }
    if (head.id != tip.head.id || !verify(log.row.id.author, Purpose::Entry, head.id, tip.signature)) {
      add(found, name_of_log(log) + ": the signature of its end does not hold");
      found.vector_ok = false;
    }
  }
  return done();
}

// Two lists follow from the records: what is asked of people, and which values are wanted.
Status Ledger::check_lists(const Network& network, const std::set<RecordNumber>& asking, const std::set<Bytes>& wanted,
                           Check& found) const {
  std::size_t conflicts = 0, missing = 0, others = 0;
  Status scanned = storage_.scan(Table::Conflicts, numbered_key(network.number, 0), [&](View key, View) {
    ByteReader reader(key);
    if (reader.u64() != network.number.value) return false;
    ++(asking.contains(RecordNumber{reader.u64()}) ? conflicts : others);
    return true;
  });
  if (!scanned) return scanned;
  if (conflicts != asking.size() || others > 0) {
    add(found, "of " + std::to_string(asking.size()) + " records with a conflict " + std::to_string(conflicts) +
                   " are listed, and " + std::to_string(others) + " without one");
    found.state_ok = false;
  }
  others = 0;
  scanned = storage_.scan(Table::Missing, missing_key(network.number, {}), [&](View key, View) {
    if (ByteReader(key).u64() != network.number.value) return false;
    ++(wanted.contains(bytes_of(key)) ? missing : others);
    return true;
  });
  if (!scanned) return scanned;
  if (missing != wanted.size() || others > 0 || network.missing != wanted.size()) {
    add(found, "of " + std::to_string(wanted.size()) + " values that are wanted " + std::to_string(missing) +
                   " are listed, and " + std::to_string(others) + " others; " + std::to_string(network.missing) + " are counted");
    found.state_ok = false;
  }
  return done();
}

Result<Ledger::Check> Ledger::check(const Network& network) const {
  Check found;
  std::set<RecordNumber> asking;
  std::set<Bytes> wanted;
  SetDigest vectors[2];
  for (const auto& [id, log] : network.logs) {
    if (Status status = check_log(network, log, found); !status) return status.error();
    if (!log.tips().empty()) vectors[id.log_class == LogClass::Membership ? 0 : 1].add(tips_hash(id, tips_of(log)));
    if (!log.orphans.empty()) {
      add(found, name_of_log(log) + ": " + std::to_string(log.orphans.size()) + " entries wait for one that was damaged");
      found.vector_ok = false;
    }
  }
  if (vectors[0].value() != network.membership_vector.value() || vectors[1].value() != network.data_vector.value()) {
    add(found, "the vector digest is not that of the logs");
    found.vector_ok = false;
  }
  std::vector<RecordNumber> numbers;
  Status scanned = each_record(network, [&](RecordNumber number, const RecordState&) {
    numbers.push_back(number);
    return true;
  });
  if (!scanned) return scanned.error();
  std::array<SetDigest, kBuckets> buckets;
  for (RecordNumber number : numbers) {
    Result<std::optional<RecordState>> stored = record(number);
    if (!stored) return stored.error();
    if (!*stored) continue;
    Result<RecordState> anew = fold_anew(**stored);
    if (!anew) return anew.error();
    const RecordId id = id_of(anew->key);
    ++found.records;
    if (canonical_state(*anew) != canonical_state(**stored)) {
      add(found, "record " + base32_of(id.view()) + " is not what its history gives");
      found.state_ok = false;
    }
    if (!anew->live.empty()) buckets[id.bytes[0]].add(state_hash(id, *anew));
    if (asks_somebody(*anew)) asking.insert(number);
    Status walked = each_value(*anew, [&](const ChangeLink& change, Held held, const std::vector<Reached>&) -> Status {
      const Bytes key = missing_key(network.number, change);
      if (held == Held::Left) {  // for somebody to want, or not
        Result<std::optional<View>> row = storage_.get(Table::Missing, key);
        if (!row) return row.error();
        if (*row) wanted.insert(key);
      } else if (held == Held::Wanted) {
        wanted.insert(key);
      }
      return done();
    });
    if (!walked) return walked.error();
  }
  for (std::size_t i = 0; i < kBuckets && !network.is_pending(); ++i) {
    if (buckets[i].value() == network.buckets[i].value()) continue;
    add(found, "the digest of bucket " + std::to_string(i) + " is not that of its records");
    found.state_ok = false;
  }
  if (found.records != network.records) {
    add(found, std::to_string(network.records) + " records are counted, " + std::to_string(found.records) + " are there");
    found.state_ok = false;
  }
  if (network.is_pending()) return found;  // the lists are those of records as they were folded last
  if (Status status = check_lists(network, asking, wanted, found); !status) return status.error();
  return found;
}

}  // namespace budstikke
