#include "protocol/log/vector.h"

namespace budstikke {

Hash tips_hash(const LogId& log, std::span<const Tip> tips) {
  Bytes bytes;
  bytes.reserve(LogId::kSize + tips.size() * Tip::kSize);
  write_log_id(bytes, log);
  ByteWriter writer(bytes);
  for (const Tip& tip : tips) {
    writer.u64(tip.seq.value);
    writer.raw(tip.id);
  }
  return hash(Domain::Tip, View(bytes));
}

}  // namespace budstikke
