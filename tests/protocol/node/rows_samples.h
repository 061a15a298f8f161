// One row of every table, always the same bytes: tests/vectors/rows.hex holds them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "protocol/node/quota.h"
#include "protocol/node/rows.h"
#include "tests/support/builders.h"

namespace budstikke::tests {

inline CountersRow counters_sample() { return {1, 2, 3, 4, Incarnation{0x0102030405060708}}; }

inline NetworkRow network_sample() {
  const Founding founding;
  return {founding.network,
          encode(MembershipOperation(founding.operation)),
          "Region Øst",
          {{numbered<TransportKey>(9), "node.example.dk:7420"}}};
}

inline LogRow log_sample() {
  const LogId id{numbered<MemberKey>(1), Incarnation{7}, LogClass::Data};
  const StoredTip first{
      {Seq{5}, numbered<EntryId>(2), WallTime{1'760'000'000'000}, 5, 480}, EntryNumber{11}, numbered<Signature>(3)};
  const StoredTip second{
      {Seq{6}, numbered<EntryId>(4), WallTime{1'760'000'000'001}, 0, 0}, EntryNumber{12}, numbered<Signature>(5)};
  return {NetworkNumber{1}, id, 7, {first, second}};
}

inline Bytes entry_body_sample() {
  const ChangeBytes change = contact_change(numbered<CouncilId>(1), 2, {Value("Mette Hansen")});
  return body_of({}, LogClass::Data, WallTime{1'760'000'000'000}, {&change, 1});
}

inline RecordRow record_sample() {
  RecordRow row;
  row.network = NetworkNumber{1};
  row.state.key = {numbered<CouncilId>(1), 2, numbered<Nonce>(2)};
  row.state.newest = {EntryNumber{12}, 3};
  row.state.changes = 4;
  row.state.voids = 1;
  row.state.ever_shared = true;
  row.state.sources = {
      {numbered<EntryPrefix>(6), 1, numbered<Hash>(7), WallTime{1'760'000'000'000}, EntryNumber{11}, LogNumber{2}}};
  row.state.live = {{0, 0, 2, OperationClass::Write}, {0, 1, 0, OperationClass::Remove, {operation_id(8, 1, 2)}}};
  row.state.awaited = {operation_id(9)};
  return row;
}

inline ErasureRow erasure_sample() {
  return {RecordNumber{4}, WallTime{1'760'000'000'000}, WallTime{INT64_MAX}, WallTime{1'760'086'400'000}, true};
}

inline AgreedRow agreed_sample() { return {numbered<StoreId>(0x44), numbered<DigestTag>(0x55), EntryNumber{12}}; }

inline Quotas quotas_sample() {
  Quotas quotas(WallTime{1'760'000'000'000});
  quotas.charge({LogClass::Membership, numbered<Hash>(1)}, 100, WallTime{1'760'000'000'500});
  quotas.charge({LogClass::Data, numbered<Hash>(2)}, 2'000, WallTime{1'760'000'001'000});
  return quotas;
}

// The rows by name, with the bytes that encode() gives.
inline std::vector<std::pair<std::string, Bytes>> row_samples() {
  const Bytes body = entry_body_sample();
  EntryRow entry{LogNumber{2}, Seq{5}, EntryNumber{10}, numbered<EntryId>(3), {{RecordNumber{4}, {EntryNumber{9}, 1}}}, body};
  Bytes entry_bytes, record_bytes;
  encode(entry, entry_bytes);
  encode(record_sample(), record_bytes);
  return {{"meta counters", encode(counters_sample())},
          {"network", encode(network_sample())},
          {"log", encode(log_sample())},
          {"entry", entry_bytes},
          {"record", record_bytes},
          {"erasure", encode(erasure_sample())},
          {"meta agreed", encode(agreed_sample())},
          {"meta former", encode(FormerKey{29, 20'370})},
          {"meta quotas", quotas_sample().encode()}};
}

}  // namespace budstikke::tests
