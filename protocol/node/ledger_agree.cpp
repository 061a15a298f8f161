// Agreement: what the digests are sums of, for finding the record in which two nodes differ, and mending it where it is wrong.
#include "protocol/node/ledger_parts.h"

namespace budstikke {

Status Ledger::each_in_bucket(const Network& network, std::uint8_t bucket,
                              const std::function<bool(const RecordId&, const Hash&)>& each) const {
  RecordId from;
  from.bytes[0] = bucket;
  std::vector<std::pair<RecordId, RecordNumber>> records;
  Status scanned = storage_.scan(Table::RecordIds, record_id_key(network.number, from), [&](View key, View payload) {
    ByteReader reader(key);
    if (reader.u64() != network.number.value) return false;
    const RecordId id = reader.fixed<RecordId>();
    if (id.bytes[0] != bucket) return false;
    records.emplace_back(id, RecordNumber{ByteReader(payload).u64()});
    return true;
  });
  if (!scanned) return scanned;
  for (const auto& [id, number] : records) {
    Result<std::optional<RecordState>> state = record(number);
    if (!state) return state.error();
    if (!*state || (**state).live.empty()) continue;
    if (!each(id, state_hash(id, **state))) break;
  }
  return done();
}

Result<bool> Ledger::mend_record(Network& network, RecordNumber number) {
  Result<Touched> touched = touched_by_number(number);
  if (!touched) return touched.error();
  Result<RecordState> anew = fold_anew(touched->before);
  if (!anew) return anew.error();
  if (canonical_state(*anew) == canonical_state(touched->before)) return false;
  touched->state = std::move(*anew);
  if (Status status = put_record(network, *touched); !status) return status.error();
  dirty_ = true;
  return true;
}

Result<bool> Ledger::mend_bucket(Network& network, std::uint8_t bucket) {
  SetDigest sum;
  Status summed = each_in_bucket(network, bucket, [&](const RecordId&, const Hash& hash) {
    sum.add(hash);
    return true;
  });
  if (!summed) return summed.error();
  if (sum.value() == network.buckets[bucket].value()) return false;
  network.buckets[bucket] = sum;
  network.dirty_buckets[bucket] = true;
  dirty_ = true;
  return true;
}

}  // namespace budstikke
