#include "protocol/node/quota.h"

#include <algorithm>

#include "protocol/base/limits.h"

namespace budstikke {
namespace {

constexpr std::int64_t kMsPerByte = 86'400'000 / static_cast<std::int64_t>(kQuotaBytesADay);
static_assert(kMsPerByte * static_cast<std::int64_t>(kQuotaBytesADay) == 86'400'000, "a byte costs whole milliseconds");
static_assert(kQuotaRoom.count() / kMsPerByte >= static_cast<std::int64_t>(kMaxRunEntries * kQuotaEntryBytes + kMaxRunBytes),
              "what goes on has room for a run");
// A run that was begun is taken whole, on each link, and what a person brings in a bundle is taken at once: so long at most does
// that put off what comes next.
constexpr std::int64_t kMostDebtMs = 86'400'000;
constexpr std::size_t kBucketBytes = 1 + Hash::kSize + 8;

std::int64_t ms_for(std::uint64_t cost) {
  constexpr std::uint64_t kMost = static_cast<std::uint64_t>(kQuotaBurst.count() + kMostDebtMs) / kMsPerByte;
  return static_cast<std::int64_t>(std::min(cost, kMost)) * kMsPerByte;
}

}  // namespace

std::uint64_t Quotas::cost_of(LogClass log_class, std::uint64_t change_bytes, bool opens_log) {
  const std::uint64_t cost = change_bytes + kQuotaEntryBytes + (opens_log ? kQuotaLogBytes : 0);
  return log_class == LogClass::Membership ? cost * kQuotaMembershipTimes : cost;
}

WallTime Quotas::full_at(const Holder& holder) const {
  const auto at = full_at_.find(holder);
  return at == full_at_.end() ? since_ : std::max(since_, at->second);
}

WallTime Quotas::room_at(const Holder& holder) const { return {full_at(holder).ms - kQuotaBurst.count() + kQuotaRoom.count()}; }

void Quotas::look_at_clock(WallTime now) {
  const bool went_back = now.ms < seen_.ms - kMaxClockStepBack.count();
  const bool is_ahead = since_ > now && since_.ms - now.ms > kMaxClockStepBack.count();
  if (went_back || is_ahead) {
    full_at_.clear();
    held_.clear();
    since_ = now;
    unsaved_ = true;
  }
  seen_ = went_back ? now : std::max(seen_, now);
}

bool Quotas::takes(const Holder& holder, WallTime now) {
  look_at_clock(now);
  const bool has_room = holds_back(holder) ? room_at(holder) <= now : full_at(holder).ms - now.ms < kQuotaBurst.count();
  if (has_room) {
    held_.erase(holder);
  } else {
    held_.try_emplace(holder, now);
  }
  return has_room;
}

void Quotas::charge(const Holder& holder, std::uint64_t cost, WallTime now) {
  look_at_clock(now);
  const std::int64_t most = now.ms + kQuotaBurst.count() + kMostDebtMs;
  full_at_[holder] = {std::min(full_at(holder).ms + ms_for(cost), most)};
  unsaved_ = true;
}

bool Quotas::release(WallTime now) {
  look_at_clock(now);
  return std::erase_if(held_, [&](const auto& held) { return room_at(held.first) <= now; }) > 0;
}

std::optional<WallTime> Quotas::next_room() const {
  std::optional<WallTime> next;
  for (const auto& [holder, since] : held_) next = std::min(next.value_or(WallTime{INT64_MAX}), room_at(holder));
  return next;
}

void Quotas::agree(WallTime now) {
  look_at_clock(now);
  if (now <= since_) return;
  since_ = now;
  std::erase_if(full_at_, [&](const auto& bucket) { return bucket.second <= now; });
  unsaved_ = true;
}

WallTime Quotas::may_write(const Holder& holder, std::uint64_t cost, WallTime now) {
  look_at_clock(now);
  const WallTime full = std::max(full_at(holder), now);
  full_at_[holder] = full;
  const std::int64_t room = kQuotaBurst.count() - kQuotaReserve.count();
  return std::max(now, WallTime{full.ms + ms_for(cost) - room});
}

Bytes Quotas::encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.u64(static_cast<std::uint64_t>(since_.ms));
  writer.u64(static_cast<std::uint64_t>(seen_.ms));
  writer.u32(static_cast<std::uint32_t>(full_at_.size()));
  for (const auto& [holder, full] : full_at_) {
    writer.u8(static_cast<std::uint8_t>(holder.log_class));
    writer.raw(holder.id);
    writer.u64(static_cast<std::uint64_t>(full.ms));
  }
  return out;
}

Result<Quotas> Quotas::parse(View bytes) {
  ByteReader reader(bytes);
  Quotas quotas(WallTime{static_cast<std::int64_t>(reader.u64())});
  quotas.seen_ = {static_cast<std::int64_t>(reader.u64())};
  const std::uint32_t count = reader.u32();
  bool is_whole = reader.left() == std::uint64_t{count} * kBucketBytes && quotas.since_.ms >= 0 && quotas.seen_.ms >= 0;
  for (std::uint32_t i = 0; is_whole && i < count; ++i) {
    Holder holder;
    holder.log_class = static_cast<LogClass>(reader.u8());
    holder.id = reader.fixed<Hash>();
    const WallTime full{static_cast<std::int64_t>(reader.u64())};
    is_whole = (holder.log_class == LogClass::Membership || holder.log_class == LogClass::Data) && full.ms >= 0;
    quotas.full_at_[holder] = full;
  }
  if (!is_whole || !reader.done()) return Error{Code::Damaged, "a row of quotas that is not as it was written"};
  return quotas;
}

}  // namespace budstikke
