// How much each council may have written by now, as far as this node takes it at once: nobody fills everybody's disk in a night.
//
// The idea     What is written costs bytes, and every day gives kQuotaBytesADay of them back, up to kQuotaBurst. What comes when
//              they are used up is not refused for ever, but held back: it is not taken for now, and asked for again when there
//              is room. So nodes differ for a while, and never for good: a quota delays, and drops nothing.
// Of whom      Of data a council, since it lets in further devices of its own at will. Of membership logs one key, apart from the
//              data: a stolen device that writes without end must not delay the removal of it that its own council's other
//              device writes.
// History      Nobody who writes within these bounds can have written more than the burst and a day's bytes for each day that
//              the network is old. So a bucket begins as full as that, and a newcomer fetches years at once. What is left of
//              it goes when this node holds what most of its peers hold: it has the history then. The same gives a node that was
//              away for a month what was written meanwhile. The stamps of entries are not looked at: their authors choose them.
// Shape        A bucket is one time, when it will be full again; to cost n bytes puts it off by n times a byte's
//              milliseconds. One that is not named is full since `since_`, the last time when this node agreed with its peers,
//              or the network's begin.
// Clock        The own wall clock, since it must outlast a restart. One that goes back by more than kMaxClockStepBack begins
//              all buckets anew, as full.
// Cost         Logarithmic in the councils that wrote something since `since_`.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "protocol/log/entry.h"

namespace budstikke {

class Quotas {
 public:
  struct Holder {
    LogClass log_class = LogClass::Data;
    Hash id;  // of data a council's, of membership logs a member's key
    friend auto operator<=>(const Holder&, const Holder&) = default;
  };
  // What an entry costs; the first of a log costs more, since each log is told of in every vector for ever.
  static std::uint64_t cost_of(LogClass log_class, std::uint64_t change_bytes, bool opens_log);

  Quotas() = default;
  explicit Quotas(WallTime begin) : since_(begin) {}

  // --- What others write.
  // Whether more of this holder's is taken now; when not, it is held back from here on, until there is some room again.
  bool takes(const Holder& holder, WallTime now);
  void charge(const Holder& holder, std::uint64_t cost, WallTime now);
  bool holds_back(const Holder& holder) const { return held_.contains(holder); }
  const std::map<Holder, WallTime>& held() const { return held_; }  // since when
  // When this holder's is taken again.
  WallTime room_at(const Holder& holder) const;
  // Lets those go on for whom there is room again; true when there were any. To be called at next_room().
  bool release(WallTime now);
  std::optional<WallTime> next_room() const;
  // This node holds what its peers hold: whatever comes from here on is new.
  void agree(WallTime now);

  // --- What this node writes.
  // When that much more may be written: `now`, unless others might hold it back. The last of the burst is kept for what must
  // always go: what erases, and what the node writes by itself. Never more is allowed than the burst, however long this node was
  // away.
  WallTime may_write(const Holder& holder, std::uint64_t cost, WallTime now);

  // --- Over restarts.
  bool is_unsaved() const { return unsaved_; }
  Bytes encode() const;  // since 8 · seen 8 · count 4 · per bucket: class 1 · id 32 · full at 8
  static Result<Quotas> parse(View bytes);
  void saved() { unsaved_ = false; }

 private:
  void look_at_clock(WallTime now);
  WallTime full_at(const Holder& holder) const;

  WallTime since_;
  WallTime seen_;                       // the latest that the clock said
  std::map<Holder, WallTime> full_at_;  // later than since_
  std::map<Holder, WallTime> held_;
  bool unsaved_ = false;
};

}  // namespace budstikke
