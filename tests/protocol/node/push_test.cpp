// What is written at one node reaches the others at once.
#include <doctest/doctest.h>

#include "protocol/base/limits.h"
#include "protocol/node/waits.h"
#include "tests/support/net.h"
#include "tests/support/push_nodes.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

Net line_of(std::size_t members) {
  Net net = Net::region(members);
  for (std::size_t machine = 1; machine < members; ++machine) net.connect(machine, machine - 1);
  REQUIRE(net.converge());
  net.advance(1s);
  net.transcript();
  return net;
}

Net mesh_of(std::size_t members) {
  Net net = Net::region(members);
  for (std::size_t machine = 1; machine < members; ++machine) {
    for (std::size_t other = 0; other < machine; ++other) net.connect(machine, other);
  }
  REQUIRE(net.converge());
  net.advance(1s);
  net.transcript();
  return net;
}

}  // namespace

TEST_CASE("push: a write passes down a line of five without any time going by") {
  Net net = line_of(5);
  const RecordKey record = net.write(0, "Mette");
  net.run();
  CHECK(net.transcript() ==
        "A>B run data 1-1\n"
        "B>C run data 1-1\n"
        "C>D run data 1-1\n"
        "D>E run data 1-1\n");
  CHECK(net.names(4, record) == std::vector<std::string>{"Mette"});
  const RecordKey back = net.write(4, "Ali");
  net.run();
  CHECK(net.names(0, back) == std::vector<std::string>{"Ali"});
}

TEST_CASE("push: in a full mesh of six each entry crosses each link at most once in each direction") {
  Net net = mesh_of(6);
  const std::size_t before = net.frames("run");
  for (int i = 0; i < 10; ++i) {
    net.write(static_cast<std::size_t>(i) % 6, "x");
    net.run();
  }
  CHECK(net.frames("run") - before <= 10 * 6 * 5);
  CHECK(net.frames("vector") + net.frames("want") <= 2 * 15 * 4);  // pushes start no sessions
  CHECK(net.agree());
}

TEST_CASE("push: in a full mesh of six the second entry of a log comes to each once") {
  Net net = mesh_of(6);
  for (std::size_t machine = 0; machine < 6; ++machine) net.write(machine, "x");
  net.run();
  net.advance(100ms);
  const std::size_t runs = net.frames("run");
  const std::size_t prunes = net.frames("prune");
  CHECK(prunes > 0);
  for (std::size_t machine = 0; machine < 6; ++machine) {
    net.write(machine, "y");
    net.advance(100ms);  // the lazy links tell of it
  }
  CHECK(net.frames("run") - runs == 6 * 5);
  CHECK(net.frames("prune") == prunes);
  CHECK(net.frames("graft") == 0);
  CHECK(net.frames("have") > 0);
  CHECK(net.frames("have") <= 6 * 10);  // one for each lazy link: the ends that were dialled had been told
  CHECK(net.agree());
}

TEST_CASE("push: a lazy link tells of an entry, and brings it when the source does not") {
  Net net = Net::region(3);
  const Net::Cable source = net.connect(1, 0);
  net.connect(2, 0);
  net.connect(2, 1);
  REQUIRE(net.converge());
  net.advance(1s);
  net.write(0, "first");
  net.run();  // B and C have it from A, and have pruned each other
  CHECK(net.frames("prune") == 2);
  net.advance(1s);
  net.transcript();
  net.hold(source, true);
  const RecordKey record = net.write(0, "second");
  net.run();
  CHECK(net.names(1, record).empty());
  net.advance(kAnnouncePatience + kGraftWait + 10ms);
  CHECK(net.transcript() ==
        "A>B run data 2-2\n"
        "A>C run data 2-2\n"
        "C>B have data>2\n"
        "B>C graft data>1\n"
        "C>B run data 2-2\n");
  CHECK(net.names(1, record) == std::vector<std::string>{"second"});
  net.hold(source, false);  // what comes late is pruned, and C is B's source from now on
  net.run();
  CHECK(net.transcript() == "B>A prune data>2\n");
  net.write(0, "third");
  net.run();
  CHECK(net.transcript() ==
        "A>C run data 3-3\n"
        "C>B run data 3-3\n");
}

TEST_CASE("push: when the source's link goes what was told is asked for at once") {
  Net net = Net::region(3);
  const Net::Cable source = net.connect(1, 0);
  net.connect(2, 0);
  net.connect(2, 1);
  REQUIRE(net.converge());
  net.advance(1s);
  net.write(0, "first");
  net.advance(1s);
  net.hold(source, true);
  const RecordKey record = net.write(0, "second");
  net.advance(kAnnounceWait + 1ms);
  CHECK(net.names(1, record).empty());
  net.cut(source);
  net.advance(1ms);
  CHECK(net.names(1, record) == std::vector<std::string>{"second"});
}

TEST_CASE("push: grafts and prunes of logs that are not here, and a graft for more than may be pushed, start no runs") {
  Net net = line_of(2);
  for (std::uint64_t i = 0; i < kMaxPushedEntries + 1; ++i) net.write(0, "x");
  REQUIRE(net.converge());
  net.advance(1s);
  net.transcript();
  const NetworkId network = net.network(0).row.id;
  const LogId own{net.node(0).self(), net.node(0).ledger().incarnation(), LogClass::Data};
  const LogId none{net.node(1).self(), Incarnation{99}, LogClass::Data};
  const Net::Cable cable = net.connect(1, 0);
  REQUIRE(net.converge());
  net.advance(1s);
  net.transcript();
  net.inject(cable, 0, encode(Message(GraftMessage{network, {{none, Seq{0}}}})));
  net.inject(cable, 0, encode(Message(PruneMessage{network, {{none, Seq{5}}}})));
  net.inject(cable, 0, encode(Message(GraftMessage{NetworkId{}, {{own, Seq{0}}}})));
  net.run();
  CHECK(net.transcript() == "");
  net.inject(cable, 0, encode(Message(GraftMessage{network, {{own, Seq{0}}}})));
  net.run();
  CHECK(net.transcript() == "A>B summary\n");
  net.inject(cable, 0, encode(Message(GraftMessage{network, {{own, Seq{1}}}})));
  net.run();
  CHECK(net.transcript().starts_with("A>B run data 2-"));
  CHECK(net.drops().size() == 1);  // the newcomer's link for its ticket
}

TEST_CASE("push: who tells of logs of an author who is no member is answered by a summary") {
  Net net = line_of(2);
  const Net::Cable cable = net.connect(1, 0);
  REQUIRE(net.converge());
  net.advance(1s);
  net.transcript();
  const LogId stranger{MemberKey{}, Incarnation{1}, LogClass::Data};
  net.inject(cable, 0, encode(Message(HaveMessage{net.network(0).row.id, {{stranger, Seq{1}}, {stranger, Seq{2}}}})));
  net.run();
  CHECK(net.transcript() == "A>B summary\n");
}

TEST_CASE("push: what a peer only says it has is asked for, and given up when it does not come") {
  Net net = line_of(2);
  const Net::Cable cable = net.connect(1, 0);
  REQUIRE(net.converge());
  net.advance(1s);
  net.transcript();
  const LogId invented{net.node(1).self(), Incarnation{99}, LogClass::Data};
  net.inject(cable, 0, encode(Message(HaveMessage{net.network(0).row.id, {{invented, Seq{7}}}})));
  net.advance(1s);
  CHECK(net.transcript() == "A>B graft data>0\n");
  CHECK(net.agree());
}

TEST_CASE("push: a node tells its peer that it is crowded, and the peer's shell is told by whom") {
  Net net = line_of(2);
  net.node(0).ask_to_leave(LinkId{9'999});  // a link that is gone
  net.process(0);
  CHECK(net.transcript() == "");
  net.node(0).ask_to_leave(net.node(0).peers().front().link);
  net.process(0);
  net.run();
  CHECK(net.transcript() == "A>B crowded\n");
  CHECK(net.events(1, EventKind::Crowded) == 1);
}

TEST_CASE("push: among twenty whole nodes with partners an entry comes to each about once, and starts no session") {
  const WholeFigures figures = push_through_whole_nodes(20, 5, 3, 1);
  CHECK(figures.all_agree);
  CHECK(figures.runs_per_delivery() < 1.05);
  CHECK(figures.haves <= figures.entries * (figures.links + 20));
  CHECK(figures.vectors == 0);
  CHECK(figures.wants == 0);
  CHECK(figures.cold_runs > figures.runs / 3);
}

TEST_CASE("push: after it, neighbours compare once and then there is silence") {
  Net net = mesh_of(5);
  const std::size_t runs = net.frames("run");
  const std::size_t before = net.frames("") - net.frames("holders");
  const std::size_t holders = net.frames("holders");
  net.write(2, "x");
  net.advance(5s);
  CHECK(net.frames("") - net.frames("holders") - before - (net.frames("run") - runs) <= 2 * 5 * 4);
  CHECK(net.frames("holders") - holders <= 5 * 4);
  const std::size_t quiet = net.frames("");
  net.advance(10s);
  CHECK(net.frames("") == quiet);
}

TEST_CASE("push: a burst is pushed as runs, not entry by entry") {
  Net net = line_of(2);
  std::vector<ChangeBytes> changes;
  for (int i = 0; i < 100; ++i) {
    Skeleton skeleton{{net.node(0).self_in(net.network(0))->council, 2, net.node(0).random().fixed<Nonce>()},
                      {{2, OperationClass::Write}}};
    changes.push_back({encode(skeleton), encode_values({}, {Value(std::string(1'000, 'x'))})});
  }
  REQUIRE(net.node(0).write(net.network(0), changes, net.now()).ok());
  net.process(0);
  net.run();
  CHECK(net.frames("run") == 1);
  CHECK(net.frames("part") == 1);
  CHECK(net.network(1).records == 100);
}

TEST_CASE("push: what does not follow on what is here starts a session") {
  Net net = line_of(3);
  net.write(0, "first");
  net.run();
  const std::size_t newcomer = net.add();  // admitted by A while B and C do not hear of it
  net.cut_all();
  net.join(newcomer, net.invite(0), 0);
  net.connect(newcomer, 0);
  REQUIRE(net.converge(1s) == false);
  const auto cable = net.connect(1, 0);
  net.run();
  net.connect(2, 1);
  net.run();
  net.hold(cable, true);
  net.write(newcomer, "new");
  net.run();
  net.hold(cable, false);
  net.advance(1s);
  CHECK(net.agree());
}

TEST_CASE("push: an admission is pushed before what the newcomer wrote") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {  // whatever the order of the two keys
    CAPTURE(seed);
    Net net = Net::region(3, seed);
    net.connect(1, 0);
    net.connect(2, 1);
    net.run();
    const std::size_t newcomer = net.add_member(0);
    net.run();
    net.connect(newcomer, 1);
    net.run();
    const RecordKey record = net.write(newcomer, "new");
    net.run();
    CHECK(net.names(2, record) == std::vector<std::string>{"new"});
    CHECK(net.drops().size() == 3);
  }
}

TEST_CASE("push: one that is lost is made up for by the summaries") {
  Net net = line_of(3);
  MemoryStorage before = net.storage(2);
  const RecordKey record = net.write(0, "x");
  net.run();
  net.storage(2) = before;
  net.crash(2);
  net.connect(2, 1);
  net.run();
  CHECK(net.names(2, record) == std::vector<std::string>{"x"});
}

TEST_CASE("push: who has not said yet what it holds is pushed nothing, or all of the log would go") {
  for (int steps = 0; steps < 16; ++steps) {
    CAPTURE(steps);
    Net net = line_of(2);
    for (int i = 0; i < 30; ++i) net.write(0, "x");
    net.run();
    net.advance(1s);
    net.cut_all();
    net.connect(1, 0);
    for (int i = 0; i < steps; ++i) net.step();
    net.transcript();
    net.write(0, "new");
    net.run();
    net.advance(3s);
    CHECK(net.transcript().find("A>B run data 1-") == std::string::npos);
    CHECK(net.agree());
  }
}

TEST_CASE("push: when a link is out of credit nothing is pushed, and the next summary brings it") {
  Net net = line_of(2);
  const std::string large(22'000, 'x');
  for (int i = 0; i < 200; ++i) net.write(0, large);  // 4.4 MB without delivering anything
  CHECK(net.frames("run") < 200);
  REQUIRE(net.converge(5s));
  CHECK(net.network(1).records == 200);
}

TEST_CASE("push: a node that fetches a lot tells its other neighbours when it is done") {
  Net net = Net::region(3);
  for (int i = 0; i < 2'000; ++i) net.write(0, "x");
  net.connect(2, 1);
  net.run();
  net.connect(1, 0);
  net.run();
  net.advance(1s);  // long before the next regular summary
  CHECK(net.agree());
}
