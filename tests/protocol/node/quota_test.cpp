#include "protocol/node/quota.h"

#include <doctest/doctest.h>

#include "protocol/base/limits.h"
#include "protocol/base/random.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kMsAByte = kDayMs / static_cast<std::int64_t>(kQuotaBytesADay);
constexpr WallTime kFounded{1'700'000'000'000};
constexpr std::uint64_t kBurstBytes = static_cast<std::uint64_t>(kQuotaBurst.count() / kMsAByte);

WallTime after(std::int64_t ms) { return {kFounded.ms + ms}; }
Quotas::Holder council(std::uint8_t number) { return {LogClass::Data, numbered<Hash>(number)}; }

// Takes runs of this cost until one is held back; how many bytes that were.
std::uint64_t take_all(Quotas& quotas, const Quotas::Holder& holder, std::uint64_t run, WallTime now) {
  std::uint64_t taken = 0;
  for (; quotas.takes(holder, now); taken += run) quotas.charge(holder, run, now);
  return taken;
}

// The obvious twin: bytes in a tank, which fills as time passes.
struct Tank {
  double room = 0;
  WallTime at;
  bool held = false;
  void fill(WallTime now) {
    room += static_cast<double>(now.ms - at.ms) / kMsAByte;
    at = now;
  }
  bool takes(WallTime now) {
    fill(now);
    held = held ? room < static_cast<double>(kQuotaRoom.count() / kMsAByte) : room <= 0;
    return !held;
  }
  void agree(WallTime now) {
    fill(now);
    room = std::min(room, static_cast<double>(kBurstBytes));
  }
};

}  // namespace

TEST_CASE("quota: the burst is taken at once, and a run more at most") {
  Quotas quotas(kFounded);
  const std::uint64_t run = 300'000;
  const std::uint64_t taken = take_all(quotas, council(1), run, kFounded);
  CHECK(taken >= kBurstBytes);
  CHECK(taken < kBurstBytes + run);
  CHECK(quotas.takes(council(2), kFounded));
  CHECK(quotas.holds_back(council(1)));
  CHECK_FALSE(quotas.holds_back(council(2)));
}

TEST_CASE("quota: what is held back goes on once there is room for a run, at the time that was told, and not before") {
  Quotas quotas(kFounded);
  take_all(quotas, council(1), 1'000, kFounded);
  const std::optional<WallTime> next = quotas.next_room();
  REQUIRE(next);
  CHECK(next->ms - kFounded.ms >= kQuotaRoom.count());
  CHECK(next->ms - kFounded.ms < kQuotaRoom.count() + 1'000 * kMsAByte);
  CHECK_FALSE(quotas.release(WallTime{next->ms - 1}));
  CHECK_FALSE(quotas.takes(council(1), WallTime{next->ms - 1}));
  CHECK(quotas.release(*next));
  CHECK(take_all(quotas, council(1), 1'000, *next) >= kMaxRunEntries * kQuotaEntryBytes + kMaxRunBytes);
}

TEST_CASE("quota: whoever comes to a network of years takes years at once, and then only the burst") {
  const WallTime now = after(3 * 365 * kDayMs);
  Quotas quotas(kFounded);
  const std::uint64_t years = 3 * 365 * kQuotaBytesADay;
  std::uint64_t taken = 0;
  for (; taken < years; taken += 1'000'000) {
    REQUIRE(quotas.takes(council(1), now));
    quotas.charge(council(1), 1'000'000, now);
  }
  quotas.agree(now);
  CHECK(take_all(quotas, council(1), 10'000, now) <= kBurstBytes + 10'000);
  CHECK(take_all(quotas, council(2), 10'000, now) == kBurstBytes);
}

TEST_CASE("quota: what was written while a node was away for a year is taken when it is back") {
  Quotas quotas(kFounded);
  quotas.agree(kFounded);
  const WallTime back = after(365 * kDayMs);
  const std::uint64_t written = 365 * kQuotaBytesADay;
  CHECK(take_all(quotas, council(1), 100'000, back) == kBurstBytes + written);
}

TEST_CASE("quota: since the last agreement nobody gets in more than the burst, the days that passed and one run") {
  Random random = Random::from_number(5);
  Quotas quotas(kFounded);
  WallTime now = kFounded, agreed = kFounded;
  std::uint64_t taken = 0, most_over = 0;
  for (int i = 0; i < 20'000; ++i) {
    now.ms += static_cast<std::int64_t>(random.below(3'600'000));
    if (random.below(500) == 0) {
      quotas.agree(now);
      agreed = now;
      taken = 0;
    }
    const std::uint64_t run = 1 + random.below(900'000);
    if (quotas.takes(council(1), now)) {
      quotas.charge(council(1), run, now);
      taken += run;
    }
    const std::uint64_t allowed = kBurstBytes + static_cast<std::uint64_t>((now.ms - agreed.ms) / kMsAByte);
    CHECK(taken <= allowed + 900'000);
    most_over = std::max(most_over, taken > allowed ? taken - allowed : 0);
  }
  MESSAGE("at most ", most_over, " bytes more than the rule");
}

TEST_CASE("quota: it does what a tank of bytes would do") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    Random random = Random::from_number(seed);
    Quotas quotas(kFounded);
    Tank tank{static_cast<double>(kBurstBytes), kFounded};
    WallTime now = kFounded;
    for (int i = 0; i < 2'000; ++i) {
      now.ms += kMsAByte * static_cast<std::int64_t>(random.below(random.below(10) == 0 ? 5'000'000 : 50'000));
      if (random.below(50) == 0) {
        quotas.agree(now);
        tank.agree(now);
      }
      const bool taken = quotas.takes(council(1), now);
      REQUIRE(taken == tank.takes(now));
      if (!taken) continue;
      const std::uint64_t run = 1 + random.below(5'000'000);
      quotas.charge(council(1), run, now);
      tank.room -= static_cast<double>(run);
    }
  }
}

TEST_CASE("quota: who writes itself keeps a day's bytes for what erases, and does not save up more than the burst") {
  Quotas quotas(kFounded);
  const WallTime now = after(1000 * kDayMs);
  const std::uint64_t most = kBurstBytes - static_cast<std::uint64_t>(kQuotaReserve.count() / kMsAByte);
  CHECK(quotas.may_write(council(1), most, now) == now);
  CHECK(quotas.may_write(council(1), most + 1, now).ms == now.ms + kMsAByte);
  quotas.charge(council(1), most, now);
  const WallTime when = quotas.may_write(council(1), 10'000, now);
  CHECK(when.ms == now.ms + 10'000 * kMsAByte);
  CHECK(quotas.may_write(council(1), 10'000, when) == when);
}

TEST_CASE("quota: what a writer is allowed, another node takes") {
  Random random = Random::from_number(6);
  Quotas writer(kFounded), reader(kFounded);
  WallTime now = kFounded;
  std::uint64_t written = 0, refused = 0;
  for (int i = 0; i < 5'000; ++i) {
    now.ms += static_cast<std::int64_t>(random.below(60'000));
    if (random.below(10) == 0) reader.agree(now);
    const std::uint64_t cost = Quotas::cost_of(LogClass::Data, random.below(kMaxEntryBytes * 4), false);
    if (writer.may_write(council(1), cost, now) > now) {
      ++refused;
      continue;
    }
    writer.charge(council(1), cost, now);
    written += cost;
    REQUIRE(reader.takes(council(1), now));
    reader.charge(council(1), cost, now);
  }
  CHECK(refused > 100);
  CHECK(written > kBurstBytes * 9 / 10);
}

TEST_CASE("quota: a member that saves a million operations one by one is stopped at the burst") {
  Quotas quotas(kFounded);
  const std::uint64_t cost = Quotas::cost_of(LogClass::Data, 100, false);
  std::uint64_t operations = 0;
  for (; operations < 1'000'000 && quotas.may_write(council(1), cost, kFounded) == kFounded; ++operations) {
    quotas.charge(council(1), cost, kFounded);
  }
  MESSAGE("refused after ", operations, " operations of 100 bytes; of 10 GB in entries of 48 KiB after ",
          kBurstBytes / Quotas::cost_of(LogClass::Data, kMaxEntryBytes, false) * kMaxEntryBytes / 1'000'000, " MB");
  CHECK(operations < 200'000);
  CHECK(operations > 150'000);
}

TEST_CASE("quota: one council cannot make so many logs that a network has too many") {
  Quotas quotas(kFounded);
  std::uint64_t logs = 0;
  for (; quotas.takes(council(1), kFounded); ++logs)
    quotas.charge(council(1), Quotas::cost_of(LogClass::Data, 100, true), kFounded);
  CHECK(logs < 220);
  const std::uint64_t a_year = kQuotaBytesADay * 365 / Quotas::cost_of(LogClass::Data, 100, true);
  CHECK(logs + a_year < kMaxLogsPerVector / 16);
}

TEST_CASE("quota: a council's data does not use up its members' right to decide") {
  Quotas quotas(kFounded);
  take_all(quotas, council(1), 1'000'000, kFounded);
  CHECK(quotas.takes({LogClass::Membership, numbered<Hash>(1)}, kFounded));
}

TEST_CASE("quota: a clock that was ahead for a while and fell back holds nobody back") {
  Quotas quotas(kFounded);
  const WallTime wrong = after(10 * 365 * kDayMs);
  quotas.charge(council(1), 1'000, wrong);
  quotas.agree(wrong);
  quotas.charge(council(1), 1'000, wrong);
  CHECK(quotas.takes(council(1), kFounded));
  CHECK(take_all(quotas, council(1), 10'000, kFounded) >= kBurstBytes);
}

TEST_CASE("quota: a clock that shows a time before the network was founded holds nobody back") {
  Quotas quotas(kFounded);
  CHECK(take_all(quotas, council(1), 10'000, WallTime{1'000}) == kBurstBytes);
}

TEST_CASE("quota: buckets outlast a restart, also that a clock was ahead") {
  Quotas quotas(kFounded);
  take_all(quotas, council(1), 1'000'000, kFounded);
  CHECK(quotas.is_unsaved());
  Result<Quotas> again = Quotas::parse(quotas.encode());
  REQUIRE(again.ok());
  CHECK(again->encode() == quotas.encode());
  CHECK_FALSE(again->takes(council(1), kFounded));
  CHECK(again->takes(council(2), kFounded));
  quotas.charge(council(3), 1'000, after(5 * 365 * kDayMs));
  again = Quotas::parse(quotas.encode());
  REQUIRE(again.ok());
  CHECK(again->takes(council(3), kFounded));
}

TEST_CASE("quota: a row that is cut, or counts more than it has, is damaged") {
  Quotas quotas(kFounded);
  quotas.charge(council(1), 1'000, kFounded);
  const Bytes row = quotas.encode();
  for (std::size_t size = 0; size < row.size(); ++size) {
    const Result<Quotas> cut = Quotas::parse(View(row).first(size));
    REQUIRE_FALSE(cut.ok());
    CHECK(cut.error().code == Code::Damaged);
  }
  Bytes many = row;
  for (std::size_t i = 16; i < 20; ++i) many[i] = 0xff;
  CHECK_FALSE(Quotas::parse(many).ok());
}
