// Quotas between nodes: what is held back, what is not, and that all hold the same in the end.
#include <doctest/doctest.h>

#include "protocol/base/limits.h"
#include "protocol/node/bundle_reading.h"
#include "protocol/node/bundle_writing.h"
#include "protocol/records/moment.h"
#include "tests/support/builders.h"
#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;
constexpr std::uint64_t kBurst = kQuotaBurst.count() * kQuotaBytesADay / 86'400'000;
constexpr std::uint64_t kRoom = kQuotaRoom.count() * kQuotaBytesADay / 86'400'000;

LogId data_log(Net& net, std::size_t machine) { return {net.node(machine).self(), {}, LogClass::Data}; }

// As if this machine had taken in all but so much of what it takes of the writer's council.
void use_up(Net& net, std::size_t machine, std::size_t writer, std::uint64_t but) {
  Network& network = net.network(machine);
  network.quotas = Quotas(net.now().wall);
  network.quotas.charge(Ledger::quota_holder(network, data_log(net, writer)), kBurst - but, net.now().wall);
}

ChangeBytes large_change(Net& net, std::size_t writer, std::uint8_t number) {
  const std::string text(kMaxTextBytes, static_cast<char>('a' + number % 26));
  const CouncilId council = net.node(writer).self_in(net.network(writer))->council;
  return contact_change(council, number, {Value(text)});
}

// Past what the node lets its own people write.
void flood(Net& net, std::size_t writer, std::size_t entries) {
  for (std::size_t i = 0; i < entries; ++i) net.write_as_newer(writer, large_change(net, writer, static_cast<std::uint8_t>(i)));
}

std::uint64_t held_of(Net& net, std::size_t machine, std::size_t writer) {  // entries of its data that are here
  std::uint64_t count = 0;
  for (const auto& [id, log] : net.network(machine).logs) {
    if (id.author == net.node(writer).self() && id.log_class == LogClass::Data) count += log.row.entries;
  }
  return count;
}

// All linked with all, and in the last one's log there is an entry already: the first costs more.
struct Linked {
  explicit Linked(std::size_t members) : net(Net::region(members)) {
    for (std::size_t a = 1; a < members; ++a) {
      for (std::size_t b = 0; b < a; ++b) cables[{a, b}] = net.connect(a, b);
    }
    flood(net, members - 1, 1);
    REQUIRE(net.converge());
    drops = net.drops().size();
  }
  bool nobody_was_dropped() const { return net.drops().size() == drops; }
  Net net;
  std::map<std::pair<std::size_t, std::size_t>, Net::Cable> cables;  // by dialler and listener
  std::size_t drops = 0;
};

constexpr std::uint64_t kLargeCost = kMaxTextBytes + kQuotaEntryBytes;  // about

}  // namespace

TEST_CASE(
    "quotas: what a council writes beyond its own is held back, what others write is not, and in the end all hold the same") {
  Linked linked(3);
  Net& net = linked.net;
  const std::uint64_t before = held_of(net, 0, 2);
  use_up(net, 0, 2, kMegabyte);
  use_up(net, 1, 2, kMegabyte);
  flood(net, 2, 150);  // 4 MB
  CHECK_FALSE(net.converge(3min));
  for (std::size_t machine : {0, 1}) {
    CAPTURE(machine);
    const std::uint64_t taken = (held_of(net, machine, 2) - before) * kLargeCost;
    CHECK(taken > kMegabyte / 2);
    CHECK(taken < 2 * kMegabyte + kMaxRunBytes + kMaxEntryBytes);  // two links may each bring a run
    const std::vector<HeldBack> held = net.node(machine).held_back();
    REQUIRE(held.size() == 1);
    CHECK(held[0].council == net.node(2).self_in(net.network(2))->council);
    CHECK(held[0].log_class == LogClass::Data);
    CHECK(held[0].waiting == 150 + before - held_of(net, machine, 2));
    CHECK(held[0].until > net.now().wall);
    CHECK(net.events(machine, EventKind::HeldBack) == 1);
  }
  const RecordKey other = net.write(1, "Odense");
  net.advance(1s);
  CHECK(net.names(0, other) == std::vector<std::string>{"Odense"});
  CHECK(net.names(2, other) == std::vector<std::string>{"Odense"});

  const Instant start = net.now().steady;
  CHECK(net.converge(12h));
  const double hours = static_cast<double>((net.now().steady - start).count()) / 3.6e6;
  MESSAGE("3 MB beyond the quota came in ", hours, " hours");
  CHECK(hours > 3);
  CHECK(net.node(0).held_back().empty());
  CHECK(linked.nobody_was_dropped());
}

TEST_CASE("quotas: of what is held back little more is sent than is taken") {
  Linked linked(2);
  Net& net = linked.net;
  use_up(net, 0, 1, kMegabyte);
  const Net::Cable cable = linked.cables.at({1, 0});
  const std::uint64_t before = net.bytes(cable);
  flood(net, 1, 800);  // 20 MB
  net.advance(10min);
  const std::uint64_t sent = net.bytes(cable) - before;
  CHECK(sent > kMegabyte);
  CHECK(sent < kMegabyte + kLinkCreditBytes + 2 * kMaxRunBytes + 200'000);
  const std::uint64_t held = held_of(net, 0, 1);
  net.advance(3h);
  const std::uint64_t again = net.bytes(cable) - before - sent;
  CHECK(held_of(net, 0, 1) > held);
  CHECK(again < 2 * kRoom + kLinkCreditBytes + 2 * kMaxRunBytes + 200'000);
  MESSAGE("of 20 MB beyond the quota ", sent, " bytes were sent at once, and ", again, " in the three hours after");
  CHECK(linked.nobody_was_dropped());
}

TEST_CASE("quotas: a push that is held back is not asked for, and the pusher is not blamed") {
  Linked linked(3);
  Net& net = linked.net;
  net.write(2, "Nyborg");
  REQUIRE(net.converge());
  use_up(net, 0, 2, 0);
  use_up(net, 1, 2, 0);
  const RecordKey record = net.write(2, "Faaborg");
  net.advance(5min);
  CHECK(net.names(0, record).empty());
  CHECK(net.names(1, record).empty());
  CHECK(net.frames("graft") == 0);
  CHECK(linked.nobody_was_dropped());
  net.advance(2h);
  CHECK(net.converge(3min));
  CHECK(net.names(0, record) == std::vector<std::string>{"Faaborg"});
  const RecordKey next = net.write(2, "Svendborg");  // and from then on at once
  net.advance(1s);
  CHECK(net.names(0, next) == std::vector<std::string>{"Svendborg"});
}

TEST_CASE("quotas: whoever was held back is shut out at once, also by a device of its own council") {
  Linked linked(3);
  Net& net = linked.net;
  const std::size_t thief = net.add_device(2);
  net.connect(thief, 1);
  net.connect(thief, 2);
  REQUIRE(net.converge());
  use_up(net, 1, 2, 0);
  flood(net, thief, 20);
  net.advance(1min);
  CHECK(net.node(1).held_back().size() == 1);
  REQUIRE(net.node(2).remove_member(net.network(2), net.node(thief).self(), net.now()).ok());
  net.process(2);
  net.advance(1s);
  CHECK(net.network(1).membership.find(net.node(thief).self())->removed);
}

TEST_CASE("quotas: what is held back stays so over a restart") {
  Linked linked(2);
  Net& net = linked.net;
  use_up(net, 0, 1, kMegabyte);
  flood(net, 1, 100);
  net.advance(1min);
  const std::uint64_t held = held_of(net, 0, 1);
  net.crash(0);
  net.connect(1, 0);
  net.advance(5min);
  CHECK(held_of(net, 0, 1) == held);
  CHECK(net.node(0).held_back().size() == 1);
  CHECK(net.converge(12h));
}

TEST_CASE("quotas: who writes too much is told from when on there is room, can erase meanwhile, and writes then") {
  Linked linked(2);
  Net& net = linked.net;
  const RecordKey old = net.write(1, "Gammel");
  use_up(net, 1, 1, 0);
  const ChangeBytes change = large_change(net, 1, 1);
  const Status refused = net.node(1).write(net.network(1), {&change, 1}, net.now());
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Code::Later);
  const std::optional<WallTime> when = parse_utc(refused.error().subject);
  REQUIRE(when);
  CHECK(refused.error().text.find("432 MB at once and 17 MB a day") != std::string::npos);
  const Millis wait{when->ms - net.now().wall.ms};
  CHECK(wait > 24h);  // the reserve
  CHECK(wait < 25h);

  const ChangeBytes erasure{encode(Skeleton{old, {{kEraseLater, OperationClass::Erase}}}),
                            encode_values(numbered<Salt>(0x5a), {Value()})};
  CHECK(net.node(1).write(net.network(1), {&erasure, 1}, net.now()).ok());
  net.process(1);
  net.advance(wait + 1h);
  CHECK(net.node(1).write(net.network(1), {&change, 1}, net.now()).ok());
  net.process(1);
  CHECK(net.converge(1min));
}

TEST_CASE("quotas: of a write that is refused nothing is written") {
  Linked linked(2);
  Net& net = linked.net;
  net.write(1, "Første");
  use_up(net, 1, 1, kQuotaReserve.count() * kQuotaBytesADay / 86'400'000 + 100'000);
  std::vector<ChangeBytes> changes;
  for (std::uint8_t i = 0; i < 10; ++i) changes.push_back(large_change(net, 1, i));  // 246 KB
  const std::uint64_t before = net.network(1).entries;
  CHECK_FALSE(net.node(1).write(net.network(1), changes, net.now()).ok());
  CHECK(net.network(1).entries == before);
  CHECK(net.node(1).write(net.network(1), std::span(changes).first(3), net.now()).ok());
  net.process(1);
}

TEST_CASE("quotas: own entries that come back are taken whatever they cost") {
  Linked linked(2);
  Net& net = linked.net;
  const MemoryStorage earlier = net.storage(1);
  flood(net, 1, 50);
  REQUIRE(net.converge());
  net.put_back(1, earlier, true);
  use_up(net, 1, 1, 0);
  net.connect(1, 0);
  CHECK(net.converge(1min));
}

TEST_CASE("quotas: what a bundle brings is taken whole") {
  Net net = Net::region(2);
  const SealingPair reader = net.give_sealing_key(0);
  net.give_sealing_key(1);
  const auto cable = net.connect(1, 0);
  REQUIRE(net.converge());
  net.cut(cable);
  use_up(net, 0, 1, 0);
  flood(net, 1, 50);
  BundleWriting writing(net.node(1), {net.network(1).row.id}, {}, true);
  BundleReading reading(net.node(0), reader);
  while (!writing.is_complete()) {
    const Result<Bytes> piece = writing.next(50'000, net.now());
    REQUIRE(piece.ok());
    REQUIRE(reading.feed(*piece, net.now()).ok());
    net.process(0);
  }
  REQUIRE(reading.finish(net.now()).ok());
  net.process(0);
  CHECK(agree(net, 0, 1));
}

namespace {

// When the node last held what its peers hold.
WallTime counted_from(Net& net, std::size_t machine) {
  const Quotas::Holder nobody{LogClass::Data, numbered<Hash>(9)};
  return {net.network(machine).quotas.room_at(nobody).ms + kQuotaBurst.count() - kQuotaRoom.count()};
}

}  // namespace

TEST_CASE("quotas: one of three peers that never agrees does not keep a node from counting anew") {
  Linked linked(4);
  Net& net = linked.net;
  for (std::size_t other : {0, 1, 2})
    net.hold(linked.cables.at({3, other}), true);  // of the last machine, which says nothing more
  net.advance(1min);
  const WallTime before = net.now().wall;
  net.write(1, "Assens");
  net.advance(1min);
  CHECK(counted_from(net, 0) >= before);
}

TEST_CASE("quotas: one of two peers that says it agrees does not make a node count anew") {
  Linked linked(3);
  Net& net = linked.net;
  net.hold(linked.cables.at({2, 0}), true);
  net.hold(linked.cables.at({2, 1}), true);
  net.advance(1min);
  const WallTime before = net.now().wall;
  net.write(1, "Assens");
  net.advance(1min);
  CHECK(agree(net, 0, 1));
  CHECK(counted_from(net, 0) < before);
}
