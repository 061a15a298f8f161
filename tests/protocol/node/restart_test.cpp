// A crash of either side at every single message of a session, and stores that fail.
#include <doctest/doctest.h>

#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

// Both have written, one of them more than a run, and one is to learn of a member.
Net apart() {
  Net net = Net::region(2);
  for (int i = 0; i < 260; ++i) net.write(0, "a");
  for (int i = 0; i < 3; ++i) net.write(1, std::string(22'000, 'b'));
  net.invite(0);
  net.renew_store(0);  // they remember nothing of each other, so that every kind of message is there
  net.renew_store(1);
  return net;
}

}  // namespace

TEST_CASE("crash: of either side after any message, the two still converge and nothing that was acknowledged is lost") {
  std::uint64_t messages = 0;
  {
    Net net = apart();
    const std::uint64_t before = net.delivered();
    net.connect(1, 0);
    REQUIRE(net.converge());
    messages = net.delivered() - before;
    REQUIRE(messages > 12);
  }
  for (std::uint64_t at = 0; at <= messages; ++at) {
    for (std::size_t victim : {0, 1}) {
      CAPTURE(at);
      CAPTURE(victim);
      Net net = apart();
      net.connect(1, 0);
      for (std::uint64_t i = 0; i < at; ++i) net.step();
      net.crash(victim);
      CHECK(net.network(victim).entries >= (victim == 0 ? 263 : 6));  // its own are all there
      net.connect(victim, 1 - victim);
      REQUIRE(net.converge());
      CHECK(net.network(0).records == 263);
      CHECK(net.network(1).records == 263);
    }
  }
}

TEST_CASE("crash: during a join, at any message, the newcomer gets in at last") {
  for (std::uint64_t at = 0; at < 14; ++at) {
    for (std::size_t victim : {0, 1}) {
      CAPTURE(at);
      CAPTURE(victim);
      Net net = Net::region(1);
      const Ticket ticket = net.invite(0);
      net.add();
      const TransportKey ticket_key = ticket_transport_key(ticket.seed).public_key;
      REQUIRE(net.node(1).begin_join(ticket, net.now()).ok());
      net.connect_as(1, 0, ticket_key);
      std::uint64_t steps = 0;
      for (; steps < at && net.step(); ++steps) {
      }
      if (!net.node(1).ledger().networks().empty()) {
        net.connect(1, 0);
        for (; steps < at && net.step(); ++steps) {
        }
      }
      net.crash(victim);
      if (net.node(1).ledger().networks().empty()) net.join(1, ticket, 0);
      REQUIRE_FALSE(net.node(1).ledger().networks().empty());
      net.connect(1, 0);
      REQUIRE(net.converge());
      CHECK(net.network(0).membership.members().size() == 2);
    }
  }
}

TEST_CASE("crash: whatever had left a node is there after it") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Net net = Net::region(3, seed);
    net.shuffle();
    Random random = Random::from_number(seed);
    std::vector<RecordKey> records;
    for (std::size_t machine = 1; machine < 3; ++machine) net.connect(machine, machine - 1);
    for (int i = 0; i < 40; ++i) {
      const std::size_t machine = random.below(3);
      if (random.below(3) == 0) records.push_back(net.write(machine, "x"));  // durable when write() returns
      for (std::uint64_t steps = random.below(6); steps > 0; --steps) net.step();
      if (random.below(8) == 0) {
        net.crash(machine);
        if (machine != 1) net.connect(machine, 1);
        if (machine == 1) {
          net.connect(1, 0);
          net.connect(2, 1);
        }
      }
    }
    net.cut_all();
    net.connect(1, 0);
    net.connect(2, 1);
    REQUIRE(net.converge());
    for (std::size_t machine = 0; machine < 3; ++machine) {
      for (const RecordKey& record : records) CHECK(net.names(machine, record).size() == 1);
    }
  }
}

TEST_CASE("durability: when the commit fails nothing of the write has left the node") {
  for (Code code : {Code::Io, Code::Full}) {
    Net net = Net::region(2);
    net.connect(1, 0);
    net.run();
    net.transcript();
    net.storage(0).fail_commit(1, code);
    net.write(0, "lost");
    net.run();
    CHECK(net.is_dead(0));
    CHECK(net.transcript().empty());
    CHECK(net.network(1).records == 0);
    net.crash(0);
    CHECK(net.network(0).records == 0);
    net.write(0, "kept");
    net.connect(1, 0);
    CHECK(net.converge());
    CHECK(net.network(1).records == 1);
  }
}

TEST_CASE("durability: what comes in is not sent on before it is durable here") {
  Net net = Net::region(3);
  net.connect(1, 0);
  net.connect(2, 1);
  net.run();
  net.transcript();
  net.storage(1).fail_commit(1, Code::Io);
  net.write(0, "x");
  net.run();
  CHECK(net.transcript() == "A>B run data 1-1\n");
  CHECK(net.is_dead(1));
  net.crash(1);
  net.connect(1, 0);
  net.connect(2, 1);
  CHECK(net.converge());
}

TEST_CASE("durability: a failing row stops the node, and a restart goes on from the last commit") {
  for (int nth = 1; nth <= 12; ++nth) {
    CAPTURE(nth);
    Net net = Net::region(2);
    for (int i = 0; i < 4; ++i) net.write(0, "x");
    net.storage(1).fail_put(nth, Code::Full);
    net.connect(1, 0);
    net.run();
    net.advance(1s);
    net.crash(1);
    net.connect(1, 0);
    REQUIRE(net.converge());
    CHECK(net.network(1).records == 4);
  }
}

TEST_CASE("durability: a damaged entry stops the node instead of being sent") {
  Net net = Net::region(2);
  net.write(0, "x");
  Bytes key;
  ByteWriter(key).u64(net.storage(0).rows(Table::Entries));
  net.storage(0).damage(Table::Entries, key);
  net.connect(1, 0);
  net.run();
  CHECK(net.is_dead(0));
  CHECK(net.network(1).records == 0);
}

TEST_CASE("batches: entries that are fetched are committed together, at the latest after 200 ms") {
  Net net = Net::region(2);
  for (int i = 0; i < 2'000; ++i) net.write(0, "x");
  const std::uint64_t before = net.storage(1).commits();
  net.connect(1, 0);
  net.run();
  CHECK(net.network(1).records == 2'000);
  CHECK(net.storage(1).commits() - before <= 3);
}

TEST_CASE("batches: what the shell writes beside the node is committed at once, and does not hold frames back") {
  Net net = Net::region(2);
  net.write(0, "x");
  REQUIRE(net.storage(0).put(Table::Local, view_of("import x"), view_of("y")).ok());
  CHECK(net.node(0).wants_commit(net.now()));
  net.process(0);
  CHECK_FALSE(net.storage(0).has_uncommitted());
  net.connect(1, 0);
  CHECK(net.converge(1s));
}

TEST_CASE("store: what failed halfway is not committed, whoever asks for it") {
  Net net;
  net.add();
  net.found(0);
  const RecordKey record = net.write(0, "one");
  Ledger& ledger = net.node(0).ledger();
  const Result<std::optional<RecordNumber>> number = ledger.find_record(net.network(0), id_of(record));
  REQUIRE((number && *number));
  const Result<std::optional<RecordState>> state = ledger.record(**number);
  REQUIRE((state && *state));
  const OperationId first = (**state).id_of((**state).live.front());
  const EntryNumber entry = (**state).newest.entry;
  net.edit(0, record, "two");
  const std::size_t rows = net.storage(0).rows(Table::Entries);
  net.storage(0).damage(Table::Entries, key_of(entry.value));
  // It names what is overwritten already, so that the record is folded from its history, after its entry was put.
  const Skeleton late{record, {{2, OperationClass::Write, {first}}}};
  const ChangeBytes change{encode(late), encode_values(Salt{}, {Value("late")})};
  const Status written = net.node(0).write(net.network(0), {&change, 1}, net.now());
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().code == Code::Damaged);
  CHECK(net.storage(0).has_uncommitted());
  const Status committed = net.node(0).commit(net.now());
  REQUIRE_FALSE(committed.ok());
  CHECK(committed.error().code == Code::Damaged);
  CHECK(net.node(0).take_effects().fatal.has_value());
  net.crash(0);
  CHECK(net.storage(0).rows(Table::Entries) == rows);
}
