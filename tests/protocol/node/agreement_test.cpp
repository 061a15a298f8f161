// A difference between nodes that hold the same entries: planted, found, reported with its record, and healed where it is.
#include <doctest/doctest.h>

#include "protocol/base/text.h"
#include "protocol/node/waits.h"
#include "tests/support/builders.h"
#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

// Makes the stored state of a record what it never was: its first live operation is gone.
void falsify(Net& net, std::size_t machine, const RecordKey& key) {
  Ledger& ledger = net.node(machine).ledger();
  Network& network = net.network(machine);
  const Result<std::optional<RecordNumber>> number = ledger.find_record(network, id_of(key));
  REQUIRE((number && *number));
  Result<std::optional<RecordState>> state = ledger.record(**number);
  REQUIRE((state && *state));
  const RecordId id = id_of(key);
  network.buckets[id.bytes[0]].remove(state_hash(id, **state));
  (**state).live.erase((**state).live.begin());
  if (!(**state).live.empty()) network.buckets[id.bytes[0]].add(state_hash(id, **state));
  Bytes row;
  encode(RecordRow{network.number, **state}, row);
  REQUIRE(net.storage(machine).put(Table::Records, key_of((**number).value), row));
  REQUIRE(
      net.storage(machine).put(Table::Buckets, bucket_key(network.number, id.bytes[0]), network.buckets[id.bytes[0]].value()));
  REQUIRE(net.storage(machine).commit());
}

RecordKey two_names(Net& net, std::size_t machine) {
  const RecordKey record = net.write(machine, "one");
  Skeleton skeleton{record, {{3, OperationClass::Write}}};
  const ChangeBytes change{encode(skeleton), encode_values(numbered<Salt>(1), {Value("role")})};
  REQUIRE(net.node(machine).write(net.network(machine), {&change, 1}, net.now()));
  net.process(machine);
  return record;
}

std::string told(Net& net, std::size_t machine, const std::string& part) {
  for (const std::string& detail : net.details(machine, EventKind::StateDiffers)) {
    if (detail.find(part) != std::string::npos) return detail;
  }
  return {};
}

}  // namespace

TEST_CASE("agreement: a record that is wrong at one node is found by the digests, named, and mended there") {
  Net net = Net::region(2);
  std::vector<RecordKey> records;
  for (int i = 0; i < 300; ++i) records.push_back(net.write(0, "filler"));
  const RecordKey record = two_names(net, 1);
  auto cable = net.connect(1, 0);
  REQUIRE(net.converge());
  net.cut(cable);
  const Hash right = net.network(0).state_digest();
  falsify(net, 1, record);
  REQUIRE(net.network(1).state_digest() != right);
  net.connect(1, 0);
  net.run();
  net.advance(2s);
  CHECK(net.network(1).state_digest() == right);
  CHECK(net.converge());
  const std::string name = base32_of(id_of(record).view());
  CHECK(told(net, 1, name) == "record " + name + " was wrong here; mended");
  CHECK(told(net, 0, "looking for") == "looking for the records");
  CHECK(net.frames("bucket ") <= 4);
  CHECK(net.names(1, record) == std::vector<std::string>{"one"});
}

TEST_CASE("agreement: a bucket's digest that is wrong is summed anew") {
  Net net = Net::region(2);
  const RecordKey record = net.write(1, "one");
  auto cable = net.connect(1, 0);
  REQUIRE(net.converge());
  net.cut(cable);
  const std::uint8_t bucket = id_of(record).bytes[0];
  net.network(1).buckets[bucket].add(numbered<Hash>(7));
  net.connect(1, 0);
  net.run();
  net.advance(2s);
  CHECK(net.converge());
  CHECK(told(net, 1, "mended") == "the digest of bucket " + std::to_string(bucket) + " was wrong here; mended");
}

TEST_CASE("agreement: a peer that claims another state without having one is reported once, and costs little") {
  Net net = Net::region(2);
  const RecordKey record = net.write(1, "one");
  auto cable = net.connect(1, 0);
  REQUIRE(net.converge());
  NetworkSummary summary = net.node(0).summary_of(net.network(0));
  summary.state = numbered<DigestTag>(9);
  for (int i = 0; i < 50; ++i) net.inject(cable, 0, encode(SummaryMessage{{summary}}));
  net.run();
  CHECK(net.events(0, EventKind::StateDiffers) == 1);
  CHECK(net.frames("buckets") == 1);
  CHECK(net.names(0, record) == std::vector<std::string>{"one"});
}

TEST_CASE(
    "agreement: a peer that sends buckets without end is answered once in a while, and what it says of records unasked is "
    "passed over") {
  Net net = Net::region(2);
  for (int i = 0; i < 50; ++i) net.write(1, "filler");
  const auto cable = net.connect(1, 0);
  REQUIRE(net.converge());
  const NetworkId network = net.network(0).row.id;
  BucketsMessage buckets{network, std::vector<DigestTag>(kBuckets, numbered<DigestTag>(3))};
  for (int i = 0; i < 50; ++i) net.inject(cable, 0, encode(buckets));
  net.run();
  CHECK(net.frames("bucket ") == 4);
  net.advance(kBucketsWait * 3);
  CHECK(net.frames("bucket ") == 8);  // of those that waited the newest
  BucketMessage bucket{network, 1, true, {}};
  for (std::uint8_t i = 1; i < 200; ++i) bucket.records.push_back({numbered<RecordId>(1, i), numbered<DigestTag>(4)});
  net.inject(cable, 0, encode(bucket));
  net.run();
  CHECK(net.events(0, EventKind::StateDiffers) == 0);
  CHECK(net.events(1, EventKind::StateDiffers) == 0);
}
