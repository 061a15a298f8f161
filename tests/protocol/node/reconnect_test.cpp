// Two nodes that meet again: what it costs, and what is sent unasked.
#include "protocol/base/limits.h"
#include "tests/protocol/node/parted.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

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
