// What is written at one node reaches the others at once.
#include <doctest/doctest.h>

#include "tests/support/net.h"

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

TEST_CASE("push: after it, neighbours compare once and then there is silence") {
  Net net = mesh_of(5);
  const std::size_t runs = net.frames("run");
  const std::size_t before = net.frames("");
  net.write(2, "x");
  net.advance(2s);
  CHECK(net.frames("") - before - (net.frames("run") - runs) <= 2 * 5 * 4);
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
