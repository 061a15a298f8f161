#include "daemon/scrub.h"

namespace budstikke::daemon {

Status Scrub::step(const store::LmdbStorage& storage) {
  std::size_t left = kRowsPerStep;
  std::uint64_t damaged = 0;
  while (left > 0 && damaged == 0) {
    const Bytes from = from_;
    bool ended = true;
    const Status scanned = storage.scan(
        static_cast<Table>(table_), from,
        [&](View key, View) {
          if (same_bytes(key, from)) return true;  // the last one of the step before
          from_ = bytes_of(key);
          ended = --left > 0;
          return ended;
        },
        [&](View) { ++damaged; });
    if (!scanned) return scanned;
    if (!ended) break;
    from_.clear();
    if (++table_ <= kTableCount) continue;
    table_ = 1;
    ++rounds_;
    break;  // a small store is looked at once a step
  }
  if (damaged == 0) return done();
  return Error{Code::Damaged, std::to_string(damaged) + " rows of table " + std::to_string(table_) + " of the store are damaged"};
}

}  // namespace budstikke::daemon
