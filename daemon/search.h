// Keeps the search index in step with the records, a little at a time, and answers `search`.
//
// How          The index carries a mark: what the records were when it was last complete (networks, state digests, values
//              that are missing or destroyed). When the mark is another at start, or after values were destroyed, the index
//              is cleared and made anew, kSearchSlice records at a time, once nothing was written for a while; a search
//              meanwhile finds what is in it, and says how far it is. After that the ledger notes which records change
//              (Ledger::note_changes).
// Invariants   What an erasure destroys is nowhere in the index's file once work() has been called after it.
// Errors       Without its index (a full disk, a file that cannot be made) the core goes on: `search` says why, and it is tried
// again. Threads      The core's.
#pragma once

#include <deque>

#include "daemon/api/find.h"
#include "store/search_index.h"

namespace budstikke::daemon {

inline constexpr std::size_t kSearchSlice = 50;     // records at a time: some 25 ms
inline constexpr std::size_t kSearchBatch = 2'000;  // records in one transaction
inline constexpr Millis kSearchPause{20};           // between slices, for whatever else wants the processor
inline constexpr Millis kSearchAfterWrite{2'000};   // records that change within it share a transaction
inline constexpr Millis kSearchRetry{60'000};       // until a failed index is tried again

class Search {
 public:
  // `file` is deleted and made as needed.
  explicit Search(std::filesystem::path file) : file_(std::move(file)) {}

  // After the node was loaded: it may know other records by other numbers.
  void use(Node& node);
  // Values were destroyed: what is in the file must go.
  void values_destroyed() { clear_ = true; }
  // When work() is next wanted; nothing while all is done. `quiet`: from when on nothing else wants the processor.
  std::optional<Instant> deadline(Now now, Instant quiet) const;
  // Does a little. Only while nothing waits to be committed.
  void work(Now now, Instant quiet);

  // nullopt when the command is not `search`.
  std::optional<Answer> handle(const std::string& command, const Value& args, Now now);

 private:
  Status begin_anew();
  Status look_at_more();
  void take_noted();
  bool has_pending() const { return !pending_.empty(); }
  Status look_at_pending(std::size_t most);
  Status begin_batch();
  Status put(const Network& network, const RecordState& state);
  Status close_batch(bool complete);
  bool has_noted() const;
  void failed(const Error& error, Now now);
  std::string mark() const;
  Found<store::SearchFilter> filter_of(const Value& args) const;
  Answer find(const Value& args, Now now);
  std::optional<Value> hit_value(const store::SearchHit& hit) const;

  std::filesystem::path file_;
  Node* node_ = nullptr;
  std::unique_ptr<store::SearchIndex> index_;
  bool clear_ = false;
  bool complete_ = false;  // every record was looked at
  bool in_batch_ = false;
  std::size_t batch_ = 0;                                   // records in the transaction
  std::deque<std::pair<NetworkId, RecordNumber>> pending_;  // changed, and not looked at since
  RecordNumber looked_at_;                                  // the last, while it is made anew
  std::string trouble_;
  Instant next_{};
};

}  // namespace budstikke::daemon
