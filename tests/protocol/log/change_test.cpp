#include "protocol/log/change.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "protocol/base/limits.h"
#include "protocol/base/pack.h"
#include "protocol/base/text.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr const char* kChangeFile = "log.hex";

Skeleton sample() {
  Skeleton skeleton;
  skeleton.record = {numbered<CouncilId>(0x11), 4, numbered<Nonce>(0x22)};
  skeleton.operations = {{2, OperationClass::Write, {operation_id(0x33, 1, 2), operation_id(0x44, 255, 254)}},
                         {1, OperationClass::Raise},
                         {0, OperationClass::Remove, {operation_id(0x55)}}};
  return skeleton;
}

Skeleton random_skeleton(Random& random) {
  Skeleton skeleton;
  skeleton.record = {random.fixed<CouncilId>(), static_cast<std::uint8_t>(random.u64()), random.fixed<Nonce>()};
  for (std::uint64_t i = 1 + random.below(random.below(8) == 0 ? kMaxOperations : 4); i > 0; --i) {
    Operation operation{static_cast<std::uint8_t>(random.u64()), static_cast<OperationClass>(random.below(13))};
    for (std::uint64_t j = random.below(4); j > 0; --j) {
      operation.overwrites.push_back(
          {random.fixed<EntryPrefix>(), static_cast<std::uint8_t>(random.u64()), static_cast<std::uint8_t>(random.u64())});
    }
    skeleton.operations.push_back(std::move(operation));
  }
  return skeleton;
}

bool refused_skeleton(View bytes) {
  const Result<Skeleton> skeleton = parse_skeleton(bytes);
  CHECK(skeleton.ok() == is_skeleton(bytes));
  if (!skeleton) CHECK(skeleton.error().code == Code::Malformed);
  return !skeleton;
}

const Bytes kStart = hex("1111111111111111111111111111111111111111111111111111111111111111 04 22222222222222222222222222222222");

Bytes after_start(std::string_view digits) {
  Bytes bytes = kStart;
  ByteWriter(bytes).raw(hex(digits));
  return bytes;
}

}  // namespace

TEST_CASE("change: a skeleton, its values and their leaf are golden") {
  const Bytes skeleton = encode(sample());
  const Bytes values = encode_values(numbered<Salt>(0x66), {"Ærø", Value(), 7});
  CHECK(skeleton == golden(kChangeFile, "skeleton: an event's title written over two, shared raised, one operation removed"));
  CHECK(values == golden(kChangeFile, "values: salt 66, the text \"Ærø\", nil and 7"));
  CHECK(bytes_of(values_hash(values)) == golden(kChangeFile, "hash of these values"));
  CHECK(bytes_of(leaf_of(skeleton, values_hash(values))) == golden(kChangeFile, "leaf of this skeleton and these values"));
  CHECK(bytes_of(leaf_of_membership(skeleton)) == golden(kChangeFile, "leaf of this skeleton as a membership change"));
}

TEST_CASE("change: record and council ids are golden") {
  CHECK(bytes_of(id_of(sample().record)) == golden(kChangeFile, "record id of this skeleton's record"));
  CHECK(bytes_of(council_of(numbered<MemberKey>(0x77))) == golden(kChangeFile, "council id of the member key of 32 bytes 77"));
}

TEST_CASE("change: owner, kind and nonce all count for the record id") {
  const RecordKey key = sample().record;
  RecordKey council = key, kind = key, nonce = key;
  council.council.bytes[31] ^= 1;
  kind.kind ^= 1;
  nonce.nonce.bytes[0] ^= 1;
  for (const RecordKey& other : {council, kind, nonce}) CHECK(id_of(other) != id_of(key));
}

TEST_CASE("change: random skeletons come back, and what is read encodes to the same bytes") {
  CHECK(rc::check("round trip", [](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    const Skeleton skeleton = random_skeleton(random);
    const Bytes bytes = encode(skeleton);
    const Result<Skeleton> read = parse_skeleton(bytes);
    RC_ASSERT(read.ok());
    RC_ASSERT(is_skeleton(bytes));
    RC_ASSERT(read->record == skeleton.record);
    RC_ASSERT(read->operations.size() == skeleton.operations.size());
    for (std::size_t i = 0; i < skeleton.operations.size(); ++i) {
      RC_ASSERT(read->operations[i].field == skeleton.operations[i].field);
      RC_ASSERT(read->operations[i].operation_class == skeleton.operations[i].operation_class);
      RC_ASSERT(read->operations[i].overwrites == skeleton.operations[i].overwrites);
    }
    RC_ASSERT(encode(*read) == bytes);
  }));
}

TEST_CASE("change: is_skeleton says of any bytes what parse_skeleton does") {
  CHECK(rc::check("bent", [](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    Bytes bytes = encode(random_skeleton(random));
    switch (random.below(4)) {
      case 0:
        bytes.resize(random.below(bytes.size() + 1));
        break;
      case 1:
        bytes.resize(bytes.size() + 1 + random.below(40));
        break;
      case 2:
        bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.u64());
        break;
      default:
        bytes[kStart.size()] = static_cast<std::uint8_t>(random.u64());  // the count
    }
    const Result<Skeleton> read = parse_skeleton(bytes);
    RC_ASSERT(read.ok() == is_skeleton(bytes));
    if (read) RC_ASSERT(encode(*read) == bytes);
  }));
  CHECK(rc::check("noise",
                  [](const std::vector<std::uint8_t>& bytes) { RC_ASSERT(parse_skeleton(bytes).ok() == is_skeleton(bytes)); }));
}

TEST_CASE("change: a skeleton without operations is refused") { CHECK(refused_skeleton(after_start("00"))); }

TEST_CASE("change: a skeleton cut short anywhere, or with a byte behind it, is refused") {
  Bytes bytes = encode(sample());
  REQUIRE_FALSE(refused_skeleton(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(refused_skeleton(View(bytes).first(size)));
  bytes.push_back(0);
  CHECK(refused_skeleton(bytes));
}

TEST_CASE("change: an operation may name 1024 others, and not one more") {
  Skeleton skeleton = sample();
  skeleton.operations.resize(1);
  skeleton.operations[0].overwrites.assign(kMaxOverwrites, operation_id(9));
  CHECK_FALSE(refused_skeleton(encode(skeleton)));
  skeleton.operations[0].overwrites.push_back(operation_id(9));
  CHECK(refused_skeleton(encode(skeleton)));
}

TEST_CASE("change: more overwrites claimed than bytes there are refused, before memory is taken for them") {
  CHECK(refused_skeleton(after_start("01 02 01 0001")));
  CHECK(refused_skeleton(after_start("01 02 01 0400")));
  CHECK(refused_skeleton(after_start("01 02 01 ffff")));
  CHECK(refused_skeleton(after_start("ff 02 01 0000")));
}

TEST_CASE("change: an operation class that this version does not know is kept as it is") {
  const Bytes bytes = after_start("02 02 00 0000 03 c8 0000");
  CHECK_FALSE(refused_skeleton(bytes));
  CHECK(encode(*parse_skeleton(bytes)) == bytes);
}

TEST_CASE("change: values come back, one element per operation") {
  const Value::Array values{"Ærø", Value(), 7, true};
  const Bytes bytes = encode_values(numbered<Salt>(3), values);
  const Result<Value::Array> read = parse_values(bytes, 4);
  REQUIRE(read.ok());
  CHECK(*read == values);
}

TEST_CASE("change: values that are not one canonical element per operation are damaged, not a crash") {
  const Bytes salt = bytes_of(numbered<Salt>(3));
  const auto damaged = [&](std::string_view digits, std::size_t operations) {
    Bytes bytes = salt;
    ByteWriter(bytes).raw(hex(digits));
    const Result<Value::Array> values = parse_values(bytes, operations);
    return !values && values.error().code == Code::Damaged;
  };
  CHECK_FALSE(damaged("91c0", 1));
  CHECK_FALSE(damaged("90", 0));
  CHECK(damaged("91c0", 0));        // one too many
  CHECK(damaged("91c0", 2));        // one too few
  CHECK(damaged("", 0));            // nothing
  CHECK(damaged("c0", 1));          // no array
  CHECK(damaged("81a16101", 1));    // a map
  CHECK(damaged("dc0001c0", 1));    // a longer form
  CHECK(damaged("91c0c0", 1));      // trailing
  CHECK(damaged("91d40100", 1));    // a type no field has
  CHECK(damaged("ddffffffff", 1));  // a bomb
  CHECK_FALSE(parse_values(View(salt).first(15), 0).ok());
  CHECK_FALSE(parse_values({}, 0).ok());
}

TEST_CASE("change: salt, values and skeleton all count for the leaf") {
  const Bytes skeleton = encode(sample());
  const Hash leaf = leaf_of(skeleton, values_hash(encode_values(numbered<Salt>(1), {"a", Value(), Value()})));
  CHECK(leaf != leaf_of(skeleton, values_hash(encode_values(numbered<Salt>(2), {"a", Value(), Value()}))));
  CHECK(leaf != leaf_of(skeleton, values_hash(encode_values(numbered<Salt>(1), {"b", Value(), Value()}))));
  Skeleton other = sample();
  other.operations[0].field = 3;
  CHECK(leaf != leaf_of(encode(other), values_hash(encode_values(numbered<Salt>(1), {"a", Value(), Value()}))));
}
