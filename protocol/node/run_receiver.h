// Takes one run off a link: buffers it within bounds, checks that its hashes lead to the signed end, and only then hands its
// entries to the ledger. One per link.
//
// Invariants   Nothing of a run is stored before all of it is verified. At most kMaxRunEntries and kMaxRunBytes plus one
//              entry are buffered, and only after the signature over the end was found good; of a short run one frame.
// Errors       Forged or Malformed: the link's peer lied or is broken; drop it. Everything else is the store's.
// Cost         One signature verification per run, hashing per entry.
#pragma once

#include "protocol/node/ledger.h"
#include "protocol/wire/messages.h"

namespace budstikke {

class RunReceiver {
 public:
  enum class Outcome : std::uint8_t {
    More,      // the run is not complete yet
    Stored,    // appended to the ledger
    Known,     // all of it was here already
    Unwanted,  // of a log or place that cannot be used now: a session is needed
  };
  // What became of the frame, and of which log.
  struct Progress {
    Outcome outcome = Outcome::More;
    NetworkId network;
    LogId log;
    Tip end;
    bool forked = false;  // the run made a second branch
  };

  Result<Progress> open(Ledger& ledger, Network& network, const RunMessage& run, Bytes frame);
  // A run of a network this link does not share, or of an author who is no member: its parts are counted and dropped.
  Result<Progress> skip(const RunMessage& run);
  Result<Progress> part(Ledger& ledger, const PartMessage& part, Bytes frame);
  Result<Progress> whole(Ledger& ledger, Network& network, const ShortRunMessage& run, Bytes frame);

 private:
  Status parse(View entries);
  bool is_end(const Head& head);
  Result<Progress> take(Ledger& ledger, View entries, Bytes frame);
  Result<Progress> finish(Ledger& ledger);
  Result<std::vector<Head>> chain_from(const Network& network, const Head& start);
  // The number of entries that were new.
  Result<std::size_t> store(Ledger& ledger, Network& network, Log& log, Ledger::Place place, const std::vector<Head>& heads);
  Progress progress(Outcome outcome) const;
  void reset();

  bool open_ = false;
  bool skipping_ = false;
  NetworkId network_;
  LogId log_;
  Seq first_;
  std::size_t count_ = 0;
  Tip end_;                 // its id is not known before a short run was found good
  bool names_end_ = false;  // not a short run
  Signature signature_;
  std::size_t buffered_bytes_ = 0;
  std::vector<Bytes> frames_;       // keep the bytes that the entries point into
  std::vector<EntryView> entries_;  // the first used_ are of this run; the rest are kept for their memory
  std::size_t used_ = 0;
};

}  // namespace budstikke
