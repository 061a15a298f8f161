// Two nodes that meet again: what it costs, what they remember of each other, and that nothing is lost when that is wrong.
//
// Bytes are those of all frames that both nodes hand to their link from its first hello on, until both know that they agree.
// CURVE's handshake, its 33 bytes a frame and TCP are not counted.
#include <doctest/doctest.h>

#include <algorithm>

#include "protocol/base/limits.h"
#include "tests/support/builders.h"
#include "tests/support/net.h"
#include "tests/support/pair.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kIdleBytes = 2 * (108 + 25);

// A region whose members hold the same, and of which the first two have agreed and are apart.
Net parted(std::size_t members = 2) {
  Net net = Net::region(members);
  const auto cable = net.connect(1, 0);
  net.run();
  net.advance(1s);
  net.cut(cable);
  net.transcript();
  return net;
}

// A link of the first two, until both know what has become of it.
Net::Cable meet(Net& net) {
  const auto cable = net.connect(1, 0);
  net.run();
  net.advance(600ms);
  return cable;
}

std::uint64_t body_bytes(Net& net, std::size_t machine) {
  std::uint64_t bytes = 0;
  Status scanned = net.storage(machine).scan(Table::Entries, {}, [&](View, View payload) {
    const Result<EntryRow> row = parse_entry_row(payload);
    REQUIRE(row.ok());
    bytes += row->body.size();
    return true;
  });
  REQUIRE(scanned.ok());
  return bytes;
}

std::optional<AgreedRow> stored_agreement(Net& net, std::size_t machine, std::size_t with) {
  const Bytes key = agreed_key(net.network(machine).number, net.node(with).self());
  const Result<std::optional<View>> payload = net.storage(machine).get(Table::Meta, key);
  REQUIRE(payload.ok());
  if (!*payload) return std::nullopt;
  const Result<AgreedRow> row = parse_agreed(**payload);
  REQUIRE(row.ok());
  return *row;
}

void store_agreement(Net& net, std::size_t machine, std::size_t with, const AgreedRow& row) {
  const Bytes key = agreed_key(net.network(machine).number, net.node(with).self());
  REQUIRE(net.storage(machine).put(Table::Meta, key, encode(row)).ok());
  REQUIRE(net.storage(machine).commit().ok());
  net.crash(machine);  // it starts with this
}

std::size_t count_agreements(Net& net, std::size_t machine) {
  std::size_t count = 0;
  Status scanned = net.storage(machine).scan(Table::Meta, view_of(kAgreedPrefix), [&](View key, View) {
    const bool is_one = text_of(key).starts_with(kAgreedPrefix);
    count += is_one ? 1 : 0;
    return is_one;
  });
  REQUIRE(scanned.ok());
  return count;
}

DigestTag level_at(Net& net, std::size_t machine) { return level_of(net.node(machine).summary_of(net.network(machine))); }

bool is_ahead_of_its_store(Net& net, std::size_t machine, std::size_t with) {
  const std::optional<AgreedRow> row = stored_agreement(net, machine, with);
  return row && row->last.value > net.storage(machine).rows(Table::Entries);
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

// --- What it costs ---------------------------------------------------------------------------------------------------

TEST_CASE("reconnect: nodes that hold the same as when they parted say one hello each, of 133 bytes") {
  Net net = parted();
  const auto cable = meet(net);
  CHECK(net.transcript() ==
        "B>A hello 1 networks\n"
        "A>B hello 1 networks\n");
  CHECK(net.bytes(cable) == kIdleBytes);
  CHECK(net.bytes(cable) < 400);
  for (std::size_t machine : {0, 1}) {
    const std::vector<PeerStatus> peers = net.node(machine).peers();
    REQUIRE(peers.size() == 1);
    CHECK(peers[0].in_sync);
  }
  net.advance(10s);
  CHECK(net.bytes(cable) == kIdleBytes);
}

TEST_CASE("reconnect: after new entries a session costs at most half their bodies and 500 bytes more than they") {
  for (const std::size_t text : {5, 160}) {  // an answer or a short name; a contact with all it has
    for (const int writers : {1, 2, 3}) {    // A, B, both
      for (const int count : {1, 10, 100, 1'000}) {
        CAPTURE(text);
        CAPTURE(writers);
        CAPTURE(count);
        Net net = parted();
        const std::uint64_t before = body_bytes(net, 0);
        for (int i = 0; i < count; ++i) {
          if ((writers & 1) != 0) net.write(0, std::string(text, 'a'));
          if ((writers & 2) != 0) net.write(1, std::string(text, 'b'));
        }
        const auto cable = meet(net);
        REQUIRE(net.agree());
        const std::uint64_t bodies = body_bytes(net, 0) - before;
        const std::uint64_t bytes = net.bytes(cable);
        const std::string who = writers == 3 ? "both" : writers == 1 ? "A" : "B";
        MESSAGE(who << " wrote " << count << ": bodies " << bodies << ", session " << bytes);
        CHECK(bytes > bodies + kIdleBytes);
        CHECK(bytes <= bodies + bodies / 2 + 500);
        for (std::size_t machine : {0, 1}) CHECK(net.node(machine).peers()[0].in_sync);
        CHECK_FALSE(contains(net.transcript(), "vector"));
      }
    }
  }
}

TEST_CASE("reconnect: new entries of several logs and of the membership come in one round trip, members first") {
  Net net = parted(4);
  for (std::size_t writer : {2, 3}) {
    net.connect(writer, 0);
    for (int i = 0; i < 3; ++i) net.write(writer, std::string(150, 'x'));
  }
  net.write(0, std::string(150, 'x'));
  net.invite(0);
  net.run();
  net.advance(1s);
  net.cut_all();
  net.transcript();
  const std::uint64_t before = body_bytes(net, 1);
  const auto cable = net.connect(1, 0);
  net.run();
  CHECK(net.transcript() ==
        "B>A hello 1 networks\n"
        "A>B hello 1 networks\n"
        "A>B short run membership from 8\n"
        "A>B short run data from 1\n"
        "A>B short run data from 1\n"
        "A>B short run data from 1\n");
  net.advance(600ms);
  CHECK(net.transcript() == "B>A level\n");
  const std::uint64_t bodies = body_bytes(net, 1) - before;
  CHECK(net.bytes(cable) <= bodies + bodies / 2 + 500);
  CHECK(level_at(net, 0) == level_at(net, 1));
}

TEST_CASE("reconnect: of much that is new the peer is told the logs, and no others") {
  Net net = parted(3);
  net.write(2, "x");
  net.connect(2, 0);
  net.connect(1, 0);
  REQUIRE(net.converge());
  net.advance(1s);
  net.cut_all();
  net.transcript();
  for (int i = 0; i < 400; ++i) net.write(0, std::string(300, 'x'));
  for (int i = 0; i < 300; ++i) net.write(1, std::string(300, 'y'));
  net.connect(1, 0);
  net.run();
  const std::string lines = net.transcript();
  CHECK(contains(lines, "A>B changed data 1 logs"));
  CHECK(contains(lines, "B>A changed data 1 logs"));
  CHECK(contains(lines, "B>A want data>0"));
  CHECK_FALSE(contains(lines, "vector"));
  CHECK_FALSE(contains(lines, "summary"));
  net.advance(600ms);
  CHECK(level_at(net, 0) == level_at(net, 1));
}

TEST_CASE("reconnect: news is little up to its bound, and to the byte") {
  for (const std::size_t over : {0, 1}) {
    Net net = parted();
    const std::uint64_t before = body_bytes(net, 0);
    std::uint64_t left = kMaxNewsBytes;
    const auto written = [&] { return body_bytes(net, 0) - before; };
    for (int i = 0; i < 3; ++i) net.write(0, std::string(4'000, 'x'));
    left -= written();
    net.write(0, std::string(1'000, 'x'));
    const std::uint64_t rest = written() - (kMaxNewsBytes - left) - 1'000;  // of a body beside its text
    net.write(0, std::string(left - rest - 1'000 - rest + over, 'x'));
    REQUIRE(written() == kMaxNewsBytes + over);
    meet(net);
    const std::string lines = net.transcript();
    CHECK(contains(lines, "changed data") == (over == 1));
    CHECK(contains(lines, "want") == (over == 1));
    CHECK(level_at(net, 0) == level_at(net, 1));
  }
}

TEST_CASE("reconnect: a branch among what is new is left to vectors, of the forked log only") {
  Net net = parted();
  net.write(1, "before");
  auto cable = meet(net);
  net.cut(cable);
  const std::size_t clone = net.add_clone(1);
  net.write(1, "left");
  net.write(clone, "right");
  cable = net.connect(clone, 0);
  net.run();
  net.advance(1s);
  net.cut(cable);
  net.transcript();
  net.connect(1, 0);
  REQUIRE(net.converge(5s) == false);  // the clone is away
  CHECK(level_at(net, 0) == level_at(net, 1));
  net.connect(clone, 0);
  CHECK(net.converge());
  CHECK(net.network(0).records == 3);
}

TEST_CASE("reconnect: news of a newcomer that the peer has not heard of is taken once its admission is here") {
  Net net = parted();
  const std::size_t newcomer = net.add_member(0);
  for (int i = 0; i < 3; ++i) net.write(newcomer, "new");
  const auto cable = net.connect(newcomer, 0);
  net.run();
  net.advance(1s);
  net.cut(cable);
  net.transcript();
  meet(net);
  CHECK_FALSE(contains(net.transcript(), "vector"));
  CHECK(level_at(net, 0) == level_at(net, 1));
  CHECK(net.network(1).records == 3);
}

TEST_CASE("reconnect: news that the peer has got meanwhile, and vectors of such, are answered by its level") {
  for (const int count : {3, 400}) {
    Net net = parted();
    for (int i = 0; i < count; ++i) net.write(0, std::string(300, 'x'));
    auto cable = net.connect(1, 0);
    net.run();
    net.cut(cable);  // before either knew that they agree
    net.write(1, "y");
    net.transcript();
    cable = net.connect(1, 0);
    net.run();
    net.advance(600ms);
    CHECK(contains(net.transcript(), count == 3 ? "A>B short run data from 1" : "A>B changed data 1 logs"));
    CHECK(net.node(0).peers()[0].in_sync);
    CHECK(net.node(1).peers()[0].in_sync);
    net.cut(cable);
    CHECK(net.bytes(meet(net)) == kIdleBytes);
  }
}

TEST_CASE("reconnect: news that several peers send prune no link, and are not sent back") {
  Net net = Net::region(3);
  for (const auto& [from, to] : {std::pair{1, 0}, {1, 2}, {2, 0}}) net.connect(from, to);
  net.run();
  net.advance(1s);
  net.cut_all();
  net.write(0, "x");
  net.connect(2, 0);
  REQUIRE(net.converge(1s) == false);  // B is away
  net.transcript();
  const std::size_t told = net.frames("have");
  net.connect(1, 0);
  net.connect(1, 2);
  net.run();
  net.advance(1s);
  const std::string lines = net.transcript();
  CHECK(contains(lines, "A>B short run data from 1"));
  CHECK(contains(lines, "C>B short run data from 1"));
  CHECK_FALSE(contains(lines, "B>C short run"));
  CHECK_FALSE(contains(lines, "B>C run"));
  CHECK(net.frames("prune") == 0);
  CHECK(net.frames("have") == told);  // C has shown that it has them
  CHECK(net.converge());
}

TEST_CASE("reconnect: a peer that lacks what came as news is told of it, and asks") {
  Net net = parted(3);
  net.connect(2, 1);
  net.run();
  net.advance(1s);
  net.write(0, "x");
  net.transcript();
  net.connect(1, 0);
  net.run();
  net.advance(kBatchWait + 100ms);
  CHECK(net.transcript() ==
        "B>A hello 1 networks\n"
        "A>B hello 1 networks\n"
        "A>B short run data from 1\n"
        "B>C have data>1\n"
        "C>B graft data>0\n"
        "B>C run data 1-1\n");
  CHECK(net.converge());
}

TEST_CASE("reconnect: news of many logs are kept in one commit") {
  Net net = parted();
  for (std::uint64_t i = 0; i < 30; ++i) {
    REQUIRE(net.node(0).ledger().renew_incarnation(Incarnation{100 + i}));
    net.write(0, "x");
  }
  const std::uint64_t before = net.storage(1).commits();
  meet(net);
  CHECK(net.network(1).records == 30);
  CHECK(net.storage(1).commits() == before + 1);
  CHECK_FALSE(contains(net.transcript(), "vector"));
}

TEST_CASE("reconnect: how far a peer is behind that lacks much is known within a run, before it has asked") {
  Net net = parted();
  for (int i = 0; i < 300; ++i) net.write(0, "x");
  net.cut(meet(net));
  for (int i = 0; i < 400; ++i) net.write(0, std::string(300, 'x'));
  net.connect(1, 0);
  REQUIRE(net.step());  // B's hello
  const std::vector<PeerStatus> peers = net.node(0).peers();
  REQUIRE(peers.size() == 1);
  CHECK(peers[0].behind >= 400);
  CHECK(peers[0].behind < 400 + kMaxRunEntries);
}

// --- What is remembered ----------------------------------------------------------------------------------------------

TEST_CASE("agreement: each remembers the other's store, the level of both and its own last entry") {
  Net net = parted();
  net.write(0, "x");
  net.cut(meet(net));
  for (std::size_t machine : {0, 1}) {
    const std::optional<AgreedRow> row = stored_agreement(net, machine, 1 - machine);
    REQUIRE(row.has_value());
    CHECK(row->level == level_at(net, machine));
    CHECK(row->last.value == net.storage(machine).rows(Table::Entries));
  }
}

TEST_CASE("agreement: it is put with another commit, or on its own when a link goes and every half minute") {
  Net net = parted();
  const auto cable = net.connect(1, 0);
  net.run();
  const std::uint64_t quiet = net.storage(0).commits();
  net.advance(40s);
  CHECK(net.storage(0).commits() == quiet);  // nothing new was agreed
  net.write(0, "x");
  net.advance(600ms);
  CHECK(net.storage(0).commits() == quiet + 1);
  CHECK(stored_agreement(net, 0, 1)->level != level_at(net, 0));
  net.advance(46s);
  CHECK(net.storage(0).commits() == quiet + 2);
  CHECK(stored_agreement(net, 0, 1)->level == level_at(net, 0));
  net.write(0, "y");
  net.advance(600ms);
  net.cut(cable);
  CHECK(net.storage(0).commits() == quiet + 4);
  CHECK(stored_agreement(net, 0, 1)->level == level_at(net, 0));
}

TEST_CASE("agreement: one row for each member, whatever stores it comes with") {
  Net net = parted();
  for (int i = 0; i < 6; ++i) {
    net.renew_store(1);
    net.write(1, "x");
    net.cut(meet(net));
    CHECK(level_at(net, 0) == level_at(net, 1));
  }
  CHECK(count_agreements(net, 0) == 1);
}

TEST_CASE("agreement: with a peer whose store is another one it is void, and the two begin with vectors") {
  Net net = parted();
  net.write(0, "x");
  net.cut(meet(net));
  MemoryStorage backup = net.storage(1);
  const RecordKey lost = net.write(1, "y");
  net.cut(meet(net));
  net.storage(1) = backup;
  net.renew_store(1);
  REQUIRE(net.node(1).ledger().renew_incarnation(Incarnation{77}));  // as whoever restores does
  net.write(0, "z");
  net.transcript();
  meet(net);
  CHECK(contains(net.transcript(), "vector data"));
  CHECK(level_at(net, 0) == level_at(net, 1));
  CHECK(net.names(1, lost) == std::vector<std::string>{"y"});
}

TEST_CASE("agreement: a store put back as it was costs vectors, and nothing is skipped") {
  Net net = parted();
  net.write(1, "x");
  net.cut(meet(net));
  MemoryStorage image = net.storage(1);
  const RecordKey lost = net.write(1, "y");
  net.cut(meet(net));
  net.storage(1) = image;  // the same store id
  net.crash(1);
  meet(net);
  CHECK(level_at(net, 0) == level_at(net, 1));
  CHECK(net.names(1, lost) == std::vector<std::string>{"y"});
}

TEST_CASE("agreement: whatever wrong thing is remembered, on either side, the two end on one level") {
  for (const std::size_t liar : {0, 1}) {
    for (const bool right_level : {true, false}) {
      for (const std::uint64_t last : {0, 3, 6, 7, 8, 9, 10, 11, 1'000'000}) {
        for (const int writers : {0, 1, 2, 3}) {
          CAPTURE(liar);
          CAPTURE(right_level);
          CAPTURE(last);
          CAPTURE(writers);
          Net net = parted();
          AgreedRow row = *stored_agreement(net, liar, 1 - liar);
          for (int i = 0; i < 4; ++i) {
            if ((writers & 1) != 0) net.write(0, "a");
            if ((writers & 2) != 0) net.write(1, "b");
          }
          row.last = EntryNumber{last};
          if (!right_level) row.level = numbered<DigestTag>(9);
          store_agreement(net, liar, 1 - liar, row);
          const auto cable = meet(net);
          net.advance(1s);
          CHECK(level_at(net, 0) == level_at(net, 1));
          CHECK(net.network(0).records == static_cast<std::uint64_t>((writers & 1) * 4 + (writers & 2) * 2));
          CHECK(net.is_up(cable));
          CHECK(net.drops().size() == 1);  // the join
        }
      }
    }
  }
}

TEST_CASE("agreement: one that says too little is missing leads to vectors") {
  Net net = parted();
  AgreedRow row = *stored_agreement(net, 0, 1);
  for (int i = 0; i < 4; ++i) net.write(0, "a");
  row.last.value += 2;
  store_agreement(net, 0, 1, row);
  meet(net);
  const std::string lines = net.transcript();
  CHECK(contains(lines, "A>B short run data from 3"));
  CHECK(contains(lines, "A>B vector data"));
  CHECK(contains(lines, "B>A want data>0"));
  CHECK(level_at(net, 0) == level_at(net, 1));
}

TEST_CASE("agreement: when all news are known to the peer, and not all is, the levels tell within two seconds") {
  for (const std::size_t text : {1, 20'000}) {  // sent unasked, and told as a vector
    CAPTURE(text);
    Net net = parted(3);
    AgreedRow row = *stored_agreement(net, 0, 1);
    net.write(0, "x");
    net.write(2, std::string(text, 'y'));
    for (const std::size_t other : {1, 0}) {  // so that B never hears of x
      const auto cable = net.connect(2, other);
      net.run();
      net.advance(1s);
      net.cut(cable);
    }
    row.last.value += 1;  // as if x had been agreed on
    store_agreement(net, 0, 1, row);
    net.transcript();
    net.connect(1, 0);
    net.run();
    CHECK(level_at(net, 0) != level_at(net, 1));
    net.advance(2s);
    CHECK(level_at(net, 0) == level_at(net, 1));
    CHECK(contains(net.transcript(), text == 1 ? "A>B short run data from 1" : "A>B changed data 1 logs"));
  }
}

TEST_CASE("agreement: with another store that holds the very same it is void, too") {
  Net net = parted();
  net.renew_store(1);
  net.write(0, "x");
  meet(net);
  const std::string lines = net.transcript();
  CHECK(contains(lines, "vector data"));
  CHECK_FALSE(contains(lines, "short run"));
  CHECK(level_at(net, 0) == level_at(net, 1));
}

TEST_CASE("agreement: a row that cannot be read is as good as none") {
  Net net = parted();
  net.write(0, "a");
  const Bytes key = agreed_key(net.network(0).number, net.node(1).self());
  net.storage(0).damage(Table::Meta, key);
  meet(net);
  CHECK_FALSE(net.is_dead(0));
  CHECK(contains(net.transcript(), "vector data"));
  CHECK(level_at(net, 0) == level_at(net, 1));
}

TEST_CASE("agreement: it is forgotten when all is made anew from the log") {
  Net net = parted(3);
  REQUIRE(count_agreements(net, 0) == 2);
  REQUIRE(net.node(0).rebuild(net.now()).ok());
  net.process(0);
  CHECK(count_agreements(net, 0) == 0);
  meet(net);
  CHECK(level_at(net, 0) == level_at(net, 1));
}

TEST_CASE("agreement: a node is in no two networks whose ids begin alike") {
  Net net = Net::region(1);
  Ledger& ledger = net.node(0).ledger();
  const NetworkRow row = net.network(0).row;
  NetworkId alike = row.id;
  alike.bytes.back() ^= 1;
  NetworkRow other = row;
  other.id = alike;
  ledger.networks().emplace(alike, Network(NetworkNumber{7}, other));
  ledger.networks().erase(row.id);
  const Result<Network*> added = ledger.add_network(row);
  REQUIRE_FALSE(added.ok());
  CHECK(added.error().code == Code::Conflict);
}

// --- Crashes ---------------------------------------------------------------------------------------------------------

namespace {

// The two have agreed, and since then each has written in two logs, and A in its membership log; `large`: more than news may be.
Net apart_again(bool large) {
  Net net = parted();
  const std::string text(large ? 15'000 : 50, 'x');
  for (std::size_t machine : {0, 1}) {
    for (std::uint64_t incarnation : {1, 2}) {
      REQUIRE(net.node(machine).ledger().renew_incarnation(Incarnation{100 + incarnation}));
      for (int i = 0; i < 3; ++i) net.write(machine, text);
    }
  }
  net.invite(0);
  return net;
}

void check_crashes(bool large) {
  std::uint64_t messages = 0;
  {
    Net net = apart_again(large);
    const std::uint64_t before = net.delivered();
    meet(net);
    REQUIRE(net.agree());
    messages = net.delivered() - before;
    REQUIRE(messages > 8);
  }
  for (std::uint64_t at = 0; at <= messages; ++at) {
    for (const std::size_t victim : {0, 1}) {
      for (const std::size_t again : {0, 1}) {  // and a second one dies in the session that follows
        CAPTURE(large);
        CAPTURE(at);
        CAPTURE(victim);
        CAPTURE(again);
        Net net = apart_again(large);
        net.connect(1, 0);
        for (std::uint64_t i = 0; i < at; ++i) {
          if (!net.step()) net.advance(500ms);
        }
        net.crash(victim);
        CHECK_FALSE(is_ahead_of_its_store(net, victim, 1 - victim));
        net.connect(victim, 1 - victim);
        for (std::uint64_t i = 0; i < at / 2; ++i) net.step();
        net.crash(again);
        CHECK_FALSE(is_ahead_of_its_store(net, again, 1 - again));
        net.connect(1, 0);
        REQUIRE(net.converge(5s));
        CHECK(net.network(0).records == 12);
        CHECK(net.network(1).records == 12);
      }
    }
  }
}

}  // namespace

TEST_CASE("crash: of either side after any message of a session that rests on an agreement, both get everything") {
  check_crashes(false);
  check_crashes(true);
}

TEST_CASE("crash: an agreement on what was not yet durable is gone with it") {
  Net net = parted();
  for (int i = 0; i < 40; ++i) net.write(0, "a");
  const std::optional<AgreedRow> before = stored_agreement(net, 1, 0);
  net.connect(1, 0);
  net.run();
  net.crash(1);
  CHECK(stored_agreement(net, 1, 0) == before);  // what was agreed since was to be put later
  CHECK_FALSE(is_ahead_of_its_store(net, 1, 0));
  meet(net);
  CHECK(level_at(net, 0) == level_at(net, 1));
}

TEST_CASE("crash: a node that lost what it agreed on is sent news all the same") {
  Net net = parted();
  net.connect(1, 0);
  net.run();
  net.write(0, "x");
  net.advance(1s);
  net.crash(1);
  REQUIRE(stored_agreement(net, 1, 0)->level != stored_agreement(net, 0, 1)->level);
  net.write(0, "y");
  net.transcript();
  meet(net);
  CHECK(net.transcript() ==
        "B>A hello 1 networks\n"
        "A>B hello 1 networks\n"
        "A>B short run data from 2\n"
        "B>A level\n");
  CHECK(level_at(net, 0) == level_at(net, 1));
}

TEST_CASE("agreement: of two that each take the other to hold no more than was agreed, none waits") {
  Net net = parted();
  const AgreedRow early = *stored_agreement(net, 1, 0);
  MemoryStorage image = net.storage(0);
  net.write(1, "x");
  net.cut(meet(net));
  const AgreedRow late = *stored_agreement(net, 0, 1);
  REQUIRE(late.level != early.level);
  net.storage(0) = image;  // A lost the entry, and not that it was agreed on
  store_agreement(net, 0, 1, late);
  store_agreement(net, 1, 0, early);
  meet(net);
  CHECK(level_at(net, 0) == level_at(net, 1));
  CHECK(net.network(0).records == 1);
}

// --- What a peer can do ----------------------------------------------------------------------------------------------

TEST_CASE("hello: an agreement that a peer makes up brings it no more than news, and the levels bring the rest") {
  Pair pair;
  pair.dial();
  Hello hello = pair.hello();
  NetworkHello& own = hello.networks.front();
  own.summary.reset();
  own.level = numbered<DigestTag>(1);
  own.agreed = level_of(pair.node().summary_of(pair.network()));
  pair.sign(hello);
  pair.send(hello);
  CHECK(pair.answers() == "hello 1 networks\n");  // it says that it is ahead, and is waited for
  CHECK_FALSE(pair.dropped().has_value());
  pair.advance(46s);
  CHECK(pair.answers() == "level\n");
  pair.send(LevelMessage{{{tag_of(pair.network().row.id), numbered<DigestTag>(2)}}});
  CHECK(pair.answers() == "summary\n");
  for (int i = 0; i < 50; ++i) pair.send(LevelMessage{{{tag_of(pair.network().row.id), numbered<DigestTag>(2)}}});
  CHECK(pair.answers().empty());  // no news
}

TEST_CASE("hello: levels of networks that are not shared are passed over") {
  Pair pair;
  pair.dial();
  Hello hello = pair.hello();
  hello.networks.front() = {numbered<NetworkTag>(1), numbered<DigestTag>(1), numbered<DigestTag>(2), std::nullopt};
  pair.sign(hello);
  pair.send(hello);
  pair.send(LevelMessage{{{numbered<NetworkTag>(1), numbered<DigestTag>(3)}}});
  CHECK(pair.answers() == "hello 1 networks\n");
  CHECK_FALSE(pair.dropped().has_value());
}

TEST_CASE("vector: one of news adds to what is known, and within the bound of a vector") {
  Pair pair;
  pair.open();
  pair.answers();
  const NetworkId network = pair.network().row.id;
  VectorMessage vector{network, LogClass::Data, true, {}, true};
  for (std::uint64_t frame = 0; frame < 2 * kMaxLogsPerVector / kVectorLogsPerFrame; ++frame) {
    vector.logs.clear();
    for (std::uint64_t i = 0; i < kVectorLogsPerFrame; ++i) {
      const LogId log{numbered<MemberKey>(3), Incarnation{frame * kVectorLogsPerFrame + i}, LogClass::Data};
      vector.logs.push_back({log, {{Seq{1}, {}}}});
    }
    pair.send(vector);
    REQUIRE_FALSE(pair.dropped().has_value());
  }
  vector.logs.resize(1);
  vector.logs[0].log.incarnation = Incarnation{UINT64_MAX};
  pair.send(vector);
  CHECK(pair.dropped() == "a vector with too many logs");
}

// --- Short runs ------------------------------------------------------------------------------------------------------

namespace {

ShortRunMessage shortened(const RunMessage& run) { return {tag_of(run.network), run.log, run.first, run.signature, run.entries}; }

}  // namespace

TEST_CASE("short run: it is stored, once, and one that overlaps brings what is new") {
  Pair pair;
  pair.open();
  const std::uint64_t before = pair.entries();
  Author log(pair.network().row.id, pair.peer());
  for (int i = 0; i < 6; ++i) log.append();
  pair.send(shortened(log.opened(1, 3)));
  CHECK(pair.entries() == before + 3);
  pair.send(shortened(log.opened(1, 3)));
  pair.send(shortened(log.opened(2, 3)));
  CHECK(pair.entries() == before + 3);
  pair.send(shortened(log.opened(2, 6)));
  CHECK(pair.entries() == before + 6);
  CHECK_FALSE(pair.dropped().has_value());
}

TEST_CASE("short run: a signature that does not hold costs the link from the start, and is passed over later on") {
  Pair pair;
  pair.open();
  Author log(pair.network().row.id, pair.peer());
  for (int i = 0; i < 4; ++i) log.append();
  ShortRunMessage run = shortened(log.opened(1, 2));
  run.signature.bytes[0] ^= 1;
  const std::uint64_t before = pair.entries();
  pair.send(run);
  CHECK(pair.dropped() == "a run that does not lead to its end");
  pair.open();
  pair.send(shortened(log.opened(1, 2)));
  run = shortened(log.opened(3, 4));
  run.signature.bytes[0] ^= 1;
  pair.answers();
  pair.send(run);
  CHECK_FALSE(pair.dropped().has_value());
  CHECK(pair.entries() == before + 2);
  CHECK(pair.answers() == "summary\n");
}

TEST_CASE("short run: a gap, and an author who is no member, are answered by a summary") {
  Pair pair;
  pair.open();
  const std::uint64_t before = pair.entries();
  Author log(pair.network().row.id, pair.peer());
  for (int i = 0; i < 4; ++i) log.append();
  pair.answers();
  pair.send(shortened(log.opened(3, 4)));
  CHECK(pair.answers() == "summary\n");
  Author stranger(pair.network().row.id, SigningKey::from_seed(numbered<Seed>(9)));
  stranger.append();
  pair.send(shortened(stranger.opened(1, 1)));
  CHECK(pair.answers() == "summary\n");
  CHECK_FALSE(pair.dropped().has_value());
  CHECK(pair.entries() == before);
}

TEST_CASE("short run: more than 256 entries, one across a checkpoint, one within another run and no entry are refused") {
  const auto dropped = [](auto send) {
    Pair pair;
    pair.open();
    const std::uint64_t before = pair.entries();
    Author log(pair.network().row.id, pair.peer());
    for (int i = 0; i < 300; ++i) log.append();
    send(pair, log);
    CHECK(pair.entries() == before);
    return pair.dropped().value_or("");
  };
  CHECK(dropped([](Pair& pair, Author& log) { pair.send(shortened(log.opened(1, 257))); }) == "a run that crosses a checkpoint");
  CHECK(dropped([](Pair& pair, Author& log) {
          Bytes repeated;
          for (int i = 0; i < 257; ++i) ByteWriter(repeated).raw(log.body(1));
          ShortRunMessage many = shortened(log.opened(1, 256));
          many.entries = repeated;
          pair.send(many);
        }) == "a run with more entries than it says");
  CHECK(dropped([](Pair& pair, Author& log) {
          std::vector<Message> run = log.run(1, 256);
          RunMessage open = std::get<RunMessage>(run.front());
          open.entries = log.body(1);
          pair.send(open);
          pair.send(shortened(log.opened(1, 2)));
        }) == "a run opened before the one before was complete");
  CHECK(dropped([](Pair& pair, Author& log) {
          ShortRunMessage none = shortened(log.opened(1, 1));
          none.entries = {};
          pair.send_frame(encode(none));
        }) == "a frame that is no message");
}

TEST_CASE("credit: news and asked for runs wait for it, so a node that does not read is not buried") {
  for (const std::size_t text : {200, 20'000}) {
    Net net = parted();
    const auto cable = net.connect(1, 0);
    net.run();
    net.hold(cable, true);  // B reads nothing any more
    const std::uint64_t before = net.bytes(cable);
    for (int i = 0; i < 400; ++i) net.write(0, std::string(text, 'x'));
    net.advance(2min);
    CHECK(net.bytes(cable) - before <= kLinkCreditBytes + kMaxRunBytes + kMaxFrameBytes);
    net.hold(cable, false);
    CHECK(net.converge());
  }
}
