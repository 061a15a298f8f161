// How entries follow each other: extend() and checkpoints.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <set>

#include "protocol/base/limits.h"
#include "protocol/log/entry.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

const NetworkId kChainNetwork = numbered<NetworkId>(1);
const LogId kLog{numbered<MemberKey>(2), Incarnation{3}, LogClass::Data};

EntryView entry_of(bool checkpoint, std::int64_t stamp, std::uint32_t change_bytes) {
  EntryView entry;
  entry.checkpoint = checkpoint;
  entry.stamp = WallTime{stamp};
  entry.change_bytes = change_bytes;
  entry.changes.resize(1);
  entry.root = numbered<Hash>(4);
  return entry;
}

Head head_of(std::uint16_t entries, std::uint32_t bytes) {
  return {Seq{10}, numbered<EntryId>(5), WallTime{1000}, entries, bytes};
}

bool refused_next(const Head& head, const EntryView& entry) {
  const Result<Head> next = extend(kChainNetwork, kLog, head, entry);
  if (!next) CHECK(next.error().code == Code::Malformed);
  return !next;
}

}  // namespace

TEST_CASE("chain: a head goes on by one, counts since the checkpoint, and starts over behind one") {
  const Result<Head> next = extend(kChainNetwork, kLog, head_of(7, 500), entry_of(false, 1001, 60));
  REQUIRE(next.ok());
  CHECK(next->seq == Seq{11});
  CHECK(next->stamp == WallTime{1001});
  CHECK(next->entries_since_checkpoint == 8);
  CHECK(next->bytes_since_checkpoint == 560);
  const Result<Head> checkpoint = extend(kChainNetwork, kLog, head_of(7, 500), entry_of(true, 1001, 60));
  REQUIRE(checkpoint.ok());
  CHECK(checkpoint->seq == Seq{11});
  CHECK(checkpoint->entries_since_checkpoint == 0);
  CHECK(checkpoint->bytes_since_checkpoint == 0);
  CHECK(checkpoint->id != next->id);
}

TEST_CASE("chain: a stamp may stand still and may not go back") {
  CHECK_FALSE(refused_next(head_of(0, 0), entry_of(false, 1000, 60)));
  CHECK_FALSE(refused_next(head_of(0, 0), entry_of(false, INT64_MAX, 60)));
  CHECK(refused_next(head_of(0, 0), entry_of(false, 999, 60)));
  CHECK(refused_next(head_of(0, 0), entry_of(true, 999, 60)));
}

TEST_CASE("chain: the 256th entry after a checkpoint is one") {
  CHECK_FALSE(refused_next(head_of(kMaxRunEntries - 2, 0), entry_of(false, 1000, 60)));
  CHECK(refused_next(head_of(kMaxRunEntries - 1, 0), entry_of(false, 1000, 60)));
  CHECK_FALSE(refused_next(head_of(kMaxRunEntries - 1, 0), entry_of(true, 1000, 60)));
}

TEST_CASE("chain: the entry that fills 256 KiB is a checkpoint") {
  CHECK_FALSE(refused_next(head_of(0, kMaxRunBytes - 61), entry_of(false, 1000, 60)));
  CHECK(refused_next(head_of(0, kMaxRunBytes - 60), entry_of(false, 1000, 60)));
  CHECK_FALSE(refused_next(head_of(0, kMaxRunBytes - 60), entry_of(true, 1000, 60)));
  CHECK(refused_next(head_of(0, kMaxRunBytes - 1), entry_of(false, 1000, kMaxEntryBytes)));
}

TEST_CASE("chain: an early checkpoint is no mistake") { CHECK_FALSE(refused_next(head_of(0, 0), entry_of(true, 1000, 60))); }

TEST_CASE("chain: a checkpoint is due exactly when an entry without one would be refused") {
  for (std::uint16_t entries = 0; entries < kMaxRunEntries; ++entries) {
    for (std::uint32_t before : {0u, 1u, 100'000u, 262'083u, 262'084u, 262'085u, 262'143u}) {
      const Head head = head_of(entries, before);
      CHECK(checkpoint_due(head, 60) == refused_next(head, entry_of(false, 1000, 60)));
    }
  }
  CHECK_FALSE(checkpoint_due({}, kMaxEntryBytes));
}

TEST_CASE("chain: written entries carry their checkpoints themselves, by count and by size") {
  for (std::size_t text_bytes : {std::size_t{10}, std::size_t{20'000}}) {
    Head head;
    std::size_t entries = 0, bytes = 0;
    const std::vector<ChangeBytes> changes{contact_change(numbered<CouncilId>(1), 2, {std::string(text_bytes, 'x')})};
    for (int i = 0; i < 600; ++i) {
      const Bytes body = body_of(head, LogClass::Data, WallTime{i}, changes);
      ByteReader reader(body);
      EntryView entry;
      REQUIRE(parse_entry(reader, LogClass::Data, entry).ok());
      ++entries;
      bytes += entry.change_bytes;
      CHECK(entry.checkpoint == (entries == kMaxRunEntries || bytes >= kMaxRunBytes));
      if (entry.checkpoint) entries = bytes = 0;
      const Result<Head> next = extend(kChainNetwork, kLog, head, entry);
      REQUIRE(next.ok());
      head = *next;
    }
  }
}

TEST_CASE("chain: everything in the header counts for the entry's id") {
  const Head head = head_of(0, 0);
  const EntryView entry = entry_of(false, 1000, 60);
  std::set<EntryId> ids;
  std::size_t cases = 0;
  const auto take = [&](const NetworkId& network, const LogId& log, const Head& before, const EntryView& next) {
    const Result<Head> extended = extend(network, log, before, next);
    REQUIRE(extended.ok());
    ids.insert(extended->id);
    ++cases;
  };
  take(kChainNetwork, kLog, head, entry);
  take(numbered<NetworkId>(1, 2), kLog, head, entry);
  take(kChainNetwork, {numbered<MemberKey>(3), kLog.incarnation, kLog.log_class}, head, entry);
  take(kChainNetwork, {kLog.author, Incarnation{4}, kLog.log_class}, head, entry);
  take(kChainNetwork, {kLog.author, kLog.incarnation, LogClass::Membership}, head, entry);
  take(kChainNetwork, kLog, {Seq{11}, head.id, head.stamp}, entry);
  take(kChainNetwork, kLog, {head.seq, numbered<EntryId>(5, 6), head.stamp}, entry);
  take(kChainNetwork, kLog, head, entry_of(false, 1001, 60));
  take(kChainNetwork, kLog, head, entry_of(false, 1000, 61));
  take(kChainNetwork, kLog, head, entry_of(true, 1000, 60));
  EntryView other = entry;
  other.version = 2;
  take(kChainNetwork, kLog, head, other);
  other = entry;
  other.changes.resize(2);
  take(kChainNetwork, kLog, head, other);
  other = entry;
  other.root = numbered<Hash>(4, 5);
  take(kChainNetwork, kLog, head, other);
  CHECK(ids.size() == cases);
}

TEST_CASE("log id: it is read as it was written, and only its two classes are read") {
  for (LogClass log_class : {LogClass::Membership, LogClass::Data}) {
    const LogId log{numbered<MemberKey>(8), Incarnation{UINT64_MAX - 1}, log_class};
    Bytes bytes;
    write_log_id(bytes, log);
    REQUIRE(bytes.size() == LogId::kSize);
    ByteReader reader(bytes);
    const Result<LogId> read = read_log_id(reader);
    REQUIRE(read.ok());
    CHECK(*read == log);
    for (std::uint8_t bad : {0, 3, 255}) {
      bytes.back() = bad;
      ByteReader again(bytes);
      CHECK_FALSE(read_log_id(again).ok());
    }
    for (std::size_t size = 0; size < LogId::kSize; ++size) {
      ByteReader short_reader(View(bytes).first(size));
      CHECK_FALSE(read_log_id(short_reader).ok());
    }
  }
}
