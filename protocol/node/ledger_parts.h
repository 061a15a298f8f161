// What the files of the ledger share. Not for others.
#pragma once

#include <algorithm>

#include "protocol/node/ledger.h"

namespace budstikke {

inline constexpr std::string_view kCountersKey = "counters";  // of Table::Meta

inline constexpr std::string_view kModelKey = "model";  // of Table::Meta: what the program that folded the records knew
inline Bytes this_model() { return {kEntryVersion, kOperationClasses}; }

inline Bytes stats_key(NetworkNumber network) {  // of Table::Meta
  Bytes key = bytes_of(view_of("stats "));
  ByteWriter(key).u64(network.value);
  return key;
}

inline constexpr std::string_view kContentsKey = "contents";  // of Table::Meta: contents of files are fetched when wanted

inline constexpr std::string_view kWithheldPrefix = "withheld ";  // ‖ network number, of Table::Meta → entry number
inline Bytes withheld_key(NetworkNumber network) {
  Bytes key = bytes_of(view_of(kWithheldPrefix));
  ByteWriter(key).u64(network.value);
  return key;
}
inline Bytes quotas_key(NetworkNumber network) {  // of Table::Meta → Quotas::encode()
  Bytes key = bytes_of(view_of("quotas "));
  ByteWriter(key).u64(network.value);
  return key;
}

inline SetDigest& vector_of(Network& network, LogClass log_class) {
  return log_class == LogClass::Membership ? network.membership_vector : network.data_vector;
}
inline const SetDigest& vector_of(const Network& network, LogClass log_class) {
  return log_class == LogClass::Membership ? network.membership_vector : network.data_vector;
}

inline void sort_tips(std::vector<StoredTip>& tips) {
  std::sort(tips.begin(), tips.end(), [](const StoredTip& a, const StoredTip& b) {
    return std::tie(a.head.seq, a.head.id) < std::tie(b.head.seq, b.head.id);
  });
}

// Of what counts.
inline std::vector<Tip> tips_of(const Log& log) {
  std::vector<Tip> tips;
  for (const StoredTip& tip : log.tips()) tips.push_back({tip.head.seq, tip.head.id});
  return tips;
}

// Whether the record waits for somebody to choose, and stands in Table::Conflicts. Erased ones ask nobody.
inline bool asks_somebody(const RecordState& state) {
  return !state.is_hidden() && (state.may_conflict() || state.has_removes());
}

}  // namespace budstikke
