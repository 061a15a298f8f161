// What `status` tells of a network, asked of nodes in memory.
#include "tests/daemon/api/asked_net.h"

using namespace budstikke;
using namespace budstikke::tests;

TEST_CASE("status: how many members say where they can be dialled, this node among them") {
  AskedNet asked(3);
  Net& net = asked.net;
  const auto reachable = [&](std::size_t machine) {
    return asked.done(machine, "status").items("networks")[0].integer("reachable", -1);
  };
  // The machine says that peers dial it at this address; empty: nowhere.
  const auto advertise = [&](std::size_t machine, const std::string& address) {
    daemon::Config config;
    config.advertise = address;
    daemon::RecordsApi records(net.node(machine));
    REQUIRE(records.write_own_council(net.network(machine), config, net.now()).ok());
    net.process(machine);
  };
  CHECK(reachable(0) == 0);
  advertise(0, "aarhus.example.dk:7420");
  CHECK(reachable(0) == 1);
  CHECK(reachable(1) == 0);  // it has not heard of it
  advertise(2, "odense.example.dk:7420");
  net.connect(1, 0);
  net.connect(2, 0);
  REQUIRE(net.converge());
  CHECK(reachable(1) == 2);
  advertise(0, "");
  REQUIRE(net.converge());
  CHECK(reachable(1) == 1);
  REQUIRE(net.node(0).remove_member(net.network(0), net.node(2).self(), net.now()).ok());
  net.process(0);
  net.run();
  CHECK(reachable(1) == 0);  // who was shut out does not count
}
