#include "protocol/node/run_receiver.h"

#include <algorithm>

#include "protocol/base/limits.h"

namespace budstikke {

void RunReceiver::reset() {
  open_ = false;
  skipping_ = false;
  frames_.clear();
  used_ = 0;
  buffered_bytes_ = 0;
}

RunReceiver::Progress RunReceiver::progress(Outcome outcome) const { return {outcome, network_, log_, end_, false}; }

Result<RunReceiver::Progress> RunReceiver::skip(const RunMessage& run) {
  if (open_) return Error{Code::Malformed, "a run opened before the one before was complete"};
  reset();
  skipping_ = true;
  network_ = run.network;
  log_ = run.log;
  return progress(Outcome::Unwanted);
}

Result<RunReceiver::Progress> RunReceiver::open(Ledger& ledger, Network& network, const RunMessage& run, Bytes frame) {
  if (open_) return Error{Code::Malformed, "a run opened before the one before was complete"};
  reset();
  network_ = run.network;
  log_ = run.log;
  first_ = run.first;
  count_ = run.count;
  end_ = Tip{Seq{run.first.value + run.count - 1}, run.end};
  names_end_ = true;
  signature_ = run.signature;
  const Log* log = ledger.find_log(network, log_);
  const std::uint64_t last = log != nullptr && !log->row.tips.empty() ? log->row.tips.back().head.seq.value : 0;
  if (first_.value > last + 1) return skip(run);
  if (log != nullptr && end_.seq.value <= last) {
    Result<bool> known = ledger.holds(*log, end_.seq, end_.id);
    if (!known) return known.error();
    if (*known) {
      skipping_ = true;
      return progress(Outcome::Known);
    }
  }
  // After what costs less, and before anything is kept.
  if (!verify(log_.author, Purpose::Entry, end_.id, signature_)) return Error{Code::Forged, "a run whose end is not signed"};
  open_ = true;
  return take(ledger, run.entries, std::move(frame));
}

Result<RunReceiver::Progress> RunReceiver::part(Ledger& ledger, const PartMessage& part, Bytes frame) {
  if (skipping_) return progress(Outcome::More);
  if (!open_) return Error{Code::Malformed, "a part of no run"};
  return take(ledger, part.entries, std::move(frame));
}

Result<RunReceiver::Progress> RunReceiver::take(Ledger& ledger, View entries, Bytes frame) {
  buffered_bytes_ += entries.size();
  if (buffered_bytes_ > kMaxRunBytes + 2 * kMaxEntryBytes) return Error{Code::Malformed, "a run that is too large"};
  frames_.push_back(std::move(frame));
  if (Status status = parse(entries); !status) return status.error();
  return used_ == count_ ? finish(ledger) : progress(Outcome::More);
}

// Its end is found by hashing: a frame of at most 64 KiB, and a signature for each place from which it may go on.
Result<RunReceiver::Progress> RunReceiver::whole(Ledger& ledger, Network& network, const ShortRunMessage& run, Bytes frame) {
  if (open_) return Error{Code::Malformed, "a run opened before the one before was complete"};
  reset();
  network_ = network.row.id;
  log_ = run.log;
  first_ = run.first;
  signature_ = run.signature;
  names_end_ = false;
  end_ = {};
  const Log* log = ledger.find_log(network, log_);
  const std::uint64_t last = log != nullptr && !log->row.tips.empty() ? log->row.tips.back().head.seq.value : 0;
  if (first_.value > last + 1) return progress(Outcome::Unwanted);
  count_ = kMaxRunEntries;
  frames_.push_back(std::move(frame));
  if (Status status = parse(run.entries); !status) return status.error();
  count_ = used_;
  end_.seq = Seq{first_.value + count_ - 1};
  return finish(ledger);
}

// Reads whole entries behind those that are there.
Status RunReceiver::parse(View entries) {
  ByteReader reader(entries);
  while (reader.left() > 0) {
    if (used_ == count_) return Error{Code::Malformed, "a run with more entries than it says"};
    if (used_ == entries_.size()) entries_.emplace_back();
    EntryView& entry = entries_[used_];
    const std::size_t before = reader.left();
    if (Status status = parse_entry(reader, log_.log_class, entry); !status) return status.error();
    entry.body = entries.subspan(entries.size() - before, before - reader.left());
    const bool is_last = names_end_ ? used_ + 1 == count_ : reader.left() == 0;
    ++used_;
    if (entry.checkpoint && !is_last) return Error{Code::Malformed, "a run that crosses a checkpoint"};
  }
  return done();
}

bool RunReceiver::is_end(const Head& head) {
  if (names_end_) return head.id == end_.id;
  if (!verify(log_.author, Purpose::Entry, head.id, signature_)) return false;
  end_.id = head.id;
  return true;
}

Result<std::vector<Head>> RunReceiver::chain_from(const Network& network, const Head& start) {
  std::vector<Head> heads;
  heads.reserve(count_);
  Head head = start;
  for (std::size_t i = 0; i < used_; ++i) {
    Result<Head> next = extend(network.row.id, log_, head, entries_[i]);
    if (!next) return next.error();
    head = *next;
    heads.push_back(head);
  }
  if (heads.empty() || !is_end(heads.back())) return Error{Code::Forged, "a run that does not lead to its end"};
  return heads;
}

Result<RunReceiver::Progress> RunReceiver::finish(Ledger& ledger) {
  open_ = false;
  Network* network = ledger.find_network(network_);
  require(network != nullptr, "a run of a network that is gone");
  Result<std::vector<Ledger::Place>> places = std::vector<Ledger::Place>{};
  if (const Log* known = ledger.find_log(*network, log_)) {
    places = ledger.places_at(*known, Seq{first_.value - 1});
    if (!places) return places.error();
  } else if (first_.value == 1) {
    places->push_back({});
  }
  std::optional<Error> why;
  for (const Ledger::Place& place : *places) {
    Result<std::vector<Head>> heads = chain_from(*network, place.head);
    if (!heads) {
      why = heads.error();
      continue;
    }
    Result<Log*> log = ledger.open_log(*network, log_);
    if (!log) return log.error();
    const std::size_t tips = (*log)->row.tips.size();
    const Result<std::size_t> stored = store(ledger, *network, **log, place, *heads);
    if (!stored) return stored.error();
    Progress finished = progress(*stored > 0 ? Outcome::Stored : Outcome::Known);
    finished.forked = tips > 0 && (*log)->row.tips.size() > tips;
    reset();
    return finished;
  }
  // It may continue from a branch that is not here, whose stamps and checkpoints differ: the peer is honest, and the log must
  // be asked for from its start. Only a run that begins there cannot be excused so.
  if (first_.value > 1) {
    const Progress unwanted = progress(Outcome::Unwanted);
    reset();
    return unwanted;
  }
  return *why;
}

Result<std::size_t> RunReceiver::store(Ledger& ledger, Network& network, Log& log, Ledger::Place place,
                                       const std::vector<Head>& heads) {
  std::size_t stored = 0;
  const bool may_overlap = !log.row.tips.empty() && first_ <= log.row.tips.back().head.seq;
  for (std::size_t i = 0; i < heads.size(); ++i) {
    if (may_overlap) {  // a branch: its start is shared with what is here
      Result<std::vector<Ledger::Place>> here = ledger.places_at(log, heads[i].seq);
      if (!here) return here.error();
      const auto same =
          std::find_if(here->begin(), here->end(), [&](const Ledger::Place& known) { return known.head.id == heads[i].id; });
      if (same != here->end()) {
        place = *same;
        continue;
      }
      const bool is_tip =
          std::any_of(log.row.tips.begin(), log.row.tips.end(), [&](const StoredTip& tip) { return tip.number == place.number; });
      if (!is_tip && log.row.tips.size() >= kMaxTips) {
        const Result<bool> counts = log.row.tips.size() < kMaxKeptTips && !log.cut
                                        ? ledger.would_count(log, place, heads[i].id)
                                        : Result<bool>(log.row.tips.size() < kMaxKeptTips);  // a removal may let it end there
        if (!counts) return counts.error();
        if (!*counts) return stored;
      }
    }
    const bool signs = i + 1 == heads.size();
    Result<Ledger::Place> next =
        ledger.append(network, log, place, heads[i], entries_[i], signs ? std::optional(signature_) : std::nullopt);
    if (!next) return next.error();
    place = *next;
    ++stored;
  }
  return stored;
}

}  // namespace budstikke
