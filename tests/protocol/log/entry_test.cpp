#include "protocol/log/entry.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <set>

#include "protocol/base/limits.h"
#include "protocol/base/text.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr const char* kFile = "log.hex";
const NetworkId kNetwork = numbered<NetworkId>(0xA1);
const LogId kData{numbered<MemberKey>(0xB2), Incarnation{0x0102030405060708}, LogClass::Data};
const LogId kMembership{numbered<MemberKey>(0xB2), Incarnation{0x0102030405060708}, LogClass::Membership};
const WallTime kStamp{1'700'000'000'123};

std::vector<ChangeBytes> two_changes() {
  return {contact_change(numbered<CouncilId>(0x11), 0x21, {"Ane Ærø"}),
          contact_change(numbered<CouncilId>(0x11), 0x22, {"Bo", "tolk"})};
}
ChangeBytes membership_change(std::string_view digits) { return {hex(digits), {}}; }

EntryView parsed(View body, LogClass log_class) {
  EntryView entry;
  ByteReader reader(body);
  REQUIRE(parse_entry(reader, log_class, entry).ok());
  CHECK(reader.done());
  return entry;
}

Head next(const LogId& log, const Head& head, View body) {
  Result<Head> extended = extend(kNetwork, log, head, parsed(body, log.log_class));
  REQUIRE(extended.ok());
  return *extended;
}

// A body built by hand: flags, stamp, count, bytes of changes, and then whatever `changes` says.
Bytes raw_body(std::uint8_t flags, std::uint64_t stamp, std::uint8_t count, std::uint32_t change_bytes, const Bytes& changes) {
  Bytes body;
  ByteWriter writer(body);
  writer.u8(flags);
  writer.u64(stamp);
  writer.u8(count);
  writer.u32(change_bytes);
  writer.raw(changes);
  return body;
}
Bytes inline_change(const Bytes& skeleton, const Bytes& values) {
  Bytes out;
  ByteWriter writer(out);
  writer.u16(static_cast<std::uint16_t>(skeleton.size()));
  writer.raw(skeleton);
  writer.u8(1);
  writer.u16(static_cast<std::uint16_t>(values.size()));
  writer.raw(values);
  return out;
}
Bytes other_change(const Bytes& skeleton, std::uint8_t state, const Bytes& behind) {
  Bytes out;
  ByteWriter writer(out);
  writer.u16(static_cast<std::uint16_t>(skeleton.size()));
  writer.raw(skeleton);
  writer.u8(state);
  writer.raw(behind);
  return out;
}

// Refused by both readers, with the same code.
bool refused(View body, LogClass log_class) {
  EntryView entry, stored;
  ByteReader reader(body);
  const Status status = parse_entry(reader, log_class, entry);
  const Status again = parse_stored_entry(body, log_class, stored);
  CHECK((status.ok() && reader.done()) == again.ok());
  if (!status) CHECK(status.error().code == Code::Malformed);
  return !status;
}

const Bytes kSkeleton = contact_change(numbered<CouncilId>(1), 2, {"x"}).skeleton;
const Bytes kValues = contact_change(numbered<CouncilId>(1), 2, {"x"}).values;
const auto kSize = static_cast<std::uint32_t>(kSkeleton.size() + kValues.size());

}  // namespace

TEST_CASE("entry: bodies and ids of a data log's first two entries are golden") {
  const Bytes first = body_of({}, LogClass::Data, kStamp, two_changes());
  CHECK(first == golden(kFile, "body: the first entry of a data log, with two contacts"));
  const Head head = next(kData, {}, first);
  CHECK(bytes_of(head.id) == golden(kFile, "id of this entry"));
  const std::vector<ChangeBytes> one{contact_change(numbered<CouncilId>(0x11), 0x23, {"Cille"})};
  Head before = head;
  before.entries_since_checkpoint = 255;
  const Bytes second = body_of(before, LogClass::Data, kStamp, one);
  CHECK(second == golden(kFile, "body: the entry after it, a checkpoint"));
  CHECK(bytes_of(next(kData, before, second).id) == golden(kFile, "id of this checkpoint"));
}

TEST_CASE("entry: body and id of a membership entry are golden") {
  const std::vector<ChangeBytes> changes{membership_change("c8010203")};
  const Bytes body = body_of({}, LogClass::Membership, kStamp, changes);
  CHECK(body == golden(kFile, "body: the first entry of a membership log, with an operation of unknown type c8"));
  CHECK(bytes_of(next(kMembership, {}, body).id) == golden(kFile, "id of this membership entry"));
}

TEST_CASE("entry: body and id of an entry of version 2 are golden") {
  const Bytes body = as_version(body_of({}, LogClass::Data, kStamp, two_changes()), 2);
  CHECK(body == golden(kFile, "body: the first entry of a data log in version 2, with two contacts"));
  CHECK(bytes_of(next(kData, {}, body).id) == golden(kFile, "id of this entry of version 2"));
}

TEST_CASE("entry: every version that can be read is, by both readers, and each gives another id") {
  const Bytes written = body_of({}, LogClass::Data, kStamp, two_changes());
  CHECK(parsed(written, LogClass::Data).version == kEntryVersion);
  std::set<EntryId> ids;
  EntryView stored;
  for (std::uint8_t version = 1; version <= kMaxEntryVersion; ++version) {
    CAPTURE(version);
    const Bytes body = as_version(written, version);
    const EntryView entry = parsed(body, LogClass::Data);
    CHECK(entry.version == version);
    CHECK_FALSE(entry.checkpoint);
    CHECK(entry.root == parsed(written, LogClass::Data).root);
    REQUIRE(parse_stored_entry(body, LogClass::Data, stored).ok());
    CHECK(stored.version == version);
    ids.insert(next(kData, {}, body).id);
  }
  CHECK(ids.size() == kMaxEntryVersion);
  REQUIRE(parse_stored_entry(written, LogClass::Data, stored).ok());
  CHECK(stored.version == kEntryVersion);  // a reused view keeps nothing of the version before
}

TEST_CASE("entry: a later version is a checkpoint, loses its values and fits a membership log as this one does") {
  const std::vector<ChangeBytes> changes = two_changes();
  Head before;
  before.entries_since_checkpoint = kMaxRunEntries - 1;
  const Bytes last = as_version(body_of(before, LogClass::Data, kStamp, changes), 3);
  CHECK(parsed(last, LogClass::Data).checkpoint);
  CHECK(next(kData, before, last).entries_since_checkpoint == 0);
  const Bytes whole = as_version(body_of({}, LogClass::Data, kStamp, changes), 3);
  Bytes parts;
  for (const ChangeBytes& change : changes)
    ByteWriter(parts).raw(other_change(change.skeleton, 2, bytes_of(values_hash(change.values))));
  const Bytes bare =
      raw_body(2 << 4, static_cast<std::uint64_t>(kStamp.ms), 2, parsed(whole, LogClass::Data).change_bytes, parts);
  CHECK(next(kData, {}, bare) == next(kData, {}, whole));
  const std::vector<ChangeBytes> operation{membership_change("c8010203")};
  const Bytes membership = as_version(body_of({}, LogClass::Membership, kStamp, operation), kMaxEntryVersion);
  CHECK(parsed(membership, LogClass::Membership).version == kMaxEntryVersion);
}

TEST_CASE("entry: a body is read as it was written") {
  const std::vector<ChangeBytes> changes = two_changes();
  const Bytes body = body_of({}, LogClass::Data, kStamp, changes);
  const EntryView entry = parsed(body, LogClass::Data);
  CHECK(entry.stamp == kStamp);
  CHECK_FALSE(entry.checkpoint);
  REQUIRE(entry.changes.size() == 2);
  std::size_t total = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(same_bytes(entry.changes[i].skeleton, changes[i].skeleton));
    CHECK(same_bytes(entry.changes[i].values, changes[i].values));
    CHECK(entry.changes[i].values_hash == values_hash(changes[i].values));
    CHECK(entry.changes[i].leaf == leaf_of(changes[i].skeleton, values_hash(changes[i].values)));
    total += changes[i].skeleton.size() + changes[i].values.size();
  }
  CHECK(entry.change_bytes == total);
  CHECK(entry.root == hash(Domain::Root, {entry.changes[0].leaf.view(), entry.changes[1].leaf.view()}));
}

TEST_CASE("entry: reading leaves the bytes behind the body to the caller") {
  Bytes two = body_of({}, LogClass::Data, kStamp, two_changes());
  const Bytes one = two;
  ByteWriter(two).raw(one);
  ByteReader reader(two);
  EntryView entry;
  REQUIRE(parse_entry(reader, LogClass::Data, entry).ok());
  CHECK(reader.left() == one.size());
  REQUIRE(parse_entry(reader, LogClass::Data, entry).ok());
  CHECK(reader.done());
  EntryView stored;
  CHECK_FALSE(parse_stored_entry(two, LogClass::Data, stored).ok());
}

TEST_CASE("entry: without some or all values it has the same id") {
  const std::vector<ChangeBytes> changes = two_changes();
  const Bytes whole = body_of({}, LogClass::Data, kStamp, changes);
  const Head head = next(kData, {}, whole);
  const auto size = static_cast<std::uint32_t>(parsed(whole, LogClass::Data).change_bytes);
  for (unsigned absent = 1; absent < 4; ++absent) {
    Bytes parts;
    for (std::size_t i = 0; i < 2; ++i) {
      const bool gone = (absent >> i & 1) != 0;
      ByteWriter(parts).raw(gone ? other_change(changes[i].skeleton, 2, bytes_of(values_hash(changes[i].values)))
                                 : inline_change(changes[i].skeleton, changes[i].values));
    }
    const Bytes body = raw_body(0, static_cast<std::uint64_t>(kStamp.ms), 2, size, parts);
    CHECK_FALSE(refused(body, LogClass::Data));
    CHECK(next(kData, {}, body) == head);
  }
}

TEST_CASE("entry: the stored reader gives what the checking reader does, but for hashes") {
  CHECK(rc::check("readers", [](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    std::vector<ChangeBytes> changes;
    for (std::uint64_t i = 1 + random.below(5); i > 0; --i) {
      changes.push_back(contact_change(random.fixed<CouncilId>(), static_cast<std::uint8_t>(i),
                                       {random_text(random, 50), random_text(random, 5)}));
    }
    const Bytes body = body_of({}, LogClass::Data, WallTime{static_cast<std::int64_t>(random.below(1'000'000))}, changes);
    EntryView entry, stored;
    ByteReader reader(body);
    RC_ASSERT(parse_entry(reader, LogClass::Data, entry).ok());
    RC_ASSERT(reader.done());
    RC_ASSERT(parse_stored_entry(body, LogClass::Data, stored).ok());
    RC_ASSERT(same_bytes(stored.body, body));
    RC_ASSERT(stored.root.is_zero());
    RC_ASSERT(stored.stamp == entry.stamp);
    RC_ASSERT(stored.checkpoint == entry.checkpoint);
    RC_ASSERT(stored.change_bytes == entry.change_bytes);
    RC_ASSERT(stored.changes.size() == entry.changes.size());
    for (std::size_t i = 0; i < entry.changes.size(); ++i) {
      RC_ASSERT(same_bytes(stored.changes[i].skeleton, entry.changes[i].skeleton));
      RC_ASSERT(same_bytes(stored.changes[i].values, entry.changes[i].values));
      RC_ASSERT(stored.changes[i].state == entry.changes[i].state);
    }
  }));
}

TEST_CASE("entry: a reused view keeps nothing of the entry before") {
  EntryView entry;
  const Bytes two = body_of({}, LogClass::Data, kStamp, two_changes());
  ByteReader first(two);
  REQUIRE(parse_entry(first, LogClass::Data, entry).ok());
  const std::vector<ChangeBytes> changes{membership_change("c8")};
  const Bytes one = body_of({}, LogClass::Membership, kStamp, changes);
  ByteReader second(one);
  REQUIRE(parse_entry(second, LogClass::Membership, entry).ok());
  REQUIRE(entry.changes.size() == 1);
  CHECK(entry.changes[0].values.empty());
  CHECK(entry.changes[0].values_hash.is_zero());
  CHECK(entry.root == parsed(one, LogClass::Membership).root);
}

TEST_CASE("entry: one that is cut short anywhere is refused") {
  const Bytes body = body_of({}, LogClass::Data, kStamp, two_changes());
  REQUIRE_FALSE(refused(body, LogClass::Data));
  for (std::size_t size = 0; size < body.size(); ++size) CHECK(refused(View(body).first(size), LogClass::Data));
}

TEST_CASE("entry: flags that no version knows, and versions that may look different, are refused") {
  const Bytes change = inline_change(kSkeleton, kValues);
  std::size_t known = 0;
  for (unsigned flags = 0; flags < 256; ++flags) {
    CAPTURE(flags);
    const bool refuse = refused(raw_body(static_cast<std::uint8_t>(flags), 1, 1, kSize, change), LogClass::Data);
    CHECK(refuse == ((flags >> 1 & 7) != 0 || flags >> 4 >= kMaxEntryVersion));
    known += refuse ? 0 : 1;
  }
  CHECK(known == 8);  // four versions, each a checkpoint or not
}

TEST_CASE("entry: a stamp beyond 63 bits is refused") {
  const Bytes change = inline_change(kSkeleton, kValues);
  CHECK_FALSE(refused(raw_body(0, INT64_MAX, 1, kSize, change), LogClass::Data));
  CHECK(refused(raw_body(0, std::uint64_t{1} << 63, 1, kSize, change), LogClass::Data));
  CHECK(refused(raw_body(0, UINT64_MAX, 1, kSize, change), LogClass::Data));
}

TEST_CASE("entry: no changes, or fewer or more than it counts, are refused") {
  const Bytes change = inline_change(kSkeleton, kValues);
  CHECK(refused(raw_body(0, 1, 0, 0, {}), LogClass::Data));
  CHECK(refused(raw_body(0, 1, 2, kSize, change), LogClass::Data));
  CHECK(refused(raw_body(0, 1, 0, kSize, change), LogClass::Data));
}

TEST_CASE("entry: sizes that do not add up are refused") {
  const Bytes change = inline_change(kSkeleton, kValues);
  CHECK(refused(raw_body(0, 1, 1, kSize - 1, change), LogClass::Data));
  CHECK(refused(raw_body(0, 1, 1, kSize + 1, change), LogClass::Data));
  const Bytes absent = other_change(kSkeleton, 2, bytes_of(numbered<Hash>(4)));
  CHECK_FALSE(refused(raw_body(0, 1, 1, kSize, absent), LogClass::Data));
  CHECK(refused(raw_body(0, 1, 1, static_cast<std::uint32_t>(kSkeleton.size() - 1), absent), LogClass::Data));
  CHECK(refused(raw_body(0, 1, 1, kMaxEntryBytes + 1, absent), LogClass::Data));
  CHECK_FALSE(refused(raw_body(0, 1, 1, kMaxEntryBytes, absent), LogClass::Data));
}

TEST_CASE("entry: values shorter than their salt or longer than 32 KiB are refused") {
  const auto with = [](std::size_t bytes) {
    return raw_body(0, 1, 1, static_cast<std::uint32_t>(kSkeleton.size() + bytes), inline_change(kSkeleton, Bytes(bytes, 7)));
  };
  CHECK(refused(with(0), LogClass::Data));
  CHECK(refused(with(Salt::kSize - 1), LogClass::Data));
  CHECK_FALSE(refused(with(Salt::kSize), LogClass::Data));
  CHECK_FALSE(refused(with(kMaxValuesBytes), LogClass::Data));
  CHECK(refused(with(kMaxValuesBytes + 1), LogClass::Data));
}

TEST_CASE("entry: a change without skeleton, or with one of another shape, is refused") {
  CHECK(refused(raw_body(0, 1, 1, static_cast<std::uint32_t>(kValues.size()), inline_change({}, kValues)), LogClass::Data));
  Bytes longer = kSkeleton;
  longer.push_back(0);
  CHECK(refused(raw_body(0, 1, 1, kSize + 1, inline_change(longer, kValues)), LogClass::Data));
  const std::vector<ChangeBytes> empty{{{}, {}}};
  CHECK(refused(body_of({}, LogClass::Membership, kStamp, empty), LogClass::Membership));
}

TEST_CASE("entry: a data change without values and a membership change with some are refused") {
  const auto size = static_cast<std::uint32_t>(kSkeleton.size());
  CHECK(refused(raw_body(0, 1, 1, size, other_change(kSkeleton, 0, {})), LogClass::Data));
  CHECK_FALSE(refused(raw_body(0, 1, 1, size, other_change(kSkeleton, 0, {})), LogClass::Membership));
  CHECK(refused(raw_body(0, 1, 1, kSize, inline_change(kSkeleton, kValues)), LogClass::Membership));
  CHECK(refused(raw_body(0, 1, 1, size, other_change(kSkeleton, 2, bytes_of(numbered<Hash>(4)))), LogClass::Membership));
  for (unsigned state = 3; state < 256; ++state) {
    CHECK(refused(raw_body(0, 1, 1, size, other_change(kSkeleton, static_cast<std::uint8_t>(state), Bytes(32))), LogClass::Data));
  }
}

TEST_CASE("entry: random bytes never do harm") {
  CHECK(rc::check("bent", [](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    const LogClass log_class = random.below(2) == 0 ? LogClass::Data : LogClass::Membership;
    Bytes body = body_of({}, LogClass::Data, kStamp, two_changes());
    for (std::uint64_t i = 1 + random.below(3); i > 0; --i)
      body[random.below(body.size())] = static_cast<std::uint8_t>(random.u64());
    body.resize(body.size() - random.below(2) * random.below(body.size()));
    EntryView entry;
    ByteReader reader(body);
    if (!parse_entry(reader, log_class, entry)) return;
    std::size_t size = 0;
    for (const ChangeView& change : entry.changes) size += change.skeleton.size() + change.values.size();
    RC_ASSERT(size <= entry.change_bytes);
    RC_ASSERT(entry.change_bytes <= kMaxEntryBytes);
  }));
}

TEST_CASE("entry: what passes a bound is not written") {
  const auto code = [](std::span<const ChangeBytes> changes) {
    const Result<Bytes> body = encode_body({}, LogClass::Data, kStamp, changes);
    return body ? std::optional<Code>() : body.error().code;
  };
  CHECK(code({}) == Code::TooLarge);
  std::vector<ChangeBytes> changes(kMaxChanges, {kSkeleton, kValues});
  CHECK(code(changes) == std::nullopt);
  changes.push_back({kSkeleton, kValues});
  CHECK(code(changes) == Code::TooLarge);
  changes.assign(1, {kSkeleton, Bytes(kMaxValuesBytes)});
  CHECK(code(changes) == std::nullopt);
  changes.assign(1, {kSkeleton, Bytes(kMaxValuesBytes + 1)});
  CHECK(code(changes) == Code::TooLarge);
  changes.assign(2, {kSkeleton, Bytes(kMaxEntryBytes / 2 - kSkeleton.size())});
  CHECK(code(changes) == std::nullopt);
  changes.back().values.push_back(0);
  CHECK(code(changes) == Code::TooLarge);
}
