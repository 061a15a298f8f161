// A vector: what a node holds of each log, as the log's sorted tips, and its digest.
//
// Shape        One Tip per branch: a log that never forked has one. At most kMaxTips.
// Invariants   The digest is the sum over logs of H(Tip, log id ‖ tips), so it is kept by subtracting a log's old element
//              and adding its new one; equal digests mean equal vectors.
#pragma once

#include "protocol/base/digest.h"
#include "protocol/log/entry.h"

namespace budstikke {

struct Tip {
  Seq seq;
  EntryId id;
  static constexpr std::size_t kSize = 40;
  friend auto operator<=>(const Tip&, const Tip&) = default;
};

struct LogTips {
  LogId log;
  std::vector<Tip> tips;  // sorted, no repeats, never empty
  friend bool operator==(const LogTips&, const LogTips&) = default;
};

Hash tips_hash(const LogId& log, std::span<const Tip> tips);

}  // namespace budstikke
