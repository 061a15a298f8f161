// Two nodes and more, from hello to equal digests.
#include <doctest/doctest.h>

#include "protocol/base/limits.h"
#include "protocol/node/run_frames.h"
#include "tests/support/builders.h"
#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

TEST_CASE("session: nodes that hold the same agree in one round trip") {
  Net net = Net::region(2);
  net.connect(1, 0);
  net.run();
  CHECK(net.transcript() ==
        "B>A hello 1 networks\n"
        "A>B hello 1 networks\n");
  const std::vector<PeerStatus> peers = net.node(0).peers();
  REQUIRE(peers.size() == 1);
  CHECK(peers[0].in_sync);
  CHECK(peers[0].member == net.node(1).self());
  CHECK(peers[0].behind == 0);
}

TEST_CASE("session: what one side wrote while apart is asked for") {
  Net net = Net::region(2);
  net.renew_store(1);  // they remember nothing of each other
  net.renew_store(0);
  for (int i = 0; i < 3; ++i) net.write(0, "Mette");
  net.connect(1, 0);
  net.run();
  CHECK(net.transcript() ==
        "B>A hello 1 networks\n"
        "A>B hello 1 networks\n"
        "B>A vector data 0 logs\n"
        "A>B vector data 1 logs\n"
        "B>A want data>0\n"
        "A>B run data 1-3\n"
        "A>B done\n");
  net.advance(1ms);
  CHECK(net.transcript() == "B>A level\n");      // equal to what A's hello said: no more is needed
  CHECK(net.events(0, EventKind::InSync) == 3);  // twice while the region was made
  CHECK(net.events(1, EventKind::InSync) == 3);
  CHECK(net.agree());
  net.advance(10s);  // and then silence until the next summary is due
  CHECK(net.frames("") == 8);
}

TEST_CASE("session: both sides write while apart and then agree, with both values of a conflict") {
  Net net = Net::region(2);
  const auto cable = net.connect(1, 0);
  const RecordKey record = net.write(0, "Mette");
  REQUIRE(net.converge());
  net.cut(cable);
  const CouncilId own = net.node(0).self_in(net.network(0))->council;
  const Ticket ticket = net.invite(0, Role::Council, own);
  const std::size_t device = net.add();  // a second device of A's council
  net.join(device, ticket, 0);
  const auto other = net.connect(device, 0);
  REQUIRE(net.converge(1s) == false);  // B is away
  net.cut(other);
  net.edit(0, record, "Mette H.");
  net.edit(device, record, "Mette Hansen");
  net.write(1, "Ali");
  net.connect(1, 0);
  net.run();
  net.connect(1, device);
  REQUIRE(net.converge());
  for (std::size_t machine : {std::size_t{0}, std::size_t{1}, device}) {
    std::vector<std::string> names = net.names(machine, record);
    std::sort(names.begin(), names.end());
    CHECK(names == std::vector<std::string>{"Mette H.", "Mette Hansen"});
  }
}

TEST_CASE("session: a node that was away for thousands of entries catches up, and holds the same after a restart") {
  Net net = Net::region(3);
  for (int i = 0; i < 3'000; ++i) net.write(0, "a");
  for (int i = 0; i < 800; ++i) net.write(2, "c");
  net.connect(2, 0);
  REQUIRE(net.converge(1s) == false);
  net.connect(1, 0);
  REQUIRE(net.converge());
  CHECK(net.network(1).records == 3'800);
  CHECK(net.frames("run data 1-256") == 4);
  const NetworkSummary before = net.node(1).summary_of(net.network(1));
  net.crash(1);
  CHECK(net.node(1).summary_of(net.network(1)) == before);
}

TEST_CASE("session: a newcomer fetches a whole network") {
  Net net = Net::region(4);
  for (std::size_t machine = 0; machine < 4; ++machine) {
    for (int i = 0; i < 600; ++i) net.write(machine, "x");
    if (machine > 0) net.connect(machine, 0);
  }
  REQUIRE(net.converge());
  net.cut_all();
  const std::size_t newcomer = net.add_member(0);
  net.connect(newcomer, 0);
  REQUIRE(net.converge(1s) == false);
  CHECK(net.node(newcomer).summary_of(net.network(newcomer)) == net.node(0).summary_of(net.network(0)));
  CHECK(net.network(newcomer).records == 2'400);
}

TEST_CASE("session: a log larger than the window arrives, within credits") {
  Net net = Net::region(2);
  const std::string large(20'000, 'x');
  for (int i = 0; i < 400; ++i) net.write(0, large);  // 8 MB where 2 may be under way
  net.connect(1, 0);
  REQUIRE(net.converge());
  CHECK(net.frames("credit") >= 24);
  CHECK(net.frames("part") > 100);
  CHECK(net.network(1).records == 400);
}

TEST_CASE("session: a peer that lost its last writes gets them back from those who have them") {
  Net net = Net::region(2);
  const auto cable = net.connect(1, 0);
  MemoryStorage backup = net.storage(1);
  const RecordKey record = net.write(1, "Ali");
  REQUIRE(net.converge());
  net.cut(cable);
  net.storage(1) = backup;  // as a disk image put back: the same incarnation, an older log
  net.crash(1);
  CHECK(net.names(1, record).empty());
  net.connect(1, 0);
  REQUIRE(net.converge());
  CHECK(net.names(1, record) == std::vector<std::string>{"Ali"});
}

TEST_CASE("session: two links between the same nodes deliver once") {
  Net net = Net::region(2);
  net.renew_store(0);  // little news would come over both
  net.renew_store(1);
  for (int i = 0; i < 300; ++i) net.write(0, "x");
  net.connect(1, 0);
  net.connect(0, 1);
  REQUIRE(net.converge());
  CHECK(net.network(1).entries == net.network(0).entries);
  CHECK(net.frames("run data 1-256") == 1);  // what is under way on one link is not asked for on the other
  net.write(1, "y");
  REQUIRE(net.converge());
  CHECK(net.network(0).entries == net.network(1).entries);
}

TEST_CASE("session: what was under way on a link that breaks is asked of another peer") {
  Net net = Net::region(3);
  for (int i = 0; i < 1'000; ++i) net.write(0, "x");
  const auto first = net.connect(1, 0);
  REQUIRE(net.converge(5s) == false);
  net.cut(first);
  const auto a = net.connect(2, 0);
  const auto b = net.connect(2, 1);
  for (int i = 0; i < 8; ++i) net.step();
  net.hold(a, true);
  net.hold(b, true);
  net.cut(a);
  net.hold(b, false);
  net.run();
  net.advance(500ms);
  CHECK(net.agree());
}

TEST_CASE("session: membership comes before data, and data of authors that are not known yet is not stored") {
  Net net = Net::region(2);
  const std::size_t newcomer = net.add_member(0);
  for (int i = 0; i < 5; ++i) net.write(newcomer, "new");
  net.connect(newcomer, 0);
  REQUIRE(net.converge(2s) == false);
  net.connect(1, 0);
  net.transcript();
  net.run();
  const std::string lines = net.transcript();
  const std::size_t membership = lines.find("A>B short run membership");
  const std::size_t data = lines.find("A>B short run data");
  REQUIRE(membership != std::string::npos);
  REQUIRE(data != std::string::npos);
  CHECK(membership < data);
  CHECK(net.converge());
}

TEST_CASE("session: frames of different links in any order lead to the same") {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    Net net = Net::region(5, seed);
    net.shuffle();
    for (std::size_t machine = 0; machine < 5; ++machine) {
      for (int i = 0; i < 20; ++i) net.write(machine, "x" + std::to_string(i));
      for (std::size_t other = 0; other < machine; ++other) net.connect(machine, other);
    }
    for (int i = 0; i < 30; ++i) {
      net.step();
      if (i % 3 == 0) net.write(static_cast<std::size_t>(i) % 5, "y");
    }
    REQUIRE(net.converge());
    CHECK(net.drops().size() == 4);  // the four joins
  }
}

TEST_CASE("session: the same seed and inputs, the same frames") {
  const auto play = [](std::uint64_t seed) {
    Net net = Net::region(4, seed);
    net.shuffle();
    for (std::size_t machine = 0; machine < 4; ++machine) {
      net.write(machine, "x");
      if (machine > 0) net.connect(machine, machine - 1);
    }
    net.crash(2);
    net.connect(2, 3);
    net.advance(2min);
    return net.fingerprint();
  };
  CHECK(play(5) == play(5));
  CHECK_FALSE(play(5) == play(6));
}

TEST_CASE("session: of more logs than one want may name, all come") {
  Net net = Net::region(2);
  for (std::size_t i = 0; i < kMaxWantsPerMessage + 88; ++i) {
    REQUIRE(net.node(0).ledger().renew_incarnation(Incarnation{i + 1}));
    net.network(0).quotas = Quotas();  // as in the course of years
    net.write(0, "x");
  }
  net.renew_store(0);  // or it would all be news
  net.renew_store(1);
  net.network(1).quotas = Quotas();
  net.connect(1, 0);
  REQUIRE(net.converge());
  CHECK(net.network(1).records == kMaxWantsPerMessage + 88);
  CHECK(net.frames("vector data 256 logs") >= 2);
}

TEST_CASE("session: a clock that falls back an hour opens a new log, a little less does not") {
  Net net = Net::region(1);
  net.write(0, "x");
  const std::size_t logs = net.network(0).logs.size();
  const WallTime wall = net.now().wall;
  const auto change = [&] {
    Skeleton skeleton{{net.node(0).self_in(net.network(0))->council, 2, net.node(0).random().fixed<Nonce>()},
                      {{2, OperationClass::Write}}};
    return ChangeBytes{encode(skeleton), encode_values({}, {Value("x")})};
  };
  ChangeBytes one = change();
  REQUIRE(net.node(0).write(net.network(0), {&one, 1}, {net.now().steady, WallTime{wall.ms - 3'600'000}}).ok());
  CHECK(net.network(0).logs.size() == logs);
  one = change();
  REQUIRE(net.node(0).write(net.network(0), {&one, 1}, {net.now().steady, WallTime{wall.ms - 3'600'001}}).ok());
  CHECK(net.network(0).logs.size() == logs + 1);
  net.process(0);
}

namespace {

// The test speaks as this machine to machine 0, and claims to hold more of these logs than is here.
Net::Cable attach_claiming(Net& net, std::size_t as, const std::set<LogId>& logs) {
  const Net::Cable cable = net.attach(0, net.transport(as));
  NetworkSummary summary = net.node(0).summary_of(net.network(0));
  summary.vector = numbered<DigestTag>(9);
  Hello hello;
  hello.store = numbered<StoreId>(9);
  hello.networks = {in_full(summary)};
  hello.signature = net.identity(as).sign(Purpose::Hello, hello_message(hello, {}, net.transport(as), net.transport(0)));
  net.inject(cable, 0, encode(hello));
  net.run();
  VectorMessage vector{summary.network, LogClass::Data, true, {}};
  for (const LogId& log : logs) vector.logs.push_back({log, {{Seq{9}, numbered<EntryId>(9)}}});
  net.inject(cable, 0, encode(vector));
  net.run();
  return cable;
}

}  // namespace

TEST_CASE("session: what a peer brings nothing new of is asked of others as well, however it keeps its link") {
  Net net = Net::region(3);
  net.write(1, "Mette");
  net.connect(1, 0);
  net.connect(2, 0);
  REQUIRE(net.converge());
  const LogId id{net.node(1).self(), net.node(1).ledger().incarnation(), LogClass::Data};
  const Log& log = *net.node(1).ledger().find_log(net.network(1), id);
  const auto run = net.node(1).ledger().next_run(log, Seq{0}, log.tips().front());
  REQUIRE((run.ok() && run->has_value()));
  Bytes known;  // a run that A has
  each_run_frame(net.network(1).row.id, id, **run, [&](const Message& message) { known = encode(message); });
  net.cut_all();
  net.renew_store(0);  // they remember nothing of each other
  net.renew_store(1);
  net.write(1, "Ali");

  const Net::Cable liar = attach_claiming(net, 2, {id});
  REQUIRE(net.frames("want data>1") == 1);
  net.connect(1, 0);
  for (int i = 0; i < 5; ++i) {
    net.inject(liar, 0, Bytes(known));
    net.advance(20s);
  }
  CHECK(net.is_up(liar));
  CHECK(agree(net, 0, 1));
}

TEST_CASE("session: what a peer brings of another device of its council does not excuse what it owes of others") {
  Net net = Net::region(3);
  const std::size_t device = net.add_device(2);
  net.write(1, "Mette");
  net.connect(1, 0);
  net.connect(2, 0);
  net.connect(device, 2);
  REQUIRE(net.converge());
  net.cut_all();
  net.renew_store(0);
  net.renew_store(1);
  net.write(1, "Ali");
  const auto log_of = [&](std::size_t machine) {
    return LogId{net.node(machine).self(), net.node(machine).ledger().incarnation(), LogClass::Data};
  };
  const LogId owed = log_of(1), relayed = log_of(device);

  const Net::Cable peer = attach_claiming(net, 2, {owed, relayed});
  REQUIRE(net.frames("want data>1") == 1);
  net.connect(1, 0);
  for (std::uint64_t i = 0; i < 5; ++i) {  // an entry each time, and each of them is new
    net.write(device, "Sara");
    const Log& log = *net.node(device).ledger().find_log(net.network(device), relayed);
    const auto run = net.node(device).ledger().next_run(log, Seq{i}, log.tips().front());
    REQUIRE((run.ok() && run->has_value()));
    each_run_frame(net.network(0).row.id, relayed, **run, [&](const Message& message) { net.inject(peer, 0, encode(message)); });
    net.advance(20s);
    CHECK(net.network(0).logs.at(relayed).row.tips.front().head.seq == Seq{i + 1});
  }
  CHECK(net.is_up(peer));
  CHECK(net.network(0).logs.at(owed).row.tips.front().head.seq == Seq{2});
}
